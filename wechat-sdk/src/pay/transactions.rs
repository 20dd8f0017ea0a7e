//! Single payments: announcing, asking, closing.

use chrono::{DateTime, FixedOffset};

use super::order::{Detail, NamedPayer, Payer, Scene, Settle, Subsidy, Total};
use crate::ids::{AppId, Fen, MchId, OpenId, OutTradeNo, PrepayId, TransactionId};
use crate::{ConfigError, Done, answer, open_enum, part, pay_call};

/// What is to be paid, however it is paid. Sending the same number with the same content again is harmless while
/// it is unpaid.
#[part]
pub struct Order {
    /// The app; it must be bound to the merchant.
    appid: AppId,
    /// Shown to the user. Emoji and what is beyond 127 characters is left out.
    #[cut(127)]
    description: String,
    /// The merchant's number.
    out_trade_no: OutTradeNo,
    /// How much.
    amount: Total,
    /// Where the notification goes: public https without a query, up to 255 characters.
    #[max(255)]
    notify_url: String,
    /// The last moment for paying. WeChat Pay moves it to between a minute and 15 days from now (one page says 90);
    /// without it, seven days. The order is not closed by it.
    time_expire: Option<DateTime<FixedOffset>>,
    /// Comes back in queries and notifications; up to 128 characters.
    #[max(128)]
    attach: Option<String>,
    /// The tag of a coupon, up to 32 characters.
    #[max(32)]
    goods_tag: Option<String>,
    /// Limits the ways of paying: `no_balance`, `no_credit`, `no_debit`, `balance_only`. Not on today's page.
    limit_pay: Option<Vec<String>>,
    /// Whether the user may ask for an electronic invoice.
    support_fapiao: Option<bool>,
    /// What is in it.
    detail: Option<Detail>,
    /// Where the user pays; required for H5.
    scene_info: Option<Scene>,
    /// Whether the money is kept back to be shared.
    settle_info: Option<Settle>,
}

/// Announces a payment in a mini program, or on a page inside of WeChat. About 500 a second per merchant.
///
/// # Errors
/// `OUT_TRADE_NO_USED` and `ORDER_CLOSED`: query the order; `INVALID_REQUEST`: among others, the same number with
/// other content; `APPID_MCHID_NOT_MATCH`: the app is not bound to the merchant.
#[pay_call(
    POST "/v3/pay/transactions/jsapi", Keyed -> Prepay,
    page = "4012791897", caller = "mchid", sealed = "payer.identity.number payer.identity.name"
)]
pub struct JsapiPrepay {
    /// What is to be paid.
    #[serde(flatten)]
    order: Order,
    /// Who pays: the user's id in the app of the order.
    payer: Payer,
    /// The interest that the merchant takes over.
    subsidy_info: Option<Subsidy>,
}

/// Announces a payment in an app of one's own. Errors as for [`JsapiPrepay`].
#[pay_call(
    POST "/v3/pay/transactions/app", Keyed -> Prepay,
    page = "4013070347", caller = "mchid", sealed = "payer.identity.number payer.identity.name"
)]
pub struct AppPrepay {
    /// What is to be paid.
    #[serde(flatten)]
    order: Order,
    /// Who pays.
    payer: Option<NamedPayer>,
    /// The interest that the merchant takes over.
    subsidy_info: Option<Subsidy>,
}

/// Announces a payment by scanning. Errors as for [`JsapiPrepay`].
#[pay_call(
    POST "/v3/pay/transactions/native", Keyed -> NativePrepaid,
    page = "4012791877", caller = "mchid", sealed = "payer.identity.number payer.identity.name"
)]
pub struct NativePrepay {
    /// What is to be paid.
    #[serde(flatten)]
    order: Order,
    /// Who pays.
    payer: Option<NamedPayer>,
}

/// Announces a payment in a browser outside of WeChat; the order needs its [`Scene`] with `h5_info`. Errors as for
/// [`JsapiPrepay`].
#[pay_call(
    POST "/v3/pay/transactions/h5", Keyed -> H5Prepaid,
    page = "4012791834", caller = "mchid", sealed = "payer.identity.number payer.identity.name", check = scene
)]
pub struct H5Prepay {
    /// What is to be paid.
    #[serde(flatten)]
    order: Order,
    /// Who pays.
    payer: Option<NamedPayer>,
}

impl H5Prepay {
    fn scene(&self) -> Result<(), ConfigError> {
        match &self.order.scene_info {
            Some(scene) if scene.has_h5() => Ok(()),
            _ => Err(ConfigError::new("H5 needs a scene with h5_info")),
        }
    }
}

/// An announced payment.
#[answer]
pub struct Prepay {
    /// For [`Merchant::request_payment`](super::Merchant::request_payment); lives two hours.
    pub prepay_id: PrepayId,
}

/// An announced payment by scanning.
#[answer]
pub struct NativePrepaid {
    /// Draw it as a code, as it is. Lives two hours; a newer one ends it.
    pub code_url: String,
}

/// An announced payment in a browser.
#[answer]
pub struct H5Prepaid {
    /// Open it from a page of the registered domain within five minutes; never cut it.
    pub h5_url: String,
}

/// Asks by the merchant's number, which always works.
///
/// # Errors
/// `ORDER_NOT_EXIST`: never announced, or announced a moment ago.
#[pay_call(GET "/v3/pay/transactions/out-trade-no/{out_trade_no}", Read -> Transaction, page = "4012791900", caller = "mchid", about = out_trade_no)]
pub struct QueryByOutTradeNo {
    /// The merchant's number.
    out_trade_no: OutTradeNo,
}

/// Asks by WeChat Pay's number, which only paid orders have.
///
/// # Errors
/// `ORDER_NOT_EXIST`: there is no such payment of this merchant.
#[pay_call(GET "/v3/pay/transactions/id/{transaction_id}", Read -> Transaction, page = "4012791899", caller = "mchid", about = transaction_id)]
pub struct QueryById {
    /// WeChat Pay's number.
    transaction_id: TransactionId,
}

/// No payment can start any more. One that is under way may still succeed: query afterwards.
///
/// # Errors
/// `ORDER_CLOSED`: it was closed before; `INVALID_REQUEST`: among others, it is paid.
#[pay_call(POST "/v3/pay/transactions/out-trade-no/{out_trade_no}/close", Keyed -> Done, page = "4012791901", caller = "mchid")]
pub struct CloseTransaction {
    /// The merchant's number.
    out_trade_no: OutTradeNo,
}

/// A payment as WeChat Pay sees it.
#[answer]
pub struct Transaction {
    /// The app it was announced for; may be missing after [`CodePay`](super::codepay::CodePay).
    pub appid: Option<AppId>,
    /// The merchant; compare it with your own.
    pub mchid: MchId,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// How it stands.
    pub trade_state: TradeState,
    /// The same in words, for people.
    pub trade_state_desc: Option<String>,
    /// WeChat Pay's number, once paid.
    pub transaction_id: Option<TransactionId>,
    /// How it was paid, once paid.
    pub trade_type: Option<TradeType>,
    /// Where the money came from, `OTHERS` for the balance, once paid.
    pub bank_type: Option<String>,
    /// What the announcement carried.
    pub attach: Option<String>,
    /// When it was paid.
    pub success_time: Option<DateTime<FixedOffset>>,
    /// Who paid.
    pub payer: Option<PaidBy>,
    /// How much; may be missing before payment.
    pub amount: Option<Amount>,
    /// The device of the announcement.
    pub scene_info: Option<Device>,
    /// The coupons that were used.
    pub promotion_detail: Vec<Promotion>,
    /// How it is paid back, if the merchant takes over interest.
    pub installment_info: Option<Instalments>,
}

impl Transaction {
    /// Whether the money came in. A payment with refunds, even partial ones, has the state `REFUND`.
    pub fn is_paid(&self) -> bool {
        matches!(self.trade_state, TradeState::Success | TradeState::Refund)
    }

    /// Who paid, in that app.
    pub fn payer_openid(&self) -> Option<&OpenId> {
        self.payer.as_ref()?.openid.as_ref()
    }
}

/// Who paid.
#[answer]
pub struct PaidBy {
    /// The user, in the app of the payment.
    pub openid: Option<OpenId>,
}

/// Sums of a payment.
#[answer]
pub struct Amount {
    /// What was asked for, in fen. This is what to compare with the order.
    pub total: Fen,
    /// What the user paid, in fen: less than the total if WeChat coupons were used.
    pub payer_total: Option<Fen>,
    /// `CNY`.
    pub currency: Option<String>,
    /// The currency of what the user paid.
    pub payer_currency: Option<String>,
}

/// The device of an announcement.
#[answer]
pub struct Device {
    /// The merchant's number of it.
    pub device_id: Option<String>,
}

/// How a payment is paid back.
#[answer]
pub struct Instalments {
    /// Whether the merchant takes over interest.
    pub use_subsidy: Option<bool>,
    /// How many instalments the user chose.
    pub selected_installment_number: Option<i64>,
}

/// A coupon that was used.
#[answer]
pub struct Promotion {
    /// Which one.
    pub coupon_id: String,
    /// Its name.
    pub name: Option<String>,
    /// `GLOBAL` for the whole order, `SINGLE` for single goods.
    pub scope: Option<String>,
    /// `CASH` (paid in by somebody) or `NOCASH` (taken off).
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its worth, in fen.
    pub amount: Fen,
    /// The campaign.
    pub stock_id: Option<String>,
    /// The share of WeChat Pay, in fen.
    pub wechatpay_contribute: Option<Fen>,
    /// The share of the merchant, in fen.
    pub merchant_contribute: Option<Fen>,
    /// The share of others, in fen.
    pub other_contribute: Option<Fen>,
    /// `CNY`.
    pub currency: Option<String>,
    /// The goods it was for.
    pub goods_detail: Vec<PromotedGoods>,
}

/// Goods that a coupon was for.
#[answer]
pub struct PromotedGoods {
    /// The merchant's number of the goods.
    pub goods_id: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, in fen.
    pub unit_price: Fen,
    /// What was taken off, in fen.
    pub discount_amount: Fen,
    /// The merchant's remark.
    pub goods_remark: Option<String>,
}

/// How a payment stands. New states may appear.
#[open_enum]
pub enum TradeState {
    /// Not paid.
    #[wire("NOTPAY")]
    NotPay,
    /// The user is typing the password (payment codes only).
    #[wire("USERPAYING")]
    UserPaying,
    /// Paid.
    Success,
    /// Paid, and at least partly refunded.
    Refund,
    /// Closed without payment.
    Closed,
    /// Revoked (payment codes only).
    Revoked,
    /// Failed (payment codes only).
    #[wire("PAYERROR")]
    PayError,
}

/// How a payment was made. New kinds may appear.
#[open_enum]
pub enum TradeType {
    /// In a mini program or inside of WeChat.
    Jsapi,
    /// By scanning.
    Native,
    /// In an app.
    App,
    /// By the user's code.
    #[wire("MICROPAY")]
    MicroPay,
    /// In a browser.
    #[wire("MWEB")]
    Mweb,
    /// By face.
    #[wire("FACEPAY")]
    FacePay,
}
