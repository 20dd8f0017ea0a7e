//! Giving money back.

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};
use http::Method;
use serde::{Deserialize, Serialize};

use crate::error::ConfigError;
use crate::ids::{Fen, MchId, OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::operation::{PayOperation, json_body};
use crate::retry::Effect;
use crate::text::{by_bytes, optional_time, percent};

/// WeChat Pay's limit for `reason`, in bytes.
const REASON: usize = 80;

/// `POST /v3/refund/domestic/refunds`: asks for a refund. Acceptance is not success: query, or wait for the
/// notification. After an unclear answer repeat with the same refund number; another number is another refund.
///
/// # Errors
/// `NOT_ENOUGH`: top up, then the same number again; `INVALID_REQUEST`: definite; `FREQUENCY_LIMITED`: may have
/// been accepted.
#[derive(Clone, Debug, Serialize)]
pub struct CreateRefund {
    #[serde(flatten)]
    payment: Payment,
    out_refund_no: OutRefundNo,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    notify_url: String,
    amount: Sums,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Payment {
    OutTradeNo(OutTradeNo),
    TransactionId(TransactionId),
}

#[derive(Clone, Debug, Serialize)]
struct Sums {
    refund: Fen,
    total: Fen,
    currency: &'static str,
}

impl CreateRefund {
    /// Refunds `refund` of a payment of `total` fen. Without a `notify_url` old merchants get another kind of
    /// notification, so it is required here.
    pub fn of_out_trade_no(
        out_trade_no: OutTradeNo,
        out_refund_no: OutRefundNo,
        refund: Fen,
        total: Fen,
        notify_url: impl Into<String>,
    ) -> Self {
        Self::of(Payment::OutTradeNo(out_trade_no), out_refund_no, refund, total, notify_url.into())
    }

    /// The same by WeChat Pay's number of the payment.
    pub fn of_transaction_id(
        transaction_id: TransactionId,
        out_refund_no: OutRefundNo,
        refund: Fen,
        total: Fen,
        notify_url: impl Into<String>,
    ) -> Self {
        Self::of(Payment::TransactionId(transaction_id), out_refund_no, refund, total, notify_url.into())
    }

    fn of(payment: Payment, out_refund_no: OutRefundNo, refund: Fen, total: Fen, notify_url: String) -> Self {
        let amount = Sums { refund, total, currency: "CNY" };
        Self { payment, out_refund_no, reason: None, notify_url, amount }
    }

    /// Shown to the user. What WeChat Pay does not take (emoji, more than 80 bytes) is left out.
    #[must_use]
    pub fn reason(self, reason: &str) -> Self {
        let reason = by_bytes(reason, REASON);
        Self { reason: (!reason.is_empty()).then_some(reason), ..self }
    }
}

impl PayOperation for CreateRefund {
    type Output = Refund;
    const NAME: &'static str = "create_refund";
    const METHOD: Method = Method::POST;
    const EFFECT: Effect = Effect::Keyed;

    fn path(&self, _: &MchId) -> String {
        "/v3/refund/domestic/refunds".to_owned()
    }

    fn body(&self, _: &MchId) -> Result<Option<Bytes>, ConfigError> {
        if self.amount.refund.0 <= 0 || self.amount.refund > self.amount.total {
            return Err(ConfigError::new("a refund is more than nothing and at most the payment"));
        }
        json_body(self)
    }
}

/// `GET /v3/refund/domestic/refunds/{out_refund_no}`: asks about a refund.
///
/// # Errors
/// `RESOURCE_NOT_EXISTS`: there is no such refund.
#[derive(Clone, Debug)]
pub struct QueryRefund {
    out_refund_no: OutRefundNo,
}

impl QueryRefund {
    /// The merchant's number of the refund.
    pub fn new(out_refund_no: OutRefundNo) -> Self {
        Self { out_refund_no }
    }
}

impl PayOperation for QueryRefund {
    type Output = Refund;
    const NAME: &'static str = "query_refund";
    const METHOD: Method = Method::GET;
    const EFFECT: Effect = Effect::Read;

    fn path(&self, _: &MchId) -> String {
        format!("/v3/refund/domestic/refunds/{}", percent(self.out_refund_no.as_str()))
    }
}

/// A refund as WeChat Pay sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refund {
    /// WeChat Pay's number.
    pub refund_id: RefundId,
    /// The merchant's number of the refund.
    pub out_refund_no: OutRefundNo,
    /// WeChat Pay's number of the payment.
    pub transaction_id: TransactionId,
    /// The merchant's number of the payment.
    pub out_trade_no: OutTradeNo,
    /// How it stands.
    pub status: RefundStatus,
    /// `ORIGINAL` and others.
    #[serde(default)]
    pub channel: Option<String>,
    /// Where the money goes, in words.
    #[serde(default)]
    pub user_received_account: Option<String>,
    /// When it was accepted.
    #[serde(default, deserialize_with = "optional_time")]
    pub create_time: Option<DateTime<FixedOffset>>,
    /// When the money arrived.
    #[serde(default, deserialize_with = "optional_time")]
    pub success_time: Option<DateTime<FixedOffset>>,
    /// How much.
    pub amount: RefundAmount,
}

/// Sums of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RefundAmount {
    /// The payment, in fen.
    pub total: Fen,
    /// What goes back, in fen; the merchant's side of the books.
    pub refund: Fen,
    /// What the user had paid, in fen.
    #[serde(default)]
    pub payer_total: Option<Fen>,
    /// What the user gets, in fen; less if WeChat coupons were used.
    #[serde(default)]
    pub payer_refund: Option<Fen>,
}

/// How a refund stands. New states may appear.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum RefundStatus {
    /// On its way.
    Processing,
    /// The money arrived.
    Success,
    /// It did not happen; another one needs another number.
    Closed,
    /// The account could not take it: somebody must act in the merchant console.
    Abnormal,
    /// A state this crate does not know.
    Other(String),
}

impl From<String> for RefundStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "PROCESSING" => Self::Processing,
            "SUCCESS" => Self::Success,
            "CLOSED" => Self::Closed,
            "ABNORMAL" => Self::Abnormal,
            _ => Self::Other(text),
        }
    }
}
