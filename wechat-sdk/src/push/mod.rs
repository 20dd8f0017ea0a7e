//! What WeChat pushes to the server of a mini program: messages of users, and events.
//!
//! ```no_run
//! # fn shop(query: &str, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! use wechat_sdk::push::{EncodingAesKey, MessagePush, PushContent, PushQuery};
//! use wechat_sdk::{AppId, Secret};
//!
//! let key = EncodingAesKey::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
//! let push = MessagePush::secure(AppId::new("wx0123456789abcdef")?, Secret::new("thetoken"), key)?;
//! // On GET, when the URL is saved in the console:
//! let echo = push.echo(&PushQuery::parse(query))?;
//! // On POST:
//! let arrived = push.open(&PushQuery::parse(query), body)?;
//! match arrived.content()? {
//!     PushContent::OrderSettled(order) => println!("received by the user: {:?}", order.confirm_receive_time),
//!     _ => println!("keep {} for later", arrived.key()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Store what arrives under [`Push::key`], answer within five seconds, and act afterwards: the same push may come
//! again, and in another order. Times and retries are those of official accounts; the page of mini programs does not
//! name any.

mod cipher;
mod content;
mod query;
mod reply;
mod xml;

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

pub use cipher::EncodingAesKey;
pub use content::{
    CardResult, ConfirmReceive, Decision, ImageMessage, MediaCheck, MediaCheckDetail, MediaVerdict,
    MiniProgramPage, OrderSettled, PushContent, RemindShipping, Revocation, Subscription, Subscriptions,
    TempSession, TextMessage, TradeNews, UserInfo,
};
pub use query::PushQuery;
pub use reply::{Reply, ReplyBody};

use crate::error::{ConfigError, DecodeError, Outcome};
use crate::ids::AppId;
use crate::secret::Secret;
use crate::text::lower_hex;
use crate::wire;

/// Longer bodies are not read.
const MAX_BODY: usize = 512 * 1024;

/// Why a push is not taken. Answer HTTP 403 then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The query lacks a parameter.
    #[error("the parameter {0} is missing")]
    MissingParameter(&'static str),
    /// The signature does not fit.
    #[error("the signature is wrong")]
    Signature,
    /// A body in the clear came although pushes are set to be encrypted.
    #[error("the body is not encrypted")]
    NotEncrypted,
    /// It does not decrypt: the key is another one, or it was tampered with.
    #[error("the content cannot be decrypted")]
    Decrypt,
    /// It was written for another app.
    #[error("the push is for another app")]
    OtherApp,
    /// It is longer than 512 KiB.
    #[error("the body is too long")]
    TooLong,
    /// It is neither JSON nor XML of the kind WeChat writes.
    #[error("the body cannot be read: {0}")]
    Malformed(&'static str),
}

/// How pushes are set up in the console, under development → message push.
#[derive(Clone)]
pub struct MessagePush {
    app: AppId,
    token: Secret,
    /// Empty for pushes in the clear; the present key first.
    keys: Vec<EncodingAesKey>,
}

impl MessagePush {
    /// Pushes that are encrypted: what the console calls the secure mode, and the compatible mode, whose clear part
    /// is not looked at because nothing protects it.
    ///
    /// # Errors
    /// The token has not 3 to 32 letters and digits: an empty one would let everybody sign.
    pub fn secure(app: AppId, token: Secret, key: EncodingAesKey) -> Result<Self, ConfigError> {
        Ok(Self { app, token: checked(token)?, keys: vec![key] })
    }

    /// The key before the present one: what was encrypted with it still opens.
    #[must_use]
    pub fn former_key(mut self, key: EncodingAesKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Pushes in the clear. Their signature does not cover the body: whoever sees one can send others. Only for
    /// trying things out.
    ///
    /// # Errors
    /// As for [`MessagePush::secure`].
    pub fn plain(app: AppId, token: Secret) -> Result<Self, ConfigError> {
        Ok(Self { app, token: checked(token)?, keys: vec![] })
    }

    /// What to answer, as it is, when WeChat checks the URL (`GET`).
    pub fn echo<'a>(&self, query: &'a PushQuery) -> Result<&'a str, PushError> {
        let echo = query.echostr.as_deref().ok_or(PushError::MissingParameter("echostr"))?;
        self.check_signature(query)?;
        Ok(echo)
    }

    /// Checks and opens a push (`POST`), XML or JSON.
    pub fn open(&self, query: &PushQuery, body: &[u8]) -> Result<Push, PushError> {
        if body.len() > MAX_BODY {
            return Err(PushError::TooLong);
        }
        if self.keys.is_empty() {
            self.check_signature(query)?;
            return Push::read(Zeroizing::new(body.to_vec()), false);
        }
        let encrypt = encrypted_part(body)?;
        let signature = query.msg_signature.as_deref().ok_or(PushError::MissingParameter("msg_signature"))?;
        let (timestamp, nonce) = query.moment()?;
        self.compare(&[timestamp, nonce, &encrypt], signature)?;
        let (content, app) = self.decrypted(&encrypt)?;
        if app != self.app.as_str() {
            return Err(PushError::OtherApp);
        }
        Push::read(content, true)
    }

    fn decrypted(&self, encrypt: &str) -> Result<(Zeroizing<Vec<u8>>, String), PushError> {
        self.keys.iter().find_map(|key| key.decrypt(encrypt)).ok_or(PushError::Decrypt)
    }

    fn check_signature(&self, query: &PushQuery) -> Result<(), PushError> {
        let signature = query.signature.as_deref().ok_or(PushError::MissingParameter("signature"))?;
        let (timestamp, nonce) = query.moment()?;
        self.compare(&[timestamp, nonce], signature)
    }

    fn compare(&self, parts: &[&str], signature: &str) -> Result<(), PushError> {
        let own = self.signature(parts);
        aws_lc_rs::constant_time::verify_slices_are_equal(own.as_bytes(), signature.as_bytes())
            .map_err(|_| PushError::Signature)
    }

    /// Lower-case hex of SHA-1 over the token and the parts, sorted as bytes.
    fn signature(&self, parts: &[&str]) -> String {
        let mut parts: Vec<&str> = parts.iter().copied().chain([self.token.expose()]).collect();
        parts.sort_unstable();
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY);
        for part in parts {
            context.update(part.as_bytes());
        }
        lower_hex(context.finish().as_ref())
    }
}

impl fmt::Debug for MessagePush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagePush")
            .field("app", &self.app)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

fn checked(token: Secret) -> Result<Secret, ConfigError> {
    let text = token.expose();
    if (3..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(token);
    }
    Err(ConfigError::new("the token of message push has 3 to 32 letters and digits"))
}

/// The one member of a body that counts before its signature is checked; nothing else of it is kept.
fn encrypted_part(body: &[u8]) -> Result<String, PushError> {
    #[derive(Deserialize)]
    struct Sealed {
        #[serde(rename = "Encrypt")]
        encrypt: String,
    }
    let (text, format) = text_of(body)?;
    match format {
        Format::Xml => xml::member(text, "Encrypt")?.ok_or(PushError::NotEncrypted),
        Format::Json => serde_json::from_str(text).map(|sealed: Sealed| sealed.encrypt).map_err(|error| {
            let other = error.classify() == serde_json::error::Category::Data;
            if other { PushError::NotEncrypted } else { PushError::Malformed("neither XML nor JSON") }
        }),
    }
}

/// How a body was written; answers are written the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// XML.
    Xml,
}

fn text_of(body: &[u8]) -> Result<(&str, Format), PushError> {
    let text = std::str::from_utf8(body).map_err(|_| PushError::Malformed("not UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    Ok((text, if text.starts_with('<') { Format::Xml } else { Format::Json }))
}

/// A body as a tree, if it is an object; what it was written in.
fn read(body: &[u8]) -> Result<(Option<Value>, Format), PushError> {
    let (text, format) = text_of(body)?;
    let tree = match format {
        Format::Xml => xml::parse(text)?,
        Format::Json => {
            serde_json::from_str(text).map_err(|_| PushError::Malformed("neither XML nor JSON"))?
        }
    };
    Ok((Some(tree).filter(Value::is_object), format))
}

/// A push that was checked and opened. Its content is not printed: it may be personal.
#[derive(Clone)]
pub struct Push {
    head: Head,
    tree: Value,
    format: Format,
    authentic: bool,
    bytes: Zeroizing<Vec<u8>>,
}

#[derive(Clone, Deserialize)]
struct Head {
    #[serde(rename = "ToUserName", default, deserialize_with = "wire::maybe_text")]
    to: Option<String>,
    #[serde(rename = "FromUserName", default, deserialize_with = "wire::maybe_text")]
    from: Option<String>,
    #[serde(rename = "CreateTime", default, deserialize_with = "wire::maybe_number")]
    at: Option<i64>,
    #[serde(rename = "MsgType", default, deserialize_with = "wire::maybe_text")]
    kind: Option<String>,
    #[serde(rename = "Event", default, deserialize_with = "wire::maybe_text")]
    event: Option<String>,
    /// It exceeds what a float holds.
    #[serde(rename = "MsgId", default, deserialize_with = "wire::maybe_text")]
    id: Option<String>,
}

impl Push {
    fn read(bytes: Zeroizing<Vec<u8>>, authentic: bool) -> Result<Self, PushError> {
        let (tree, format) = read(&bytes)?;
        let tree = tree.ok_or(PushError::Malformed("not an object"))?;
        let head =
            Head::deserialize(&tree).map_err(|_| PushError::Malformed("the head of the message is odd"))?;
        Ok(Self { head, tree, format, authentic, bytes })
    }

    /// Whether its content is proven to be WeChat's; never so for pushes in the clear.
    pub fn is_authentic(&self) -> bool {
        self.authentic
    }

    /// The original id of the mini program, `gh_…`.
    pub fn to_user_name(&self) -> Option<&str> {
        self.head.to.as_deref()
    }

    /// Who caused it: a user's openid, or an account of WeChat.
    pub fn from_user_name(&self) -> Option<&str> {
        self.head.from.as_deref()
    }

    /// When, Unix seconds.
    pub fn create_time(&self) -> Option<i64> {
        self.head.at
    }

    /// `event` for events; `text`, `image` and others for messages.
    pub fn msg_type(&self) -> &str {
        self.head.kind.as_deref().unwrap_or_default()
    }

    /// The name of the event.
    pub fn event(&self) -> Option<&str> {
        self.head.event.as_deref()
    }

    /// By which a repeated push of one app is known: the number of a message, or a digest of the content of an event. At
    /// most 80 characters. Keep keys for ever, or refuse pushes older ([`PushQuery::sent_at`]) than the keys you keep: a
    /// captured push stays genuine.
    pub fn key(&self) -> String {
        match &self.head.id {
            Some(id) if (1..=64).contains(&id.len()) && id != "0" => format!("message:{id}"),
            _ => {
                let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.bytes);
                format!("event:{}", lower_hex(digest.as_ref()))
            }
        }
    }

    /// The decrypted body as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All members. Numbers of XML are texts, and an element that comes several times is a list.
    pub fn members(&self) -> &Value {
        &self.tree
    }

    /// How it was written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What it says.
    pub fn content(&self) -> Result<PushContent, DecodeError> {
        content::read(self).map_err(|bad| DecodeError::new("push", bad, Outcome::Done))
    }
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("kind", &self.head.kind)
            .field("event", &self.head.event)
            .field("at", &self.head.at)
            .field("authentic", &self.authentic)
            .finish_non_exhaustive()
    }
}
