//! Service cards and updatable messages.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A service card: follows one order through its states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) app_id: String,
    /// Who paid, or pressed the button.
    pub(crate) openid: String,
    pub(crate) notify_type: i64,
    /// The `notify_code`: a transaction id, or what the button gave.
    pub(crate) code: String,
    /// Whether the code is a transaction id.
    pub(crate) paid: bool,
    /// When it was paid, or the button pressed.
    pub(crate) begun_at: i64,
    pub(crate) activated_at: Option<i64>,
    /// The last `cur_status`; 0 before the activation.
    pub(crate) status: i64,
    /// The last `content_json`; empty before the activation.
    pub(crate) content: String,
    /// 0 normal, 1 with risk, 2 abnormal, 10 refused by the shopper.
    pub(crate) code_state: i64,
    pub(crate) ext: Option<Value>,
}

/// An updatable message that can be shared into chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Activity {
    pub(crate) app_id: String,
    /// The only one who may share it.
    pub(crate) openid: Option<String>,
    /// 0 people join, 1 it has begun.
    pub(crate) state: i64,
    pub(crate) expires_at: i64,
}
