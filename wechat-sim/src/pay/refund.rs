//! `/v3/refund/domestic/refunds`

pub(crate) mod abnormal;
mod rules;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::query::coupon_of;
use super::refusal::Refusal;
use super::shape::{CURRENCY, FEN, FEN_OR_NONE, Field, OUT_REFUND_NO, OUT_TRADE_NO, Rule, may, need};
use super::{PayCall, PayServe, Reply, bills, complaints, get, payment, post};
use crate::core::Core;
use crate::crypto::random_digits;
use crate::faults::RefundOutcome;
use crate::notify::pay_events;
use crate::operation::Operation;
use crate::wire::text;
use crate::world::{Abnormal, Entry, EntryKind, Order, Refund, RefundStatus, Task, TradeState, World, key};
use rules::{Asked, Goods};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("refund", "/v3/refund/domestic/refunds", refund),
    get("refund_query", "/v3/refund/domestic/refunds/{out_refund_no}", query),
];

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
    #[serde(default)]
    goods_detail: Vec<Goods>,
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
    rules::check_rate(call)?;
    let asked = ask(call);
    if asked.is_err() {
        rules::note_refused(call)?;
    }
    asked
}

/// How refunds end that are asked for now, and when.
fn course(core: &Core) -> (RefundOutcome, Duration) {
    let (outcome, delay) = core.faults(|faults| (faults.refund_outcome, faults.refund_delay_ms));
    (outcome, delay.map_or(core.settings.refund_delay, Duration::from_millis))
}

fn ask(call: &PayCall<'_>) -> Reply {
    let (parameters, wish): (Value, Wish) = call.read(SHAPE)?;
    wish.check(&parameters)?;
    let refund_key = key(&call.mchid, &wish.out_refund_no);
    let (outcome, delay) = course(call.core);
    call.core.change(|world, now| {
        if let Some(existing) = world.refunds.get(&refund_key) {
            return repeat(existing, &parameters).map(Into::into);
        }
        let refund = new_refund(call, world, &wish, &parameters, now)?;
        let outcome = outcome.status().ok_or_else(account_abnormal)?;
        let refund = Refund { outcome, ..refund };
        rules::check_balance(call.core, world, &refund, now)?;
        let answer = view(&refund);
        let due = now.saturating_add(call.core.time.wait(delay));
        accept(world, &refund_key, refund, due);
        Ok(answer.into())
    })
}

fn missing() -> Refusal {
    Refusal::new(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
}

fn query(call: &PayCall<'_>) -> Reply {
    let found = call.core.read(|world| world.refunds.get(&key(&call.mchid, call.argument())).map(view));
    found.map(Into::into).ok_or_else(missing)
}

fn account_abnormal() -> Refusal {
    Refusal::new(403, "USER_ACCOUNT_ABNORMAL", "用户账户异常或已注销，请通过其他方式退款")
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
    call: &PayCall<'_>,
    world: &World,
    wish: &Wish,
    parameters: &Value,
    now: i64,
) -> Result<Refund, Refusal> {
    let mchid = call.mchid.as_str();
    let order = find_order(world, mchid, wish)?;
    let payment = order.payment.as_ref().ok_or_else(|| Refusal::invalid("订单未支付"))?;
    let asked = Asked { refund: wish.amount.refund, total: wish.amount.total, goods: &wish.goods_detail };
    rules::check(call.core, world, (order, payment), &asked, now)?;
    Ok(Refund {
        mchid: mchid.to_owned(),
        order: key(mchid, &order.out_trade_no),
        out_trade_no: order.out_trade_no.clone(),
        transaction_id: payment.transaction_id.clone(),
        refund_id: format!("5030{}", random_digits::<24>()),
        out_refund_no: wish.out_refund_no.clone(),
        reason: wish.reason.clone(),
        refund: wish.amount.refund,
        payer_refund: rules::cash(wish.amount.refund, payment, &rules::live(world, order)),
        total: payment.total,
        payer_total: payment.payer_total,
        notify_url: wish.notify_url.clone(),
        parameters: parameters.clone(),
        created_at: now,
        outcome: RefundStatus::Success,
        status: RefundStatus::Processing,
        success_at: None,
        abnormal: None,
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

/// A refund as answer and query show it.
pub(crate) fn view(refund: &Refund) -> Value {
    let mut body = json!({
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "channel": if refund.abnormal.is_some() { "OTHER_BANKCARD" } else { "ORIGINAL" },
        "user_received_account": refund.received_account(),
        "create_time": text::rfc3339(refund.created_at),
        "status": refund.status.as_str(),
        "funds_account": refund.parameters["funds_account"].as_str().unwrap_or("AVAILABLE"),
        "amount": {
            "total": refund.total, "refund": refund.refund,
            "payer_total": refund.payer_total, "payer_refund": refund.payer_refund,
            "settlement_refund": refund.refund, "settlement_total": refund.total,
            "discount_refund": refund.refund - refund.payer_refund, "currency": "CNY",
        },
        "promotion_detail": promotions(refund),
    });
    if let Some(from) = refund.parameters["amount"].get("from") {
        body["amount"]["from"] = from.clone();
    }
    if let Some(at) = refund.success_at {
        body["success_time"] = json!(text::rfc3339(at));
    }
    body
}

/// The coupon that paid what the shopper did not, and what of it the refund takes back.
fn promotions(refund: &Refund) -> Vec<Value> {
    let amount = refund.total - refund.payer_total;
    if amount <= 0 {
        return Vec::new();
    }
    vec![json!({
        "promotion_id": coupon_of(&refund.transaction_id), "scope": "GLOBAL", "type": "CASH", "amount": amount,
        "refund_amount": refund.refund - refund.payer_refund,
    })]
}

/// Ends the processing of a refund.
pub(crate) fn settle(core: &Core, world: &mut World, refund_key: &str, now: i64) {
    let Some(refund) = world.refunds.get_mut(refund_key) else { return };
    if refund.status != RefundStatus::Processing {
        return;
    }
    refund.status = refund.outcome;
    refund.success_at = (refund.status == RefundStatus::Success).then_some(now);
    let settled = refund.clone();
    if settled.status == RefundStatus::Success {
        let entry = entry(world, &settled, now);
        world.book(entry);
    }
    pay_events::refunded(core, world, &settled, now);
    complaints::shopper::refunded(core, world, &settled, now);
}

pub(super) fn entry(world: &World, refund: &Refund, now: i64) -> Entry {
    let order = world.orders.get(&refund.order);
    let before: i64 = order.map_or(0, |order| {
        let all = world.refunds_of(order);
        let done = all.filter(|other| other.success_at.is_some() && other.refund_id != refund.refund_id);
        done.map(|other| other.refund).sum()
    });
    let to_merchant = matches!(refund.abnormal, Some(Abnormal { to_merchant: true, .. }));
    Entry {
        at: now,
        kind: EntryKind::Refund,
        mchid: refund.mchid.clone(),
        app_id: order.map(|order| order.app_id.clone()).unwrap_or_default(),
        openid: order.map(|order| order.openid.clone()).unwrap_or_default(),
        amount: -refund.refund,
        cash: if to_merchant { 0 } else { -refund.payer_refund },
        fee: -bills::trade::returned_fee(refund.total, before, refund.refund, payment::FEE_RATE),
        number: refund.out_refund_no.clone(),
        platform_number: refund.refund_id.clone(),
        transaction_id: refund.transaction_id.clone(),
    }
}
