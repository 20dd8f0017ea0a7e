//! Money came. If the trade wants it, the trade is paid; otherwise it goes back, in full, once.
//!
//! Rows are locked in this order: trade, payment, stock. Whoever comes second finds the payment
//! succeeded and changes nothing.

use super::Mall;
use super::notice::announce;
use super::refund::{Purpose, intend_refund};
use super::wechat::Gateway;
use crate::base::{Money, PaymentId, Result, Timestamp};
use crate::infra::db::Tx;
use crate::mall::ledger::{self, Part, Posting};
use crate::mall::notice::Event;
use crate::mall::order::{self, Order, TradeRow, TradeState};
use crate::mall::payment::{self, Payment, PaymentState, RefundReason, Success};
use crate::mall::stock;
use anyhow::Context as _;
use wechat_sdk::pay::transactions::Transaction;

/// Whether a report of WeChat's could be taken; `Err` says how it contradicts what we know, and then
/// nothing was changed.
pub type Taken = Result<(), String>;

/// How far a report is believed about its amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// A call-back: another amount than ours is refused.
    MustMatch,
    /// WeChat's answer to our own question: another amount is a fact, and goes back.
    IsFact,
}

/// Checks that WeChat's report is about this payment of ours.
pub fn mismatch(gateway: &Gateway, payment: &Payment, report: &Transaction) -> Option<String> {
    if report.mchid.as_str() != payment.mch_id || gateway.mch_id != payment.mch_id {
        return Some("the merchant number is another".to_owned());
    }
    if report.appid.as_ref().is_none_or(|appid| appid.as_str() != payment.app_id) {
        return Some("the appid is another".to_owned());
    }
    if report.out_trade_no.as_str() != payment.id.suffix() {
        return Some("the out_trade_no is another".to_owned());
    }
    None
}

/// Takes note of collected money, in the caller's transaction: it pays the trade, goes back, or was known.
pub async fn settle(
    mall: &Mall,
    tx: &mut Tx,
    gateway: &Gateway,
    id: PaymentId,
    report: &Transaction,
    trust: Amount,
) -> Result<Taken> {
    let now = mall.core.now();
    let tenant = gateway.tenant_id;
    let Some(known) = payment::payment(tx, tenant, id).await? else {
        return Ok(Err("there is no such payment".to_owned()));
    };
    let trade = order::lock(tx, tenant, known.trade_id).await?.context("a payment without a trade")?;
    let payment = payment::lock(tx, tenant, id).await?.context("a payment that vanished")?;
    if let Some(reason) = mismatch(gateway, &payment, report) {
        return Ok(Err(reason));
    }
    let success = match success(report, now) {
        Ok(success) => success,
        Err(reason) => return Ok(Err(reason)),
    };
    if payment.state == PaymentState::Succeeded {
        return Ok(repeated(&payment, &success));
    }
    if report.trade_state == wechat_sdk::pay::transactions::TradeState::Refund {
        // Not through us: how much of it is still there, only a person can find out.
        let reason = "it was paid and given back at WeChat Pay; compare it there";
        return Ok(Err(reason.to_owned()));
    }
    if success.amount != payment.amount && trust == Amount::MustMatch {
        let reason = format!("the amount is {}, ours is {}", success.amount, payment.amount);
        return Ok(Err(reason));
    }
    match unwanted(&trade, &payment, &success) {
        None => pay_trade(tx, gateway, &trade, &payment, &success, now).await?,
        Some(reason) => give_back(tx, gateway, &payment, &success, reason, now).await?,
    }
    Ok(Ok(()))
}

fn success(report: &Transaction, now: Timestamp) -> Result<Success, String> {
    if !report.is_paid() {
        return Err(format!("its state is {:?}", report.trade_state));
    }
    let amount = report.amount.as_ref().ok_or("it names no amount")?;
    if amount.currency.as_deref().is_some_and(|currency| currency != "CNY") {
        return Err("its currency is not CNY".to_owned());
    }
    let transaction_id = report.transaction_id.as_ref().ok_or("it names no transaction_id")?;
    Ok(Success {
        transaction_id: transaction_id.as_str().to_owned(),
        amount: Money::fen(amount.total.0),
        paid_at: report.success_time.map_or(now, |time| time.with_timezone(&chrono::Utc).into()),
    })
}

fn repeated(payment: &Payment, success: &Success) -> Taken {
    let same = payment.transaction_id.as_deref() == Some(&success.transaction_id)
        && payment.paid_amount == Some(success.amount);
    if same {
        return Ok(());
    }
    Err("the payment succeeded before with another transaction or amount".to_owned())
}

fn unwanted(trade: &TradeRow, payment: &Payment, success: &Success) -> Option<RefundReason> {
    match trade.state {
        TradeState::Paid => Some(RefundReason::PaidTwice),
        TradeState::Closed => Some(RefundReason::ClosedTrade),
        TradeState::Unpaid if success.amount != payment.amount => Some(RefundReason::WrongAmount),
        TradeState::Unpaid if payment.amount != trade.total => Some(RefundReason::WrongAmount),
        TradeState::Unpaid => None,
    }
}

async fn pay_trade(
    tx: &mut Tx,
    gateway: &Gateway,
    trade: &TradeRow,
    payment: &Payment,
    success: &Success,
    now: Timestamp,
) -> Result<()> {
    let tenant = gateway.tenant_id;
    payment::succeed(tx, tenant, payment.id, success, true, now).await?;
    order::mark_paid(tx, tenant, trade, now).await?;
    stock::commit_holds(tx, tenant, trade.id, now).await?;
    let parts: Vec<_> = order::orders_of(tx, tenant, trade.id).await?.iter().map(part).collect();
    let posting = Posting::payment(&parts).context("a trade's orders are more than an amount")?;
    ledger::post(tx, tenant, payment.id.uuid(), &posting, now).await?;
    let event = Event::Paid { trade_id: trade.id, amount: success.amount, paid_at: success.paid_at };
    announce(tx, tenant, trade.customer_id, &event, now).await?;
    metrics::counter!("jishi_trades_paid_total").increment(1);
    Ok(())
}

fn part(order: &Order) -> Part {
    Part { merchant_id: order.merchant_id, goods: order.goods_paid(), freight: order.freight }
}

async fn give_back(
    tx: &mut Tx,
    gateway: &Gateway,
    payment: &Payment,
    success: &Success,
    reason: RefundReason,
    now: Timestamp,
) -> Result<()> {
    let tenant = gateway.tenant_id;
    payment::succeed(tx, tenant, payment.id, success, false, now).await?;
    ledger::post(tx, tenant, payment.id.uuid(), &Posting::unwanted_payment(success.amount), now).await?;
    intend_refund(tx, tenant, payment.id, success.amount, Purpose::Unwanted(reason), now).await?;
    tracing::warn!(payment = %payment.id, trade = %payment.trade_id, %reason, "unwanted money goes back");
    metrics::counter!("jishi_unwanted_payments_total", "reason" => reason.as_str()).increment(1);
    Ok(())
}
