//! The mini-program side: login, access tokens, phone numbers.

pub(crate) mod codes;
pub(crate) mod login;
pub(crate) mod phone;
pub(crate) mod token;
pub(crate) mod token_store;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::core::Core;
use crate::crypto::random_hex;
use crate::http::routes::Operation;
use crate::http::{Answer, Request};
use crate::store::SaveFailed;

pub use codes::LoginCode;

/// An `errcode` with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Errcode(pub(crate) i64, pub(crate) &'static str);

type Reply = Result<Value, Errcode>;

impl From<SaveFailed> for Errcode {
    fn from(error: SaveFailed) -> Self {
        tracing::error!(%error, "a change is not safe on disk");
        Self(-1, "system error")
    }
}

/// Errors come with HTTP 200 here: the body alone tells.
pub(crate) fn serve(core: &Core, operation: &Operation, request: &Request) -> Answer {
    let reply = match operation {
        Operation::Login => login::serve(core, request),
        Operation::Token => token::legacy(core, request),
        Operation::StableToken => needs_post(request).and_then(|()| token::stable(core, request)),
        _ => needs_post(request).and_then(|()| phone::serve(core, request)),
    };
    let body = reply.unwrap_or_else(|Errcode(code, text)| error_body(code, text));
    Answer::json(StatusCode::OK, &body)
}

pub(crate) fn error_body(code: i64, text: &str) -> Value {
    let hex = random_hex::<10>().to_lowercase();
    let rid = [&hex[..8], &hex[8..16], &hex[16..]].join("-");
    json!({"errcode": code, "errmsg": format!("{text}, rid: {rid}")})
}

fn needs_post(request: &Request) -> Result<(), Errcode> {
    if request.method == Method::POST { Ok(()) } else { Err(Errcode(43002, "require POST method")) }
}

fn json_body(request: &Request) -> Result<Value, Errcode> {
    if request.body.is_empty() {
        return Err(Errcode(44002, "empty post data"));
    }
    serde_json::from_slice(&request.body)
        .ok()
        .filter(Value::is_object)
        .ok_or(Errcode(47001, "data format error"))
}

/// Checks `appid` and `secret`; `wrong` is how this interface says that the secret is wrong.
fn check_secret(
    core: &Core,
    app_id: Option<&str>,
    secret: Option<&str>,
    wrong: Errcode,
) -> Result<String, Errcode> {
    let app_id = app_id.filter(|text| !text.is_empty()).ok_or(Errcode(41002, "appid missing"))?;
    let secret = secret.filter(|text| !text.is_empty()).ok_or(Errcode(41004, "appsecret missing"))?;
    match core.read(|world| world.apps.get(app_id).map(|app| app.secret == secret)) {
        None => Err(Errcode(40013, "invalid appid")),
        Some(false) => Err(wrong),
        Some(true) => Ok(app_id.to_owned()),
    }
}
