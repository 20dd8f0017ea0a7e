//! WeChat's daily bills against our books.
//!
//! From ten o'clock the bills of the day before are fetched. First the trade bill is compared with
//! payments and refunds, then the fund-flow bill with the ledger; each line with our side, and our side
//! with the lines. A bill is streamed, and nothing of it counts before its digest is known to be right:
//! a file that was cut, or is another than WeChat announced, is refused whole. Comparing again finds the
//! same, once. Where both sides know the money and only WeChat says that it moved, WeChat is asked, so
//! that it pays its trade or goes back; everything else waits for an operator.

pub mod command;
mod comparison;
mod lines;
mod page;
mod report;
mod routes;
mod rules;
mod store;

pub use self::routes::admin;

use self::comparison::Comparison;
use super::Mall;
use super::wechat::Gateway;
use crate::base::{BillId, Code, Day, Error, Money, Problem, Result, TenantId, Timestamp};
use crate::infra::db::Tx;
use crate::infra::jobs::{self, Done, Job};
use crate::mall::bill::{self, Bill, BillKind, BillState, Finding, Totals};
use crate::mall::ledger::{self, Posting};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wechat_sdk::Merchant;
use wechat_sdk::pay::bills::{self, BillOperation, GetFundFlowBill, GetTradeBill};

/// How far back days are looked for that were never compared.
const LOOK_BACK: u64 = 30;

/// For how long a run may be the only one at a bill.
const HOLD: Duration = Duration::from_mins(30);

/// How many findings are written at once.
const BATCH: usize = 500;

/// Is told now and then how many lines of a bill were compared.
pub type Progress<'a> = &'a (dyn Fn(BillKind, i64) + Send + Sync);

/// Why a bill was not compared.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It is not there yet, or WeChat did not answer.
    Later(String),
    /// It cannot be believed or read.
    Refused(String),
    /// We failed.
    Broken(Error),
}

impl Stop {
    fn of(error: &wechat_sdk::Error) -> Self {
        match error {
            wechat_sdk::Error::Untrusted(_) | wechat_sdk::Error::Decode(_) => {
                Self::Refused(error.to_string())
            }
            _ => Self::Later(error.to_string()),
        }
    }
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// Compares a tenant's bills every day, for ever.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reconcile {
    /// Whose.
    pub tenant_id: TenantId,
}

impl Job<Mall> for Reconcile {
    const KIND: &'static str = "reconcile";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let gateway = mall.gateways.of(self.tenant_id)?;
        let last = newest(mall.core.now(), mall.settings.bills_from);
        let mut all_done = true;
        for day in missing(mall, self.tenant_id, last).await? {
            all_done &= match run_day(mall, &gateway, day, &|_, _| {}).await {
                Ok(bills) => bills.len() == BillKind::ALL.len() && bills.iter().all(has_ended),
                Err(error) if error.code() == Some(Code::BillInWork) => false,
                Err(error) => return Err(error.into()),
            };
        }
        all_done &= rules::apply(mall, &gateway, None).await?;
        let again = if all_done {
            last.next().end().after(mall.settings.bills_from)
        } else {
            mall.core.now().after(mall.settings.bills_retry)
        };
        Ok(Done::Again(again))
    }
}

fn has_ended(bill: &Bill) -> bool {
    matches!(bill.state, BillState::Empty | BillState::Compared)
}

/// The newest day whose bills can be there, when they can be fetched `from` after midnight.
fn newest(now: Timestamp, from: Duration) -> Day {
    Day::of(now.before(from)).before(1)
}

/// The days up to `last` that were not compared yet.
async fn missing(mall: &Mall, tenant: TenantId, last: Day) -> Result<Vec<Day>> {
    let mut db = mall.core.db.read().await?;
    let began = Day::of(store::began(&mut db, tenant).await?);
    let first = began.max(last.before(LOOK_BACK));
    let ended = bill::ended_days(&mut db, tenant, (first, last)).await?;
    let days = std::iter::successors(Some(first), |day| Some(day.next()));
    Ok(days.take_while(|day| *day <= last).filter(|day| !ended.contains(day)).collect())
}

/// Sees to it that every tenant's bills are compared.
pub async fn schedule(mall: &Mall) -> Result<()> {
    for gateway in mall.gateways.all() {
        let (tenant_id, now) = (gateway.tenant_id, mall.core.now());
        let mut tx = mall.core.db.begin().await?;
        jobs::ensure::<Mall, _>(&mut tx, &Reconcile { tenant_id }, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Compares the bills of a day, and lets the rules see to what they can; gives the bills as they stand.
/// The second bill is only opened when the first was compared, for it is compared with it too.
/// Errors: the day is not over; another run is at a bill.
pub async fn run_day(mall: &Mall, gateway: &Gateway, day: Day, progress: Progress<'_>) -> Result<Vec<Bill>> {
    if day.end() > mall.core.now() {
        return Err(Problem::parameter("date", "is a day that is not over yet").into());
    }
    for kind in BillKind::ALL {
        if !run_bill(mall, gateway, (day, *kind), progress).await? {
            break;
        }
        rules::apply(mall, gateway, Some(day)).await?;
    }
    Ok(bill::bills_of(&mut mall.core.db.read().await?, gateway.tenant_id, day).await?)
}

/// Compares one bill; `false` when that was not possible, which is written down.
async fn run_bill(
    mall: &Mall,
    gateway: &Gateway,
    (day, kind): (Day, BillKind),
    progress: Progress<'_>,
) -> Result<bool> {
    let (tenant, now) = (gateway.tenant_id, mall.core.now());
    let mut tx = mall.core.db.begin().await?;
    let id = bill::claim(&mut tx, tenant, (day, kind), now, now.after(HOLD)).await?;
    let id = id.ok_or(Code::BillInWork)?;
    tx.commit().await?;
    let mut comparison = Comparison::new(mall, gateway, (day, kind), progress);
    let stop = match compare(mall, gateway, &mut comparison, day, kind).await {
        Ok(hash) => {
            let (findings, totals) = comparison.into_findings();
            finish(mall, tenant, (id, day, kind), hash.as_deref(), findings, &totals).await?;
            return Ok(true);
        }
        Err(stop) => stop,
    };
    let (refused, reason, broken) = match stop {
        Stop::Later(reason) => (false, reason, None),
        Stop::Refused(reason) => (true, reason, None),
        Stop::Broken(error) => (false, "the comparison failed; the log tells why".to_owned(), Some(error)),
    };
    tracing::warn!(%day, %kind, refused, reason, "a bill was not compared");
    metrics::counter!("jishi_bills_not_compared_total", "kind" => kind.as_str()).increment(1);
    let mut tx = mall.core.db.begin().await?;
    bill::not_compared(&mut tx, tenant, id, refused, &reason, mall.core.now()).await?;
    tx.commit().await?;
    broken.map_or(Ok(false), Err)
}

/// Reads the bill and compares both ways; gives the digest of its file, nothing when there is none.
async fn compare(
    mall: &Mall,
    gateway: &Gateway,
    comparison: &mut Comparison<'_>,
    day: Day,
    kind: BillKind,
) -> Result<Option<String>, Stop> {
    let hash = match kind {
        BillKind::Trade => match open(&gateway.merchant, &GetTradeBill::new(day.date())).await? {
            Some(mut bill) => {
                comparison.read(&mut bill, lines::of_trade).await?;
                Some(bill.digest().to_owned())
            }
            None => None,
        },
        BillKind::FundFlow => match open(&gateway.merchant, &GetFundFlowBill::new(day.date())).await? {
            Some(mut bill) => {
                comparison.read(&mut bill, lines::of_flow).await?;
                Some(bill.digest().to_owned())
            }
            None => None,
        },
    };
    // WeChat may say so before it has begun to make the bill: believed at once only of a quiet day.
    let early = mall.core.now() < day.next().end();
    if hash.is_none() && early && comparison.was_business().await? {
        return Err(Stop::Later("WeChat has no bill of this day, although there was business".to_owned()));
    }
    comparison.absent().await?;
    Ok(hash)
}

/// Opens a bill; `None` when WeChat says that there is none.
async fn open<O: BillOperation>(
    merchant: &Merchant,
    operation: &O,
) -> Result<Option<bills::Bill<O::Row>>, Stop> {
    match merchant.bill(operation).await {
        Ok(bill) => Ok(Some(bill)),
        Err(error) if error.has_code("NO_STATEMENT_EXIST") => Ok(None),
        Err(error) => Err(Stop::of(&error)),
    }
}

/// Writes down what was found. Should that break off, the next run finds the same.
async fn finish(
    mall: &Mall,
    tenant: TenantId,
    (id, day, kind): (BillId, Day, BillKind),
    hash: Option<&str>,
    findings: Vec<Finding>,
    totals: &Totals,
) -> Result<()> {
    let now = mall.core.now();
    for some in findings.chunks(BATCH) {
        let mut tx = mall.core.db.begin().await?;
        bill::record(&mut tx, tenant, (day, kind), some, now).await?;
        tx.commit().await?;
    }
    let mut tx = mall.core.db.begin().await?;
    let known = known_fees(&mut tx, tenant, (id, day, kind), totals, now).await?;
    let fees = if kind == BillKind::Trade { totals.fees() } else { totals.fees_charged };
    if let Some(known) = known.filter(|known| *known != fees) {
        bill::record(&mut tx, tenant, (day, kind), &[Finding::fees(kind, known, fees)], now).await?;
    }
    bill::compared(&mut tx, tenant, id, hash, totals, now).await?;
    tx.commit().await?;
    tracing::info!(%day, %kind, lines = totals.incomes + totals.expenses, found = findings.len(), "a bill was compared");
    Ok(())
}

/// The fees that this bill should name: those in the ledger, which get there by the first trade bill
/// that is compared; for the movements, those of the trade bill, unless one of the two lacks payments
/// and so their fees.
async fn known_fees(
    tx: &mut Tx,
    tenant: TenantId,
    (id, day, kind): (BillId, Day, BillKind),
    totals: &Totals,
    now: Timestamp,
) -> Result<Option<Money>> {
    if kind == BillKind::FundFlow {
        let bills = bill::bills_of(tx, tenant, day).await?;
        let trade = bills.into_iter().find(|bill| bill.kind == BillKind::Trade);
        let lacking = bill::payments_lacking(tx, tenant, day).await? > 0;
        return Ok(trade.filter(|_| !lacking).map(|trade| trade.totals.fees_charged));
    }
    if let Some(booked) = store::fees_booked(tx, tenant, id).await? {
        return Ok(Some(booked));
    }
    let fees = totals.fees();
    if fees != Money::ZERO {
        ledger::post(tx, tenant, id.uuid(), &Posting::fees(fees), now).await?;
    }
    Ok(Some(fees))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bills_of_a_day_are_there_at_ten_of_the_next() {
        let ten = Duration::from_hours(10);
        let day: Day = "2026-11-20".parse().unwrap();
        let opened = day.next().start().after(ten);
        assert_eq!(newest(opened, ten), day);
        assert_eq!(newest(opened.before(Duration::from_millis(1)), ten), day.before(1));
        assert_eq!(newest(opened.after(Duration::from_hours(23)), ten), day);
    }
}
