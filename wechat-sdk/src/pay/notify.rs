//! Notifications of WeChat Pay.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, FixedOffset};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::cipher::{ApiV3Keys, Borrowed, SealedText};
use super::combine::CombineTransaction;
use super::profit_sharing::SharingNotice;
use super::refunds::{RefundAmount, RefundStatus};
use super::transactions::Transaction;
use super::transfer_authorizations::AuthorizationNotice;
use super::transfers::TransferNotice;
use crate::answer;
use crate::error::{DecodeError, Outcome};
use crate::extra::Extra;
use crate::ids::{ComplaintId, MchId, OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::operation::read_text;
use crate::secret::Secret;
use crate::untrusted::VerifyError;
use crate::wire;

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
    plaintext: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    id: String,
    #[serde(default, deserialize_with = "wire::maybe_rfc3339")]
    create_time: Option<DateTime<FixedOffset>>,
    event_type: String,
    #[serde(default)]
    summary: String,
    #[serde(borrow)]
    resource: Resource<'a>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(default)]
    original_type: String,
    #[serde(borrow)]
    algorithm: Cow<'a, str>,
    #[serde(borrow)]
    ciphertext: Cow<'a, str>,
    #[serde(borrow, default)]
    associated_data: Option<Cow<'a, str>>,
    #[serde(borrow)]
    nonce: Cow<'a, str>,
}

impl Notification {
    /// Opens a body whose signature was checked.
    pub(super) fn open(cipher: &ApiV3Keys, body: &[u8]) -> Result<Self, VerifyError> {
        // Checked once, not string by string.
        let body = std::str::from_utf8(body).map_err(|_| VerifyError::Malformed)?;
        let envelope: Envelope<'_> = serde_json::from_str(body).map_err(|_| VerifyError::Malformed)?;
        let Resource { original_type, algorithm, ciphertext, associated_data, nonce } = envelope.resource;
        let sealed = Borrowed {
            algorithm: &algorithm,
            ciphertext: &ciphertext,
            associated_data: associated_data.as_deref(),
            nonce: &nonce,
        };
        let plaintext = cipher.open(sealed).ok_or(VerifyError::Decrypt)?;
        let plaintext = String::from_utf8(plaintext).map_err(|_| VerifyError::Malformed)?;
        Ok(Self {
            id: envelope.id,
            create_time: envelope.create_time,
            event_type: envelope.event_type,
            original_type,
            summary: envelope.summary,
            plaintext: Zeroizing::new(plaintext),
        })
    }

    /// The decrypted content, JSON. Stored with [`event_type`](Self::event_type) and
    /// [`original_type`](Self::original_type) it becomes an event again by [`PayEvent::read`].
    pub fn plaintext(&self) -> &str {
        &self.plaintext
    }

    /// What happened. Check merchant, app and amount against your own books before acting.
    pub fn event(&self) -> Result<PayEvent, DecodeError> {
        PayEvent::read(&self.event_type, &self.original_type, &self.plaintext)
    }
}

impl PayEvent {
    /// Reads the decrypted content of a notification that was stored, with its two types.
    pub fn read(event_type: &str, original_type: &str, plaintext: &str) -> Result<Self, DecodeError> {
        Ok(match (original_type, event_type) {
            ("transaction", "TRANSACTION.SUCCESS") => paid(plaintext)?,
            ("refund", event) if event.starts_with("REFUND.") => Self::Refund(read(plaintext)?),
            ("mch_payment", "MCHTRANSFER.BILL.FINISHED") => Self::Transfer(read(plaintext)?),
            ("mch_payment", event) if event.starts_with("MCHTRANSFER.AUTHORIZATION.") => {
                Self::Authorization(read(plaintext)?)
            }
            // Told to receivers, under the name of payments or one of its own.
            ("profitsharing", _) => Self::Shared(read(plaintext)?),
            ("complaint", event) if event.starts_with("COMPLAINT.") => Self::Complaint(read(plaintext)?),
            ("security", "SECURITY_ECHO.SUCCESS") => Self::Echo(read(plaintext)?),
            _ => Self::Unknown {
                event_type: event_type.to_owned(),
                original_type: original_type.to_owned(),
                content: read(plaintext)?,
            },
        })
    }
}

/// Combined payments come under the same name, with other members.
fn paid(plaintext: &str) -> Result<PayEvent, DecodeError> {
    #[derive(Deserialize)]
    struct Probe {
        combine_out_trade_no: Option<serde::de::IgnoredAny>,
    }
    match read::<Transaction>(plaintext) {
        Ok(single) if single.extra.get("combine_out_trade_no").is_none() => {
            Ok(PayEvent::Paid(Box::new(single)))
        }
        single => match read(plaintext)? {
            Probe { combine_out_trade_no: Some(_) } => Ok(PayEvent::CombinePaid(read(plaintext)?)),
            Probe { combine_out_trade_no: None } => single.map(Box::new).map(PayEvent::Paid),
        },
    }
}

fn read<'de, T: Deserialize<'de>>(plaintext: &'de str) -> Result<T, DecodeError> {
    read_text(plaintext).map_err(|bad| DecodeError::new("notification", bad, Outcome::Done))
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
    Paid(Box<Transaction>),
    /// A combined payment came in.
    CombinePaid(CombineTransaction),
    /// A refund reached its end (`REFUND.*`).
    Refund(RefundNotice),
    /// A transfer to a user reached its end (`MCHTRANSFER.BILL.FINISHED`).
    Transfer(TransferNotice),
    /// A user's consent to transfers began or ended (`MCHTRANSFER.AUTHORIZATION.*`).
    Authorization(AuthorizationNotice),
    /// Money of a shared payment arrived here, or was given back.
    Shared(SharingNotice),
    /// A user complained, or something happened to a complaint (`COMPLAINT.*`).
    Complaint(ComplaintNotice),
    /// The answer to a self-test (`SECURITY_ECHO.SUCCESS`).
    Echo(EchoNotice),
    /// Something this crate does not read.
    Unknown {
        /// As WeChat Pay calls it.
        event_type: String,
        /// What it is about.
        original_type: String,
        /// The content; only its names are printed.
        content: Extra,
    },
}

/// The end of a refund.
#[answer]
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
    #[serde(rename = "refund_status")]
    pub status: RefundStatus,
    /// When the money arrived.
    pub success_time: Option<DateTime<FixedOffset>>,
    /// Where the money went, in words.
    pub user_received_account: Option<Secret>,
    /// How much.
    pub amount: RefundAmount,
}

/// Something about a complaint. Ask with the calls of [`complaints`](super::complaints) what it is.
#[answer]
pub struct ComplaintNotice {
    /// Which one.
    pub complaint_id: ComplaintId,
    /// `CREATE_COMPLAINT`, `CONTINUE_COMPLAINT`, `USER_RESPONSE`, `REFUND_SUCCESS` and others.
    pub action_type: Option<String>,
}

/// The answer to a self-test.
#[answer]
pub struct EchoNotice {
    /// What was sent in the clear.
    pub echo_message: Option<String>,
    /// What was sent sealed; opens with [`Merchant::unseal`](super::Merchant::unseal).
    #[serde(alias = "encrypted_echo_message")]
    pub encrypt_echo_message: Option<SealedText>,
}
