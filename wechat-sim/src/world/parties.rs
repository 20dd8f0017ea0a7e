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
}

/// What the console of a mini program knows about message push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushSettings {
    pub(crate) url: String,
    pub(crate) token: String,
    /// The `EncodingAESKey`, 43 letters and digits.
    pub(crate) aes_key: String,
    #[serde(default)]
    pub(crate) mode: PushMode,
    #[serde(default)]
    pub(crate) format: PushFormat,
}

/// How a message push is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PushMode {
    Plain,
    Compatible,
    #[default]
    Secure,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PushFormat {
    #[default]
    Json,
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
    /// Only where the app is bound to an open-platform account.
    pub(crate) unionid: Option<String>,
    pub(crate) nickname: String,
    /// Without the country code; empty while none is bound.
    pub(crate) phone: String,
    /// The session that is valid now.
    pub(crate) session: Session,
    /// When the person last opened the mini program.
    pub(crate) seen_at: i64,
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
    /// Whether there are no platform certificates, as for merchants opened since the autumn of 2024.
    #[serde(default)]
    pub(crate) without_certificates: bool,
}

impl Merchant {
    /// What a notification is signed with.
    pub(crate) fn notification_material(&self) -> Material {
        self.in_gray(self.signs_with.unwrap_or(self.last_wanted))
    }

    pub(crate) fn new(keys: MerchantKeys) -> Self {
        Self {
            keys,
            apps: BTreeSet::new(),
            signs_with: None,
            last_wanted: Material::Certificate,
            gray_per_mille: 0,
            without_certificates: false,
        }
    }
}
