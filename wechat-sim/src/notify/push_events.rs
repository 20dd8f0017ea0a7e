//! Message pushes of a mini program.

use serde_json::{Value, json};

use super::post;
use crate::core::Core;
use crate::world::{Parcel, World};

/// Posts a message push; `None` when the app has no address for them. `FromUserName` is the openid of a
/// shopper, or empty for the platform itself; the common members are added to `content` where it lacks them.
/// A list of an event is an array below `List`, whatever the format makes of it.
pub(crate) fn post_push(
    core: &Core,
    world: &mut World,
    app_id: &str,
    from: &str,
    content: Value,
    now: i64,
) -> Option<u64> {
    let url = world.apps.get(app_id)?.push.as_ref()?.url.clone();
    let content = complete(app_id, from, content, now);
    let parcel = Parcel::Push { app_id: app_id.to_owned(), content };
    Some(post(core, world, parcel, &url, now))
}

/// The content with the members that all pushes have.
pub(crate) fn complete(app_id: &str, from: &str, mut content: Value, now: i64) -> Value {
    let from = if from.is_empty() { "oPLATFORM-wechat-system-account" } else { from };
    let common = [
        ("ToUserName", json!(original_id(app_id))),
        ("FromUserName", json!(from)),
        ("CreateTime", json!(now / 1000)),
    ];
    for (name, value) in common {
        if content[name].is_null() {
            content[name] = value;
        }
    }
    content
}

/// An event of the platform: `MsgType` is `event`.
pub(crate) fn post_event(
    core: &Core,
    world: &mut World,
    app_id: &str,
    from: &str,
    event: &str,
    mut content: Value,
    now: i64,
) -> Option<u64> {
    content["MsgType"] = json!("event");
    content["Event"] = json!(event);
    post_push(core, world, app_id, from, content, now)
}

/// The `gh_…` of an app, the same for the same app.
pub(crate) fn original_id(app_id: &str) -> String {
    format!("gh_{}", &crate::crypto::digest::sha256_hex(app_id.as_bytes())[..12])
}
