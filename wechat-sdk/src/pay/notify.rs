//! Notifications of WeChat Pay.

use std::fmt;

use chrono::{DateTime, FixedOffset};
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::cipher::{ApiV3Keys, Sealed};
use super::query::Transaction;
use super::refund::{RefundAmount, RefundStatus};
use super::verify::VerifyError;
use crate::error::{DecodeError, Outcome};
use crate::ids::{Fen, MchId, OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::text::optional_time;

/// A notification that WeChat Pay provably wrote, opened. Its content is not printed.
///
/// Store it, answer 204 within five seconds, and act afterwards: the same news comes again until it is answered,
/// and now and then after that.
#[derive(Clone)]
pub struct Notification {
    /// Its number. A copy of the same news may have another one.
    pub id: String,
    /// When it was written.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// `TRANSACTION.SUCCESS` and others.
    pub event_type: String,
    /// `transaction`, `refund` and others. Only both together tell what it is about.
    pub original_type: String,
    /// A few words, for people.
    pub summary: String,
    plaintext: Zeroizing<Vec<u8>>,
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(default, deserialize_with = "optional_time")]
    create_time: Option<DateTime<FixedOffset>>,
    event_type: String,
    #[serde(default)]
    summary: String,
    resource: Resource,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    original_type: String,
    #[serde(flatten)]
    sealed: Sealed,
}

impl Notification {
    /// Opens a body whose signature was checked.
    pub(super) fn open(cipher: &ApiV3Keys, body: &[u8]) -> Result<Self, VerifyError> {
        let envelope: Envelope = serde_json::from_slice(body).map_err(|_| VerifyError::Malformed)?;
        let plaintext = cipher.open(&envelope.resource.sealed).ok_or(VerifyError::Decrypt)?;
        Ok(Self {
            id: envelope.id,
            create_time: envelope.create_time,
            event_type: envelope.event_type,
            original_type: envelope.resource.original_type,
            summary: envelope.summary,
            plaintext: Zeroizing::new(plaintext),
        })
    }

    /// The decrypted content, JSON.
    pub fn plaintext(&self) -> &[u8] {
        &self.plaintext
    }

    /// What happened. Check merchant, app and amount against your own books before acting.
    pub fn event(&self) -> Result<PayEvent, DecodeError> {
        let json: Value = self.read()?;
        let single = json.get("combine_out_trade_no").is_none();
        match self.original_type.as_str() {
            "transaction" if self.event_type == "TRANSACTION.SUCCESS" && single => {
                Ok(PayEvent::Paid(self.read()?))
            }
            "refund" if self.event_type.starts_with("REFUND.") => Ok(PayEvent::Refund(self.read()?)),
            _ => Ok(PayEvent::Unknown {
                event_type: self.event_type.clone(),
                original_type: self.original_type.clone(),
                json,
            }),
        }
    }

    fn read<'de, T: Deserialize<'de>>(&'de self) -> Result<T, DecodeError> {
        serde_json::from_slice(&self.plaintext)
            .map_err(|error| DecodeError::new("notification", &error, Outcome::Done))
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("id", &self.id)
            .field("event_type", &self.event_type)
            .field("original_type", &self.original_type)
            .finish_non_exhaustive()
    }
}

/// What a notification tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PayEvent {
    /// A payment came in (`TRANSACTION.SUCCESS` of a `transaction`).
    Paid(Transaction),
    /// A refund reached its end (`REFUND.*`).
    Refund(RefundNotice),
    /// Something this crate does not read.
    Unknown {
        /// As WeChat Pay calls it.
        event_type: String,
        /// What it is about.
        original_type: String,
        /// The content; may hold personal data.
        json: Value,
    },
}

/// The end of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "RefundContent")]
pub struct RefundNotice {
    /// The merchant; compare it with your own.
    pub mchid: MchId,
    /// The merchant's number of the payment.
    pub out_trade_no: OutTradeNo,
    /// WeChat Pay's number of the payment.
    pub transaction_id: TransactionId,
    /// The merchant's number of the refund.
    pub out_refund_no: OutRefundNo,
    /// WeChat Pay's number of the refund.
    pub refund_id: RefundId,
    /// How it ended.
    pub status: RefundStatus,
    /// When the money arrived.
    pub success_time: Option<DateTime<FixedOffset>>,
    /// The payment, in fen.
    pub total: Fen,
    /// What goes back, in fen.
    pub refund: Fen,
}

#[derive(Deserialize)]
struct RefundContent {
    mchid: MchId,
    out_trade_no: OutTradeNo,
    transaction_id: TransactionId,
    out_refund_no: OutRefundNo,
    refund_id: RefundId,
    refund_status: RefundStatus,
    #[serde(default, deserialize_with = "optional_time")]
    success_time: Option<DateTime<FixedOffset>>,
    amount: RefundAmount,
}

impl From<RefundContent> for RefundNotice {
    fn from(content: RefundContent) -> Self {
        Self {
            mchid: content.mchid,
            out_trade_no: content.out_trade_no,
            transaction_id: content.transaction_id,
            out_refund_no: content.out_refund_no,
            refund_id: content.refund_id,
            status: content.refund_status,
            success_time: content.success_time,
            total: content.amount.total,
            refund: content.amount.refund,
        }
    }
}
