//! Customer service: who talks to whom, with what media, and who may answer.

use serde::{Deserialize, Serialize};

/// What a shopper and the customer service of an app have to do with each other. Times are milliseconds of
/// life, 0 for never.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Conversation {
    /// When the shopper last wrote.
    pub(crate) said_at: i64,
    /// How many messages may still answer that.
    pub(crate) left_after_message: u32,
    /// When the shopper last entered the session.
    pub(crate) entered_at: i64,
    /// How many messages may still answer that.
    pub(crate) left_after_entry: u32,
    /// When a message last went either way.
    pub(crate) contact_at: i64,
    /// Until when the shopper sees that somebody types.
    pub(crate) typing_until: i64,
    /// Until when human staff answers, unless it says something before.
    pub(crate) staff_until: i64,
}

/// A file that is kept for three days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Media {
    /// `image`, `voice`, `video` or `thumb`
    pub(crate) kind: String,
    pub(crate) mime: String,
    /// Base64.
    pub(crate) data: String,
    pub(crate) made_at: i64,
}

/// An account of somebody who answers shoppers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KfAccount {
    pub(crate) kf_id: u64,
    pub(crate) nickname: String,
    pub(crate) openid: String,
    pub(crate) business_id: Option<String>,
    pub(crate) admin: bool,
    pub(crate) online: bool,
}

/// A shop of a platform, with sessions of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Business {
    pub(crate) id: u64,
    pub(crate) account_name: String,
    pub(crate) nickname: String,
    pub(crate) icon_media_id: String,
    pub(crate) transfer_to_commkf: bool,
}
