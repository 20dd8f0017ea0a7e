//! A message push as it goes over the wire: in the format and the mode of its app, and broken on purpose.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::envelope::Letter;
use crate::crypto::digest::sha256_hex;
use crate::crypto::push::{self, AesKey, signature};
use crate::crypto::random_alphanumeric;
use crate::faults;
use crate::world::{PushFormat, PushMode, PushSettings};
use crate::xml;

/// What is wrong with a message push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushFlaw {
    /// Encrypted for another app.
    WrongAppId,
    /// The padding is 0.
    Padding0,
    /// One byte of padding more than there may be.
    Padding33,
    /// The text ends within the four bytes of its length.
    TruncatedLength,
    /// The length goes beyond the end of the text.
    ExcessiveLength,
    /// Not encrypted, with a sound `signature`, although the app is in secure mode.
    PlainInSecure,
    /// `msg_signature` does not verify while `signature` does; in plain mode, `signature` does not.
    WrongSignature,
    /// Without any signature.
    Unsigned,
    /// Encrypted with the previous key, or with one nobody knows when there is none.
    OldKey,
    /// Everything is sound, an hour ago.
    Stale,
    /// In XML: declares an entity and uses it.
    Doctype,
    /// A verification of the address whose signature is wrong: it must not be echoed.
    Echo,
}

/// A push before it is packed.
#[derive(Debug)]
pub(crate) struct Push<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) url: &'a str,
    pub(crate) content: &'a Value,
    /// The same at every attempt, so that what is sent again is encrypted to the same text.
    pub(crate) id: &'a str,
    /// Seconds.
    pub(crate) timestamp: i64,
    pub(crate) nonce: String,
}

/// The members that stay outside where XML nests the rest.
const COMMON: [&str; 5] = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"];

/// The element that XML nests the members of an event in.
fn wrapper(event: &str) -> Option<&'static str> {
    match event {
        "subscribe_msg_popup_event" => Some("SubscribeMsgPopupEvent"),
        "subscribe_msg_change_event" => Some("SubscribeMsgChangeEvent"),
        "subscribe_msg_sent_event" => Some("SubscribeMsgSentEvent"),
        "wxalive_push_message_notify" => Some("PushMessageApiNotify"),
        _ => None,
    }
}

impl PushSettings {
    /// Why the console would not take these settings.
    pub(crate) fn check(&self) -> Result<(), String> {
        let url = Url::parse(&self.url).map_err(|error| format!("the url cannot be read: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("the url has to begin with http:// or https://".to_owned());
        }
        if !(3..=32).contains(&self.token.len()) || !self.token.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err("the token has to be 3 to 32 letters and digits".to_owned());
        }
        let needed = self.mode != PushMode::Plain || !self.aes_key.is_empty();
        let keys = needed.then_some(&self.aes_key).into_iter().chain(&self.previous_aes_key);
        for key in keys {
            AesKey::parse(key).ok_or("an EncodingAESKey has to be 43 letters and digits")?;
        }
        Ok(())
    }

    fn key(&self, flaw: Option<PushFlaw>) -> Result<AesKey, String> {
        let previous = self.previous_aes_key.as_deref();
        let text = match flaw {
            Some(PushFlaw::OldKey) => previous.map_or_else(random_alphanumeric::<43>, str::to_owned),
            _ => previous.filter(|_| self.sign_with_previous).unwrap_or(&self.aes_key).to_owned(),
        };
        AesKey::parse(&text).ok_or_else(|| "the app has no usable EncodingAESKey".to_owned())
    }

    /// What a receiver that goes wrong in its own way may answer with: this key or the one before.
    pub(crate) fn keys(&self) -> impl Iterator<Item = AesKey> {
        let both = std::iter::once(&self.aes_key).chain(&self.previous_aes_key);
        both.filter_map(|key| AesKey::parse(key))
    }
}

impl PushFlaw {
    /// What a planned fault makes of a push, with the milliseconds its stamp is off.
    pub(crate) fn planned(flaw: faults::Flaw, mode: PushMode) -> (Option<Self>, i64) {
        match flaw {
            faults::Flaw::Stale(millis) => (None, millis),
            faults::Flaw::Unsigned => (Some(Self::Unsigned), 0),
            // What only encryption can have wrong is a wrong signature without it.
            _ if mode == PushMode::Plain => (Some(Self::WrongSignature), 0),
            faults::Flaw::Broken => (Some(Self::WrongSignature), 0),
            faults::Flaw::UnknownSerial => (Some(Self::WrongAppId), 0),
            faults::Flaw::Probe => (Some(Self::PlainInSecure), 0),
        }
    }

    /// Why no push of these settings can have this flaw.
    pub(crate) fn check(self, settings: &PushSettings) -> Result<(), String> {
        let encrypted = matches!(
            self,
            Self::WrongAppId
                | Self::Padding0
                | Self::Padding33
                | Self::TruncatedLength
                | Self::ExcessiveLength
                | Self::OldKey
        );
        match (self, settings.mode, settings.format) {
            (_, PushMode::Plain, _) if encrypted => Err("nothing is encrypted in plain mode".to_owned()),
            (Self::PlainInSecure, PushMode::Plain | PushMode::Compatible, _) => {
                Err("the app is not in secure mode".to_owned())
            }
            (Self::Doctype, _, PushFormat::Json) => Err("JSON has no entities".to_owned()),
            _ => Ok(()),
        }
    }

    fn of_cipher(self) -> Option<push::Flaw> {
        match self {
            Self::WrongAppId => Some(push::Flaw::WrongAppId),
            Self::Padding0 => Some(push::Flaw::Padding0),
            Self::Padding33 => Some(push::Flaw::Padding33),
            Self::TruncatedLength => Some(push::Flaw::TruncatedLength),
            Self::ExcessiveLength => Some(push::Flaw::ExcessiveLength),
            _ => None,
        }
    }
}

/// Packs a push.
pub(crate) fn pack(
    settings: &PushSettings,
    push: &Push<'_>,
    flaw: Option<PushFlaw>,
) -> Result<Letter, String> {
    let shaped = shaped(settings, push.content);
    let text = written(settings, &shaped, flaw);
    let bare = settings.mode == PushMode::Plain || flaw == Some(PushFlaw::PlainInSecure);
    let encrypted = if bare { None } else { Some(encrypt(settings, push, &text, flaw)?) };
    let body = match &encrypted {
        None => text,
        Some(encrypted) => {
            let mut outside = if settings.mode == PushMode::Compatible {
                shaped
            } else {
                json!({"ToUserName": push.content["ToUserName"]})
            };
            outside["Encrypt"] = json!(encrypted);
            written(settings, &outside, None)
        }
    };
    let url = address(settings, push, encrypted.as_deref(), flaw)?;
    Ok(Letter { url, headers: headers(settings.format), body: Bytes::from(body) })
}

fn encrypt(
    settings: &PushSettings,
    push: &Push<'_>,
    text: &str,
    flaw: Option<PushFlaw>,
) -> Result<String, String> {
    let key = settings.key(flaw)?;
    let digest = sha256_hex(push.id.as_bytes());
    let random: [u8; 16] = std::array::from_fn(|at| digest.as_bytes()[at]);
    Ok(match flaw.and_then(PushFlaw::of_cipher) {
        Some(flaw) => key.encrypt_flawed(random, text.as_bytes(), push.app_id, flaw),
        None => key.encrypt(random, text.as_bytes(), push.app_id),
    })
}

/// The address with the parameters of this push behind its own query.
fn address(
    settings: &PushSettings,
    push: &Push<'_>,
    encrypted: Option<&str>,
    flaw: Option<PushFlaw>,
) -> Result<String, String> {
    let mut url = Url::parse(push.url).map_err(|error| format!("the url cannot be read: {error}"))?;
    let (timestamp, token) = (push.timestamp.to_string(), settings.token.as_str());
    let wrong = flaw == Some(PushFlaw::WrongSignature);
    let first = sign(&[token, &timestamp, &push.nonce], wrong && settings.mode != PushMode::Secure);
    let signed = flaw != Some(PushFlaw::Unsigned);
    let mut query = url.query_pairs_mut();
    if signed {
        query.append_pair("signature", &first);
    }
    query.append_pair("timestamp", &timestamp).append_pair("nonce", &push.nonce);
    query.append_pair("openid", push.content["FromUserName"].as_str().unwrap_or_default());
    if let Some(encrypted) = encrypted {
        query.append_pair("encrypt_type", "aes");
        if signed {
            let parts = [token, &timestamp, &push.nonce, encrypted];
            query.append_pair("msg_signature", &sign(&parts, wrong));
        }
    }
    drop(query);
    Ok(url.into())
}

/// A signature of a push, or one whose first digit is another.
pub(crate) fn sign(parts: &[&str], wrong: bool) -> String {
    let sound = signature(parts);
    match sound.strip_prefix('0') {
        _ if !wrong => sound,
        Some(rest) => format!("1{rest}"),
        None => format!("0{}", &sound[1..]),
    }
}

fn headers(format: PushFormat) -> HeaderMap {
    let kind = if format == PushFormat::Json { "application/json" } else { "text/xml" };
    let all = [("content-type", kind), ("user-agent", "Mozilla/4.0"), ("pragma", "no-cache")];
    all.into_iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect()
}

fn written(settings: &PushSettings, value: &Value, flaw: Option<PushFlaw>) -> String {
    match settings.format {
        PushFormat::Json => value.to_string(),
        PushFormat::Xml if flaw == Some(PushFlaw::Doctype) => {
            let plain = xml::render("xml", value);
            let inside = plain.strip_suffix("</xml>").unwrap_or(&plain);
            format!("<!DOCTYPE xml [<!ENTITY who \"expanded\">]>{inside}<Who>&who;</Who></xml>")
        }
        PushFormat::Xml => xml::render("xml", value),
    }
}

/// The content in the shape that the format gives it. What XML nests stands at the top in JSON, where a list of
/// one is no list.
fn shaped(settings: &PushSettings, content: &Value) -> Value {
    let wrapper = wrapper(content["Event"].as_str().unwrap_or_default());
    let mut shaped = content.clone();
    match (settings.format, wrapper) {
        (PushFormat::Xml, Some(wrapper)) => nested(&shaped, wrapper),
        (PushFormat::Json, _) => {
            if wrapper.is_some() && !shaped["List"].is_null() {
                shaped["List"] = listed(&shaped["List"], settings.list_always_array);
                shaped["CreateTime"] = texts(&shaped["CreateTime"]);
            }
            if settings.numbers_as_text { texts(&shaped) } else { shaped }
        }
        _ => shaped,
    }
}

fn nested(content: &Value, wrapper: &str) -> Value {
    let members = content.as_object().cloned().unwrap_or_default();
    let (mut outside, mut inside) = (json!({}), json!({}));
    for (name, value) in members {
        if COMMON.contains(&name.as_str()) {
            outside[name] = value;
        } else {
            inside[name] = value;
        }
    }
    outside[wrapper] = inside;
    outside
}

fn listed(list: &Value, always_array: bool) -> Value {
    let list = texts(list);
    match &list {
        Value::Array(items) if items.len() == 1 && !always_array => items[0].clone(),
        Value::Object(_) if always_array => json!([list]),
        _ => list,
    }
}

/// With every number as a text.
fn texts(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), texts(value))).collect(),
        other => other.clone(),
    }
}
