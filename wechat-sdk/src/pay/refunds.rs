//! Giving money back.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};

use crate::ids::{Fen, OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::secret::Secret;
use crate::{ConfigError, answer, open_enum, part, pay_call};

/// Asks for a refund. Acceptance is not success: query, or wait for the notification. After an unclear answer repeat
/// with the same refund number; another number is another refund. Up to 365 days after the payment, at most 50 of
/// one payment, a minute apart; 150 a second per merchant, but only 6 of those that fail.
///
/// # Errors
/// `NOT_ENOUGH`: top up, then the same number again; `INVALID_REQUEST`: definite; `FREQUENCY_LIMITED`: may have
/// been accepted; `USER_ACCOUNT_ABNORMAL`: pay back by other means.
#[pay_call(
    POST "/v3/refund/domestic/refunds", Keyed -> Refund,
    page = "4012791903", new = of, check = sums, about = out_refund_no
)]
pub struct CreateRefund {
    out_refund_no: OutRefundNo,
    #[max(256)]
    notify_url: String,
    amount: RefundSums,
    #[private]
    transaction_id: Option<TransactionId>,
    #[private]
    out_trade_no: Option<OutTradeNo>,
    /// Shown to the user, except with a part of at most one yuan. Emoji and what is beyond 80 bytes is left out.
    #[cut_bytes(80)]
    reason: Option<String>,
    /// `AVAILABLE` takes the merchant's available balance, `UNSETTLED` the deposit of a journey.
    funds_account: Option<String>,
    /// The goods that come back; they must be those of the announcement.
    goods_detail: Option<Vec<RefundGoods>>,
}

impl CreateRefund {
    /// Refunds `refund` of a payment of `total` fen. Without a `notify_url` old merchants get another kind of
    /// notification, so it is required here.
    #[must_use]
    pub fn of_out_trade_no(
        out_trade_no: OutTradeNo,
        out_refund_no: OutRefundNo,
        refund: Fen,
        total: Fen,
        notify_url: impl Into<String>,
    ) -> Self {
        let refund = Self::of(out_refund_no, notify_url, RefundSums::new(refund, total));
        Self { out_trade_no: Some(out_trade_no), ..refund }
    }

    /// The same by WeChat Pay's number of the payment.
    #[must_use]
    pub fn of_transaction_id(
        transaction_id: TransactionId,
        out_refund_no: OutRefundNo,
        refund: Fen,
        total: Fen,
        notify_url: impl Into<String>,
    ) -> Self {
        let refund = Self::of(out_refund_no, notify_url, RefundSums::new(refund, total));
        Self { transaction_id: Some(transaction_id), ..refund }
    }

    /// From which accounts of the merchant the money is taken, each once; the sums make up the refund.
    #[must_use]
    pub fn from_accounts(self, accounts: impl Into<Vec<FundsSource>>) -> Self {
        Self { amount: self.amount.from(accounts), ..self }
    }

    fn sums(&self) -> Result<(), ConfigError> {
        let RefundSums { refund, total, from, .. } = &self.amount;
        if refund > total {
            return Err(ConfigError::new("a refund is at most the payment"));
        }
        let Some(from) = from else { return Ok(()) };
        let sum = from.iter().map(|source| source.amount.0).fold(0, i64::saturating_add);
        let accounts: BTreeSet<_> = from.iter().map(|source| source.account.as_str()).collect();
        if sum != refund.0 || accounts.len() != from.len() {
            return Err(ConfigError::new("the accounts differ and make up the refund"));
        }
        Ok(())
    }
}

/// What goes back of what.
#[part]
struct RefundSums {
    /// What goes back, fen.
    #[positive]
    refund: Fen,
    /// The payment, fen.
    total: Fen,
    #[fixed("CNY")]
    currency: &'static str,
    /// Where it is taken from.
    from: Option<Vec<FundsSource>>,
}

/// An account of the merchant that gives to a refund.
#[part]
pub struct FundsSource {
    /// `AVAILABLE` or `UNAVAILABLE`.
    account: String,
    /// Fen.
    #[positive]
    amount: Fen,
}

/// Goods that come back.
#[part]
pub struct RefundGoods {
    /// The merchant's number of the goods.
    #[max(32)]
    merchant_goods_id: String,
    /// Price of one, fen.
    unit_price: Fen,
    /// What goes back for them, fen.
    refund_amount: Fen,
    /// How many.
    refund_quantity: i64,
    /// WeChat Pay's number of the goods.
    #[max(32)]
    wechatpay_goods_id: Option<String>,
    /// The name.
    #[max(256)]
    goods_name: Option<String>,
}

/// Asks about a refund.
///
/// # Errors
/// `RESOURCE_NOT_EXISTS`: there is no such refund.
#[pay_call(GET "/v3/refund/domestic/refunds/{out_refund_no}", Read -> Refund, page = "4012791904", about = out_refund_no)]
pub struct QueryRefund {
    /// The merchant's number of the refund.
    out_refund_no: OutRefundNo,
}

/// Repairs an abnormal refund: the money goes to another account.
///
/// # Errors
/// `INVALID_REQUEST`: it is not abnormal, or the account does not fit.
#[pay_call(
    POST "/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund", Keyed -> Refund,
    page = "4012791905", sealed = "bank_account real_name", new = of
)]
pub struct ApplyAbnormalRefund {
    refund_id: RefundId,
    out_refund_no: OutRefundNo,
    #[serde(rename = "type")]
    kind: String,
    #[private]
    bank_type: Option<String>,
    #[private]
    bank_account: Option<Secret>,
    #[private]
    real_name: Option<Secret>,
}

impl ApplyAbnormalRefund {
    /// To a debit card of the user. `bank_type` is the bank as WeChat Pay spells it, `ICBC_DEBIT` for instance;
    /// account and name travel encrypted.
    #[must_use]
    pub fn to_user(
        refund_id: RefundId,
        out_refund_no: OutRefundNo,
        bank_type: impl Into<String>,
        bank_account: impl Into<Secret>,
        real_name: impl Into<Secret>,
    ) -> Self {
        Self {
            bank_type: Some(bank_type.into()),
            bank_account: Some(bank_account.into()),
            real_name: Some(real_name.into()),
            ..Self::of(refund_id, out_refund_no, "USER_BANK_CARD")
        }
    }

    /// To the merchant's own account; the merchant then pays the user by other means.
    #[must_use]
    pub fn to_merchant(refund_id: RefundId, out_refund_no: OutRefundNo) -> Self {
        Self::of(refund_id, out_refund_no, "MERCHANT_BANK_CARD")
    }
}

/// A refund as WeChat Pay sees it.
#[answer]
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
    /// `ORIGINAL`, `BALANCE`, `OTHER_BALANCE`, `OTHER_BANKCARD`.
    pub channel: Option<String>,
    /// Where the money goes, in words.
    pub user_received_account: Option<Secret>,
    /// When it was accepted.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// When the money arrived.
    pub success_time: Option<DateTime<FixedOffset>>,
    /// The account of the merchant it is taken from, `AVAILABLE` for instance.
    pub funds_account: Option<String>,
    /// How much.
    pub amount: RefundAmount,
    /// The coupons that go back.
    pub promotion_detail: Vec<RefundPromotion>,
}

/// Sums of a refund.
#[answer]
pub struct RefundAmount {
    /// The payment, in fen.
    pub total: Fen,
    /// What goes back, in fen; the merchant's side of the books.
    pub refund: Fen,
    /// What the user had paid, in fen.
    pub payer_total: Option<Fen>,
    /// What the user gets, in fen; less if WeChat coupons were used.
    pub payer_refund: Option<Fen>,
    /// What is taken off the settlement, in fen: the refund without coupons that were taken off.
    pub settlement_refund: Option<Fen>,
    /// What was to be settled of the payment, in fen.
    pub settlement_total: Option<Fen>,
    /// What of the refund were coupons, in fen.
    pub discount_refund: Option<Fen>,
    /// The fee that comes back, in fen.
    pub refund_fee: Option<Fen>,
    /// `CNY`.
    pub currency: Option<String>,
    /// The accounts it is taken from.
    pub from: Vec<RefundSource>,
}

/// An account that gave to a refund.
#[answer]
pub struct RefundSource {
    /// `AVAILABLE` or `UNAVAILABLE`.
    pub account: String,
    /// In fen.
    pub amount: Fen,
}

/// A coupon that goes back.
#[answer]
pub struct RefundPromotion {
    /// Which one.
    pub promotion_id: String,
    /// `GLOBAL` or `SINGLE`.
    pub scope: Option<String>,
    /// `CASH` or `NOCASH`; samples also have `COUPON` and `DISCOUNT`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its worth, in fen.
    pub amount: Fen,
    /// What of it goes back, in fen.
    pub refund_amount: Fen,
    /// The goods it was for.
    pub goods_detail: Vec<RefundedGoods>,
}

/// Goods that came back.
#[answer]
pub struct RefundedGoods {
    /// The merchant's number of the goods.
    pub merchant_goods_id: String,
    /// WeChat Pay's number of the goods.
    pub wechatpay_goods_id: Option<String>,
    /// The name.
    pub goods_name: Option<String>,
    /// Price of one, in fen.
    pub unit_price: Fen,
    /// What goes back for them, in fen.
    pub refund_amount: Fen,
    /// How many.
    pub refund_quantity: i64,
}

/// How a refund stands. New states may appear.
#[open_enum]
pub enum RefundStatus {
    /// On its way.
    Processing,
    /// The money arrived.
    Success,
    /// It did not happen; another one needs another number.
    Closed,
    /// The account could not take it: see [`ApplyAbnormalRefund`].
    Abnormal,
}
