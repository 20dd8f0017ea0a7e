//! Sends one notice, at most once: a message has no number by which WeChat would know a repeat.

use super::super::Mall;
use super::super::calls::About;
use super::super::wechat::openid;
use super::goods::goods;
use super::verdict::{Verdict, verdict};
use crate::base::{CustomerId, NoticeId, Result, TenantId};
use crate::infra::db::{Conn, Tx};
use crate::infra::jobs::{Done, Job};
use crate::mall::notice::{
    self, Ended, Event, Kind, Reason, State, StoredNotice, Subject, Template, compose,
};
use crate::mall::order::{self, TradeState};
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wechat_sdk::mini::messaging::SendSubscribeMessage;

/// Sends one notice, if its shopper allowed it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendNotice {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub notice_id: NoticeId,
}

impl Job<Mall> for SendNotice {
    const KIND: &'static str = "send_notice";
    /// About an hour: what could not be sent by then is no news.
    const ATTEMPTS: u32 = 12;

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.notice_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let gateway = mall.gateways.of(self.tenant_id)?;
        let Some(letter) = self.prepare(mall).await? else { return Ok(Done::Finished) };
        let verdict = verdict(gateway.mini(&mall.core, letter.about, &letter.call).await);
        let later = verdict == Verdict::Later;
        self.record(mall, &letter, verdict).await?;
        if later {
            bail!("WeChat cannot take the message now");
        }
        Ok(Done::Finished)
    }
}

/// A message that is to be sent, with the permission that was taken for it.
struct Letter {
    kind: Kind,
    customer: CustomerId,
    template_id: String,
    about: About,
    call: SendSubscribeMessage,
}

/// Why nothing is sent.
type Refusal = (Reason, Option<String>);

impl SendNotice {
    /// Decides what is sent and takes the permission; `None` when nothing is to be sent (any more).
    async fn prepare(&self, mall: &Mall) -> Result<Option<Letter>> {
        let mut tx = mall.core.db.begin().await?;
        let stored = notice::lock(&mut tx, self.tenant_id, self.notice_id).await?;
        let stored = stored.context("the notice of the job does not exist")?;
        let written = match stored.state {
            State::Waiting => self.written(&mut tx, &stored).await?,
            // A worker died, or is late, between the call and its result.
            State::Sending => Err((Reason::Unknown, None)),
            State::Sent | State::Skipped | State::Failed => return Ok(None),
        };
        let letter = match written {
            Ok(letter) => {
                notice::begin_sending(&mut tx, self.tenant_id, self.notice_id).await?;
                Some(letter)
            }
            Err((reason, detail)) => {
                let ended = Ended { reason: Some(reason), detail, ..Ended::default() };
                self.end(mall, &mut tx, stored.kind, &ended).await?;
                None
            }
        };
        tx.commit().await?;
        Ok(letter)
    }

    async fn written(&self, tx: &mut Tx, stored: &StoredNotice) -> Result<Result<Letter, Refusal>> {
        let (tenant, event) = (self.tenant_id, &stored.event.0);
        let template = notice::template(tx, tenant, stored.kind).await?;
        let Some(template) = template.filter(|template| template.enabled) else {
            return Ok(Err((Reason::NoTemplate, None)));
        };
        if is_outdated(tx, tenant, event).await? {
            return Ok(Err((Reason::Outdated, None)));
        }
        let (trade, goods) = goods(tx, tenant, event.subject()).await?;
        let data = match compose(&template, event, &goods) {
            Ok(data) => data,
            Err(detail) => return Ok(Err((Reason::BadValue, Some(detail)))),
        };
        if !notice::take_grant(tx, tenant, stored.customer_id, &template.template_id).await? {
            return Ok(Err((Reason::NoGrant, None)));
        }
        let to = openid(tx, tenant, stored.customer_id).await?;
        let mut call = SendSubscribeMessage::new(to, &*template.template_id, data);
        if let Some(page) = page(&template, event) {
            call = call.page(page);
        }
        let about = About { subject: self.notice_id.uuid(), trade: Some(trade) };
        let (kind, customer, template_id) = (stored.kind, stored.customer_id, template.template_id);
        Ok(Ok(Letter { kind, customer, template_id, about, call }))
    }

    async fn record(&self, mall: &Mall, letter: &Letter, verdict: Verdict) -> Result<()> {
        let mut tx = mall.core.db.begin().await?;
        let (tenant, customer, template_id) = (self.tenant_id, letter.customer, &*letter.template_id);
        // The notice before the permission, as everywhere.
        let _held = notice::lock(&mut tx, tenant, self.notice_id).await?;
        match verdict {
            Verdict::Used(ended) => self.end(mall, &mut tx, letter.kind, &ended).await?,
            Verdict::Unused(ended) => {
                notice::return_grant(&mut tx, tenant, customer, template_id).await?;
                self.end(mall, &mut tx, letter.kind, &ended).await?;
            }
            Verdict::NotAllowed(ended) => {
                notice::drain_grants(&mut tx, tenant, customer, template_id).await?;
                self.end(mall, &mut tx, letter.kind, &ended).await?;
            }
            Verdict::Later => {
                notice::return_grant(&mut tx, tenant, customer, template_id).await?;
                notice::try_again(&mut tx, tenant, self.notice_id).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    async fn end(&self, mall: &Mall, tx: &mut Tx, kind: Kind, ended: &Ended) -> Result<()> {
        let state = match ended.reason {
            None => State::Sent,
            Some(Reason::NoTemplate | Reason::NoGrant | Reason::Outdated) => State::Skipped,
            Some(Reason::BadValue | Reason::Refused | Reason::Quota | Reason::Unknown) => State::Failed,
        };
        let outcome = ended.reason.map_or(state.as_str(), Reason::as_str);
        metrics::counter!("jishi_notices_total", "kind" => kind.as_str(), "outcome" => outcome).increment(1);
        if state == State::Failed {
            tracing::warn!(notice = %self.notice_id, %kind, outcome, code = ended.wechat_code, "a notice failed");
        }
        notice::end(tx, self.tenant_id, self.notice_id, (state, ended), mall.core.now()).await?;
        Ok(())
    }
}

/// Nobody is reminded of a trade that is paid or closed.
async fn is_outdated(db: &mut Conn, tenant: TenantId, event: &Event) -> Result<bool> {
    let Event::ClosingSoon { trade_id, .. } = event else { return Ok(false) };
    let trade = order::trade(db, tenant, *trade_id).await?;
    Ok(trade.is_none_or(|trade| trade.state != TradeState::Unpaid || trade.closing_since.is_some()))
}

fn page(template: &Template, event: &Event) -> Option<String> {
    let id = match event.subject() {
        Subject::Trade(id) => id.to_string(),
        Subject::Order(id) => id.to_string(),
    };
    template.page.as_ref().map(|page| page.replace("{id}", &id))
}
