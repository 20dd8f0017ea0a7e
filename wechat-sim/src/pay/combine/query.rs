//! `GET /v3/combine-transactions/out-trade-no/{combine_out_trade_no}`

use serde_json::{Value, json};

use super::no_order;
use crate::pay::query::promotions;
use crate::pay::{PayCall, Reply};
use crate::wire::text;
use crate::world::{Combine, Order, World, key};

pub(super) fn query(call: &PayCall<'_>) -> Reply {
    let wait = call.core.settings.query_lag;
    let seen = call.core.read(|world| {
        let combine = world.combines.get(&key(&call.mchid, call.argument()))?;
        // Right after the prepay an order may not be found yet.
        let late = call.core.now() < combine.created_at.saturating_add(call.core.time.wait(wait));
        (!late).then(|| transaction(world, combine))
    });
    seen.map(Into::into).ok_or_else(no_order)
}

/// A combined order as the query answers it and the notification carries it; other names than in single orders.
pub(super) fn transaction(world: &World, combine: &Combine) -> Value {
    let parts = world.parts_of(combine);
    let mut body = json!({
        "combine_appid": combine.app_id,
        "combine_mchid": combine.mchid,
        "combine_out_trade_no": combine.number,
        "sub_orders": parts.iter().map(|part| view(part)).collect::<Vec<_>>(),
    });
    if let Some(paid) = parts.first().filter(|part| part.payment.is_some()) {
        body["combine_payer_info"] = json!({"openid": paid.openid});
    }
    if let Some(device) = combine.parameters["scene_info"]["device_id"].as_str() {
        body["scene_info"] = json!({"device_id": device});
    }
    body
}

fn view(part: &Order) -> Value {
    let mut body = json!({
        "mchid": part.mchid,
        "out_trade_no": part.out_trade_no,
        "trade_state": part.state.as_str(),
        "attach": part.attach,
        "amount": {"total_amount": part.total, "currency": "CNY"},
    });
    if let Some(payment) = &part.payment {
        body["trade_type"] = json!(part.product.trade_type());
        body["bank_type"] = json!("OTHERS");
        body["success_time"] = json!(text::rfc3339(payment.paid_at));
        body["transaction_id"] = json!(payment.transaction_id);
        body["amount"] = json!({
            "total_amount": payment.total, "currency": "CNY",
            "payer_amount": payment.payer_total, "payer_currency": "CNY",
        });
        body["promotion_detail"] = json!(promotions(payment));
    }
    body
}
