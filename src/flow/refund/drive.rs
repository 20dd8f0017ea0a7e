//! The job that sees one refund through.

use super::super::Mall;
use super::super::wechat::Gateway;
use super::{Report, note};
use crate::base::{RefundId, Result, TenantId, Timestamp, TradeId};
use crate::infra::db::Tx;
use crate::infra::jobs::{self, Done, Job};
use crate::mall::payment::{self, Payment, Refund, RefundState};
use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;
use wechat_sdk::pay::refunds::{CreateRefund, QueryRefund};
use wechat_sdk::{Fen, OutRefundNo, OutTradeNo};

/// How often WeChat is asked about a refund that an operator must see to.
const DAY: Duration = Duration::from_hours(24);

/// WeChat takes refunds of one payment a minute apart.
const SPACING: Duration = Duration::from_mins(1);

/// Sees one refund through.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DriveRefund {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Of which trade.
    pub trade_id: TradeId,
    /// Which.
    pub refund_id: RefundId,
}

impl Job<Mall> for DriveRefund {
    const KIND: &'static str = "drive_refund";
    const ATTEMPTS: u32 = 200;

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let next = drive(mall, self.tenant_id, self.refund_id).await?;
        Ok(next.map_or(Done::Finished, Done::Again))
    }
}

/// Takes a refund one step further; gives when to look again, nothing once it has ended.
pub(in crate::flow) async fn drive(
    mall: &Mall,
    tenant: TenantId,
    id: RefundId,
) -> anyhow::Result<Option<Timestamp>> {
    let (refund, paid) = load(mall, tenant, id).await?;
    if refund.state.has_ended() {
        return Ok(None);
    }
    if let Some(turn) = wait_for_turn(mall, tenant, &refund, &paid).await? {
        return Ok(Some(turn));
    }
    let gateway = mall.gateways.of(tenant)?;
    let state = match ask_and_note(mall, &gateway, &refund, &paid).await {
        Ok(state) => state,
        Err(error) => return Err(keep_reason(mall, tenant, &refund, error).await?),
    };
    let pause = match state {
        RefundState::Succeeded | RefundState::Closed => return Ok(None),
        // Until an operator has acted.
        RefundState::Abnormal => DAY,
        RefundState::Created | RefundState::Submitted => mall.settings.refund_poll,
    };
    Ok(Some(mall.core.now().after(pause)))
}

/// Has WeChat asked about a refund at `at`: by the job that sees it through, or, if that is dead, by
/// another one.
pub(in crate::flow) async fn look_at(
    tx: &mut Tx,
    tenant_id: TenantId,
    refund: &Refund,
    (now, at): (Timestamp, Timestamp),
) -> Result<()> {
    let job = DriveRefund { tenant_id, trade_id: refund.trade_id, refund_id: refund.id };
    if !jobs::wake::<Mall, _>(tx, &job, at).await? {
        jobs::enqueue::<Mall, _>(tx, &job, now, at).await?;
    }
    Ok(())
}

async fn load(mall: &Mall, tenant: TenantId, id: RefundId) -> anyhow::Result<(Refund, Payment)> {
    let mut db = mall.core.db.read().await?;
    let refund = payment::refund(&mut db, tenant, id).await?.context("the refund does not exist")?;
    let paid = payment::payment(&mut db, tenant, refund.payment_id).await?;
    Ok((refund, paid.context("a refund without a payment")?))
}

/// Writes down that WeChat is now to hear of the refund for the first time; or gives when that may be.
async fn wait_for_turn(
    mall: &Mall,
    tenant: TenantId,
    refund: &Refund,
    paid: &Payment,
) -> anyhow::Result<Option<Timestamp>> {
    if refund.sent_at.is_some() {
        return Ok(None);
    }
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    if !payment::take_refund_turn(&mut tx, tenant, paid.id, now, now.before(SPACING)).await? {
        return Ok(Some(paid.refund_sent_at.unwrap_or(now).max(now.before(SPACING)).after(SPACING)));
    }
    payment::mark_sent(&mut tx, tenant, refund.id, now).await?;
    tx.commit().await?;
    Ok(None)
}

/// Writes down for operators why a refund does not get on.
async fn keep_reason(
    mall: &Mall,
    tenant: TenantId,
    refund: &Refund,
    error: anyhow::Error,
) -> anyhow::Result<anyhow::Error> {
    let mut tx = mall.core.db.begin().await?;
    payment::set_refund_error(&mut tx, tenant, refund.id, &error.to_string(), mall.core.now()).await?;
    tx.commit().await?;
    Ok(error)
}

/// Hands the refund to WeChat if that does not know it yet, and writes down how it stands.
async fn ask_and_note(
    mall: &Mall,
    gateway: &Gateway,
    refund: &Refund,
    paid: &Payment,
) -> anyhow::Result<RefundState> {
    ensure!(
        paid.mch_id == gateway.mch_id,
        "{} belongs to merchant {}; the settings name another",
        paid.id,
        paid.mch_id
    );
    let report = match refund.state {
        RefundState::Created => hand_over(mall, gateway, refund, paid).await?,
        _ => query(mall, gateway, refund).await?,
    };
    Ok(note(mall, gateway, refund.id, &report).await?)
}

/// The outcome of an earlier try may be unknown: WeChat is asked first. The number stays the same, so
/// that whatever was lost on the way, there is one refund.
async fn hand_over(
    mall: &Mall,
    gateway: &Gateway,
    refund: &Refund,
    paid: &Payment,
) -> anyhow::Result<Report> {
    if refund.sent_at.is_some()
        && let Ok(report) = query(mall, gateway, refund).await
    {
        return Ok(report);
    }
    let total = paid.paid_amount.context("a refund of a payment that nobody paid")?;
    let (back, total) = (Fen(refund.amount.as_fen()), Fen(total.as_fen()));
    let create = CreateRefund::of_out_trade_no(
        OutTradeNo::new(paid.id.suffix())?,
        OutRefundNo::new(refund.id.suffix())?,
        back,
        total,
        format!("{}/refunds", gateway.callback_url),
    );
    match gateway.pay(&mall.core, refund, &create).await {
        Ok(told) => report(refund, told),
        // Refused, or refused because it was accepted before and the answer was lost.
        Err(refused) => query(mall, gateway, refund).await.map_err(|_| refused.into()),
    }
}

async fn query(mall: &Mall, gateway: &Gateway, refund: &Refund) -> anyhow::Result<Report> {
    let query = QueryRefund::new(OutRefundNo::new(refund.id.suffix())?);
    let told = gateway.pay(&mall.core, refund, &query).await?;
    report(refund, told)
}

fn report(refund: &Refund, told: wechat_sdk::pay::refunds::Refund) -> anyhow::Result<Report> {
    let amount = told.amount.refund.0;
    ensure!(amount == refund.amount.as_fen(), "WeChat gives {amount} fen back for {}, not ours", refund.id);
    let report = Report { status: told.status, refund_id: told.refund_id.to_string() };
    let known = refund.wechat_refund_id.as_ref();
    ensure!(
        known.is_none_or(|known| *known == report.refund_id),
        "WeChat has another number for {}",
        refund.id
    );
    Ok(report)
}
