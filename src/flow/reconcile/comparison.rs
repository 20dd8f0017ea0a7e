//! A bill against our books, both ways, a thousand lines at a time.

use super::store::{self, Expected, Known};
use super::{Progress, Stop};
use crate::base::{Day, PaymentId, RefundId, Result, TenantId, Timestamp};
use crate::flow::Mall;
use crate::flow::wechat::Gateway;
use crate::infra::db::Conn;
use crate::mall::bill::{BillKind, Class, Finding, Line, Ours, Subject, Totals, judge};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use uuid::Uuid;
use wechat_sdk::OutRefundNo;
use wechat_sdk::pay::bills::{Bill, BillRow};
use wechat_sdk::pay::refunds::QueryRefund;

/// How many lines are looked up at once.
const CHUNK: usize = 1000;

/// So late before midnight a movement may be booked on the next day.
const BORDER: Duration = Duration::from_mins(10);

/// A refund that is submitted so long after it was meant is still looked for.
const SUBMITTED_WITHIN: Duration = Duration::from_hours(1);

/// What a run has found so far. It grows with the differences and by sixteen bytes for each number.
pub(super) struct Comparison<'a> {
    mall: &'a Mall,
    gateway: &'a Gateway,
    day: Day,
    kind: BillKind,
    seen: HashSet<(Subject, Uuid)>,
    found: HashMap<(Subject, String, Class), Finding>,
    progress: Progress<'a>,
    /// What the lines add up to.
    pub(super) totals: Totals,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        mall: &'a Mall,
        gateway: &'a Gateway,
        (day, kind): (Day, BillKind),
        progress: Progress<'a>,
    ) -> Self {
        let (seen, found, totals) = (HashSet::new(), HashMap::new(), Totals::default());
        Self { mall, gateway, day, kind, seen, found, progress, totals }
    }

    fn tenant(&self) -> TenantId {
        self.gateway.tenant_id
    }

    /// Reads a bill to its end. `line` makes lines of rows, and counts them; those that it makes
    /// nothing of are fees.
    pub(super) async fn read<R: BillRow>(
        &mut self,
        bill: &mut Bill<R>,
        line: impl Fn(&R, &mut Totals) -> Result<Option<Line>, Stop>,
    ) -> Result<(), Stop> {
        let mut lines = Vec::with_capacity(CHUNK);
        while let Some(row) = bill.next().await.map_err(|error| Stop::of(&error))? {
            lines.extend(line(&row, &mut self.totals)?);
            if lines.len() == CHUNK {
                self.compare(&lines).await?;
                lines.clear();
                (self.progress)(self.kind, self.totals.incomes + self.totals.expenses);
            }
        }
        if bill.summary().is_none() {
            return Err(Stop::Refused("the bill has no sums at its end".to_owned()));
        }
        Ok(self.compare(&lines).await?)
    }

    /// WeChat's side: each line against our books.
    async fn compare(&mut self, lines: &[Line]) -> Result<()> {
        let ours = self.ours(lines).await?;
        for line in lines {
            let known = number(line).and_then(|id| ours.get(&(line.subject, id)));
            let found = match known {
                Some(ours) if !self.seen.insert((line.subject, ours.id)) => {
                    Some(Finding::repeated(line, ours))
                }
                known => judge(line, known),
            };
            if let Some(found) = found {
                self.keep(found);
            }
        }
        Ok(())
    }

    async fn ours(&self, lines: &[Line]) -> Result<HashMap<(Subject, Uuid), Ours>> {
        let mut db = self.mall.core.db.read().await?;
        let mut ours = HashMap::new();
        for subject in [Subject::Payment, Subject::Refund] {
            let of_it = lines.iter().filter(|line| line.subject == subject);
            let ids: Vec<Uuid> = of_it.filter_map(number).collect();
            let known = known(&mut db, self.tenant(), subject, &ids).await?;
            ours.extend(known.into_iter().map(|known| ((subject, known.id), self.view(known))));
        }
        Ok(ours)
    }

    /// A trade bill is about what was agreed, a fund-flow bill about what the ledger says of the money.
    fn view(&self, known: Known) -> Ours {
        let moved = known.state == "succeeded";
        let amount = match self.kind {
            BillKind::FundFlow if moved => Some(known.booked),
            _ => known.amount,
        };
        Ours { id: known.id, state: known.state, amount, moved }
    }

    /// A line about an unknown number that comes again is one case of more lines.
    fn keep(&mut self, found: Finding) {
        let key = (found.subject, found.number.clone(), found.class);
        self.found.entry(key).and_modify(|known| known.lines += 1).or_insert(found);
    }

    /// Our side: what the bill should have told.
    pub(super) async fn absent(&mut self) -> Result<(), Stop> {
        let (from, to) = (self.day.start(), self.day.end());
        match self.kind {
            BillKind::Trade => {
                self.absent_payments(from, to).await?;
                self.absent_refunds(from.before(SUBMITTED_WITHIN), to).await
            }
            // Which movement of a refund is of which day, only WeChat knows.
            BillKind::FundFlow => Ok(self.absent_payments(from, to.before(BORDER)).await?),
        }
    }

    async fn absent_payments(&mut self, from: Timestamp, to: Timestamp) -> Result<()> {
        let mut after = (from, Uuid::nil());
        loop {
            let mut db = self.mall.core.db.read().await?;
            let page = store::paid(&mut db, self.tenant(), &self.gateway.mch_id, after, to).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.at, last.id);
            for expected in page {
                if !self.seen.contains(&(Subject::Payment, expected.id)) {
                    self.keep(expected.absent(Subject::Payment));
                }
            }
        }
    }

    /// A refund stands in the bill of the day on which WeChat took it on, which only WeChat knows.
    async fn absent_refunds(&mut self, from: Timestamp, to: Timestamp) -> Result<(), Stop> {
        let mut after = (from, Uuid::nil());
        loop {
            let mut db = self.mall.core.db.read().await?;
            let page = store::refunded(&mut db, self.tenant(), &self.gateway.mch_id, after, to).await?;
            drop(db);
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.at, last.id);
            for expected in page {
                if self.seen.contains(&(Subject::Refund, expected.id)) {
                    continue;
                }
                if self.is_of_day(expected.id).await? {
                    self.keep(expected.absent(Subject::Refund));
                }
            }
        }
    }

    /// Whether the refund should stand in the bill of this day. One that WeChat does not know is of the
    /// day on which we meant it.
    async fn is_of_day(&self, id: Uuid) -> Result<bool, Stop> {
        let refund = RefundId::from_uuid(id);
        let number = OutRefundNo::new(refund.suffix()).map_err(anyhow::Error::from)?;
        match self.gateway.merchant.send(&QueryRefund::new(number)).await {
            Ok(told) => Ok(told
                .create_time
                .is_some_and(|time| Day::of(time.with_timezone(&chrono::Utc).into()) == self.day)),
            Err(error) if error.has_code("RESOURCE_NOT_EXISTS") => Ok(true),
            Err(error) => Err(Stop::Later(error.to_string())),
        }
    }

    /// Whether there was any business on that day, so that an empty bill would be odd.
    pub(super) async fn was_business(&self) -> Result<bool> {
        let mut db = self.mall.core.db.read().await?;
        let span = (self.day.start(), self.day.end());
        let sums = store::sums(&mut db, self.tenant(), &self.gateway.mch_id, span).await?;
        Ok(sums.payments + sums.refunds > 0)
    }

    /// What was found, in the order of subjects and numbers.
    pub(super) fn into_findings(self) -> (Vec<Finding>, Totals) {
        let mut found: Vec<Finding> = self.found.into_values().collect();
        found.sort_by(|a, b| (a.subject.as_str(), &a.number).cmp(&(b.subject.as_str(), &b.number)));
        (found, self.totals)
    }
}

impl Expected {
    fn absent(self, subject: Subject) -> Finding {
        let moved = self.state == "succeeded";
        Finding::absent(subject, Ours { id: self.id, state: self.state, amount: Some(self.amount), moved })
    }
}

/// Our id in a line, if it can be one.
fn number(line: &Line) -> Option<Uuid> {
    match line.subject {
        Subject::Payment => PaymentId::from_suffix(&line.number).map(PaymentId::uuid),
        Subject::Refund => RefundId::from_suffix(&line.number).map(RefundId::uuid),
        Subject::Movement | Subject::Fees => None,
    }
}

async fn known(db: &mut Conn, tenant: TenantId, subject: Subject, ids: &[Uuid]) -> Result<Vec<Known>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    Ok(match subject {
        Subject::Refund => store::refunds(db, tenant, ids).await?,
        _ => store::payments(db, tenant, ids).await?,
    })
}
