//! What happens to payments as time goes by, and what apps are told of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::find::{self, Named, State};
use super::remind::numbers;
use crate::core::Core;
use crate::mini::Errcode;
use crate::notify::push_events::post_event;
use crate::world::{Received, Special, Task, TradeApp, World};

const DAY: Duration = Duration::from_hours(24);
/// After this an app that ships is reminded of a payment.
const PATIENCE: Duration = Duration::from_hours(48);
const ACCESS: &str = "请尽快接入发货信息管理服务 API，完成订单发货";

/// A payment came in.
pub(crate) fn watch(core: &Core, world: &mut World, transaction_id: &str, now: i64) {
    let Some(paid) = find::named(world, Named::Transaction(transaction_id)) else { return };
    let (app_id, due) = (paid.order.app_id.clone(), now.saturating_add(core.time.wait(PATIENCE)));
    world.agenda.add(due, Task::RemindShipping(transaction_id.to_owned()));
    let to_remind = |app: &TradeApp| app.managed && !app.has_shipped && !app.reminded;
    if world.trade_apps.get(&app_id).is_some_and(to_remind) {
        world.trade_apps.entry(&app_id).reminded = true;
        tell_access(core, world, &app_id, now);
        world.agenda.add(now.saturating_add(core.time.wait(DAY)), Task::RemindAccess(app_id));
    }
}

pub(super) fn tell_access(core: &Core, world: &mut World, app_id: &str, now: i64) {
    post_event(core, world, app_id, "", "trade_manage_remind_access_api", json!({"msg": ACCESS}), now);
}

/// Once a day, until the app ships something.
pub(crate) fn remind_access(core: &Core, world: &mut World, app_id: &str, now: i64) {
    let app = world.trade_apps.entry(app_id);
    if !app.managed || app.has_shipped {
        app.reminded = false;
        return;
    }
    tell_access(core, world, app_id, now);
    world.agenda.add(now.saturating_add(core.time.wait(DAY)), Task::RemindAccess(app_id.to_owned()));
}

/// A payment should have been shipped by now.
pub(crate) fn remind(core: &Core, world: &mut World, transaction_id: &str, now: i64) {
    let Some(paid) = find::named(world, Named::Transaction(transaction_id)) else { return };
    let app_id = paid.order.app_id.clone();
    let ships = world.trade_apps.get(&app_id).is_some_and(|app| app.managed && app.has_shipped);
    let later = match paid.shipment.and_then(|shipment| shipment.special) {
        Some(Special::Presale(until)) => now < until,
        Some(Special::Test) => true,
        None => false,
    };
    if !ships || later || paid.state(world) != State::ToShip {
        return;
    }
    let mut content = numbers(&paid);
    content["msg"] = json!("订单已超过48小时未发货，请尽快上传发货信息");
    post_event(core, world, &app_id, "", "trade_manage_remind_shipping", content, now);
}

/// Everything was shipped: tells when the money comes, and lets the time of the shopper run.
pub(super) fn finished(core: &Core, world: &mut World, transaction_id: &str, now: i64) {
    let Some(shipment) = world.shipments.get(transaction_id) else { return };
    let settings = &core.settings;
    let express = shipment.logistics_type == 1;
    let delay = if express { settings.receipt_delay_express } else { settings.receipt_delay_other };
    let due = now.saturating_add(core.time.wait(delay));
    let task = Task::ConfirmReceipt(format!("{transaction_id}/{}", shipment.round));
    world.agenda.add(due, task);
    let estimated = due.saturating_add(core.time.wait(settings.settlement_delay)) / 1000;
    tell_settlement(core, world, transaction_id, &json!({"estimated_settlement_time": estimated}), now);
}

/// `trade_manage_order_settlement` with the members of this moment.
fn tell_settlement(core: &Core, world: &mut World, transaction_id: &str, more: &Value, now: i64) {
    let Some(paid) = find::named(world, Named::Transaction(transaction_id)) else { return };
    let app_id = paid.order.app_id.clone();
    let mut content = numbers(&paid);
    let shipped_at = paid.shipment.and_then(|shipment| shipment.finished_at).unwrap_or(now);
    content["shipped_time"] = json!(shipped_at / 1000);
    for (name, value) in more.as_object().into_iter().flatten() {
        content[name] = value.clone();
    }
    post_event(core, world, &app_id, "", "trade_manage_order_settlement", content, now);
}

/// The time of the shopper ran out; a complaint stops it.
pub(crate) fn receipt_due(core: &Core, world: &mut World, task: &str, now: i64) {
    let Some((id, round)) = task.rsplit_once('/') else { return };
    let Some(paid) = find::named(world, Named::Transaction(id)) else { return };
    let current = paid.shipment.is_some_and(|shipment| shipment.round.to_string() == round);
    if !current || paid.state(world) != State::Shipped {
        return;
    }
    let shipment = world.shipments.entry(id);
    if shipment.in_complaint {
        shipment.held = true;
    } else {
        receive(core, world, id, true, now);
    }
}

fn receive(core: &Core, world: &mut World, id: &str, automatic: bool, now: i64) {
    world.shipments.entry(id).received = Some(Received { at: now, automatic });
    let due = now.saturating_add(core.time.wait(core.settings.settlement_delay));
    world.agenda.add(due, Task::SettleTrade(id.to_owned()));
}

/// The money is let go.
pub(crate) fn settle(core: &Core, world: &mut World, transaction_id: &str, now: i64) {
    let Some(paid) = find::named(world, Named::Transaction(transaction_id)) else { return };
    let state = paid.state(world);
    let shipment = world.shipments.entry(transaction_id);
    let Some(receipt) = shipment.received else { return };
    match state {
        State::AwaitsSettlement => shipment.held = true,
        State::Received => {
            shipment.settled_at = Some(now);
            let more = json!({
                "confirm_receive_method": if receipt.automatic { 2 } else { 1 },
                "confirm_receive_time": receipt.at / 1000,
                "settlement_time": now / 1000,
            });
            tell_settlement(core, world, transaction_id, &more, now);
        }
        _ => {}
    }
}

/// The shopper says in the component of the platform that the goods are there; answers the transaction id.
pub(crate) fn confirm(core: &Core, number: Named<'_>) -> Result<String, Errcode> {
    core.change(|world, now| {
        let paid = find::named(world, number).ok_or_else(find::unknown)?;
        if paid.state(world) != State::Shipped {
            return Err(Errcode::new(10_060_028, "支付单不是已发货状态"));
        }
        let id = paid.id().to_owned();
        receive(core, world, &id, false, now);
        Ok(id)
    })
}

/// A complaint begins or ends; what it held goes on at its end.
pub(crate) fn complain(core: &Core, number: Named<'_>, in_complaint: bool) -> Result<String, Errcode> {
    core.change(|world, now| {
        let paid = find::named(world, number).ok_or_else(find::unknown)?;
        let id = paid.id().to_owned();
        let shipment = world.shipments.entry(&id);
        shipment.in_complaint = in_complaint;
        if !in_complaint && std::mem::take(&mut shipment.held) {
            let task = match shipment.received {
                Some(_) => Task::SettleTrade(id.clone()),
                None => Task::ConfirmReceipt(format!("{id}/{}", shipment.round)),
            };
            world.agenda.add(now, task);
        }
        Ok(id)
    })
}
