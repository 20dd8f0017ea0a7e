//! Orders and refunds with their states.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;

/// The state of an order, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TradeState {
    /// Not paid yet.
    NotPay,
    /// Paid.
    Success,
    /// Paid, with at least one refund.
    Refund,
    /// Closed without payment.
    Closed,
    /// With a payment code: the shopper is entering the password.
    UserPaying,
    /// With a payment code: taken back, and the money with it.
    Revoked,
    /// With a payment code: the shopper did not enter the password.
    PayError,
}

impl TradeState {
    /// The spelling of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotPay => "NOTPAY",
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::Closed => "CLOSED",
            Self::UserPaying => "USERPAYING",
            Self::Revoked => "REVOKED",
            Self::PayError => "PAYERROR",
        }
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::NotPay => "订单未支付",
            Self::Success => "支付成功",
            Self::Refund => "订单发生过退款",
            Self::Closed => "订单已关闭",
            Self::UserPaying => "需要用户输入支付密码",
            Self::Revoked => "订单已撤销",
            Self::PayError => "支付失败",
        }
    }

    /// Whether money has come in: a refunded order was paid, too.
    pub fn is_paid(self) -> bool {
        matches!(self, Self::Success | Self::Refund)
    }
}

impl std::fmt::Display for TradeState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an order is paid: where the shopper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Product {
    Jsapi,
    Native,
    App,
    /// H5, whose `trade_type` is `MWEB`.
    Mweb,
    /// A payment code.
    Micropay,
}

impl Product {
    /// The `trade_type` of the protocol.
    pub(crate) fn trade_type(self) -> &'static str {
        match self {
            Self::Jsapi => "JSAPI",
            Self::Native => "NATIVE",
            Self::App => "APP",
            Self::Mweb => "MWEB",
            Self::Micropay => "MICROPAY",
        }
    }
}

/// An order, alone or as a part of a combined one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) mchid: String,
    pub(crate) app_id: String,
    pub(crate) out_trade_no: String,
    pub(crate) description: String,
    pub(crate) product: Product,
    /// Who has to pay, in JSAPI and with a payment code; who paid, in the others, and empty before.
    pub(crate) openid: String,
    pub(crate) attach: Option<String>,
    /// The key of the combined order this is a part of.
    #[serde(default)]
    pub(crate) combine: Option<String>,
    /// Whether the money is frozen for profit sharing.
    #[serde(default)]
    pub(crate) profit_sharing: bool,
    pub(crate) total: i64,
    /// Empty where nobody wants to hear: with a payment code.
    pub(crate) notify_url: String,
    /// The parameters as they came, to compare a repeated prepay with.
    pub(crate) parameters: Value,
    pub(crate) created_at: i64,
    /// The last moment the order can be paid.
    pub(crate) expires_at: i64,
    pub(crate) state: TradeState,
    pub(crate) prepay_ids: Vec<String>,
    pub(crate) payment: Option<Payment>,
    /// Keys of its refunds, oldest first.
    #[serde(default)]
    pub(crate) refunds: Vec<String>,
}

/// How an order was paid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) transaction_id: String,
    pub(crate) total: i64,
    /// Without what a coupon paid.
    pub(crate) payer_total: i64,
    pub(crate) paid_at: i64,
}

/// What a `prepay_id` stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Prepay {
    /// The key of the order, or of the combined order.
    pub(crate) order: String,
    #[serde(default)]
    pub(crate) combined: bool,
    pub(crate) expires_at: i64,
}

/// The state of a refund, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RefundStatus {
    /// Accepted, the money is on its way.
    Processing,
    /// The user has the money.
    #[default]
    Success,
    /// The refund did not happen; a new number is needed.
    Closed,
    /// The money could not be delivered.
    Abnormal,
}

impl RefundStatus {
    /// The spelling of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
            Self::Abnormal => "ABNORMAL",
        }
    }
}

impl std::fmt::Display for RefundStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refund.
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) mchid: String,
    /// Key of the order.
    pub(crate) order: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) refund_id: String,
    pub(crate) out_refund_no: String,
    pub(crate) reason: Option<String>,
    pub(crate) refund: i64,
    pub(crate) payer_refund: i64,
    pub(crate) total: i64,
    pub(crate) payer_total: i64,
    pub(crate) notify_url: Option<String>,
    pub(crate) parameters: Value,
    pub(crate) created_at: i64,
    pub(crate) outcome: RefundStatus,
    pub(crate) status: RefundStatus,
    pub(crate) success_at: Option<i64>,
    /// What the merchant did about a refund that could not be delivered.
    #[serde(default)]
    pub(crate) abnormal: Option<Abnormal>,
}

/// Where the money of a refund goes that could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Abnormal {
    /// To the merchant's bank account instead of the shopper's card.
    pub(crate) to_merchant: bool,
    /// Its name, for people.
    pub(crate) bank: Option<String>,
    /// Opened.
    pub(crate) bank_account: Option<String>,
    /// Opened.
    pub(crate) real_name: Option<String>,
}

impl World {
    /// The order that a payment paid.
    pub(crate) fn paid_order(&self, transaction_id: &str) -> Option<&Order> {
        self.orders.get(self.transactions.get(transaction_id)?)
    }

    /// The refunds of an order, oldest first.
    pub(crate) fn refunds_of<'a>(&'a self, order: &Order) -> impl Iterator<Item = &'a Refund> {
        order.refunds.iter().filter_map(|key| self.refunds.get(key))
    }

    /// What of an order has gone back, in fen.
    pub(crate) fn given_back(&self, order: &Order) -> i64 {
        let done = self.refunds_of(order).filter(|refund| refund.status == RefundStatus::Success);
        done.fold(0, |sum, refund| sum.saturating_add(refund.refund))
    }
}
