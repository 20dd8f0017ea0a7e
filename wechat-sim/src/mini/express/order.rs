//! Waybills that a shop has made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::account::{TEST, account, known_carrier};
use crate::crypto::random_digits;
use crate::mini::logistics::action;
use crate::mini::{Errcode, Given, Members as _, MiniCall, Reply, done, ok};
use crate::world::{ExpressOrder, PathItem, World, key};

fn arguments() -> Errcode {
    Errcode::new(930_561, "args error")
}

/// The same number with the same carrier is the same waybill.
pub(super) fn add(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let new = wish(&body, &call.app_id)?;
    let order_key = key(&call.app_id, &new.order_id);
    call.core.change(|world, _| {
        if let Some(old) = world.express_orders.get(&order_key) {
            let same = (&old.delivery_id, &old.openid) == (&new.delivery_id, &new.openid);
            return if same { Ok(Given::Json(made(old))) } else { Err(arguments()) };
        }
        if (new.delivery_id.as_str(), new.biz_id.as_str()) != TEST {
            let account = account(world, &call.app_id, &new.delivery_id, &new.biz_id)?;
            if account.quota == 0 {
                return Err(Errcode::new(9_300_501, "Delivery side error"));
            }
            account.quota -= 1;
        }
        let answer = made(&new);
        world.express_orders.insert(&order_key, new);
        Ok(Given::Json(answer))
    })
}

fn wish(body: &Value, app_id: &str) -> Result<ExpressOrder, Errcode> {
    let (order_id, delivery_id) = (body.needed_text("order_id")?, body.needed_text("delivery_id")?);
    let source = body.needed_number("add_source")?;
    let openid = if source == 2 { "" } else { body.needed_text("openid")? };
    if !matches!(source, 0 | 2) {
        return Err(arguments());
    }
    if source == 2 && body.text("wx_appid")?.is_none() {
        return Err(Errcode::new(9_300_536, "invalid wxa_appid"));
    }
    let remark = body.text("custom_remark")?.unwrap_or_default();
    if order_id.len() > 512 || remark.len() > 1024 {
        return Err(Errcode::new(9_300_526, "arg size exceed limit"));
    }
    known_carrier(delivery_id)?;
    check_parts(body, delivery_id)?;
    Ok(ExpressOrder {
        app_id: app_id.to_owned(),
        order_id: order_id.to_owned(),
        openid: openid.to_owned(),
        delivery_id: delivery_id.to_owned(),
        biz_id: body.needed_text("biz_id")?.to_owned(),
        waybill_id: format!("{delivery_id}{}", random_digits::<13>()),
        cancelled: false,
        path: Vec::new(),
    })
}

fn check_parts(body: &Value, delivery_id: &str) -> Result<(), Errcode> {
    for name in ["sender", "receiver", "cargo", "shop", "insured", "service"] {
        if !body[name].is_object() {
            return Err(Errcode::format(&format!("{name} is missing")));
        }
    }
    for address in [&body["sender"], &body["receiver"]] {
        let reachable =
            ["tel", "mobile"].iter().any(|name| !address[*name].as_str().unwrap_or("").is_empty());
        if !reachable {
            return Err(arguments());
        }
    }
    if body["service"].needed_number("service_type")? != 0 {
        return Err(Errcode::new(9_300_510, "invalid service type"));
    }
    if delivery_id == "SF" && body.number("expect_time")?.is_none() {
        return Err(arguments());
    }
    check_shop(&body["shop"])
}

/// A list of goods, or the one there is.
fn check_shop(shop: &Value) -> Result<(), Errcode> {
    let listed = shop["detail_list"].as_array().is_some_and(|list| !list.is_empty());
    let filled = |name: &str| shop[name].as_str().is_some_and(|text| !text.is_empty());
    let single = filled("img_url") && filled("goods_name") && shop["goods_count"].as_i64() > Some(0);
    if listed || single { Ok(()) } else { Err(Errcode::new(9_300_535, "invalid shop args")) }
}

fn made(order: &ExpressOrder) -> Value {
    json!({
        "order_id": order.order_id,
        "waybill_id": order.waybill_id,
        "waybill_data": waybill_data(order),
    })
}

fn waybill_data(order: &ExpressOrder) -> Value {
    json!([{"key": format!("{}_bagAddr", order.delivery_id), "value": "广州"}])
}

/// What `order_id`, `delivery_id` and perhaps `waybill_id` name.
fn find<'a>(world: &'a World, app_id: &str, body: &Value) -> Result<&'a ExpressOrder, Errcode> {
    let (order_id, delivery_id) = (body.needed_text("order_id")?, body.needed_text("delivery_id")?);
    let waybill_id = body.filled("waybill_id")?;
    world
        .express_orders
        .get(&key(app_id, order_id))
        .filter(|order| order.delivery_id == delivery_id)
        .filter(|order| waybill_id.is_none_or(|id| id == order.waybill_id))
        .ok_or_else(|| Errcode::new(9_300_559, "waybill not exist"))
}

fn view(order: &ExpressOrder) -> Value {
    json!({
        "order_id": order.order_id,
        "delivery_id": order.delivery_id,
        "waybill_id": order.waybill_id,
        "order_status": i64::from(order.cancelled),
    })
}

pub(super) fn one(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    call.core.read(|world| {
        let order = find(world, &call.app_id, &body)?;
        let mut answer = view(order);
        answer["print_html"] = json!(STANDARD.encode(format!("<html>{}</html>", order.waybill_id)));
        answer["waybill_data"] = waybill_data(order);
        Ok(Given::Json(answer))
    })
}

pub(super) fn many(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let list = body["order_list"].as_array().filter(|list| (1..=100).contains(&list.len()));
    let list = list.ok_or_else(arguments)?;
    call.core.read(|world| {
        let found = list.iter().map(|wanted| match find(world, &call.app_id, wanted) {
            Ok(order) => view(order),
            Err(Errcode(code, text)) => {
                json!({"order_id": wanted["order_id"], "errcode": code, "errmsg": text})
            }
        });
        ok(json!({"order_list": found.collect::<Vec<_>>()}))
    })
}

/// A parcel that was collected cannot be cancelled; the carrier says so.
pub(super) fn cancel(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    body.needed_text("waybill_id")?;
    call.core.change(|world, _| {
        let order = find(world, &call.app_id, &body)?;
        let order_key = key(&order.app_id, &order.order_id);
        let collected =
            world.tracks.get(&order.waybill_id).is_some_and(|track| (1..=6).contains(&track.status));
        if collected {
            return Err(Errcode::new(9_300_501, "Delivery side error"));
        }
        if let Some(order) = world.express_orders.get_mut(&order_key) {
            order.cancelled = true;
        }
        ok(json!({"delivery_resultcode": 0, "delivery_resultmsg": ""}))
    })
}

pub(super) fn path(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let waybill_id = body.needed_text("waybill_id")?;
    let delivery_id = body.needed_text("delivery_id")?;
    call.core.read(|world| {
        let order = world.express_orders.values().find(|order| {
            (order.app_id.as_str(), order.delivery_id.as_str()) == (call.app_id.as_str(), delivery_id)
                && order.waybill_id == waybill_id
        });
        let order = order.ok_or_else(|| Errcode::new(9_300_559, "waybill not exist"))?;
        Ok(Given::Json(json!({
            "openid": order.openid,
            "delivery_id": order.delivery_id,
            "waybill_id": order.waybill_id,
            "path_item_num": order.path.len(),
            "path_item_list": order.path,
        })))
    })
}

/// Only parcels of the carrier for trying out are moved by the shop.
pub(super) fn test_update(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    if (body.needed_text("delivery_id")?, body.needed_text("biz_id")?) != TEST {
        return Err(arguments());
    }
    body.needed_text("waybill_id")?;
    let item = PathItem {
        action_time: body.needed_number("action_time")?,
        action_type: body.needed_number("action_type")?,
        action_msg: body.needed_text("action_msg")?.to_owned(),
    };
    call.core.change(|world, now| {
        let waybill_id = find(world, &call.app_id, &body)?.waybill_id.clone();
        action(call.core, world, &waybill_id, &item, now)?;
        done()
    })
}
