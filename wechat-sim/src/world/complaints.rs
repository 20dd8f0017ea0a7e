//! Complaints of shoppers, and what was said about them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::crypto::random_digits;
use crate::wire::text;

/// How far a complaint is, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ComplaintState {
    /// The merchant has not answered yet.
    Pending,
    /// The merchant answered at least once.
    Processing,
    /// Nothing is left to do.
    Processed,
}

/// What a complaint is about, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemType {
    /// The shopper asks for money back.
    Refund,
    /// What was paid for does not work.
    ServiceNotWork,
    /// Something else.
    Others,
}

/// What the platform knows about the shopper, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserTag {
    /// Whose refunds can be granted quickly.
    Trusted,
    /// Who complains more than others.
    HighRisk,
}

/// What the merchant decided about a refund that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Decision {
    Approve,
    Reject,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Shopper,
    Merchant,
    Platform,
    System,
}

impl Operator {
    fn name(self) -> &'static str {
        match self {
            Self::Shopper => "投诉人",
            Self::Merchant => "商户",
            Self::Platform => "微信支付客服",
            Self::System => "系统",
        }
    }
}

/// A complaint about one order.
#[expect(clippy::struct_excessive_bools, reason = "the marks of the protocol")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Complaint {
    pub(crate) id: String,
    pub(crate) mchid: String,
    /// Key of the order.
    pub(crate) order: String,
    pub(crate) transaction_id: String,
    pub(crate) out_trade_no: String,
    pub(crate) amount: i64,
    pub(crate) openid: String,
    pub(crate) created_at: i64,
    pub(crate) state: ComplaintState,
    pub(crate) detail: String,
    pub(crate) problem_description: String,
    pub(crate) problem_type: ProblemType,
    pub(crate) apply_refund_amount: Option<i64>,
    pub(crate) phone: Option<String>,
    /// What can be downloaded.
    pub(crate) images: Vec<String>,
    pub(crate) user_tags: Vec<UserTag>,
    /// How often the shopper complained of it.
    pub(crate) times: u32,
    /// Whether a message of the shopper waits for an answer.
    pub(crate) unanswered: bool,
    pub(crate) in_platform_service: bool,
    pub(crate) need_immediate_service: bool,
    pub(crate) is_agent_mode: bool,
    pub(crate) withdrawn: bool,
    pub(crate) decision: Option<Decision>,
    /// Oldest first.
    pub(crate) history: Vec<Negotiation>,
    /// The records that immediate answers made, by their idempotent id.
    pub(crate) immediate: BTreeMap<String, String>,
}

/// One record of what was said and done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Negotiation {
    pub(crate) log_id: String,
    pub(crate) operator: String,
    pub(crate) at: i64,
    /// The `operate_type` of the protocol.
    pub(crate) kind: String,
    pub(crate) details: String,
    /// What can be downloaded.
    pub(crate) images: Vec<String>,
    /// Members that only some kinds have.
    pub(crate) more: Map<String, Value>,
}

impl Complaint {
    /// Notes what was done; the caller adds what is special about it.
    pub(crate) fn note(&mut self, at: i64, by: Operator, kind: &str, details: &str) -> &mut Negotiation {
        self.history.push(Negotiation {
            log_id: long_number("300", at),
            operator: by.name().to_owned(),
            at,
            kind: kind.to_owned(),
            details: details.to_owned(),
            images: Vec::new(),
            more: Map::new(),
        });
        self.history.last_mut().expect("a record was just made")
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state != ComplaintState::Processed
    }
}

/// Twenty-seven digits with the day in them, as complaints and their records are numbered.
pub(crate) fn long_number(head: &str, at: i64) -> String {
    format!("{head}0000{}{}", &text::compact(at)[..8], random_digits::<12>())
}

/// A picture of a complaint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ComplaintImage {
    pub(crate) mchid: String,
    /// Its media type.
    pub(crate) kind: String,
    /// In base64.
    pub(crate) bytes: String,
    /// Whether a complaint shows it: what was only uploaded cannot be downloaded.
    pub(crate) shown: bool,
}
