//! Mini programs, merchants and the people who hold the phones.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::keys::MerchantKeys;

/// A registered mini program.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct App {
    pub(crate) secret: String,
    pub(crate) stable: Option<String>,
    pub(crate) legacy: Option<String>,
    /// The legacy token before the newest one, in its grace.
    pub(crate) legacy_before: Option<String>,
    /// When forced refreshes happened during the last day.
    pub(crate) forced: Vec<i64>,
    /// Where message pushes go; none are sent before it is set.
    pub(crate) push: Option<PushSettings>,
    /// The account of the open platform that the app is bound to.
    pub(crate) open_platform: Option<String>,
    /// Who may ask for tokens; everybody may while it is empty.
    pub(crate) ip_whitelist: Vec<String>,
    /// The owner froze the secret.
    pub(crate) secret_frozen: bool,
    /// The account is frozen.
    pub(crate) frozen: bool,
    /// When all quotas were cleared, this month and before.
    pub(crate) cleared: Vec<i64>,
    /// When the quota of a single call was cleared, this month and before.
    pub(crate) call_cleared: Vec<i64>,
}

/// What the console of a mini program knows about message push.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushSettings {
    /// `http://…` or `https://…`, with a query of its own if need be.
    pub url: String,
    /// 3 to 32 letters and digits.
    pub token: String,
    /// The `EncodingAESKey`, 43 letters and digits; may be empty in plain mode.
    #[serde(default)]
    pub aes_key: String,
    /// How pushes are protected.
    #[serde(default)]
    pub mode: PushMode,
    /// What pushes are written in.
    #[serde(default)]
    pub format: PushFormat,
    /// In JSON, every number is a text.
    #[serde(default)]
    pub numbers_as_text: bool,
    /// In JSON, a `List` is an array also with one entry.
    #[serde(default)]
    pub list_always_array: bool,
    /// The `EncodingAESKey` before this one, good for answers, too.
    #[serde(default)]
    pub previous_aes_key: Option<String>,
    /// Encrypts with the previous key, as for a while after it was changed.
    #[serde(default)]
    pub sign_with_previous: bool,
}

/// How a message push is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushMode {
    /// As it is.
    Plain,
    /// As it is, and encrypted beside that.
    Compatible,
    /// Only encrypted.
    #[default]
    Secure,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushFormat {
    /// JSON.
    #[default]
    Json,
    /// XML.
    Xml,
}

/// An access token of either family.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) app_id: String,
    pub(crate) expires_at: i64,
    /// When a newer token put this one out of use.
    pub(crate) displaced_at: Option<i64>,
}

/// A login or phone code. `subject` is the openid or the phone number behind it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) app_id: String,
    pub(crate) subject: String,
    pub(crate) country: String,
    pub(crate) openid: Option<String>,
    pub(crate) expires_at: i64,
    pub(crate) used: bool,
}

/// A person in one mini program.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Shopper {
    pub(crate) app_id: String,
    pub(crate) openid: String,
    /// A unionid that was set; otherwise it follows from the person, where the app is bound to an open-platform
    /// account.
    pub(crate) unionid: Option<String>,
    /// Who it is: the same person has the same unionid in all apps of an open platform. Empty is somebody who
    /// is in this app only.
    pub(crate) person: String,
    /// Logins are refused.
    pub(crate) high_risk: bool,
    /// The person's account is closed: logins are refused and no session is left.
    pub(crate) banned: bool,
    /// What the client and the shop encrypt with between themselves, oldest first.
    pub(crate) encrypt_keys: Vec<EncryptKey>,
    pub(crate) nickname: String,
    /// Without the country code; empty while none is bound.
    pub(crate) phone: String,
    /// The session that is valid now.
    pub(crate) session: Session,
    /// When the person last opened the mini program.
    pub(crate) seen_at: i64,
}

/// A key that the client and the shop share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EncryptKey {
    /// Base64 of sixteen bytes.
    pub(crate) key: String,
    /// Sixteen digits of hex.
    pub(crate) iv: String,
    pub(crate) version: u32,
    pub(crate) made_at: i64,
}

/// What a login agrees on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Base64 of sixteen bytes; empty before the first login.
    pub(crate) key: String,
    pub(crate) made_at: i64,
}

/// What the platform signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Material {
    /// The key that is named `PUB_KEY_ID_…`.
    #[default]
    PublicKey,
    /// The platform certificate.
    Certificate,
}

/// Which keys of the platform are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotated {
    /// The platform certificate.
    Certificate,
    /// The key that is named `PUB_KEY_ID_…`.
    PublicKey,
    /// Both.
    #[default]
    Both,
}

/// A merchant with its keys and its bound mini programs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Merchant {
    pub(crate) keys: MerchantKeys,
    pub(crate) apps: BTreeSet<String>,
    /// What answers to calls that name no material, and all notifications, are signed with; `None` follows
    /// the merchant: what its last call named, or the certificate where it named nothing.
    pub(crate) signs_with: Option<Material>,
    /// What its last call was answered with.
    #[serde(default)]
    pub(crate) last_wanted: Material,
    /// So many of a thousand answers and notifications are signed with the other material than asked for,
    /// as while the platform changes from one to the other.
    #[serde(default)]
    pub(crate) gray_per_mille: u16,
    /// So many of a thousand signatures are made with the announced successor of a key.
    #[serde(default)]
    pub(crate) successor_per_mille: u16,
    /// Whether there are no platform certificates, as for merchants opened since the autumn of 2024.
    #[serde(default)]
    pub(crate) without_certificates: bool,
}

impl Merchant {
    pub(crate) fn new(keys: MerchantKeys) -> Self {
        Self {
            keys,
            apps: BTreeSet::new(),
            signs_with: None,
            last_wanted: Material::Certificate,
            gray_per_mille: 0,
            successor_per_mille: 0,
            without_certificates: false,
        }
    }
}
