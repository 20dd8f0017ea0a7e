//! What a client gets encrypted with the session key of its user.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::people::{derived, unionid};
use crate::core::Core;
use crate::crypto::digest::sha256_hex;
use crate::crypto::random_base64;
use crate::crypto::session::{encrypt_data, raw_data_signature};
use crate::world::{Shopper, World, key};

/// So long it is known what was encrypted, in milliseconds.
const LIFE: i64 = 3 * 24 * 3_600_000;

/// What is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EncryptedKind {
    /// The phone number of the button.
    Phone,
    /// `wx.getUserInfo`, with `rawData` and its signature.
    UserInfo,
    /// The group that a page was opened from.
    Share,
}

/// What the client sends on to its server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptedData {
    /// Base64.
    pub encrypted_data: String,
    /// Base64 of sixteen bytes.
    pub iv: String,
    /// Only of user info.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_data: Option<String>,
    /// Only of user info.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// Encrypts for a client; members of `data` take the place of those that the shopper has.
pub(crate) fn encrypt(
    world: &mut World,
    (app_id, openid): (&str, &str),
    kind: EncryptedKind,
    data: Map<String, Value>,
    now: i64,
) -> anyhow::Result<EncryptedData> {
    let shopper = world.shoppers.get(&key(app_id, openid)).filter(|shopper| !shopper.session.key.is_empty());
    let shopper = shopper.ok_or_else(|| anyhow::anyhow!("{openid} has no session: log in first"))?.clone();
    let mut content = content(world, &shopper, kind)?;
    content.extend(data);
    content.entry("watermark").or_insert_with(|| json!({"timestamp": now / 1000, "appid": app_id}));
    let raw = (kind == EncryptedKind::UserInfo).then(|| raw_data(&content));
    let (iv, plain) = (random_base64::<16>(), Value::from(content).to_string());
    let encrypted = encrypt_data(&shopper.session.key, &iv, plain.as_bytes());
    let encrypted_data = encrypted.ok_or_else(|| anyhow::anyhow!("the session key is broken"))?;
    if kind == EncryptedKind::Phone {
        remember(world, app_id, &encrypted_data, now);
    }
    let signature = raw.as_ref().map(|raw| raw_data_signature(raw, &shopper.session.key));
    Ok(EncryptedData { encrypted_data, iv, raw_data: raw, signature })
}

fn content(world: &World, shopper: &Shopper, kind: EncryptedKind) -> anyhow::Result<Map<String, Value>> {
    let content = match kind {
        EncryptedKind::Phone => {
            anyhow::ensure!(!shopper.phone.is_empty(), "{} has no phone number", shopper.openid);
            json!({"phoneNumber": shopper.phone, "purePhoneNumber": shopper.phone, "countryCode": "86"})
        }
        EncryptedKind::UserInfo => user_info(world, shopper),
        EncryptedKind::Share => json!({"openGId": derived('t', &[&shopper.app_id, "group"])}),
    };
    Ok(content.as_object().cloned().unwrap_or_default())
}

fn user_info(world: &World, shopper: &Shopper) -> Value {
    let mut info = json!({
        "openId": shopper.openid,
        "nickName": shopper.nickname,
        "gender": 0,
        "language": "zh_CN",
        "city": "",
        "province": "",
        "country": "",
        "avatarUrl": "https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132",
    });
    if let Some(unionid) = unionid(world, &shopper.app_id, &shopper.openid) {
        info["unionId"] = json!(unionid);
    }
    info
}

/// What the client sees in clear: without what tells who it is.
fn raw_data(content: &Map<String, Value>) -> String {
    let hidden = ["openId", "unionId", "watermark"];
    let seen = content.iter().filter(|(name, _)| !hidden.contains(&name.as_str()));
    let seen: Map<String, Value> = seen.map(|(name, value)| (name.clone(), value.clone())).collect();
    Value::from(seen).to_string()
}

/// By the digest of the text and by that of the bytes: it is not said which one is asked for.
fn remember(world: &mut World, app_id: &str, encrypted: &str, now: i64) {
    world.encrypted_messages.retain(|_, at| *at + LIFE > now);
    let bytes = STANDARD.decode(encrypted).unwrap_or_default();
    for hash in [sha256_hex(encrypted.as_bytes()), sha256_hex(&bytes)] {
        world.encrypted_messages.insert(key(app_id, &hash), now);
    }
}

/// When encrypted data with this digest (lower-case hex) was made for the app, in milliseconds.
pub(super) fn made_at(core: &Core, app_id: &str, hash: &str) -> Option<i64> {
    let now = core.now();
    let at = core.read(|world| world.encrypted_messages.get(&key(app_id, hash)).copied());
    at.filter(|at| at + LIFE > now)
}
