//! Giving money back. The intent is a row with its `out_refund_no`, for ever; one job ([`DriveRefund`])
//! hands it to WeChat and asks until it ends. WeChat's call-back only makes it faster.
//!
//! Money is claimed before anything else, of the payment and, where it belongs to one, of the order;
//! the tables refuse claims of more than was paid. A refund that WeChat closed lets its claim go, and
//! only then a new one may try again.

mod drive;
mod redirect;
mod routes;

pub use self::drive::DriveRefund;
pub(in crate::flow) use self::drive::{drive, look_at};
pub use self::routes::admin;

use super::notice::announce;
use super::wechat::Gateway;
use super::{Mall, after_sale};
use crate::base::{
    AfterSaleId, Code, Money, PaymentId, Problem, RefundId, Result, TenantId, Timestamp, TradeId,
};
use crate::infra::db::Tx;
use crate::infra::http::Operator;
use crate::infra::jobs;
use crate::mall::ledger::{self, Back, Posting};
use crate::mall::notice::Event;
use crate::mall::order::{self, Order};
use crate::mall::payment::{
    self, ActionKind, MOST_REFUNDS, Refund, RefundAction, RefundAnswer, RefundReason, RefundState, Way,
};
use anyhow::Context as _;
use wechat_sdk::pay::refunds::RefundStatus;

/// After so many refunds for one purpose that WeChat closed, an operator must look.
const MOST_TRIES: i64 = 3;

/// What money goes back for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// Nobody wanted it: it goes back in full.
    Unwanted(RefundReason),
    /// A shopper or an operator asked for it.
    AfterSale {
        /// Of which order.
        order: &'a Order,
        /// In which case.
        id: AfterSaleId,
    },
}

impl Purpose<'_> {
    fn reason(self) -> RefundReason {
        match self {
            Self::Unwanted(reason) => reason,
            Self::AfterSale { .. } => RefundReason::AfterSale,
        }
    }
}

/// Writes down that money of a payment goes back, with the job that does it. The trade must be locked.
///
/// Errors: 409 `refund_exceeds_paid`, and `limit_reached` after WeChat's 50 refunds of a payment; the
/// caller must not commit then.
pub async fn intend_refund(
    tx: &mut Tx,
    tenant: TenantId,
    payment_id: PaymentId,
    amount: Money,
    purpose: Purpose<'_>,
    now: Timestamp,
) -> Result<RefundId> {
    let (trade_id, ordinal) = claim(tx, tenant, payment_id, amount).await?;
    let mut refund = Refund {
        id: RefundId::fresh(now),
        trade_id,
        payment_id,
        ordinal,
        order_id: None,
        after_sale_id: None,
        state: RefundState::Created,
        amount,
        reason: purpose.reason(),
        wechat_refund_id: None,
        redirected_to: None,
        sent_at: None,
        operator_id: None,
        note: None,
        last_error: None,
        created_at: now,
        updated_at: now,
        succeeded_at: None,
    };
    if let Purpose::AfterSale { order, id } = purpose {
        (refund.order_id, refund.after_sale_id) = (Some(order.id), Some(id));
        if !order::claim_refund(tx, tenant, order.id, amount).await? {
            let detail =
                format!("{} was paid for {}; {amount} is more than is left of it", order.total, order.id);
            return Err(Problem::with(Code::RefundExceedsPaid, detail).into());
        }
        ledger::post(tx, tenant, refund.id.uuid(), &Posting::refund_intent(back(order, amount)), now).await?;
    }
    payment::insert_refund(tx, tenant, &refund).await?;
    let job = DriveRefund { tenant_id: tenant, trade_id, refund_id: refund.id };
    jobs::enqueue::<Mall, _>(tx, &job, now, now).await?;
    Ok(refund.id)
}

async fn claim(tx: &mut Tx, tenant: TenantId, id: PaymentId, amount: Money) -> Result<(TradeId, i64)> {
    let paid = payment::lock(tx, tenant, id).await?.context("a refund of a payment that does not exist")?;
    if let Some(ordinal) = payment::claim_refund(tx, tenant, id, amount).await? {
        return Ok((paid.trade_id, ordinal));
    }
    if paid.refunds >= MOST_REFUNDS {
        let detail = format!("{id} has had {} refunds; WeChat takes no more", paid.refunds);
        return Err(Problem::with(Code::LimitReached, detail).into());
    }
    let paid_amount = paid.paid_amount.unwrap_or(Money::ZERO);
    let detail = format!("of {paid_amount}, {} go back already; {amount} more is too much", paid.refunding);
    Err(Problem::with(Code::RefundExceedsPaid, detail).into())
}

fn back(order: &Order, amount: Money) -> Back {
    Back { merchant_id: order.merchant_id, amount, completed: order.completed_at.is_some() }
}

/// What WeChat says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where it stands there.
    pub status: RefundStatus,
    /// WeChat's number of it.
    pub refund_id: String,
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
    let known = payment::refund(tx, tenant, id).await?.context("a report about a refund that is not ours")?;
    order::lock(tx, tenant, known.trade_id).await?.context("a refund without a trade")?;
    payment::lock(tx, tenant, known.payment_id).await?.context("a refund without a payment")?;
    let refund = payment::lock_refund(tx, tenant, id).await?.context("a refund that vanished")?;
    let to = match report.status {
        RefundStatus::Success => RefundState::Succeeded,
        RefundStatus::Closed => RefundState::Closed,
        RefundStatus::Abnormal => RefundState::Abnormal,
        _ => RefundState::Submitted,
    };
    if refund.state == RefundState::Abnormal {
        let answer = if to == RefundState::Abnormal { RefundAnswer::Refused } else { RefundAnswer::Accepted };
        payment::settle_redirections(tx, tenant, id, answer).await?;
    }
    if !refund.state.may_become(to) {
        return Ok(refund.state);
    }
    payment::set_refund(tx, tenant, (id, refund.state), to, Some(&report.refund_id), now).await?;
    match to {
        RefundState::Succeeded => succeeded(tx, tenant, &refund, now).await?,
        RefundState::Closed => closed(tx, tenant, &refund, now).await?,
        RefundState::Abnormal => {
            tracing::error!(refund = %id, "a refund is abnormal: an operator must act");
            metrics::counter!("jishi_refunds_abnormal_total").increment(1);
        }
        _ => {}
    }
    Ok(to)
}

/// What went to the merchant's own account is still owed to the shopper, who is not told that they have it.
async fn succeeded(tx: &mut Tx, tenant: TenantId, refund: &Refund, now: Timestamp) -> Result<()> {
    let to_merchant = refund.redirected_to == Some(Way::Merchant);
    let posting = if to_merchant { Posting::refund_to_merchant } else { Posting::refund };
    ledger::post(tx, tenant, refund.id.uuid(), &posting(refund.amount), now).await?;
    if let Some(order) = refund.order_id {
        order::note_refunded(tx, tenant, order, refund.amount, now).await?;
    }
    if let Some(case) = refund.after_sale_id {
        after_sale::finished(tx, tenant, case, now).await?;
    }
    if to_merchant {
        tracing::warn!(refund = %refund.id, "a refund went to the merchant: an operator must pay the shopper");
        metrics::counter!("jishi_refunds_to_merchant_total").increment(1);
        return Ok(());
    }
    tell(tx, tenant, refund, now).await
}

/// Tells the shopper that money went back.
async fn tell(tx: &mut Tx, tenant: TenantId, refund: &Refund, now: Timestamp) -> Result<()> {
    let trade = order::trade(tx, tenant, refund.trade_id).await?.context("a refund without a trade")?;
    let event = Event::Refunded {
        refund_id: refund.id,
        trade_id: refund.trade_id,
        amount: refund.amount,
        refunded_at: now,
    };
    announce(tx, tenant, trade.customer_id, &event, now).await
}

/// A closed refund gave nothing back: its claims end, and a new number may try again.
async fn closed(tx: &mut Tx, tenant: TenantId, refund: &Refund, now: Timestamp) -> Result<()> {
    payment::release_refund(tx, tenant, refund.payment_id, refund.amount).await?;
    let order = order_of(tx, tenant, refund).await?;
    if let Some(order) = &order {
        order::release_refund(tx, tenant, order.id, refund.amount).await?;
        let posting = Posting::refund_closed(back(order, refund.amount));
        ledger::post(tx, tenant, refund.id.uuid(), &posting, now).await?;
    }
    if payment::refunds_of(tx, tenant, refund.payment_id, refund.after_sale_id).await? >= MOST_TRIES {
        give_up(refund);
        return Ok(());
    }
    match intend_refund(tx, tenant, refund.payment_id, refund.amount, purpose_of(refund, order.as_ref()), now)
        .await
    {
        // Nothing was written yet: the payment has had all its refunds, and this one stays closed.
        Err(error) if error.code() == Some(Code::LimitReached) => give_up(refund),
        outcome => return outcome.map(drop),
    }
    Ok(())
}

fn give_up(refund: &Refund) {
    tracing::error!(refund = %refund.id, "WeChat closed every refund for one purpose: an operator must act");
    metrics::counter!("jishi_refunds_given_up_total").increment(1);
}

async fn order_of(tx: &mut Tx, tenant: TenantId, refund: &Refund) -> Result<Option<Order>> {
    let Some(id) = refund.order_id else { return Ok(None) };
    let (order, _) = order::order(tx, tenant, id).await?.context("a refund without an order")?;
    Ok(Some(order))
}

/// What a refund was for: the next one is for the same.
fn purpose_of<'a>(refund: &Refund, order: Option<&'a Order>) -> Purpose<'a> {
    match (order, refund.after_sale_id) {
        (Some(order), Some(id)) => Purpose::AfterSale { order, id },
        _ => Purpose::Unwanted(refund.reason),
    }
}

/// Tries once more what WeChat closed every time; an operator has seen to it.
///
/// Errors: 404, 409 `refund_not_closed` while a refund for the same purpose is on its way or done, and
/// 409 `after_sale_state` once its after-sale was settled otherwise.
pub async fn try_again(mall: &Mall, who: Operator, id: RefundId) -> Result<RefundId> {
    let (tenant, now) = (who.tenant_id, mall.core.now());
    let mut tx = mall.core.db.begin().await?;
    let known = payment::refund(&mut tx, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
    order::lock(&mut tx, tenant, known.trade_id).await?.context("a refund without a trade")?;
    let all = payment::refunds_of_trade(&mut tx, tenant, known.trade_id).await?;
    let purpose = (known.payment_id, known.after_sale_id);
    let same = all.iter().filter(|other| (other.payment_id, other.after_sale_id) == purpose);
    if let Some(other) = same.into_iter().find(|other| other.state != RefundState::Closed) {
        let detail = format!("{} is {}; only closed refunds are tried again", other.id, other.state);
        return Err(Problem::with(Code::RefundNotClosed, detail).into());
    }
    if let Some(case) = known.after_sale_id {
        after_sale::awaits_refund(&mut tx, tenant, case).await?;
    }
    let order = order_of(&mut tx, tenant, &known).await?;
    let purpose = purpose_of(&known, order.as_ref());
    let id = intend_refund(&mut tx, tenant, known.payment_id, known.amount, purpose, now).await?;
    let action = RefundAction::new(id, ActionKind::Retry, who.id, now);
    payment::insert_action(&mut tx, tenant, &action).await?;
    tx.commit().await?;
    Ok(id)
}
