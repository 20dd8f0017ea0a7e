//! Several orders, also of several merchants, in one payment: announcing, asking, closing. The user pays all
//! or nothing. Afterwards each order is refunded, shared and shipped by itself.

use std::net::IpAddr;

use chrono::{DateTime, FixedOffset};

use super::order::{H5, Payer, Settle};
use super::transactions::{
    Device, H5Prepaid, NativePrepaid, PaidBy, Prepay, Promotion, TradeState, TradeType,
};
use crate::ids::{AppId, Fen, MchId, OpenId, OutTradeNo, TransactionId};
use crate::{Done, answer, part, pay_call};

/// What is to be paid, however it is paid. Sending the same number with the same content again is harmless
/// while it is unpaid.
#[part]
pub struct CombineOrder {
    /// The app; it must be bound to the merchant of the whole.
    combine_appid: AppId,
    /// The merchant's number of the whole.
    combine_out_trade_no: OutTradeNo,
    /// The orders, two to ten.
    #[max(10)]
    sub_orders: Vec<SubOrder>,
    /// Where the notification goes: public https without a query, up to 255 characters.
    #[max(255)]
    notify_url: String,
    /// The last moment for paying, at most 7 days away. The order is not closed by it, and it cannot be
    /// changed.
    time_expire: Option<DateTime<FixedOffset>>,
    /// Ways of paying that are excluded or demanded: `no_balance`, `no_debit`, `balance_only`. Not all tables
    /// have it.
    limit_pay: Option<Vec<String>>,
}

/// One order of a combined payment.
#[part]
pub struct SubOrder {
    /// Who gets the money; bound to the app. The same merchant may have several.
    mchid: MchId,
    /// That merchant's number.
    out_trade_no: OutTradeNo,
    /// Shown to the user. Emoji and what is beyond 127 characters is left out.
    #[cut(127)]
    description: String,
    /// Comes back in queries and notifications; required, up to 128 characters.
    #[max(128)]
    attach: String,
    /// How much; at most ten million yuan.
    amount: SubTotal,
    /// The tag of a coupon, up to 32 characters.
    #[max(32)]
    goods_tag: Option<String>,
    /// What is in it, up to 6,000 characters; for JSAPI and App only.
    #[max(6000)]
    detail: Option<String>,
    /// Whether the money is kept back to be shared.
    settle_info: Option<Settle>,
}

/// An amount to be paid for one order.
#[part]
pub struct SubTotal {
    /// Fen, more than nothing.
    #[positive]
    total_amount: Fen,
    #[fixed("CNY")]
    currency: &'static str,
}

impl From<Fen> for SubTotal {
    fn from(total: Fen) -> Self {
        Self::new(total)
    }
}

/// Where the user pays.
#[part]
pub struct CombineScene {
    /// The user's address, IPv4 or IPv6.
    payer_client_ip: IpAddr,
    /// The merchant's number of the device, up to 16 characters.
    #[max(16)]
    device_id: Option<String>,
}

/// Where the user pays in a browser.
#[part]
pub struct CombineH5Scene {
    /// The user's real address, IPv4 or IPv6.
    payer_client_ip: IpAddr,
    /// From where H5 pays.
    h5_info: H5,
    /// The merchant's number of the device, up to 32 characters. Today's page requires it, other tables do
    /// not.
    #[max(32)]
    device_id: Option<String>,
}

/// Announces a combined payment in a mini program, or on a page inside of WeChat.
///
/// # Errors
/// `OUT_TRADE_NO_USED` and `ORDER_CLOSED`: query the payment; `OPENID_MISMATCH` (HTTP 500): the user is not
/// of this app; `NOAUTH`, `RULELIMIT`: the merchant may not. Names are spelt otherwise than for single
/// payments.
#[pay_call(
    POST "/v3/combine-transactions/jsapi", Keyed -> Prepay,
    page = "4012556926", caller = "combine_mchid",
    sealed = "combine_payer_info.identity.number combine_payer_info.identity.name"
)]
pub struct CombineJsapiPrepay {
    /// What is to be paid.
    #[serde(flatten)]
    order: CombineOrder,
    /// Who pays: the user's id in the app of the payment.
    combine_payer_info: Payer,
    /// Where the user pays.
    scene_info: Option<CombineScene>,
}

/// Announces a combined payment in an app of one's own. Errors as for [`CombineJsapiPrepay`].
#[pay_call(
    POST "/v3/combine-transactions/app", Keyed -> Prepay,
    page = "4012556944", caller = "combine_mchid"
)]
pub struct CombineAppPrepay {
    /// What is to be paid.
    #[serde(flatten)]
    order: CombineOrder,
    /// Where the user pays.
    scene_info: Option<CombineScene>,
}

/// Announces a combined payment in a browser outside of WeChat. Errors as for [`CombineJsapiPrepay`].
#[pay_call(
    POST "/v3/combine-transactions/h5", Keyed -> H5Prepaid,
    page = "4012556961", caller = "combine_mchid"
)]
pub struct CombineH5Prepay {
    /// What is to be paid.
    #[serde(flatten)]
    order: CombineOrder,
    /// Where the user pays.
    scene_info: CombineH5Scene,
}

/// Announces a combined payment by scanning. Errors as for [`CombineJsapiPrepay`].
#[pay_call(
    POST "/v3/combine-transactions/native", Keyed -> NativePrepaid,
    page = "4012556982", caller = "combine_mchid"
)]
pub struct CombineNativePrepay {
    /// What is to be paid.
    #[serde(flatten)]
    order: CombineOrder,
    /// Where the user pays.
    scene_info: Option<CombineScene>,
}

/// Asks about a combined payment. The queries of single payments do not know it.
///
/// # Errors
/// `ORDERNOTEXIST`, `ORDER_NOT_EXIST`: never announced, or announced a moment ago.
#[pay_call(
    GET "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}", Read -> CombineTransaction,
    page = "4012557006", about = combine_out_trade_no
)]
pub struct QueryCombine {
    /// The merchant's number of the whole.
    combine_out_trade_no: OutTradeNo,
}

/// No payment can start any more. One that is under way may still succeed: query afterwards.
///
/// # Errors
/// `ORDER_CLOSED`: it was closed before; others, with a number in the message: 270332422: it is paid,
/// 270333442 and 270328882: the orders are not those of the announcement.
#[pay_call(
    POST "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close", Keyed -> Done,
    page = "4012577452"
)]
pub struct CloseCombine {
    /// The merchant's number of the whole.
    combine_out_trade_no: OutTradeNo,
    /// The app of the announcement.
    combine_appid: AppId,
    /// All orders of the announcement, none left out.
    #[max(10)]
    sub_orders: Vec<ClosedSubOrder>,
}

/// One order of a combined payment that is closed.
#[part]
pub struct ClosedSubOrder {
    /// Who would have got the money.
    mchid: MchId,
    /// That merchant's number.
    out_trade_no: OutTradeNo,
}

/// A combined payment as WeChat Pay sees it, in queries and in notifications.
#[answer]
pub struct CombineTransaction {
    /// The app it was announced for.
    pub combine_appid: AppId,
    /// The merchant of the whole; compare it with your own.
    pub combine_mchid: MchId,
    /// The merchant's number of the whole.
    pub combine_out_trade_no: OutTradeNo,
    /// WeChat Pay's number of the whole; not all pages have it. Nothing can be done with it.
    pub combine_transaction_id: Option<TransactionId>,
    /// The device of the announcement.
    pub scene_info: Option<Device>,
    /// The orders.
    pub sub_orders: Vec<SubTransaction>,
    /// Who paid.
    pub combine_payer_info: Option<PaidBy>,
}

impl CombineTransaction {
    /// Whether the money came in for all of its orders. Refunds do not undo that.
    pub fn is_paid(&self) -> bool {
        !self.sub_orders.is_empty() && self.sub_orders.iter().all(SubTransaction::is_paid)
    }

    /// Who paid, in that app.
    pub fn payer_openid(&self) -> Option<&OpenId> {
        self.combine_payer_info.as_ref()?.openid.as_ref()
    }
}

/// One order of a combined payment.
#[answer]
pub struct SubTransaction {
    /// Who gets the money.
    pub mchid: MchId,
    /// That merchant's number.
    pub out_trade_no: OutTradeNo,
    /// How it stands: paid, not paid or closed, and refunded on some pages. The page of the query calls it
    /// optional.
    pub trade_state: Option<TradeState>,
    /// WeChat Pay's number, once paid. Refunds, sharing and shipping go by it.
    pub transaction_id: Option<TransactionId>,
    /// How it was paid, once paid.
    pub trade_type: Option<TradeType>,
    /// Where the money came from, `OTHERS` for the balance, once paid.
    pub bank_type: Option<String>,
    /// What the announcement carried.
    pub attach: Option<String>,
    /// When it was paid.
    pub success_time: Option<DateTime<FixedOffset>>,
    /// How much; may be missing before payment.
    pub amount: Option<SubAmount>,
    /// The coupons that were used.
    pub promotion_detail: Vec<Promotion>,
}

impl SubTransaction {
    /// Whether the money came in. A payment with refunds, even partial ones, has the state `REFUND`.
    pub fn is_paid(&self) -> bool {
        matches!(self.trade_state, Some(TradeState::Success | TradeState::Refund))
    }
}

/// Sums of one order of a combined payment.
#[answer]
pub struct SubAmount {
    /// What was asked for, in fen. This is what to compare with the order.
    pub total_amount: Fen,
    /// What the user paid, in fen: less than the total if WeChat coupons were used.
    pub payer_amount: Option<Fen>,
    /// `CNY`.
    pub currency: Option<String>,
    /// The currency of what the user paid.
    pub payer_currency: Option<String>,
    /// The rate of settlement times 100,000,000, if currencies differ.
    pub settlement_rate: Option<i64>,
}
