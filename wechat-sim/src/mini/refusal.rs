//! How the mini-program side says no. Every refusal has a number, the `rid`, by which it can be asked for later.

use http::StatusCode;
use serde_json::{Value, json};

use super::Errcode;
use crate::core::Core;
use crate::crypto::{digest::lower_hex, random};
use crate::operation::Verb;
use crate::wire::{Answer, Refused, Request};

/// An `errcode` with its text; HTTP says 200.
pub(crate) fn refuse(core: &Core, request: &Request, began: i64, error: &Errcode) -> Answer {
    let (Errcode(number, text), rid) = (error, rid(began));
    let body = json!({"errcode": number, "errmsg": format!("{text}, rid: {rid}")});
    let app_id = core.read(|world| {
        let token = request.parameter("access_token").and_then(|token| world.tokens.get(&token));
        token.map(|token| token.app_id.clone())
    });
    let app_id = app_id.or_else(|| named_app(request)).unwrap_or_default();
    let refused = Some(Refused { rid, app_id, caller: request.caller(), began });
    Answer { refused, ..Answer::json(StatusCode::OK, &body) }.because(format!("{number} {text}"))
}

pub(crate) fn wrong_method(core: &Core, verb: Verb, request: &Request) -> Answer {
    let wanted = if verb == Verb::Get {
        Errcode::new(43001, "require GET method")
    } else {
        Errcode::new(43002, "require POST method")
    };
    refuse(core, request, core.now(), &wanted)
}

/// The app that a call without an access token names, in its query or its body.
pub(super) fn named_app(request: &Request) -> Option<String> {
    request.parameter("appid").or_else(|| {
        let body: Value = serde_json::from_slice(&request.body).ok()?;
        Some(body["appid"].as_str()?.to_owned())
    })
}

/// The second and eight random bytes, in hex.
fn rid(now: i64) -> String {
    let hex = lower_hex(&random::<8>());
    format!("{:08x}-{}-{}", now / 1000, &hex[..8], &hex[8..])
}
