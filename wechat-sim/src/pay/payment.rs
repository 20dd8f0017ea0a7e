//! What happens when the user pays on the payment sheet.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::combine;
use super::query::transaction;
use super::refusal::Refusal;
use crate::core::Core;
use crate::crypto::{random_digits, random_word};
use crate::notify::pay_events;
use crate::wire::text;
use crate::world::{Entry, EntryKind, Order, Payment, Task, TradeState, World, key};

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
    /// Who pays; needed only where the order does not say it (a code, H5, an app).
    pub openid: Option<String>,
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
    /// The merchant's number of the order, or of the combined order.
    pub out_trade_no: String,
    /// The platform's number of the payment; of a combined order that of its first part.
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
    core.change(|world, now| pay_order(core, world, &key(mchid, out_trade_no), options, None, now))
}

/// Pays what a prepay asked for, of a single or of a combined order; answers its number.
pub(crate) fn pay_asked(core: &Core, prepay: &Value) -> Result<String, Refusal> {
    let member = |name: &str| prepay[name].as_str().unwrap_or_default().to_owned();
    if prepay["combine_out_trade_no"].is_string() {
        let (mchid, number) = (member("combine_mchid"), member("combine_out_trade_no"));
        combine::payment::pay(core, &mchid, &number, &PayOptions::default())?;
        return Ok(number);
    }
    let number = member("out_trade_no");
    pay(core, &member("mchid"), &number, &PayOptions::default())?;
    Ok(number)
}

/// Pays an order by one of its `prepay_id`s, which lives two hours, or by a code or an H5 page.
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
        let (order, combined) = (prepay.order.clone(), prepay.combined);
        let pay = if combined { combine::payment::pay_whole } else { pay_order };
        pay(core, world, &order, options, Some(prepay_id), now)
    })
}

fn pay_order(
    core: &Core,
    world: &mut World,
    order: &str,
    options: &PayOptions,
    prepay_id: Option<&str>,
    now: i64,
) -> Result<PaidTransaction, Refusal> {
    let found = world.orders.get(order).ok_or_else(Refusal::no_order)?;
    check_payable(found, options, now)?;
    check_payer(found, options)?;
    check_sums(found.total, options)?;
    if let Some(call) = &options.request_payment {
        let payee = Payee { mchid: &found.mchid, app_id: &found.app_id, prepay_ids: &found.prepay_ids };
        check_call(world, &payee, call, prepay_id)?;
    }
    let (paid, payment) = settle(world, order, options, now)?;
    let transaction = transaction(&paid);
    if !paid.notify_url.is_empty() {
        pay_events::paid(core, world, &paid.mchid, &paid.notify_url, transaction.clone(), now);
    }
    Ok(view(&paid, &payment, transaction))
}

/// Takes the money for an order: its state, its number, the books.
pub(crate) fn settle(
    world: &mut World,
    order_key: &str,
    options: &PayOptions,
    now: i64,
) -> Result<(Order, Payment), Refusal> {
    let order = world.orders.get_mut(order_key).ok_or_else(Refusal::no_order)?;
    let payment = new_payment(order.total, options, now);
    if order.openid.is_empty() {
        order.openid = options.openid.clone().unwrap_or_else(stranger);
    }
    order.state = TradeState::Success;
    order.payment = Some(payment.clone());
    let paid = order.clone();
    world.transactions.insert(&payment.transaction_id, order_key.to_owned());
    world.book(entry(&paid, &payment));
    world.agenda.add(now, Task::WatchShipping(payment.transaction_id.clone()));
    Ok((paid, payment))
}

/// The openid of somebody who never logged in.
pub(crate) fn stranger() -> String {
    format!("o{}", random_word::<20>())
}

/// What the platform keeps of a sum: 0.6 %, rounded to the fen.
pub(crate) const FEE_RATE: u32 = 60;

pub(crate) fn entry(order: &Order, payment: &Payment) -> Entry {
    Entry {
        at: payment.paid_at,
        kind: EntryKind::Payment,
        mchid: order.mchid.clone(),
        app_id: order.app_id.clone(),
        openid: order.openid.clone(),
        amount: payment.total,
        cash: payment.payer_total,
        fee: super::bills::trade::fee(payment.total, FEE_RATE),
        number: order.out_trade_no.clone(),
        platform_number: payment.transaction_id.clone(),
        transaction_id: payment.transaction_id.clone(),
    }
}

/// One openid pays what names it, and a part of a combined order is not paid alone.
fn check_payer(order: &Order, options: &PayOptions) -> Result<(), Refusal> {
    same_payer(&order.openid, options)?;
    if order.combine.is_some() { Err(Refusal::invalid("合单子单不能单独支付")) } else { Ok(()) }
}

/// Whoever has to pay is the one who pays; `named` is empty where anybody may.
pub(crate) fn same_payer(named: &str, options: &PayOptions) -> Result<(), Refusal> {
    match &options.openid {
        Some(openid) if !named.is_empty() && openid != named => {
            Err(Refusal::invalid("支付者与下单时的 openid 不一致"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn check_payable(order: &Order, options: &PayOptions, now: i64) -> Result<(), Refusal> {
    match order.state {
        TradeState::Success | TradeState::Refund => Err(Refusal::new(400, "ORDERPAID", "订单已支付")),
        TradeState::Closed if !options.even_if_closed => Err(Refusal::new(400, "ORDER_CLOSED", "订单已关闭")),
        TradeState::Revoked | TradeState::PayError => Err(Refusal::new(400, "ORDER_CLOSED", "订单已撤销")),
        TradeState::NotPay | TradeState::UserPaying if now > order.expires_at => {
            Err(Refusal::invalid("订单已过支付截止时间"))
        }
        _ => Ok(()),
    }
}

/// Who asked for a payment.
#[derive(Debug)]
pub(crate) struct Payee<'a> {
    pub(crate) mchid: &'a str,
    pub(crate) app_id: &'a str,
    pub(crate) prepay_ids: &'a [String],
}

/// The checks of the WeChat client before it shows the payment sheet.
pub(crate) fn check_call(
    world: &World,
    payee: &Payee<'_>,
    call: &RequestPayment,
    prepay_id: Option<&str>,
) -> Result<(), Refusal> {
    let named = call.package.strip_prefix("prepay_id=").unwrap_or_default();
    let of_order = payee.prepay_ids.iter().any(|id| id == named) && prepay_id.is_none_or(|id| id == named);
    if !of_order || call.app_id != payee.app_id {
        return Err(Refusal::invalid("支付参数与订单不符"));
    }
    if call.sign_type != "RSA" || call.nonce_str.is_empty() || call.nonce_str.len() > 32 {
        return Err(Refusal::invalid("支付参数不合法"));
    }
    let message = format!("{}\n{}\n{}\n{}\n", call.app_id, call.time_stamp, call.nonce_str, call.package);
    let merchant = world.merchants.get(payee.mchid).ok_or_else(|| Refusal::invalid("商户号不存在"))?;
    let timed = call.time_stamp.parse::<i64>().is_ok();
    if timed && merchant.keys.merchant.key.verifies(message.as_bytes(), &call.pay_sign) {
        Ok(())
    } else {
        Err(Refusal::invalid("支付验证签名失败"))
    }
}

/// The most that an order can be worth, a fault included: ten thousand million yuan.
const MOST: i64 = 1_000_000_000_000;

/// A fault may say another sum than was asked for, but none that is no sum.
pub(crate) fn check_sums(total: i64, options: &PayOptions) -> Result<(), Refusal> {
    let total = options.amount_total.unwrap_or(total);
    if !(1..=MOST).contains(&total) {
        return Err(Refusal::invalid(&format!("amount_total lies between 1 and {MOST} fen")));
    }
    match options.payer_total {
        Some(paid) if !(0..=total).contains(&paid) => {
            Err(Refusal::invalid("payer_total is at least 0 and at most the sum of the order"))
        }
        _ => Ok(()),
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
