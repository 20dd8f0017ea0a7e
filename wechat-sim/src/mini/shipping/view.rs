//! A payment as `get_order` shows it.

use serde_json::{Value, json};

use super::find::{self, Paid};
use crate::core::Core;
use crate::world::{Shipment, ShippedParcel, World};

/// Characters of the descriptions together.
const LONGEST: usize = 120;

pub(super) fn order(world: &World, paid: &Paid<'_>) -> Value {
    let parcels = paid.shipment.map(|shipment| shipment.parcels.as_slice()).unwrap_or_default();
    json!({
        "transaction_id": paid.id(),
        "merchant_id": paid.order.mchid,
        "sub_merchant_id": "",
        "merchant_trade_no": paid.order.out_trade_no,
        "description": description(parcels),
        "paid_amount": paid.payment.payer_total,
        "openid": paid.order.openid,
        "trade_create_time": paid.order.created_at / 1000,
        "pay_time": paid.payment.paid_at / 1000,
        "order_state": paid.state(world) as i64,
        "in_complaint": paid.shipment.is_some_and(|shipment| shipment.in_complaint),
        "shipping": paid.shipment.filter(|shipment| shipment.logistics_type != 0).map_or(json!({}), shipping),
    })
}

/// The descriptions of all parcels, cut where they are too long.
fn description(parcels: &[ShippedParcel]) -> String {
    let texts: Vec<&str> = parcels.iter().map(|parcel| parcel.item_desc.as_str()).collect();
    let whole = texts.join(";");
    if whole.chars().count() <= LONGEST {
        return whole;
    }
    let cut: String = whole.chars().take(LONGEST).collect();
    format!("{cut}...")
}

fn shipping(shipment: &Shipment) -> Value {
    let finished = shipment.finished_at.is_some();
    let count = match (finished, shipment.again) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => 2,
    };
    json!({
        "delivery_mode": shipment.delivery_mode,
        "logistics_type": shipment.logistics_type,
        "finish_shipping": finished,
        "finish_shipping_count": count,
        "goods_desc": description(&shipment.parcels),
        "shipping_list": shipment.parcels.iter().map(parcel).collect::<Vec<_>>(),
    })
}

fn parcel(parcel: &ShippedParcel) -> Value {
    let mut body = json!({"goods_desc": parcel.item_desc, "upload_time": parcel.uploaded_at / 1000});
    let texts = [("tracking_no", &parcel.tracking_no), ("express_company", &parcel.express_company)];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        body[name] = json!(text);
    }
    if let Some(contact) = &parcel.contact {
        body["contact"] = contact.clone();
    }
    body
}

/// Every payment with its app and where its messages lead to, for people.
pub(crate) fn all(core: &Core) -> Vec<Value> {
    core.read(|world| {
        let paid = world.orders.values().filter_map(|order| find::paid(world, order));
        paid.map(|paid| {
            let mut body = order(world, &paid);
            body["app_id"] = json!(paid.order.app_id);
            body["jump_path"] = json!(super::app::jump_path(world, &paid));
            body
        })
        .collect()
    })
}
