//! `/v3/refund/domestic/refunds`

use serde_json::{Value, json};

use super::refund_fields::RefundFields;
use super::refusal::Refusal;
use super::validate;
use crate::core::Core;
use crate::crypto::random_digits;
use crate::notify::queue;
use crate::state::{Order, Payment, Refund, RefundStatus, TradeState, World, key};
use crate::text;

const YEAR: i64 = 365 * 24 * 3_600_000;
/// The most refunds one order can have.
const MOST: usize = 50;

pub(crate) fn serve(core: &Core, mchid: &str, body: &[u8]) -> Result<Value, Refusal> {
    let parameters = validate::parse(body)?;
    let fields = RefundFields::check(&parameters)?;
    let refund_key = key(mchid, fields.out_refund_no);
    core.change(|world, now| {
        if let Some(existing) = world.refunds.get(&refund_key) {
            return repeat(existing, &parameters);
        }
        let delay = world.faults.refund_delay_ms.map(std::time::Duration::from_millis);
        let wait = core.scaled(delay.unwrap_or(core.settings.refund_delay));
        let refund = new_refund(world, mchid, &fields, &parameters, (now, now.saturating_add(wait)))?;
        let answer = view(&refund);
        accept(world, refund_key.clone(), refund);
        Ok(answer)
    })
}

pub(crate) fn query(core: &Core, mchid: &str, out_refund_no: &str) -> Result<Value, Refusal> {
    core.read(|world| world.refunds.get(&key(mchid, out_refund_no)).map(view))
        .ok_or_else(|| Refusal::new(404, "RESOURCE_NOT_EXISTS", "退款单不存在"))
}

/// The same number with the same parameters is the same refund.
fn repeat(existing: &Refund, parameters: &Value) -> Result<Value, Refusal> {
    if existing.parameters == *parameters {
        Ok(view(existing))
    } else {
        Err(Refusal::invalid("商户退款单号已存在，但参数与首次请求时不一致"))
    }
}

fn accept(world: &mut World, refund_key: String, refund: Refund) {
    if let Some(order) = world.orders.get_mut(&refund.order) {
        order.state = TradeState::Refund;
    }
    world.processing.insert(refund_key.clone());
    world.refunds.insert(refund_key, refund);
}

fn new_refund(
    world: &World,
    mchid: &str,
    fields: &RefundFields<'_>,
    parameters: &Value,
    (now, settles_at): (i64, i64),
) -> Result<Refund, Refusal> {
    let order = find_order(world, mchid, fields)?;
    let payment = order.payment.as_ref().ok_or_else(|| Refusal::invalid("订单未支付"))?;
    check_amounts(world, order, payment, fields, now)?;
    Ok(Refund {
        mchid: mchid.to_owned(),
        order: key(mchid, &order.out_trade_no),
        out_trade_no: order.out_trade_no.clone(),
        transaction_id: payment.transaction_id.clone(),
        refund_id: format!("5030{}", random_digits::<24>()),
        out_refund_no: fields.out_refund_no.to_owned(),
        reason: fields.reason.map(str::to_owned),
        refund: fields.refund,
        payer_refund: share(fields.refund, payment),
        total: payment.total,
        payer_total: payment.payer_total,
        notify_url: fields.notify_url.map(str::to_owned),
        parameters: parameters.clone(),
        created_at: now,
        settles_at,
        outcome: world.faults.refund_outcome,
        status: RefundStatus::Processing,
        success_at: None,
    })
}

fn find_order<'a>(world: &'a World, mchid: &str, fields: &RefundFields<'_>) -> Result<&'a Order, Refusal> {
    let found = match (fields.transaction_id, fields.out_trade_no) {
        (Some(id), number) => world
            .order_of_transaction(mchid, id)
            .filter(|order| number.is_none_or(|number| number == order.out_trade_no)),
        (None, Some(number)) => world.order(mchid, number),
        (None, None) => None,
    };
    found.ok_or_else(|| Refusal::new(404, "RESOURCE_NOT_EXISTS", "订单不存在"))
}

fn check_amounts(
    world: &World,
    order: &Order,
    payment: &Payment,
    fields: &RefundFields<'_>,
    now: i64,
) -> Result<(), Refusal> {
    if now - payment.paid_at > YEAR {
        return Err(Refusal::invalid("订单已超过可退款的最大期限"));
    }
    if fields.total != payment.total {
        return Err(Refusal::invalid("订单金额与原订单不一致"));
    }
    let order = key(&order.mchid, &order.out_trade_no);
    let live: Vec<_> =
        world.refunds_of(&order).filter(|refund| refund.status != RefundStatus::Closed).collect();
    let refunded: i64 = live.iter().map(|refund| refund.refund).sum();
    if fields.refund > payment.total - refunded {
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

pub(crate) fn any_due(world: &World, now: i64) -> bool {
    world.processing.iter().filter_map(|key| world.refunds.get(key)).any(|refund| refund.settles_at <= now)
}

/// Ends the processing of every refund whose time has come.
pub(crate) fn settle_due(world: &mut World, now: i64) {
    let due = |key: &&String| world.refunds.get(*key).is_none_or(|refund| refund.settles_at <= now);
    let keys: Vec<String> = world.processing.iter().filter(due).cloned().collect();
    for refund_key in keys {
        world.processing.remove(&refund_key);
        let Some(refund) = world.refunds.get_mut(&refund_key) else { continue };
        refund.status = refund.outcome;
        refund.success_at = (refund.status == RefundStatus::Success).then_some(refund.settles_at);
        let settled = refund.clone();
        queue::refund(world, &settled, now);
    }
}
