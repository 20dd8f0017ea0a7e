//! Taking back what was shared, for instance because the user gets money back. A refund and a return do not wait for
//! each other; without a return the refund takes the merchant's own money.

use chrono::{DateTime, FixedOffset};

use crate::ids::{Fen, MchId, OutOrderNo, OutReturnNo};
use crate::{answer, open_enum, pay_call};

/// Takes back what a merchant got, before or after a refund. Only from merchants that agreed to it in their platform,
/// never from persons, up to 180 days after the sharing and 50 times. At most 100 a second. While it is in process,
/// and after an unclear answer, repeat with the same number; another number takes back again.
///
/// # Errors
/// `NOT_ENOUGH`: the receiver has too little; `NO_AUTH`: the receiver did not agree; `INVALID_REQUEST`: among others,
/// more than it got; `FREQUENCY_LIMITED`, `SYSTEM_ERROR`: the same number again, later.
#[pay_call(POST "/v3/profitsharing/return-orders", Keyed -> SharingReturn, page = "4012525287", new = of, about = out_return_no)]
pub struct CreateSharingReturn {
    out_return_no: OutReturnNo,
    return_mchid: MchId,
    #[positive]
    amount: Fen,
    #[max(80)]
    description: String,
    /// The merchant's number of the sharing.
    out_order_no: Option<OutOrderNo>,
    /// WeChat Pay's number of the sharing.
    #[max(64)]
    order_id: Option<String>,
}

impl CreateSharingReturn {
    /// Takes `amount` fen of a sharing back from `merchant`. The description says why, up to 80 characters.
    #[must_use]
    pub fn of_out_order_no(
        out_order_no: OutOrderNo,
        out_return_no: OutReturnNo,
        merchant: MchId,
        amount: Fen,
        description: impl Into<String>,
    ) -> Self {
        Self { out_order_no: Some(out_order_no), ..Self::of(out_return_no, merchant, amount, description) }
    }

    /// The same by WeChat Pay's number of the sharing.
    #[must_use]
    pub fn of_order_id(
        order_id: impl Into<String>,
        out_return_no: OutReturnNo,
        merchant: MchId,
        amount: Fen,
        description: impl Into<String>,
    ) -> Self {
        Self { order_id: Some(order_id.into()), ..Self::of(out_return_no, merchant, amount, description) }
    }
}

/// Asks how a return stands.
///
/// # Errors
/// `RESOURCE_NOT_EXISTS`: there is no such return.
#[pay_call(GET "/v3/profitsharing/return-orders/{out_return_no}", Read -> SharingReturn, page = "4012526279", about = out_return_no)]
pub struct QuerySharingReturn {
    /// The merchant's number of the return.
    out_return_no: OutReturnNo,
    /// The merchant's number of the sharing.
    out_order_no: OutOrderNo,
}

/// A return as WeChat Pay sees it.
#[answer]
pub struct SharingReturn {
    /// WeChat Pay's number of the sharing.
    pub order_id: Option<String>,
    /// The merchant's number of the sharing.
    pub out_order_no: Option<OutOrderNo>,
    /// The merchant's number of the return.
    pub out_return_no: OutReturnNo,
    /// WeChat Pay's number of the return.
    pub return_id: Option<String>,
    /// From whom it is taken back.
    pub return_mchid: MchId,
    /// How much, in fen.
    pub amount: Fen,
    /// Why, as it was said.
    pub description: Option<String>,
    /// How it stands.
    pub result: ReturnResult,
    /// Why it failed.
    pub fail_reason: Option<ReturnFailure>,
    /// When it was accepted.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// When it reached its end.
    pub finish_time: Option<DateTime<FixedOffset>>,
}

/// How a return stands. New states may appear.
#[open_enum]
pub enum ReturnResult {
    /// On its way; fails after five days.
    Processing,
    /// The money came back.
    Success,
    /// It did not happen; another one needs another number.
    Failed,
}

/// Why a return failed. New reasons may appear.
#[open_enum]
pub enum ReturnFailure {
    /// The merchant's own account cannot take it.
    AccountAbnormal,
    /// The receiver has too little.
    BalanceNotEnough,
    /// It took too long.
    TimeOutClosed,
    /// The receiver's account cannot give it.
    PayerAccountAbnormal,
    /// The request was wrong.
    InvalidRequest,
}
