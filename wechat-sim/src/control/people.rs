//! The commands about mini programs and their shoppers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::json::{self, Reply, known_app};
use super::parties::check_name;
use crate::core::Core;
use crate::mini::people::{AppOptions, ShopperOptions};
use crate::mini::{ApiSecurityOptions, EncryptedKind, codes, encrypted, user_key as key_of};
use crate::pay::refusal::Refusal;

/// The `app_id` of a command, and its other members, which are options.
fn split<T: serde::de::DeserializeOwned>(body: &Value) -> Result<(String, T), Refusal> {
    #[derive(Deserialize)]
    struct Target {
        app_id: String,
    }
    let (Target { app_id }, options) = json::split(body, &["app_id"])?;
    Ok((app_id, options))
}

fn shown(view: &impl Serialize) -> Reply {
    serde_json::to_value(view).map_err(|error| Refusal::invalid(&error.to_string()))
}

fn no_app() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "no such mini program")
}

pub(super) fn app(core: &Core, body: &Value) -> Reply {
    let (app_id, options): (_, AppOptions) = split(body)?;
    check_name("app_id", &app_id)?;
    let view = core.change(|world, _| world.set_app(&app_id, options).ok_or_else(no_app))?;
    shown(&view)
}

pub(super) fn shopper(core: &Core, body: &Value) -> Reply {
    let (app_id, options): (_, ShopperOptions) = split(body)?;
    let view = core.change(|world, _| {
        known_app(world, &app_id)?;
        Ok::<_, Refusal>(world.set_shopper(&app_id, options))
    })?;
    shown(&view)
}

/// A person in an app.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonFields {
    app_id: String,
    openid: String,
}

pub(super) fn plugin_code(core: &Core, fields: &PersonFields) -> Reply {
    core.change(|world, now| {
        known_app(world, &fields.app_id)?;
        Ok(json!({"code": codes::plugin(world, &fields.app_id, &fields.openid, now)}))
    })
}

pub(super) fn user_key(core: &Core, fields: &PersonFields) -> Reply {
    let key = core.change(|world, now| {
        known_app(world, &fields.app_id)?;
        Ok::<_, Refusal>(key_of(world, &fields.app_id, &fields.openid, now))
    })?;
    shown(&key)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EncryptedFields {
    app_id: String,
    openid: String,
    kind: EncryptedKind,
    #[serde(default)]
    data: Map<String, Value>,
}

pub(super) fn encrypted_data(core: &Core, fields: EncryptedFields) -> Reply {
    let EncryptedFields { app_id, openid, kind, data } = fields;
    let made = core.change(|world, now| encrypted::encrypt(world, (&app_id, &openid), kind, data, now));
    shown(&made.map_err(|error| Refusal::invalid(&error.to_string()))?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitFields {
    app_id: String,
    path: String,
    /// `null` is what is documented.
    daily: Option<u64>,
    /// `null` is what is documented.
    per_minute: Option<u64>,
}

pub(super) fn limit(core: &Core, fields: &LimitFields) -> Reply {
    core.read(|world| known_app(world, &fields.app_id))?;
    if !core.limit(&fields.app_id, &fields.path, fields.daily, fields.per_minute) {
        return Err(Refusal::invalid("there is no call of this path"));
    }
    Ok(json!({"limits": core.limit_views()}))
}

pub(super) fn api_security(core: &Core, body: &Value) -> Reply {
    let (app_id, options): (_, ApiSecurityOptions) = split(body)?;
    core.read(|world| known_app(world, &app_id))?;
    let kit = core.set_api_security(&app_id, options);
    shown(&kit.map_err(|error| Refusal::invalid(&error.to_string()))?)
}
