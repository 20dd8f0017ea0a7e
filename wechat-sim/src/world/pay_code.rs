//! The codes that shoppers show at a till.

use serde::{Deserialize, Serialize};

/// A payment code: of one person, for one payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PayCode {
    /// The app under which the person is known by `openid`.
    pub(crate) app_id: String,
    pub(crate) openid: String,
    /// Whether the person has to enter the password.
    pub(crate) asks_password: bool,
    pub(crate) expires_at: i64,
    pub(crate) used: bool,
}
