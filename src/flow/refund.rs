//! Giving money back. The intent is a row with its `out_refund_no`, for ever; one job submits it
//! and asks until it ends. WeChat's call-back only makes it faster.

use super::Mall;
use super::wechat::Gateway;
use crate::base::{Money, RefundId, Result, TenantId, Timestamp};
use crate::infra::db::Tx;
use crate::infra::jobs::{self, Done, Job};
use crate::mall::ledger::{self, Posting};
use crate::mall::payment::{self, Payment, Refund, RefundReason, RefundState};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wechat_sdk::pay::refunds::{CreateRefund, QueryRefund, RefundStatus};
use wechat_sdk::{Fen, OutRefundNo, OutTradeNo};

/// How often WeChat is asked about a refund that an operator must see to.
const DAY: Duration = Duration::from_hours(24);

/// After so many refunds that WeChat closed, an operator must look.
const MOST_TRIES: i64 = 3;

/// Sees one refund through.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DriveRefund {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub refund_id: RefundId,
}

/// Writes down that a payment's money goes back, with the job that does it.
pub async fn intend_refund(
    tx: &mut Tx,
    tenant: TenantId,
    payment: &Payment,
    amount: Money,
    reason: RefundReason,
    now: Timestamp,
) -> Result<()> {
    let refund = Refund {
        id: RefundId::fresh(now),
        trade_id: payment.trade_id,
        payment_id: payment.id,
        state: RefundState::Created,
        amount,
        reason,
        wechat_refund_id: None,
        last_error: None,
        created_at: now,
        updated_at: now,
        succeeded_at: None,
    };
    if payment::insert_refund(tx, tenant, &refund).await? {
        let job = DriveRefund { tenant_id: tenant, refund_id: refund.id };
        jobs::enqueue::<Mall, _>(tx, &job, now, now).await?;
    }
    Ok(())
}

impl Job<Mall> for DriveRefund {
    const KIND: &'static str = "drive_refund";
    const ATTEMPTS: u32 = 200;

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let mut db = mall.core.db.read().await?;
        let refund = payment::refund(&mut db, self.tenant_id, self.refund_id).await?;
        let refund = refund.context("the refund of the job does not exist")?;
        let paid = payment::payment(&mut db, self.tenant_id, refund.payment_id).await?;
        let paid = paid.context("a refund without a payment")?;
        drop(db);
        if matches!(refund.state, RefundState::Succeeded | RefundState::Closed) {
            return Ok(Done::Finished);
        }
        let gateway = mall.gateways.of(self.tenant_id)?;
        let told = match ask(&gateway, &refund, &paid).await {
            Ok(told) => told,
            Err(error) => return Err(keep_reason(mall, self.tenant_id, &refund, error).await?),
        };
        let state = note(mall, &gateway, refund.id, &told).await?;
        let pause = match state {
            RefundState::Succeeded | RefundState::Closed => return Ok(Done::Finished),
            // Until an operator has acted at WeChat Pay.
            RefundState::Abnormal => DAY,
            RefundState::Created | RefundState::Submitted => mall.settings.refund_poll,
        };
        Ok(Done::Again(mall.core.now().after(pause)))
    }
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

/// What WeChat says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where it stands there.
    pub status: RefundStatus,
    /// WeChat's number of it.
    pub refund_id: String,
}

async fn ask(gateway: &Gateway, refund: &Refund, paid: &Payment) -> anyhow::Result<Report> {
    let number = OutRefundNo::new(refund.id.suffix())?;
    let told = if refund.state == RefundState::Created {
        let total = paid.paid_amount.context("a refund of a payment that nobody paid")?;
        let out_trade_no = OutTradeNo::new(paid.id.suffix())?;
        let notify_url = format!("{}/refunds", gateway.callback_url);
        let (back, total) = (Fen(refund.amount.as_fen()), Fen(total.as_fen()));
        let create = CreateRefund::of_out_trade_no(out_trade_no, number.clone(), back, total, notify_url);
        match gateway.merchant.send(&create).await {
            Ok(told) => told,
            // Refused, or refused because it was accepted before and the answer was lost.
            Err(refused) => gateway.merchant.send(&QueryRefund::new(number)).await.map_err(|_| refused)?,
        }
    } else {
        gateway.merchant.send(&QueryRefund::new(number)).await?
    };
    Ok(Report { status: told.status, refund_id: told.refund_id.to_string() })
}

/// Writes down what WeChat said; gives where the refund stands now. Repeats change nothing.
pub async fn note(mall: &Mall, gateway: &Gateway, id: RefundId, report: &Report) -> Result<RefundState> {
    let mut tx = mall.core.db.begin().await?;
    let state = note_in(mall, &mut tx, gateway, id, report).await?;
    tx.commit().await?;
    Ok(state)
}

/// The same in the caller's transaction.
pub async fn note_in(
    mall: &Mall,
    tx: &mut Tx,
    gateway: &Gateway,
    id: RefundId,
    report: &Report,
) -> Result<RefundState> {
    let (tenant, now) = (gateway.tenant_id, mall.core.now());
    let refund =
        payment::lock_refund(tx, tenant, id).await?.context("a report about a refund that is not ours")?;
    let to = match report.status {
        RefundStatus::Success => RefundState::Succeeded,
        RefundStatus::Closed => RefundState::Closed,
        RefundStatus::Abnormal => RefundState::Abnormal,
        _ => RefundState::Submitted,
    };
    if !refund.state.may_become(to) {
        return Ok(refund.state);
    }
    payment::set_refund(tx, tenant, (id, refund.state), to, Some(&report.refund_id), now).await?;
    match to {
        RefundState::Succeeded => {
            ledger::post(tx, tenant, id.uuid(), &Posting::refund(refund.amount), now).await?;
        }
        RefundState::Closed => retry(tx, tenant, &refund, now).await?,
        RefundState::Abnormal => {
            tracing::error!(refund = %id, "a refund is abnormal: an operator must act at WeChat Pay");
            metrics::counter!("jishi_refunds_abnormal_total").increment(1);
        }
        _ => {}
    }
    Ok(to)
}

/// A closed refund gave nothing back; only then a new number may try again.
async fn retry(tx: &mut Tx, tenant: TenantId, refund: &Refund, now: Timestamp) -> Result<()> {
    if payment::refunds_of(tx, tenant, refund.payment_id).await? >= MOST_TRIES {
        tracing::error!(refund = %refund.id, "WeChat closed every refund of a payment: an operator must act");
        return Ok(());
    }
    let paid: Option<Payment> = payment::payment(tx, tenant, refund.payment_id).await?;
    let paid = paid.context("a refund without a payment")?;
    intend_refund(tx, tenant, &paid, refund.amount, refund.reason, now).await
}
