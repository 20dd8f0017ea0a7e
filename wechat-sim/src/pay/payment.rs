//! What happens when the user pays on the payment sheet.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::query::transaction;
use super::refusal::Refusal;
use crate::core::Core;
use crate::crypto::random_digits;
use crate::notify::queue;
use crate::state::{Order, Payment, TradeState, World, key};
use crate::text;

/// What a mini program hands to `wx.requestPayment`, and the `appId` it runs under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestPayment {
    /// The mini program.
    pub app_id: String,
    /// Unix seconds, as text.
    pub time_stamp: String,
    /// At most 32 characters.
    pub nonce_str: String,
    /// `prepay_id=…`
    pub package: String,
    /// `RSA`
    pub sign_type: String,
    /// Base64 of the merchant's signature over the first four.
    pub pay_sign: String,
}

/// How the user pays; by default in full and only what can be paid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PayOptions {
    /// Fault: what the transaction says the order was worth.
    pub amount_total: Option<i64>,
    /// What the user pays after coupons.
    pub payer_total: Option<i64>,
    /// Fault: pays an order that was closed meanwhile, as a race at the bank does.
    pub even_if_closed: bool,
    /// The signed call of the mini program, to be verified.
    pub request_payment: Option<RequestPayment>,
}

/// A payment that went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaidTransaction {
    /// The merchant.
    pub mchid: String,
    /// The mini program.
    pub app_id: String,
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The platform's number of the payment.
    pub transaction_id: String,
    /// Who pays.
    pub openid: String,
    /// What the merchant asked for, in fen.
    pub total: i64,
    /// What the transaction says, in fen.
    pub paid_total: i64,
    /// RFC 3339.
    pub success_time: String,
    /// The transaction as notification and query show it.
    pub transaction: Value,
}

/// Pays an order by its number.
pub(crate) fn pay(
    core: &Core,
    mchid: &str,
    out_trade_no: &str,
    options: &PayOptions,
) -> Result<PaidTransaction, Refusal> {
    core.change(|world, now| pay_order(world, &key(mchid, out_trade_no), options, None, now))
}

/// Pays an order by one of its `prepay_id`s, which lives two hours.
pub(crate) fn pay_prepay(
    core: &Core,
    prepay_id: &str,
    options: &PayOptions,
) -> Result<PaidTransaction, Refusal> {
    core.change(|world, now| {
        let prepay = world.prepays.get(prepay_id).ok_or_else(|| Refusal::invalid("prepay_id 不存在"))?;
        if now > prepay.expires_at {
            return Err(Refusal::invalid("prepay_id 已过期"));
        }
        let order = prepay.order.clone();
        pay_order(world, &order, options, Some(prepay_id), now)
    })
}

fn pay_order(
    world: &mut World,
    order: &str,
    options: &PayOptions,
    prepay_id: Option<&str>,
    now: i64,
) -> Result<PaidTransaction, Refusal> {
    let found = world.orders.get(order).ok_or_else(Refusal::no_order)?;
    check_payable(found, options, now)?;
    if let Some(call) = &options.request_payment {
        check_call(world, found, call, prepay_id)?;
    }
    let found = world.orders.get_mut(order).ok_or_else(Refusal::no_order)?;
    let payment = new_payment(found.total, options, now);
    found.state = TradeState::Success;
    found.payment = Some(payment.clone());
    let paid = found.clone();
    let transaction = transaction(&paid);
    queue::payment(world, &paid, &transaction, now);
    Ok(view(&paid, &payment, transaction))
}

fn check_payable(order: &Order, options: &PayOptions, now: i64) -> Result<(), Refusal> {
    match order.state {
        TradeState::Success | TradeState::Refund => Err(Refusal::new(400, "ORDERPAID", "订单已支付")),
        TradeState::Closed if !options.even_if_closed => Err(Refusal::new(400, "ORDER_CLOSED", "订单已关闭")),
        TradeState::NotPay if now > order.expires_at => Err(Refusal::invalid("订单已过支付截止时间")),
        _ => Ok(()),
    }
}

/// The checks of the WeChat client before it shows the payment sheet.
fn check_call(
    world: &World,
    order: &Order,
    call: &RequestPayment,
    prepay_id: Option<&str>,
) -> Result<(), Refusal> {
    let named = call.package.strip_prefix("prepay_id=").unwrap_or_default();
    let of_order = order.prepay_ids.iter().any(|id| id == named) && prepay_id.is_none_or(|id| id == named);
    if !of_order || call.app_id != order.app_id {
        return Err(Refusal::invalid("支付参数与订单不符"));
    }
    if call.sign_type != "RSA" || call.nonce_str.is_empty() || call.nonce_str.len() > 32 {
        return Err(Refusal::invalid("支付参数不合法"));
    }
    let message = format!("{}\n{}\n{}\n{}\n", call.app_id, call.time_stamp, call.nonce_str, call.package);
    let merchant = world.merchants.get(&order.mchid).ok_or_else(|| Refusal::invalid("商户号不存在"))?;
    let timed = call.time_stamp.parse::<i64>().is_ok();
    if timed && merchant.keys.merchant.key.verifies(message.as_bytes(), &call.pay_sign) {
        Ok(())
    } else {
        Err(Refusal::invalid("支付验证签名失败"))
    }
}

fn new_payment(total: i64, options: &PayOptions, now: i64) -> Payment {
    let total = options.amount_total.unwrap_or(total);
    Payment {
        transaction_id: format!("4200{}", random_digits::<24>()),
        total,
        payer_total: options.payer_total.unwrap_or(total),
        paid_at: now,
    }
}

fn view(order: &Order, payment: &Payment, transaction: Value) -> PaidTransaction {
    PaidTransaction {
        mchid: order.mchid.clone(),
        app_id: order.app_id.clone(),
        out_trade_no: order.out_trade_no.clone(),
        transaction_id: payment.transaction_id.clone(),
        openid: order.openid.clone(),
        total: order.total,
        paid_total: payment.total,
        success_time: text::rfc3339(payment.paid_at),
        transaction,
    }
}
