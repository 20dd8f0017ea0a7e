//! The control paths of message pushes.

use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{AppFields, Reply, parse, split, yes};
use super::{guard, nothing_here, ok};
use crate::core::Core;
use crate::life::push::{self, PushBurst};
use crate::life::tasks;
use crate::notify::push_envelope::PushFlaw;
use crate::notify::{push_events, push_templates};
use crate::pay::refusal::Refusal;
use crate::wire::{Answer, Request};
use crate::world::{PushSettings, World};

const PATHS: [&str; 4] =
    ["/_control/push", "/_control/push/verify", "/_control/push/flawed", "/_control/push/burst"];

/// Whether a command waits for the receiver of pushes, and so cannot be done off the threads.
pub(super) fn calls_out(request: &Request) -> bool {
    request.method == Method::POST && PATHS.contains(&request.path.as_str())
}

pub(super) async fn serve(core: &Arc<Core>, request: &Request) -> Result<Answer, Refusal> {
    guard::check(core, request)?;
    let body = guard::json_body(request)?;
    core.off_thread(tasks::tick).await;
    let done = match request.path.strip_prefix("/_control/push").unwrap_or_default() {
        "" => configure(core, &body).await?,
        "/verify" => verify(core, &parse(&body)?).await?,
        "/flawed" => flawed(core, parse(&body)?).await?,
        "/burst" => burst(core, parse(&body)?).await?,
        _ => return Err(nothing_here()),
    };
    Ok(ok(&done))
}

/// What the receiver or the caller did wrong.
fn refused(why: &str) -> Refusal {
    Refusal::new(400, "PARAM_ERROR", why)
}

#[derive(Deserialize)]
struct Configured {
    app_id: String,
    /// Asks the receiver for an echo first.
    #[serde(default = "yes")]
    verify: bool,
}

/// The other members are [`PushSettings`].
async fn configure(core: &Arc<Core>, body: &Value) -> Reply {
    let (Configured { app_id, verify }, settings): (_, PushSettings) = split(body, &["app_id", "verify"])?;
    push::configure(core, &app_id, settings, verify).await.map_err(|why| refused(&why))?;
    Ok(json!({"app_id": app_id, "verified": verify, "original_id": push_events::original_id(&app_id)}))
}

async fn verify(core: &Core, fields: &AppFields) -> Reply {
    push::verify_app(core, &fields.app_id).await.map_err(|why| refused(&why))?;
    Ok(json!({"app_id": fields.app_id, "verified": true}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlawedFields {
    app_id: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    message: Option<Value>,
    flaw: PushFlaw,
}

/// Answers what the receiver said.
async fn flawed(core: &Core, fields: FlawedFields) -> Reply {
    let hello = || json!({"MsgType": "event", "Event": "debug_demo", "debug_str": "hello world"});
    let message = fields.message.unwrap_or_else(hello);
    if !message.is_object() {
        return Err(refused("a message is a JSON object"));
    }
    let heard = push::flawed(core, &fields.app_id, &fields.from, message, fields.flaw).await;
    let (status, body) = heard.map_err(|why| refused(&why))?;
    Ok(json!({"status": status, "body": String::from_utf8_lossy(&body)}))
}

/// Answers the notifications in the order they went out.
async fn burst(core: &Arc<Core>, fields: PushBurst) -> Reply {
    let ids = push::burst(core, fields).await.map_err(|why| refused(&why))?;
    Ok(json!({"notifications": ids}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendFields {
    app_id: String,
    #[serde(default)]
    from: String,
    message: Value,
}

pub(super) fn send(core: &Core, fields: &SendFields) -> Reply {
    if !fields.message.is_object() {
        return Err(refused("a message is a JSON object"));
    }
    core.change(|world, now| {
        let message = fields.message.clone();
        let id = push_events::post_push(core, world, &fields.app_id, &fields.from, message, now);
        Ok(json!({"id": id.ok_or_else(|| no_address(world, &fields.app_id))?}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventFields {
    app_id: String,
    openid: Option<String>,
    event: String,
    #[serde(default)]
    fields: Value,
}

pub(super) fn event(core: &Core, fields: &EventFields) -> Reply {
    core.change(|world, now| {
        let about = (fields.app_id.as_str(), fields.openid.as_deref());
        let id = push_templates::post(core, world, about, (&fields.event, &fields.fields), now)
            .map_err(|why| refused(&why))?;
        Ok(json!({"id": id.ok_or_else(|| no_address(world, &fields.app_id))?}))
    })
}

fn no_address(world: &World, app_id: &str) -> Refusal {
    let text = if world.apps.contains(app_id) {
        "the app has no address for pushes"
    } else {
        "no such mini program"
    };
    Refusal::new(404, "NOT_FOUND", text)
}

/// Every push that can be sent on demand.
pub(super) fn templates() -> Value {
    let row = |template: &push_templates::Template| json!({"event": template.name, "about": template.about});
    json!({"events": push_templates::ALL.iter().map(row).collect::<Vec<_>>()})
}
