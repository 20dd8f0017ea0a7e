//! What the management of shipping knows about a mini program as a whole.

use serde_json::{Value, json};

use super::find::Paid;
use super::life;
use crate::core::Core;
use crate::mini::{Errcode, Members as _, MiniCall, Reply, done, known_app, ok};
use crate::notify::push_events::post_event;
use crate::world::{TradeApp, World};

pub(super) fn set_jump_path(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let path = body.text("path")?.ok_or_else(|| Errcode::format("path is missing"))?;
    call.core.change(|world, _| {
        path.clone_into(&mut world.trade_apps.entry(&call.app_id).jump_path);
        done()
    })
}

/// Where the messages about a payment lead to; empty is the page of the platform.
pub(super) fn jump_path(world: &World, paid: &Paid<'_>) -> String {
    let path = world.trade_apps.get(&paid.order.app_id).map(|app| app.jump_path.as_str()).unwrap_or_default();
    if path.is_empty() {
        return String::new();
    }
    let mark = if path.contains('?') { '&' } else { '?' };
    let (id, mchid, number) = (paid.id(), &paid.order.mchid, &paid.order.out_trade_no);
    format!("{path}{mark}transaction_id={id}&merchant_id={mchid}&merchant_trade_no={number}")
}

pub(super) fn is_managed(call: &MiniCall<'_>) -> Reply {
    let app = named(call)?;
    ok(json!({"is_trade_managed": app.managed}))
}

pub(super) fn is_confirmed(call: &MiniCall<'_>) -> Reply {
    let app = named(call)?;
    ok(json!({"completed": app.confirmed}))
}

/// The app that is asked about, which can only be the one that asks.
fn named(call: &MiniCall<'_>) -> Result<TradeApp, Errcode> {
    let body = call.body()?;
    let app_id = body["appid"].as_str().unwrap_or_default();
    if app_id.is_empty() {
        return Err(Errcode::new(40097, "invalid args"));
    }
    if app_id != call.app_id {
        return Err(Errcode::new(40013, "invalid appid"));
    }
    Ok(call.core.read(|world| world.trade_apps.get(app_id).cloned().unwrap_or_default()))
}

pub(super) fn set_trade_type(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let kind = body.needed_number("trade_type")?;
    body.needed_text("reason")?;
    let materials = body["material_list"].as_array().ok_or_else(|| Errcode::format("material_list"))?;
    if !(1..=4).contains(&kind) || !are_materials(materials)? {
        return Err(Errcode::new(40097, "invalid args"));
    }
    call.core.change(|world, _| {
        let app = world.trade_apps.entry(&call.app_id);
        if app.trade_type.is_some() {
            return Err(Errcode::new(268_486_048, "重复申请"));
        }
        app.trade_type = Some(kind);
        done()
    })
}

/// At most ten, of which at most three are videos.
fn are_materials(materials: &[Value]) -> Result<bool, Errcode> {
    let mut kinds = Vec::new();
    for material in materials {
        material.needed_text("media_id")?;
        kinds.push(material.needed_number("type")?);
    }
    let videos = kinds.iter().filter(|kind| **kind == 2).count();
    let known = kinds.iter().all(|kind| matches!(kind, 1 | 2));
    Ok(known && (1..=10).contains(&kinds.len()) && videos <= 3)
}

/// Puts an app under the management of shipping, or takes it out; `confirmed` follows where it is not given.
pub(crate) fn manage(
    core: &Core,
    app_id: &str,
    managed: bool,
    confirmed: Option<bool>,
) -> Result<(), Errcode> {
    core.change(|world, now| {
        known_app(world, app_id)?;
        let app = world.trade_apps.entry(app_id);
        let confirmed = confirmed.unwrap_or(managed);
        let newly = confirmed && !app.confirmed;
        (app.managed, app.confirmed) = (managed, confirmed);
        if newly {
            life::tell_access(core, world, app_id, now);
        }
        Ok(())
    })
}

/// Tells an app that it has to ship through the platform from now on.
pub(crate) fn control(core: &Core, app_id: &str) -> Result<(), Errcode> {
    core.change(|world, now| {
        known_app(world, app_id)?;
        world.trade_apps.entry(app_id).managed = true;
        let content = json!({"msg": "小程序需接入订单发货管理"});
        post_event(core, world, app_id, "", "wxa_trade_controlled", content, now);
        Ok(())
    })
}
