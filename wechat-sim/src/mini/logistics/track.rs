//! Moving parcels along.

use serde_json::{Value, json};

use crate::core::Core;
use crate::mini::Errcode;
use crate::notify::push_events::post_event;
use crate::world::{ExpressOrder, PathItem, World};

/// The states of a parcel; the later ones only in returns.
const STATES: &[i64] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 13, 14, 99];

/// A step of a parcel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) waybill_id: &'a str,
    pub(crate) status: i64,
    /// What the path says about it; by default what the state is called.
    pub(crate) message: Option<&'a str>,
}

/// The step of a path that a state is reached by, and what it is called.
fn step(status: i64) -> (i64, &'static str) {
    match status {
        0 => (100_003, "已分配快递员"),
        1 => (100_001, "快递员已揽件"),
        2 => (200_001, "快件运输中"),
        3 => (300_002, "快件派送中"),
        4 => (300_003, "快件已签收"),
        6 => (300_003, "快件已代签收"),
        7 => (100_002, "揽收失败"),
        8 => (300_004, "签收失败"),
        11 => (400_001, "订单已取消"),
        _ => (400_002, "快件异常"),
    }
}

/// The state that a step of a path leads to; `None` where the protocol has no such step.
fn status_of(action_type: i64) -> Option<i64> {
    Some(match action_type {
        100_001 => 1,
        100_002 => 7,
        100_003 => 0,
        200_001 => 2,
        300_002 => 3,
        300_003 => 4,
        300_004 => 8,
        400_001 => 11,
        400_002 => 5,
        _ => return None,
    })
}

/// A parcel comes to another state: queries show it, and the shop whose waybill it is, is told.
pub(crate) fn move_to(core: &Core, wish: Step<'_>) -> Result<(), Errcode> {
    if wish.waybill_id.is_empty() || !STATES.contains(&wish.status) {
        return Err(Errcode::new(40097, "a waybill_id and a status of a parcel are needed"));
    }
    let (action_type, called) = step(wish.status);
    core.change(|world, now| {
        let action_msg = wish.message.unwrap_or(called).to_owned();
        let item = PathItem { action_time: now / 1000, action_type, action_msg };
        world.tracks.entry(wish.waybill_id).status = wish.status;
        walk(core, world, wish.waybill_id, &item, now);
        Ok(())
    })
}

/// A step that a shop plays through itself.
pub(crate) fn action(
    core: &Core,
    world: &mut World,
    waybill_id: &str,
    item: &PathItem,
    now: i64,
) -> Result<(), Errcode> {
    let status = status_of(item.action_type).ok_or_else(|| Errcode::new(930_561, "args error"))?;
    world.tracks.entry(waybill_id).status = status;
    walk(core, world, waybill_id, item, now);
    Ok(())
}

fn walk(core: &Core, world: &mut World, waybill_id: &str, item: &PathItem, now: i64) {
    let found = world.express_orders.iter().find(|(_, order)| order.waybill_id == waybill_id);
    let Some(key) = found.map(|(key, _)| key.clone()) else { return };
    let Some(order) = world.express_orders.get_mut(&key) else { return };
    order.path.push(item.clone());
    let (app_id, openid, content) = (order.app_id.clone(), order.openid.clone(), event(order));
    post_event(core, world, &app_id, &openid, "add_express_path", content, now);
}

/// The whole path, as `add_express_path` carries it.
fn event(order: &ExpressOrder) -> Value {
    let actions = order.path.iter().map(|item| {
        json!({
            "ActionTime": item.action_time, "ActionType": item.action_type, "ActionMsg": item.action_msg,
        })
    });
    json!({
        "DeliveryID": order.delivery_id,
        "WayBillId": order.waybill_id,
        "OrderId": order.order_id,
        "Version": order.path.len(),
        "Count": order.path.len(),
        "Actions": actions.collect::<Vec<_>>(),
    })
}
