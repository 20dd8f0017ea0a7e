//! `/v3/refund/domestic/refunds`

use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::shape::{CURRENCY, FEN, FEN_OR_NONE, Field, OUT_REFUND_NO, OUT_TRADE_NO, Rule, may, need};
use super::{PayCall, PayServe, Reply, bills, get, payment, post};
use crate::core::Core;
use crate::crypto::random_digits;
use crate::notify::pay_events;
use crate::operation::Operation;
use crate::wire::text;
use crate::world::{Entry, EntryKind, Order, Payment, Refund, RefundStatus, Task, TradeState, World, key};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("refund", "/v3/refund/domestic/refunds", refund),
    get("refund_query", "/v3/refund/domestic/refunds/{out_refund_no}", query),
];

const YEAR: i64 = 365 * 24 * 3_600_000;
/// The most refunds one order can have.
const MOST: usize = 50;

const SOURCE: Rule =
    Rule::Object(&[need("account", Rule::Choice(&["AVAILABLE", "UNAVAILABLE"])), need("amount", FEN)]);
const GOODS: Rule = Rule::Object(&[
    need("merchant_goods_id", Rule::Text(32)),
    may("wechatpay_goods_id", Rule::Text(32)),
    may("goods_name", Rule::Text(256)),
    need("unit_price", FEN_OR_NONE),
    need("refund_amount", FEN_OR_NONE),
    need("refund_quantity", FEN),
]);
const SHAPE: &[Field] = &[
    may("transaction_id", Rule::Text(32)),
    may("out_trade_no", OUT_TRADE_NO),
    need("out_refund_no", OUT_REFUND_NO),
    may("reason", Rule::Bytes(80)),
    may("notify_url", Rule::Url(256)),
    may("funds_account", Rule::Choice(&["AVAILABLE", "UNSETTLED"])),
    need(
        "amount",
        Rule::Object(&[
            need("refund", FEN),
            need("total", FEN),
            need("currency", CURRENCY),
            may("from", Rule::List(1, 2, &SOURCE)),
        ]),
    ),
    may("goods_detail", Rule::List(1, 1000, &GOODS)),
];

/// What a refund needs of its parameters.
#[derive(Debug, Deserialize)]
struct Wish {
    transaction_id: Option<String>,
    out_trade_no: Option<String>,
    out_refund_no: String,
    reason: Option<String>,
    notify_url: Option<String>,
    amount: Amount,
}

#[derive(Debug, Deserialize)]
struct Amount {
    refund: i64,
    total: i64,
    #[serde(default)]
    from: Vec<Source>,
}

#[derive(Debug, Deserialize)]
struct Source {
    account: String,
    amount: i64,
}

impl Wish {
    /// What no table of members says.
    fn check(&self, body: &Value) -> Result<(), Refusal> {
        if self.transaction_id.is_none() && self.out_trade_no.is_none() {
            return Err(Refusal::body("/transaction_id", &Value::Null, "与 out_trade_no 二选一必填"));
        }
        let Amount { refund, total, from } = &self.amount;
        if refund > total {
            return Err(Refusal::body("/amount/refund", &json!(refund), "大于订单金额"));
        }
        let wrong = |issue| Err(Refusal::body("/amount/from", &body["amount"]["from"], issue));
        if from.len() == 2 && from[0].account == from[1].account {
            return wrong("账户重复");
        }
        let sum = from.iter().fold(0_i64, |sum, source| sum.saturating_add(source.amount));
        if !from.is_empty() && sum != *refund {
            return wrong("金额之和与退款金额不一致");
        }
        Ok(())
    }
}

fn refund(call: &PayCall<'_>) -> Reply {
    let (parameters, wish): (Value, Wish) = call.read(SHAPE)?;
    wish.check(&parameters)?;
    let refund_key = key(&call.mchid, &wish.out_refund_no);
    let (outcome, delay) = call.core.faults(|faults| (faults.refund_outcome, faults.refund_delay_ms));
    let delay = delay.map_or(call.core.settings.refund_delay, std::time::Duration::from_millis);
    call.core.change(|world, now| {
        if let Some(existing) = world.refunds.get(&refund_key) {
            return repeat(existing, &parameters).map(Into::into);
        }
        let refund = Refund { outcome, ..new_refund(world, &call.mchid, &wish, &parameters, now)? };
        let answer = view(&refund);
        let due = now.saturating_add(call.core.time.wait(delay));
        accept(world, &refund_key, refund, due);
        Ok(answer.into())
    })
}

fn query(call: &PayCall<'_>) -> Reply {
    let found = call.core.read(|world| world.refunds.get(&key(&call.mchid, call.argument())).map(view));
    found.map(Into::into).ok_or_else(|| Refusal::new(404, "RESOURCE_NOT_EXISTS", "退款单不存在"))
}

/// The same number with the same parameters is the same refund.
fn repeat(existing: &Refund, parameters: &Value) -> Result<Value, Refusal> {
    if existing.parameters == *parameters {
        Ok(view(existing))
    } else {
        Err(Refusal::invalid("商户退款单号已存在，但参数与首次请求时不一致"))
    }
}

fn accept(world: &mut World, refund_key: &str, refund: Refund, due: i64) {
    if let Some(order) = world.orders.get_mut(&refund.order) {
        order.state = TradeState::Refund;
        order.refunds.push(refund_key.to_owned());
    }
    world.agenda.add(due, Task::SettleRefund(refund_key.to_owned()));
    world.refund_ids.insert(&refund.refund_id, refund_key.to_owned());
    world.refunds.insert(refund_key, refund);
}

fn new_refund(
    world: &World,
    mchid: &str,
    wish: &Wish,
    parameters: &Value,
    now: i64,
) -> Result<Refund, Refusal> {
    let order = find_order(world, mchid, wish)?;
    let payment = order.payment.as_ref().ok_or_else(|| Refusal::invalid("订单未支付"))?;
    check_amounts(world, order, payment, &wish.amount, now)?;
    Ok(Refund {
        mchid: mchid.to_owned(),
        order: key(mchid, &order.out_trade_no),
        out_trade_no: order.out_trade_no.clone(),
        transaction_id: payment.transaction_id.clone(),
        refund_id: format!("5030{}", random_digits::<24>()),
        out_refund_no: wish.out_refund_no.clone(),
        reason: wish.reason.clone(),
        refund: wish.amount.refund,
        payer_refund: share(wish.amount.refund, payment),
        total: payment.total,
        payer_total: payment.payer_total,
        notify_url: wish.notify_url.clone(),
        parameters: parameters.clone(),
        created_at: now,
        outcome: RefundStatus::Success,
        status: RefundStatus::Processing,
        success_at: None,
    })
}

fn find_order<'a>(world: &'a World, mchid: &str, wish: &Wish) -> Result<&'a Order, Refusal> {
    let found = match (&wish.transaction_id, &wish.out_trade_no) {
        (Some(id), number) => world
            .paid_order(id)
            .filter(|order| order.mchid == mchid)
            .filter(|order| number.as_ref().is_none_or(|number| *number == order.out_trade_no)),
        (None, Some(number)) => world.orders.get(&key(mchid, number)),
        (None, None) => None,
    };
    found.ok_or_else(|| Refusal::new(404, "RESOURCE_NOT_EXISTS", "订单不存在"))
}

fn check_amounts(
    world: &World,
    order: &Order,
    payment: &Payment,
    amount: &Amount,
    now: i64,
) -> Result<(), Refusal> {
    if now - payment.paid_at > YEAR {
        return Err(Refusal::invalid("订单已超过可退款的最大期限"));
    }
    if amount.total != payment.total {
        return Err(Refusal::invalid("订单金额与原订单不一致"));
    }
    let all = order.refunds.iter().filter_map(|key| world.refunds.get(key));
    let live: Vec<_> = all.filter(|refund| refund.status != RefundStatus::Closed).collect();
    let refunded: i64 = live.iter().map(|refund| refund.refund).sum();
    if amount.refund > payment.total - refunded {
        return Err(Refusal::invalid("申请退款金额超过订单可退金额"));
    }
    if live.len() < MOST { Ok(()) } else { Err(Refusal::invalid("退款次数超过限制")) }
}

/// The cash part of a refund when a coupon paid for some of the order.
fn share(refund: i64, payment: &Payment) -> i64 {
    let share = i128::from(refund) * i128::from(payment.payer_total) / i128::from(payment.total.max(1));
    i64::try_from(share).unwrap_or(refund)
}

/// A refund as answer and query show it.
pub(crate) fn view(refund: &Refund) -> Value {
    let mut body = json!({
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": text::rfc3339(refund.created_at),
        "status": refund.status.as_str(),
        "funds_account": "AVAILABLE",
        "amount": {
            "total": refund.total, "refund": refund.refund,
            "payer_total": refund.payer_total, "payer_refund": refund.payer_refund,
            "settlement_refund": refund.refund, "settlement_total": refund.total,
            "discount_refund": refund.refund - refund.payer_refund, "currency": "CNY",
        },
        "promotion_detail": [],
    });
    if let Some(at) = refund.success_at {
        body["success_time"] = json!(text::rfc3339(at));
    }
    body
}

/// Ends the processing of a refund.
pub(crate) fn settle(core: &Core, world: &mut World, refund_key: &str, now: i64) {
    let Some(refund) = world.refunds.get_mut(refund_key) else { return };
    refund.status = refund.outcome;
    refund.success_at = (refund.status == RefundStatus::Success).then_some(now);
    let settled = refund.clone();
    if settled.status == RefundStatus::Success {
        let entry = entry(world, &settled, now);
        world.book(entry);
    }
    pay_events::refunded(core, world, &settled, now);
}

fn entry(world: &World, refund: &Refund, now: i64) -> Entry {
    let order = world.orders.get(&refund.order);
    let before: i64 = order.map_or(0, |order| {
        let all = order.refunds.iter().filter_map(|key| world.refunds.get(key));
        let done = all.filter(|other| other.success_at.is_some() && other.refund_id != refund.refund_id);
        done.map(|other| other.refund).sum()
    });
    Entry {
        at: now,
        kind: EntryKind::Refund,
        mchid: refund.mchid.clone(),
        app_id: order.map(|order| order.app_id.clone()).unwrap_or_default(),
        openid: order.map(|order| order.openid.clone()).unwrap_or_default(),
        amount: -refund.refund,
        cash: -refund.payer_refund,
        fee: -bills::trade::returned_fee(refund.total, before, refund.refund, payment::FEE_RATE),
        number: refund.out_refund_no.clone(),
        platform_number: refund.refund_id.clone(),
        transaction_id: refund.transaction_id.clone(),
    }
}
