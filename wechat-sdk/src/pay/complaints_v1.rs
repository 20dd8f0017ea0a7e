//! Complaints as they were before version 2, by payment and not by complaint. One source says that WeChat Pay
//! ended these calls in January 2021, another that they go on for a while: they may be refused. New programs
//! use [`complaints`](super::complaints).

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::cipher::SealedText;
use crate::ids::{Fen, MchId, TransactionId};
use crate::secret::Secret;
use crate::{Done, answer, open_enum, pay_call};

/// Lists the complaints of some days, at most 30. Use [`ListComplaints`](super::complaints::ListComplaints).
///
/// # Errors
/// `PARAM_ERROR`: among others, too many days.
#[pay_call(
    GET "/v3/merchant-service/complaints", Read -> ComplaintsV1,
    page = "https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/tool/merchant-service/chapter3_1.shtml"
)]
pub struct ListComplaintsV1 {
    /// The first day, in China.
    begin_date: NaiveDate,
    /// The last day, in China.
    end_date: NaiveDate,
    /// How many at once, 1 to 50; 10 if not said.
    limit: Option<i64>,
    /// How many to skip.
    offset: Option<i64>,
    /// The merchant the complaints are about, for service providers.
    sub_mchid: Option<MchId>,
}

/// A page of complaints.
#[answer]
pub struct ComplaintsV1 {
    /// The complaints.
    pub data: Vec<ComplaintV1>,
    /// As asked for.
    pub limit: Option<i64>,
    /// As asked for.
    pub offset: Option<i64>,
    /// How many there are.
    pub total_count: Option<i64>,
}

/// Asks about the complaint of a payment. Use [`QueryComplaint`](super::complaints::QueryComplaint).
///
/// # Errors
/// `INVALID_REQUEST`: definite; the message says why.
#[pay_call(
    GET "/v3/merchant-service/complaints/{transaction_id}", Read -> ComplaintV1,
    page = "https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/tool/merchant-service/chapter3_8.shtml"
)]
pub struct QueryComplaintV1 {
    /// Which payment.
    transaction_id: TransactionId,
}

/// A complaint about a payment.
#[answer]
pub struct ComplaintV1 {
    /// WeChat Pay's number of the payment.
    pub transaction_id: TransactionId,
    /// The merchant's number of it, up to 64 characters: not every payment is one of API v3.
    pub out_trade_no: Option<String>,
    /// When the complaint was made.
    pub complaint_time: DateTime<FixedOffset>,
    /// The payment, in fen.
    pub amount: Option<Fen>,
    /// The user's phone number, sealed for this merchant: open it with
    /// [`Merchant::unseal`](crate::Merchant::unseal).
    pub payer_phone: Option<SealedText>,
    /// What the user wrote.
    pub complaint_detail: Option<Secret>,
    /// How the payment stands.
    pub complaint_state: Option<ComplaintStateV1>,
    /// How far dealing with it got, `WAIT_MERCHANT_RESPONSE` for instance. Only [`QueryComplaintV1`] brings
    /// it.
    pub complaint_handle_state: Option<String>,
    /// Until when money is frozen, if it is.
    pub frozen_end_time: Option<DateTime<FixedOffset>>,
    /// The merchant it is about, for service providers.
    pub sub_mchid: Option<MchId>,
}

/// How a payment stands that a user complained about. New states may appear.
#[open_enum]
pub enum ComplaintStateV1 {
    /// There is a complaint.
    PayerComplainted,
    /// The money is frozen.
    Frozened,
    /// The money is not frozen any more.
    FrozenFinished,
    /// The user took the complaint back.
    PayerCanceled,
    /// The merchant gave the money back.
    MerchantRefunded,
    /// WeChat Pay gave the money back.
    SystemRefunded,
    /// WeChat Pay's people unfroze the money.
    ManualUnfrozen,
}

/// Lists what was said and done about the complaint of a payment. Use
/// [`QueryComplaintHistory`](super::complaint_history::QueryComplaintHistory).
///
/// # Errors
/// `INVALID_REQUEST`: definite; the message says why.
#[pay_call(
    GET "/v3/merchant-service/complaints/{transaction_id}/negotiation-historys", Read -> ComplaintHistoryV1,
    page = "https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/tool/merchant-service/chapter3_7.shtml"
)]
pub struct QueryComplaintHistoryV1 {
    /// Which payment.
    transaction_id: TransactionId,
}

/// A history.
#[answer]
pub struct ComplaintHistoryV1 {
    /// The entries.
    pub complaint_negotiation_history: Vec<HistoryEntryV1>,
}

/// Something that was said or done.
#[answer]
pub struct HistoryEntryV1 {
    /// What it was: `USER_CREATE_COMPLAINT`, `USER_CONTINUE_COMPLAINT`, `USER_REVOKE_COMPLAINT`,
    /// `USER_CONFIRM_COMPLAINT`, `USER_RESPONSE`, `MERCHANT_RESPONSE`, `MERCHANT_LAUNCH_CONFIRM_PROCESS`,
    /// `SELLER_REFUND`, `CREATE_COMPLAINT_BY_PLATFORM`, `CONTINUE_COMPLAINT_BY_PLATFORM`,
    /// `RESPONSE_BY_PLATFORM`, or one of the messages `CREATE_COMPLAINT_SYSTEM_MESSAGE`,
    /// `COMPLAINT_TIMEOUT_SYSTEM_MESSAGE`, `SELLER_REFUND_SYSTEM_MESSAGE`,
    /// `CONTINUE_COMPLAINT_SYSTEM_MESSAGE`, `LAUNCH_CONFIRM_PROCESS_SYSTEM_MESSAGE`.
    pub operate_type: String,
    /// Who did it, in words.
    pub operate_user: Option<String>,
    /// When.
    pub operate_time: Option<DateTime<FixedOffset>>,
    /// What was said.
    pub operate_details: Option<Secret>,
    /// Addresses of images.
    pub image_list: Vec<String>,
}

/// Replies to the user, or calls the complaint done. Nothing keeps a repeat from being a second reply. Use
/// [`ReplyToComplaint`](super::complaint_replies::ReplyToComplaint) and
/// [`CompleteComplaint`](super::complaint_replies::CompleteComplaint).
///
/// # Errors
/// `INVALID_REQUEST`: definite; the message says why.
#[pay_call(
    POST "/v3/merchant-service/feedbacks", Unsafe -> Done,
    page = "https://pay.weixin.qq.com/wiki/doc/apiv3/wxpay/tool/merchant-service/chapter3_6.shtml",
    caller = "complainted_mchid"
)]
pub struct SendComplaintFeedback {
    /// Which payment.
    transaction_id: TransactionId,
    /// The reply, up to 200 characters.
    #[max(200)]
    feedback_content: String,
    /// 1: settled by talking; 2: money was given back in another way; 3: something else. Of no use any more.
    feedback_type: Option<i64>,
    /// Ids of images from [`UploadComplaintImage`](super::complaints::UploadComplaintImage), at most four.
    #[max(4)]
    feedback_images: Option<Vec<String>>,
    /// True calls the complaint done; the user is asked to agree. False, as when not said, is only a reply.
    launch_confirm_process: Option<bool>,
}
