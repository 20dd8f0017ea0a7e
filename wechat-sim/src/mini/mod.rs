//! The mini-program side: every call of `api.weixin.qq.com` that the simulator knows.

pub(crate) mod api_security;
mod business;
mod card_kinds;
pub(crate) mod cards;
mod catalogue;
pub(crate) mod codes;
pub(crate) mod conversations;
mod customer;
pub(crate) mod encrypted;
mod express;
pub(crate) mod goods_return;
mod kf_accounts;
pub(crate) mod limits;
pub(crate) mod link_visits;
mod links;
mod login;
pub(crate) mod logistics;
pub(crate) mod media;
#[cfg(test)]
mod message_events;
mod openapi;
pub(crate) mod people;
mod phone;
mod qr;
mod quota;
mod refusal;
pub(crate) mod security;
mod session;
pub(crate) mod shipping;
pub(crate) mod site;
pub(crate) mod subscribe;
pub(crate) mod subscriptions;
mod template_values;
pub(crate) mod templates;
mod token;
pub(crate) mod token_store;
mod updatable;
mod user;

use std::borrow::Cow;

use http::StatusCode;
use serde_json::{Value, json};

use crate::core::Core;
use crate::operation::{Operation, Verb};
use crate::wire::{Answer, Request};
use crate::world::World;
use crate::world::store::SaveFailed;
use api_security::Sealed;

pub use api_security::console::{ApiSecurityKit, ApiSecurityOptions, PlatformChange};
pub use codes::LoginCode;
pub use encrypted::{EncryptedData, EncryptedKind};
pub use limits::LimitView;
pub(crate) use refusal::{refuse, wrong_method};
pub use session::UserKey;
pub(crate) use session::user_key;

/// Every call, area by area.
pub(crate) static OPERATIONS: &[&[Operation<MiniServe>]] = &[
    business::OPERATIONS,
    cards::OPERATIONS,
    customer::OPERATIONS,
    express::OPERATIONS,
    goods_return::OPERATIONS,
    kf_accounts::OPERATIONS,
    link_visits::OPERATIONS,
    links::OPERATIONS,
    login::OPERATIONS,
    logistics::OPERATIONS,
    media::OPERATIONS,
    openapi::OPERATIONS,
    phone::OPERATIONS,
    qr::OPERATIONS,
    quota::OPERATIONS,
    security::OPERATIONS,
    session::OPERATIONS,
    shipping::OPERATIONS,
    shipping::brand::OPERATIONS,
    subscribe::OPERATIONS,
    templates::OPERATIONS,
    token::OPERATIONS,
    updatable::OPERATIONS,
    user::OPERATIONS,
];

/// How a call is served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MiniServe {
    /// Whether it needs an access token; the others take the secret of the app, or nothing.
    with_token: bool,
    serve: Serve,
}

type Serve = fn(&MiniCall<'_>) -> Reply;

/// What a call answers, or how it says no.
pub(crate) type Reply = Result<Given, Errcode>;

/// What a call answers when it went well.
#[derive(Debug)]
pub(crate) enum Given {
    /// `errcode` and `errmsg` are added where they are missing, but for the calls that have none.
    Json(Value),
    /// A picture or another file.
    File(Box<Answer>),
}

impl From<Value> for Given {
    fn from(body: Value) -> Self {
        Self::Json(body)
    }
}

impl From<Answer> for Given {
    fn from(file: Answer) -> Self {
        Self::File(Box::new(file))
    }
}

/// `{"errcode":0,"errmsg":"ok"}`
#[expect(clippy::unnecessary_wraps, reason = "the last words of a handler")]
pub(crate) fn done() -> Reply {
    Ok(json!({"errcode": 0, "errmsg": "ok"}).into())
}

/// The members of `body` with `errcode` 0.
#[expect(clippy::unnecessary_wraps, reason = "the last words of a handler")]
pub(crate) fn ok(mut body: Value) -> Reply {
    body["errcode"] = json!(0);
    body["errmsg"] = json!("ok");
    Ok(body.into())
}

/// An `errcode` with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Errcode(pub(crate) i64, pub(crate) Cow<'static, str>);

impl Errcode {
    pub(crate) fn new(code: i64, text: impl Into<Cow<'static, str>>) -> Self {
        Self(code, text.into())
    }

    /// A member of the body is missing or of another type.
    pub(crate) fn format(what: &str) -> Self {
        Self::new(47001, format!("data format error: {what}"))
    }
}

impl From<SaveFailed> for Errcode {
    fn from(error: SaveFailed) -> Self {
        tracing::error!(%error, "a change is not safe on disk");
        Self::new(-1, "system error")
    }
}

/// One call.
#[derive(Debug)]
pub(crate) struct MiniCall<'a> {
    pub(crate) core: &'a Core,
    pub(crate) request: &'a Request,
    /// The app of the access token; empty for calls without one.
    pub(crate) app_id: String,
}

impl MiniCall<'_> {
    /// The body, which is a JSON object.
    pub(crate) fn body(&self) -> Result<Value, Errcode> {
        if self.request.body.is_empty() {
            return Err(Errcode::new(44002, "empty post data"));
        }
        serde_json::from_slice(&self.request.body)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| Errcode::format("the body is no JSON object"))
    }

    /// A parameter of the query; an empty one counts as missing.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.request.parameter(name).filter(|text| !text.is_empty())
    }
}

/// Members of a JSON object, read as the mini-program side does: unknown ones do not matter.
pub(crate) trait Members {
    /// A text that is there and not empty.
    fn needed_text(&self, name: &str) -> Result<&str, Errcode>;
    /// A text, if it is there and not empty.
    fn filled(&self, name: &str) -> Result<Option<&str>, Errcode>;
    /// A text, if it is there.
    fn text(&self, name: &str) -> Result<Option<&str>, Errcode>;
    fn needed_number(&self, name: &str) -> Result<i64, Errcode>;
    fn number(&self, name: &str) -> Result<Option<i64>, Errcode>;
    fn boolean(&self, name: &str) -> Result<Option<bool>, Errcode>;
}

impl Members for Value {
    fn needed_text(&self, name: &str) -> Result<&str, Errcode> {
        self.filled(name)?.ok_or_else(|| Errcode::format(&format!("{name} is missing")))
    }

    fn filled(&self, name: &str) -> Result<Option<&str>, Errcode> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    fn text(&self, name: &str) -> Result<Option<&str>, Errcode> {
        optional(self, name, "string", Value::as_str)
    }

    fn needed_number(&self, name: &str) -> Result<i64, Errcode> {
        self.number(name)?.ok_or_else(|| Errcode::format(&format!("{name} is missing")))
    }

    fn number(&self, name: &str) -> Result<Option<i64>, Errcode> {
        optional(self, name, "number", Value::as_i64)
    }

    fn boolean(&self, name: &str) -> Result<Option<bool>, Errcode> {
        optional(self, name, "bool", Value::as_bool)
    }
}

fn optional<'a, T>(
    body: &'a Value,
    name: &str,
    kind: &str,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Result<Option<T>, Errcode> {
    match &body[name] {
        Value::Null => Ok(None),
        value => read(value).map(Some).ok_or_else(|| Errcode::format(&format!("{name} is no {kind}"))),
    }
}

pub(crate) const fn get(name: &'static str, path: &'static str, serve: Serve) -> Operation<MiniServe> {
    Operation::new(name, Verb::Get, path, MiniServe { with_token: true, serve })
}

pub(crate) const fn post(name: &'static str, path: &'static str, serve: Serve) -> Operation<MiniServe> {
    Operation::new(name, Verb::Post, path, MiniServe { with_token: true, serve })
}

/// A call without an access token.
pub(crate) const fn open(
    name: &'static str,
    verb: Verb,
    path: &'static str,
    serve: Serve,
) -> Operation<MiniServe> {
    Operation::new(name, verb, path, MiniServe { with_token: false, serve })
}

/// Errors come with HTTP 200 here: the body alone tells.
pub(crate) fn serve(core: &Core, operation: &Operation<MiniServe>, request: &Request) -> Answer {
    let began = core.now();
    let (app_id, sealed) = match admit(core, operation, request) {
        Ok(admitted) => admitted,
        Err(error) => return refuse(core, request, began, &error),
    };
    let asked = sealed.as_ref().map_or(request, Sealed::request);
    let answer = match (operation.serve.serve)(&MiniCall { core, request: asked, app_id }) {
        Ok(Given::Json(body)) => Answer::json(StatusCode::OK, &body),
        Ok(Given::File(answer)) => *answer,
        Err(error) => refuse(core, request, began, &error),
    };
    match sealed {
        Some(sealed) => sealed.close(core, answer),
        None => answer,
    }
}

/// What every call goes through: its token, its quota, its protection.
fn admit(
    core: &Core,
    operation: &Operation<MiniServe>,
    request: &Request,
) -> Result<(String, Option<Sealed>), Errcode> {
    let app_id = if operation.serve.with_token { owner(core, request)? } else { String::new() };
    limits::spend(core, operation, request, &app_id)?;
    let sealed = api_security::open(core, operation, request, &app_id)?;
    Ok((app_id, sealed))
}

/// The app whose access token a request carries.
fn owner(core: &Core, request: &Request) -> Result<String, Errcode> {
    let token = request.parameter("access_token").filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| Errcode::new(41001, "access_token missing"))?;
    core.read(|world| token_store::owner(world, &token, core.now()))
}

/// What is said about a mini program that nobody registered is refused.
fn known_app(world: &World, app_id: &str) -> Result<(), Errcode> {
    if world.apps.contains(app_id) { Ok(()) } else { Err(Errcode::new(40013, "no such mini program")) }
}

/// Puts the access token of a request out of use.
pub(crate) fn invalidate_token_of(core: &Core, request: &Request) {
    if let Some(token) = request.parameter("access_token") {
        core.set(|world, now| token_store::invalidate(world, &token, now));
    }
}

/// Checks `appid` and `secret`; `wrong` is how this interface says that the secret is wrong.
fn check_secret(
    core: &Core,
    app_id: Option<&str>,
    secret: Option<&str>,
    wrong: Errcode,
) -> Result<String, Errcode> {
    let filled = |text: Option<&'_ str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let app_id = filled(app_id).ok_or_else(|| Errcode::new(41002, "appid missing"))?;
    let secret = filled(secret).ok_or_else(|| Errcode::new(41004, "appsecret missing"))?;
    match core.read(|world| world.apps.get(&app_id).map(|app| (app.secret == secret, app.secret_frozen))) {
        None => Err(Errcode::new(40013, "invalid appid")),
        Some((false, _)) => Err(wrong),
        Some((true, true)) => Err(Errcode::new(40243, "the appsecret is frozen")),
        Some((true, false)) => Ok(app_id),
    }
}
