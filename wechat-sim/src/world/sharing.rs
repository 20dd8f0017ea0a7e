//! Profit sharing: who may receive, what was shared, what was given back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Someone a merchant may share with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Receiver {
    pub(crate) mchid: String,
    pub(crate) app_id: String,
    /// `MERCHANT_ID` or `PERSONAL_OPENID`
    pub(crate) kind: String,
    pub(crate) account: String,
    pub(crate) name: Option<String>,
    pub(crate) relation: String,
    pub(crate) custom_relation: Option<String>,
    /// A deleted one takes up its place for another day.
    pub(crate) deleted_at: Option<i64>,
}

/// What became of one receiver's share, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ShareResult {
    /// On its way.
    Pending,
    /// The receiver has the money.
    Success,
    /// The receiver did not get it; it stays frozen.
    Closed,
}

impl ShareResult {
    /// The spelling of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
        }
    }
}

/// One receiver's part of a sharing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Share {
    pub(crate) kind: String,
    pub(crate) account: String,
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) detail_id: String,
    pub(crate) result: ShareResult,
    pub(crate) fail_reason: Option<String>,
    pub(crate) finished_at: Option<i64>,
}

/// A request to share, or to unfreeze what is left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sharing {
    pub(crate) mchid: String,
    /// Key of the order.
    pub(crate) order: String,
    pub(crate) transaction_id: String,
    pub(crate) out_order_no: String,
    pub(crate) order_id: String,
    /// The parameters with names in the clear, to compare a repeated request with.
    pub(crate) parameters: Value,
    pub(crate) created_at: i64,
    pub(crate) shares: Vec<Share>,
}

impl Sharing {
    pub(crate) fn is_finished(&self) -> bool {
        self.shares.iter().all(|share| share.result != ShareResult::Pending)
    }
}

/// The frozen money of an order, from the first call about it on.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Freeze {
    /// Keys of its sharings, oldest first.
    pub(crate) sharings: Vec<String>,
    /// How many requests to share were accepted.
    pub(crate) requests: u32,
    /// When the last of them came.
    pub(crate) last_at: Option<i64>,
    /// The merchant ended the sharing.
    pub(crate) ended: bool,
}

/// What became of a return, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReturnResult {
    /// On its way.
    Processing,
    /// The money is back.
    Success,
    /// The money did not come back.
    Failed,
}

impl ReturnResult {
    /// The spelling of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
        }
    }
}

/// A receiver gives back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SharingReturn {
    pub(crate) mchid: String,
    /// Key of the sharing.
    pub(crate) sharing: String,
    pub(crate) out_return_no: String,
    pub(crate) return_id: String,
    pub(crate) return_mchid: String,
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) parameters: Value,
    pub(crate) created_at: i64,
    pub(crate) result: ReturnResult,
    pub(crate) fail_reason: Option<String>,
    pub(crate) finished_at: Option<i64>,
}

/// How shares or returns of an account end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome<R> {
    pub(crate) result: R,
    pub(crate) fail_reason: Option<String>,
}
