//! Sharing the money of payments with others. The announcement of a payment asks for it, see
//! [`Settle`](super::order::Settle); its money is then frozen until it is shared or unfrozen, at most 30 days. What
//! was shared can be taken back, see [`sharing_returns`](super::sharing_returns).

use chrono::{DateTime, FixedOffset};

use super::cipher::SealedText;
use crate::ids::{AppId, Fen, MchId, OpenId, OutOrderNo, TransactionId};
use crate::secret::Secret;
use crate::{ConfigError, answer, open_enum, part, pay_call};

/// Adds somebody who may get shares; up to 20,000. Adding again is harmless.
///
/// # Errors
/// `INVALID_REQUEST`: among others, the name is not the account's; `NO_AUTH`: the merchant may not share.
#[pay_call(
    POST "/v3/profitsharing/receivers/add", Keyed -> SharingReceiver,
    page = "4012528995", sealed = "name", new = of, check = relation
)]
pub struct AddSharingReceiver {
    appid: AppId,
    #[serde(rename = "type")]
    kind: ReceiverKind,
    account: String,
    relation_type: Relation,
    /// The name of the person, which is then compared; travels encrypted.
    name: Option<Secret>,
    /// What the relation is in words, up to 10 characters; required for [`Relation::Custom`] and only there.
    #[max(10)]
    custom_relation: Option<String>,
}

impl AddSharingReceiver {
    /// A merchant. `name` is its full name, or that of the person who opened the account of a small one; it travels
    /// encrypted.
    #[must_use]
    pub fn merchant(appid: AppId, merchant: MchId, name: impl Into<Secret>, relation: Relation) -> Self {
        Self { name: Some(name.into()), ..Self::of(appid, ReceiverKind::Merchant, merchant, relation) }
    }

    /// A person, by the id in that app.
    #[must_use]
    pub fn person(appid: AppId, openid: OpenId, relation: Relation) -> Self {
        Self::of(appid, ReceiverKind::Person, openid, relation)
    }

    fn relation(&self) -> Result<(), ConfigError> {
        if (self.relation_type == Relation::Custom) == self.custom_relation.is_some() {
            return Ok(());
        }
        Err(ConfigError::new("a custom relation, and no other, is told in words"))
    }
}

/// Takes somebody off the list. The place is free again after a day. Deleting again is harmless.
///
/// # Errors
/// `INVALID_REQUEST`: among others, a wrong account; `NO_AUTH`: the merchant may not share.
#[pay_call(POST "/v3/profitsharing/receivers/delete", Keyed -> SharingReceiver, page = "4012529590", new = of)]
pub struct DeleteSharingReceiver {
    appid: AppId,
    #[serde(rename = "type")]
    kind: ReceiverKind,
    account: String,
}

impl DeleteSharingReceiver {
    /// A merchant.
    #[must_use]
    pub fn merchant(appid: AppId, merchant: MchId) -> Self {
        Self::of(appid, ReceiverKind::Merchant, merchant)
    }

    /// A person, by the id in that app.
    #[must_use]
    pub fn person(appid: AppId, openid: OpenId) -> Self {
        Self::of(appid, ReceiverKind::Person, openid)
    }
}

/// Somebody who was added to the list, or taken off.
#[answer]
pub struct SharingReceiver {
    /// Merchant or person.
    #[serde(rename = "type")]
    pub kind: ReceiverKind,
    /// The merchant's number, or the person's openid.
    pub account: String,
    /// The name, sealed: see [`Merchant::unseal`](super::Merchant::unseal).
    pub name: Option<SealedText>,
    /// What they are to the merchant.
    pub relation_type: Option<Relation>,
    /// The same in words, for a custom relation.
    pub custom_relation: Option<String>,
}

/// Shares the money of a payment, a minute after it at the earliest, and where WeChat manages the trade, after the
/// user confirmed receipt. Acceptance is not success: query, and look at each receiver. Up to 50 times for one
/// payment (what was accepted and failed counts), once a second, 300 a second in all. After an unclear answer repeat
/// with the same number and content; another number shares again.
///
/// Each receiver comes once, and persons by ids of one app. The merchant itself may be a receiver unless the rest is
/// unfrozen. A person gets up to 200,000 yuan a month.
///
/// # Errors
/// `RULE_LIMIT`: more than the part of the payment that may be shared (30 % unless the merchant platform says
/// otherwise); `NOT_ENOUGH`: more than what is left; `INVALID_REQUEST`: among others, not a payment for sharing, or
/// not settled yet; `NO_AUTH`: the merchant may not share; `FREQUENCY_LIMITED`, `SYSTEM_ERROR`: the same number
/// again, later.
#[pay_call(
    POST "/v3/profitsharing/orders", Keyed -> Sharing,
    page = "4012524936", sealed = "receivers.name", check = app, about = out_order_no
)]
pub struct CreateSharing {
    /// WeChat Pay's number of the payment.
    transaction_id: TransactionId,
    /// The merchant's number of this sharing.
    out_order_no: OutOrderNo,
    /// Who gets how much, up to 50.
    #[max(50)]
    receivers: Vec<Share>,
    /// Whether the rest goes back to the merchant; nothing can be shared afterwards.
    unfreeze_unsplit: bool,
    /// The app of the persons' ids; required if there are persons.
    appid: Option<AppId>,
}

impl CreateSharing {
    fn app(&self) -> Result<(), ConfigError> {
        let persons = self.receivers.iter().any(|share| share.kind == ReceiverKind::Person);
        if persons && self.appid.is_none() {
            return Err(ConfigError::new("persons are named by ids of an app, which is missing"));
        }
        Ok(())
    }
}

/// What one receiver gets.
#[part(new = of)]
pub struct Share {
    #[serde(rename = "type")]
    kind: ReceiverKind,
    account: String,
    #[positive]
    amount: Fen,
    #[max(80)]
    description: String,
    /// The name of the person, which is then compared; travels encrypted.
    name: Option<Secret>,
}

impl Share {
    /// For a merchant, in fen. The description says why, up to 80 characters; it comes back in queries and bills.
    #[must_use]
    pub fn to_merchant(merchant: MchId, amount: Fen, description: impl Into<String>) -> Self {
        Self::of(ReceiverKind::Merchant, merchant, amount, description)
    }

    /// The same for a person, by the id in the app of the sharing.
    #[must_use]
    pub fn to_person(openid: OpenId, amount: Fen, description: impl Into<String>) -> Self {
        Self::of(ReceiverKind::Person, openid, amount, description)
    }
}

/// Asks how a sharing or an unfreezing stands. At most 500 a second.
///
/// # Errors
/// `RESOURCE_NOT_EXISTS`: there is no such sharing; `PARAM_ERROR`: among others, it is of another payment.
#[pay_call(GET "/v3/profitsharing/orders/{out_order_no}", Read -> Sharing, page = "4012525210", about = out_order_no)]
pub struct QuerySharing {
    /// The merchant's number of the sharing.
    out_order_no: OutOrderNo,
    /// WeChat Pay's number of the payment.
    transaction_id: TransactionId,
}

/// Gives what is left of a payment back to the merchant; nothing can be shared afterwards. Acceptance is not success:
/// query with [`QuerySharing`]. After an unclear answer repeat with the same number.
///
/// # Errors
/// `NOT_ENOUGH`: nothing is left; `INVALID_REQUEST`: among others, not a payment for sharing, or ended before;
/// `FREQUENCY_LIMITED`, `SYSTEM_ERROR`: the same number again, later.
#[pay_call(POST "/v3/profitsharing/orders/unfreeze", Keyed -> Sharing, page = "4012526374", about = out_order_no)]
pub struct UnfreezeRest {
    /// WeChat Pay's number of the payment.
    transaction_id: TransactionId,
    /// The merchant's number of this unfreezing, unlike those of sharings.
    out_order_no: OutOrderNo,
    /// Why, up to 80 characters.
    #[max(80)]
    description: String,
}

/// Asks how much of a payment can still be shared.
///
/// # Errors
/// `INVALID_REQUEST`: among others, not a payment for sharing; `RESOURCE_NOT_EXISTS`: there is no such payment.
#[pay_call(GET "/v3/profitsharing/transactions/{transaction_id}/amounts", Read -> UnsplitAmount, page = "4012457939")]
pub struct QueryUnsplitAmount {
    /// WeChat Pay's number of the payment.
    transaction_id: TransactionId,
}

/// What can still be shared.
#[answer]
pub struct UnsplitAmount {
    /// WeChat Pay's number of the payment.
    pub transaction_id: TransactionId,
    /// What is left, in fen.
    pub unsplit_amount: Fen,
}

/// A sharing as WeChat Pay sees it.
#[answer]
pub struct Sharing {
    /// WeChat Pay's number of the payment.
    pub transaction_id: TransactionId,
    /// The merchant's number of the sharing.
    pub out_order_no: OutOrderNo,
    /// WeChat Pay's number of the sharing.
    pub order_id: String,
    /// How it stands as a whole; says nothing about each receiver.
    pub state: SharingState,
    /// Who gets how much. What is unfrozen goes to the merchant itself.
    pub receivers: Vec<Shared>,
}

/// What one receiver gets, and whether it did. The money of one that is closed stays frozen: share it with another
/// number, or unfreeze it.
#[answer]
pub struct Shared {
    /// Merchant or person.
    #[serde(rename = "type")]
    pub kind: ReceiverKind,
    /// The merchant's number, or the person's openid.
    pub account: String,
    /// How much, in fen.
    pub amount: Fen,
    /// Why, as it was said.
    pub description: Option<String>,
    /// Whether it got there.
    pub result: SharingResult,
    /// Why it was closed.
    pub fail_reason: Option<SharingFailure>,
    /// When it was accepted.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// When it reached its end.
    pub finish_time: Option<DateTime<FixedOffset>>,
    /// WeChat Pay's number of this share.
    pub detail_id: Option<String>,
}

/// News for somebody who gets shares: money came, or was taken back (`original_type` `profitsharing`). The summary of
/// the notification tells which; the event type is `TRANSACTION.SUCCESS` for both, or by other sources
/// `PROFITSHARING.SUCCESS` and `PROFITSHARING.RETURN`.
#[answer]
pub struct SharingNotice {
    /// The merchant that shares; service providers have other members.
    pub mchid: Option<MchId>,
    /// WeChat Pay's number of the payment.
    pub transaction_id: TransactionId,
    /// WeChat Pay's number of the sharing or the return.
    pub order_id: String,
    /// The number of the sharing or the return at the merchant that shares.
    pub out_order_no: String,
    /// Who got or gave how much.
    pub receiver: NoticedShare,
    /// When it happened.
    pub success_time: Option<DateTime<FixedOffset>>,
}

/// Who got or gave how much.
#[answer]
pub struct NoticedShare {
    /// Merchant or person.
    #[serde(rename = "type")]
    pub kind: ReceiverKind,
    /// The merchant's number, or the person's openid.
    pub account: String,
    /// How much, in fen.
    pub amount: Fen,
    /// Why, as the merchant that shares said it.
    pub description: Option<String>,
}

/// What a receiver is. New kinds may appear.
#[open_enum]
pub enum ReceiverKind {
    /// A merchant, by its number.
    #[wire("MERCHANT_ID")]
    Merchant,
    /// A person, by the id in an app.
    #[wire("PERSONAL_OPENID")]
    Person,
}

/// What a receiver is to the merchant. New relations may appear.
#[open_enum]
pub enum Relation {
    /// A shop.
    Store,
    /// Somebody who works there.
    Staff,
    /// Who owns a shop.
    StoreOwner,
    /// A partner.
    Partner,
    /// The head office.
    Headquarter,
    /// The brand.
    Brand,
    /// Who sells for it.
    Distributor,
    /// A user.
    User,
    /// Who delivers to it.
    Supplier,
    /// Another one, told in words.
    Custom,
}

/// How a sharing stands as a whole. New states may appear.
#[open_enum]
pub enum SharingState {
    /// On its way.
    Processing,
    /// Over for each receiver, one way or the other.
    Finished,
}

/// How it stands with one receiver. New states may appear.
#[open_enum]
pub enum SharingResult {
    /// On its way.
    Pending,
    /// The money arrived.
    Success,
    /// It did not happen.
    Closed,
}

/// Why a receiver got nothing. New reasons may appear.
#[open_enum]
pub enum SharingFailure {
    /// The receiver's account cannot take it.
    AccountAbnormal,
    /// The receiver is not on the list: see [`AddSharingReceiver`].
    NoRelation,
    /// The receiver is a risk.
    ReceiverHighRisk,
    /// The receiver did not prove who they are.
    ReceiverRealNameNotVerified,
    /// The merchant may not share.
    NoAuth,
    /// The receiver got as much as it may.
    ReceiverReceiptLimit,
    /// The merchant's account cannot give it.
    PayerAccountAbnormal,
    /// The request was wrong.
    InvalidRequest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_is_told_about_its_share() {
        let notice: SharingNotice = serde_json::from_value(serde_json::json!({
            "mchid": "1900000007",
            "transaction_id": "4200001234202603041111111111",
            "order_id": "30000000012026030400001",
            "out_order_no": "S-20260304|1",
            "receiver": {"type": "MERCHANT_ID", "account": "1900000008", "amount": 130, "description": "commission"},
            "success_time": "2026-03-04T10:20:30+08:00",
        }))
        .unwrap();
        assert_eq!((notice.receiver.kind, notice.receiver.amount), (ReceiverKind::Merchant, Fen(130)));
        assert_eq!(notice.success_time.unwrap().timestamp(), 1_772_590_830);
        assert!(notice.extra.is_empty());
    }

    #[test]
    fn what_cannot_be_right_is_not_sent() {
        use crate::Operation;
        let (app, openid) = (|| AppId::new("wx1").unwrap(), || OpenId::new("o1").unwrap());
        let person = |relation| AddSharingReceiver::person(app(), openid(), relation);
        assert!(person(Relation::Custom).check().is_err());
        assert!(person(Relation::Staff).custom_relation("a friend").check().is_err());
        assert!(person(Relation::Custom).custom_relation("a friend").check().is_ok());
        let payment = TransactionId::new("4200001234").unwrap();
        let shares = [Share::to_person(openid(), Fen(1), "tip")];
        let sharing = CreateSharing::new(payment, OutOrderNo::new("S1").unwrap(), shares, true);
        assert!(sharing.check().is_err());
        assert!(sharing.appid(app()).check().is_ok());
    }
}
