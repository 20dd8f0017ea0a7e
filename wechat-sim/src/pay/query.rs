//! `GET /v3/pay/transactions/…`

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{PayCall, PayServe, Reply, get};
use crate::operation::Operation;
use crate::wire::text;
use crate::world::{Order, Payment, key};

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    get("query", "/v3/pay/transactions/out-trade-no/{out_trade_no}", by_number),
    get("query_by_id", "/v3/pay/transactions/id/{transaction_id}", by_id),
];

fn by_number(call: &PayCall<'_>) -> Reply {
    call.own_mchid_in_query()?;
    let wait = call.core.settings.query_lag;
    let seen = call.core.read(|world| {
        let order = world.orders.get(&key(&call.mchid, call.argument()))?;
        // A part of a combined order is looked up with the whole until it is paid.
        if order.combine.is_some() && order.payment.is_none() {
            return None;
        }
        // Right after the prepay an order may not be found yet.
        let late = call.core.now() < order.created_at.saturating_add(call.core.time.wait(wait));
        (!late).then(|| transaction(order))
    });
    seen.map(Into::into).ok_or_else(Refusal::no_order)
}

fn by_id(call: &PayCall<'_>) -> Reply {
    call.own_mchid_in_query()?;
    let found = call.core.read(|world| {
        world.paid_order(call.argument()).filter(|order| order.mchid == call.mchid).map(transaction)
    });
    found.map(Into::into).ok_or_else(Refusal::no_order)
}

/// An order as the query answers it and the notification carries it.
pub(crate) fn transaction(order: &Order) -> Value {
    let mut body = json!({
        "appid": order.app_id,
        "mchid": order.mchid,
        "out_trade_no": order.out_trade_no,
        "trade_state": order.state.as_str(),
        "trade_state_desc": order.state.description(),
    });
    match &order.payment {
        Some(payment) => add_payment(&mut body, order, payment),
        None => body["amount"] = json!({"total": order.total, "currency": "CNY"}),
    }
    if let Some(device) = order.parameters["scene_info"]["device_id"].as_str() {
        body["scene_info"] = json!({"device_id": device});
    }
    body
}

fn add_payment(body: &mut Value, order: &Order, payment: &Payment) {
    body["transaction_id"] = json!(payment.transaction_id);
    body["trade_type"] = json!(order.product.trade_type());
    body["bank_type"] = json!("OTHERS");
    body["success_time"] = json!(text::rfc3339(payment.paid_at));
    body["payer"] = json!({"openid": order.openid});
    body["amount"] = json!({
        "total": payment.total, "payer_total": payment.payer_total, "currency": "CNY", "payer_currency": "CNY",
    });
    body["attach"] = json!(order.attach.as_deref().unwrap_or_default());
    body["promotion_detail"] = json!(promotions(payment));
}

/// The coupon that paid what the shopper did not.
pub(crate) fn promotions(payment: &Payment) -> Vec<Value> {
    let amount = payment.total - payment.payer_total;
    if amount <= 0 {
        return Vec::new();
    }
    vec![json!({
        "coupon_id": coupon_of(&payment.transaction_id), "name": "模拟代金券", "scope": "GLOBAL", "type": "CASH", "amount": amount,
        "stock_id": "16474341", "wechatpay_contribute": amount, "merchant_contribute": 0,
        "other_contribute": 0, "currency": "CNY",
    })]
}

/// The coupon of a payment, by its number: the same for the same payment.
pub(crate) fn coupon_of(transaction_id: &str) -> &str {
    &transaction_id[transaction_id.len().saturating_sub(20)..]
}
