//! `GET /v3/pay/transactions/…`

use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::core::Core;
use crate::http::Request;
use crate::state::Order;
use crate::text;

pub(crate) fn by_number(core: &Core, request: &Request, mchid: &str, number: &str) -> Result<Value, Refusal> {
    own_mchid(request, mchid)?;
    core.read(|world| world.order(mchid, number).map(transaction)).ok_or_else(Refusal::no_order)
}

pub(crate) fn by_id(core: &Core, request: &Request, mchid: &str, id: &str) -> Result<Value, Refusal> {
    own_mchid(request, mchid)?;
    core.read(|world| world.order_of_transaction(mchid, id).map(transaction)).ok_or_else(Refusal::no_order)
}

fn own_mchid(request: &Request, mchid: &str) -> Result<(), Refusal> {
    match request.parameter("mchid") {
        Some(named) if named == mchid => Ok(()),
        Some(named) => Err(Refusal::url("mchid", &named, "与签名商户号不一致", "query")),
        None => Err(Refusal::url("mchid", "", "必填", "query")),
    }
}

/// An order as the query answers it and the notification carries it.
pub(crate) fn transaction(order: &Order) -> Value {
    let mut body = json!({
        "appid": order.app_id,
        "mchid": order.mchid,
        "out_trade_no": order.out_trade_no,
        "trade_state": order.state.as_str(),
        "trade_state_desc": order.state.description(),
        "promotion_detail": [],
    });
    if let Some(payment) = &order.payment {
        body["transaction_id"] = json!(payment.transaction_id);
        body["trade_type"] = json!("JSAPI");
        body["bank_type"] = json!("OTHERS");
        body["success_time"] = json!(text::rfc3339(payment.paid_at));
        body["payer"] = json!({"openid": order.openid});
        body["amount"] = amount(payment.total, payment.payer_total);
        body["attach"] = json!(order.attach.as_deref().unwrap_or_default());
    }
    body
}

fn amount(total: i64, payer_total: i64) -> Value {
    json!({"total": total, "payer_total": payer_total, "currency": "CNY", "payer_currency": "CNY"})
}
