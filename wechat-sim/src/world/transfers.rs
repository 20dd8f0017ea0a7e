//! Merchant transfers and the authorizations to make them without asking.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The state of a transfer, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransferState {
    /// Accepted, nothing has happened yet.
    Accepted,
    /// The money is being locked.
    Processing,
    /// The user has to confirm.
    WaitUserConfirm,
    /// The user confirmed, the money is on its way.
    Transfering,
    /// The user has the money.
    Success,
    /// It did not happen.
    Fail,
    /// The merchant wants it back.
    Canceling,
    /// The merchant took it back.
    Cancelled,
}

impl TransferState {
    /// The spelling of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Processing => "PROCESSING",
            Self::WaitUserConfirm => "WAIT_USER_CONFIRM",
            Self::Transfering => "TRANSFERING",
            Self::Success => "SUCCESS",
            Self::Fail => "FAIL",
            Self::Canceling => "CANCELING",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether nothing can happen any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Fail | Self::Cancelled)
    }
}

/// How a transfer reaches the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransferMode {
    /// The user confirms it.
    Confirm,
    /// The user confirms it, and may authorize those that follow.
    First,
    /// The user authorized it before.
    Authorized,
}

/// A transfer to a user.
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) mchid: String,
    pub(crate) app_id: String,
    pub(crate) openid: String,
    pub(crate) mode: TransferMode,
    pub(crate) out_bill_no: String,
    pub(crate) transfer_bill_no: String,
    pub(crate) amount: i64,
    pub(crate) remark: String,
    pub(crate) notify_url: Option<String>,
    /// The user's name as the merchant gave it.
    pub(crate) user_name: Option<String>,
    /// The parameters with the name in the clear, to compare a repeated request with.
    pub(crate) parameters: Value,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) state: TransferState,
    pub(crate) fail_reason: Option<String>,
    /// What the mini program opens the page of confirmation with.
    pub(crate) package_info: Option<String>,
    /// Key of the authorization that is asked for with it.
    pub(crate) authorization: Option<String>,
    /// Whether the money was taken from the balance.
    pub(crate) locked: bool,
}

/// The state of an authorization, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthorizationState {
    /// The user has to confirm.
    WaitUserConfirm,
    /// The merchant may transfer.
    TakingEffect,
    /// The merchant may not, or not any more.
    Closed,
}

impl AuthorizationState {
    /// The spelling of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WaitUserConfirm => "WAIT_USER_CONFIRM",
            Self::TakingEffect => "TAKING_EFFECT",
            Self::Closed => "CLOSED",
        }
    }
}

/// A user's leave to receive transfers without being asked.
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) mchid: String,
    pub(crate) app_id: String,
    pub(crate) openid: String,
    pub(crate) scene: String,
    pub(crate) out_authorization_no: String,
    pub(crate) user_display_name: String,
    pub(crate) perception: Option<String>,
    pub(crate) notify_url: String,
    pub(crate) parameters: Value,
    pub(crate) created_at: i64,
    pub(crate) package_info: String,
    pub(crate) state: AuthorizationState,
    pub(crate) authorization_id: Option<String>,
    pub(crate) authorized_at: Option<i64>,
    /// When and why it was closed.
    pub(crate) closed: Option<(i64, String)>,
}

/// An electronic receipt of a transfer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) created_at: i64,
    pub(crate) ready_at: i64,
    /// What its address ends with.
    pub(crate) token: String,
}
