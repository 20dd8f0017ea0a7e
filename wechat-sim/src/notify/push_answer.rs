//! What a receiver of message pushes may answer.

use std::collections::BTreeMap;

use serde_json::Value;

use super::push_events::original_id;
use crate::crypto::push::signature;
use crate::world::{PushFormat, PushMode, PushSettings};
use crate::xml;

/// The most bytes that are read of an answer.
pub(crate) const LIMIT: usize = 64 * 1024;

/// What a good answer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Nothing,
    /// Human staff shall answer the shopper.
    HandOver,
}

/// The push that was answered.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) settings: &'a PushSettings,
    pub(crate) app_id: &'a str,
    pub(crate) content: &'a Value,
    /// See [`crate::Settings::passive_replies`].
    pub(crate) passive_replies: bool,
}

type Texts = BTreeMap<String, String>;

/// What the answer asks for, or why it is no answer to a push.
pub(crate) fn judge(asked: &Asked<'_>, status: u16, body: &[u8]) -> Result<Wish, String> {
    if status != 200 {
        return Err(format!("answered HTTP {status} instead of 200"));
    }
    if body.is_empty() || body.eq_ignore_ascii_case(b"success") {
        return Ok(Wish::Nothing);
    }
    let found = members(asked.settings.format, body)
        .map_err(|why| format!("answered neither nothing nor `success` nor a message: {why}"))?;
    let reply = if found.contains_key("Encrypt") {
        opened(asked, &found)?
    } else if asked.settings.mode == PushMode::Secure {
        return Err("answered without encryption although the app is in secure mode".to_owned());
    } else {
        found
    };
    wish(asked, &reply)
}

fn wish(asked: &Asked<'_>, reply: &Texts) -> Result<Wish, String> {
    let content = asked.content;
    if content["Event"] == "debug_demo" && reply.contains_key("demo_resp") {
        return Ok(Wish::Nothing);
    }
    let text = |name: &str| {
        reply.get(name).map(String::as_str).ok_or_else(|| format!("answered a message without {name}"))
    };
    let kind = text("MsgType")?;
    if Some(text("ToUserName")?) != content["FromUserName"].as_str() {
        return Err("answered a message that is not for the sender".to_owned());
    }
    if text("FromUserName")? != original_id(asked.app_id) {
        return Err("answered a message that is not from the original id of the app".to_owned());
    }
    if text("CreateTime")?.parse::<u64>().is_err() {
        return Err("answered a message whose CreateTime is no number".to_owned());
    }
    match kind {
        "transfer_customer_service" if content["MsgType"] == "event" => {
            Err("answered transfer_customer_service to an event".to_owned())
        }
        "transfer_customer_service" => Ok(Wish::HandOver),
        "text" | "image" | "voice" | "video" | "music" | "news" if asked.passive_replies => Ok(Wish::Nothing),
        _ => Err(format!("answered a message of type {kind}: mini programs use the custom/send call")),
    }
}

/// The message inside an encrypted answer.
fn opened(asked: &Asked<'_>, outside: &Texts) -> Result<Texts, String> {
    let settings = asked.settings;
    if settings.mode == PushMode::Plain {
        return Err("answered with encryption although the app is in plain mode".to_owned());
    }
    let text = |name: &str| {
        outside.get(name).map(String::as_str).ok_or_else(|| format!("answered encrypted without {name}"))
    };
    let (encrypted, timestamp, nonce) = (text("Encrypt")?, text("TimeStamp")?, text("Nonce")?);
    if timestamp.parse::<u64>().is_err() {
        return Err("answered encrypted with a TimeStamp that is no number".to_owned());
    }
    if text("MsgSignature")? != signature(&[&settings.token, timestamp, nonce, encrypted]) {
        return Err("answered encrypted with a MsgSignature that does not verify".to_owned());
    }
    let opened = settings.keys().find_map(|key| key.decrypt(encrypted));
    let (message, app_id) = opened.ok_or("answered encrypted what cannot be decrypted")?;
    if app_id != asked.app_id {
        return Err(format!("answered encrypted for the app {app_id}"));
    }
    members(settings.format, &message).map_err(|why| format!("answered encrypted what is no message: {why}"))
}

/// The texts and numbers of an answer in the format of the app.
fn members(format: PushFormat, body: &[u8]) -> Result<Texts, String> {
    if format == PushFormat::Xml {
        return xml::read_reply(body).map_err(|error| format!("the XML {error}"));
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
    let object = value.as_object().ok_or("no JSON object")?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(object.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}
