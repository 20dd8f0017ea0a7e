//! Payments by the code that a user shows at a till.

use super::order::{Settle, Total};
use super::transactions::Transaction;
use crate::ids::{AppId, Fen, MchId, OutTradeNo};
use crate::secret::Secret;
use crate::{answer, part, pay_call};

/// Takes a payment by the code that the user shows at a till. Query with
/// [`QueryByOutTradeNo`](super::transactions::QueryByOutTradeNo) while the user is typing the password, and give up
/// with [`Reverse`]. Never repeat it: the code works once, so that the repeat is refused although the first may have
/// been paid.
///
/// # Errors
/// `USERPAYING` and anything unclear: query; `AUTH_CODE_EXPIRED`, `AUTH_CODE_INVALID`: a new code is needed.
#[pay_call(POST "/v3/pay/transactions/codepay", Unsafe -> Transaction, page = "4012382150", caller = "mchid")]
pub struct CodePay {
    /// The app; it must be bound to the merchant.
    appid: AppId,
    /// Shown to the user. Emoji and what is beyond 127 characters is left out.
    #[cut(127)]
    description: String,
    /// The merchant's number.
    out_trade_no: OutTradeNo,
    /// How much.
    amount: Total,
    /// What the user shows.
    payer: CodePayer,
    /// Where.
    scene_info: TillScene,
    /// Comes back in queries and notifications; up to 128 characters.
    #[max(128)]
    attach: Option<String>,
    /// The tag of a coupon, up to 32 characters.
    #[max(32)]
    goods_tag: Option<String>,
    /// Whether the user may ask for an electronic invoice.
    support_fapiao: Option<bool>,
    /// What is in it.
    detail: Option<CodeDetail>,
    /// Whether the money is kept back to be shared.
    settle_info: Option<Settle>,
}

/// The code that a user shows.
#[part]
pub struct CodePayer {
    /// 18 digits beginning with 10 to 15; good for a minute.
    auth_code: Secret,
}

/// The till.
#[part]
pub struct TillScene {
    /// The shop.
    store_info: CodeStore,
    /// The merchant's number of the device.
    #[max(32)]
    device_id: Option<String>,
    /// Its address.
    device_ip: Option<String>,
}

/// The shop of a till, by one number or both.
#[part(new = unknown)]
pub struct CodeStore {
    /// WeChat Pay's number of the shop.
    id: Option<String>,
    /// The merchant's number of the shop.
    out_id: Option<String>,
}

impl CodeStore {
    /// By WeChat Pay's number of the shop.
    #[must_use]
    pub fn by_id(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..Self::unknown() }
    }

    /// By the merchant's number of the shop.
    #[must_use]
    pub fn by_out_id(out_id: impl Into<String>) -> Self {
        Self { out_id: Some(out_id.into()), ..Self::unknown() }
    }
}

/// What is in an order at a till.
#[part]
pub struct CodeDetail {
    /// The goods.
    goods_detail: Vec<CodeGoods>,
    /// The amount on the receipt, fen. If it differs from what is paid, no coupon counts.
    cost_price: Option<Fen>,
    /// The number of the receipt, up to 32 characters.
    #[max(32)]
    invoice_id: Option<String>,
}

/// One line of an order at a till.
#[part]
pub struct CodeGoods {
    /// The merchant's number of the goods, up to 32 of digits, letters, `-` and `_`.
    #[max(32)]
    merchant_goods_id: String,
    /// How many.
    quantity: i64,
    /// Price of one after discounts, fen.
    unit_price: Fen,
    /// WeChat Pay's number of the goods, which is called otherwise than in [`Goods`](super::order::Goods).
    #[max(32)]
    wxpay_goods_id: Option<String>,
    /// The name, up to 256 characters.
    #[max(256)]
    goods_name: Option<String>,
}

/// Undoes a payment by code: what was not paid is closed, what was paid is given back. Wait 15 seconds after the
/// payment was asked for.
///
/// # Errors
/// `SYSTEM_ERROR` and anything unclear: the same again.
#[pay_call(POST "/v3/pay/transactions/out-trade-no/{out_trade_no}/reverse", Keyed -> Reversed, page = "4012382161", caller = "mchid")]
pub struct Reverse {
    /// The merchant's number.
    out_trade_no: OutTradeNo,
    /// The app of the order.
    appid: AppId,
}

/// An undone payment.
#[answer]
pub struct Reversed {
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// The app of the order.
    pub appid: Option<AppId>,
    /// The merchant.
    pub mchid: Option<MchId>,
}
