//! Complaints of users: finding them, the images that belong to them, and where the news of them goes.
//! Replies are in [`complaint_replies`](super::complaint_replies), what was said is in
//! [`complaint_history`](super::complaint_history).

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Deserializer};

use super::cipher::SealedText;
use crate::ids::{ComplaintId, Fen, MchId, OpenId, TransactionId};
use crate::media::{File, Upload};
use crate::secret::Secret;
use crate::text::unpercent;
use crate::{ConfigError, Done, answer, open_enum, pay_call};

/// Lists the complaints of some days. Both days together span at most 30 days.
///
/// # Errors
/// `PARAM_ERROR`: among others, too many days; `INVALID_REQUEST` that says the result is too big: the same
/// with a smaller `limit`.
#[pay_call(GET "/v3/merchant-service/complaints-v2", Read -> Complaints, page = "4012533431")]
pub struct ListComplaints {
    /// The first day, in China.
    begin_date: NaiveDate,
    /// The last day, in China.
    end_date: NaiveDate,
    /// How many at once, 1 to 50; 10 if not said.
    limit: Option<i64>,
    /// How many to skip.
    offset: Option<i64>,
    /// The merchant the complaints are about. Only service providers need it.
    complainted_mchid: Option<MchId>,
}

/// A page of complaints.
#[answer]
pub struct Complaints {
    /// The complaints.
    pub data: Vec<Complaint>,
    /// As asked for.
    pub limit: Option<i64>,
    /// As asked for.
    pub offset: Option<i64>,
    /// How many there are; only on the first page.
    pub total_count: Option<i64>,
}

/// Asks about one complaint.
///
/// # Errors
/// `INVALID_REQUEST`: definite; the message says why.
#[pay_call(GET "/v3/merchant-service/complaints-v2/{complaint_id}", Read -> Complaint, page = "4012533436")]
pub struct QueryComplaint {
    /// Which one.
    complaint_id: ComplaintId,
}

/// A complaint.
#[answer]
pub struct Complaint {
    /// WeChat Pay's number.
    pub complaint_id: ComplaintId,
    /// When it was made.
    pub complaint_time: DateTime<FixedOffset>,
    /// How it stands.
    pub complaint_state: ComplaintState,
    /// What the user wrote.
    pub complaint_detail: Option<Secret>,
    /// The merchant it is about.
    pub complainted_mchid: Option<MchId>,
    /// The user's phone number, sealed for this merchant: open it with
    /// [`Merchant::unseal`](crate::Merchant::unseal).
    pub payer_phone: Option<SealedText>,
    /// The user, in the app of the payment. Only [`QueryComplaint`] brings it.
    pub payer_openid: Option<OpenId>,
    /// The payments it is about; none if it is about a service order.
    pub complaint_order_info: Vec<ComplaintOrder>,
    /// The service orders it is about.
    pub service_order_info: Vec<ServiceOrder>,
    /// What the user sent along.
    pub complaint_media_list: Vec<ComplaintMedia>,
    /// Whether all of its payments were given back as a whole.
    pub complaint_full_refunded: Option<bool>,
    /// Whether the user waits for a reply.
    pub incoming_user_response: Option<bool>,
    /// The problem that the user picked from a list.
    pub problem_description: Option<Secret>,
    /// What kind of problem it is.
    pub problem_type: Option<ProblemType>,
    /// How often the user complained about it; complaining again counts.
    pub user_complaint_times: Option<i64>,
    /// What the user wants back, in fen; only if the problem is a refund.
    pub apply_refund_amount: Option<Fen>,
    /// What WeChat Pay wants to be known about it.
    pub user_tag_list: Vec<UserTag>,
    /// What some trades tell besides.
    pub additional_info: Option<AdditionalInfo>,
    /// Whether WeChat Pay's own people help.
    pub in_platform_service: Option<bool>,
    /// Whether the user expects an answer at once, with
    /// [`ReplyToUrgentComplaint`](super::complaint_replies::ReplyToUrgentComplaint).
    pub need_immediate_service: Option<bool>,
    /// Whether WeChat counts it as one that an AI agent deals with.
    pub is_agent_mode: Option<bool>,
}

/// A payment that a complaint is about.
#[answer]
pub struct ComplaintOrder {
    /// WeChat Pay's number.
    pub transaction_id: TransactionId,
    /// The merchant's number, up to 64 characters: not every payment is one of API v3.
    pub out_trade_no: Option<String>,
    /// The payment, in fen.
    pub amount: Option<Fen>,
}

/// A service order that a complaint is about.
#[answer]
pub struct ServiceOrder {
    /// WeChat Pay's number.
    pub order_id: Option<String>,
    /// The merchant's number.
    pub out_order_no: Option<String>,
    /// How it stood when the user complained.
    pub state: Option<ServiceOrderState>,
}

/// Images of a complaint.
#[answer]
pub struct ComplaintMedia {
    /// Who sent them.
    pub media_type: Option<MediaType>,
    /// Their addresses, for [`DownloadComplaintImage::of_url`].
    #[serde(deserialize_with = "one_or_many")]
    pub media_url: Vec<String>,
}

/// A sample of the documentation has a text where its table has a list.
fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Many(Vec<String>),
        One(String),
    }
    Ok(match Option::deserialize(from)? {
        Some(Either::Many(urls)) => urls,
        Some(Either::One(url)) => vec![url],
        None => vec![],
    })
}

/// What some trades tell besides.
#[answer]
pub struct AdditionalInfo {
    /// `SHARE_POWER_TYPE` for power banks.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// About a power bank.
    pub share_power_info: Option<SharePower>,
}

/// A power bank that was brought back.
#[answer]
pub struct SharePower {
    /// When.
    pub return_time: Option<DateTime<FixedOffset>>,
    /// Where.
    pub return_address_info: Option<ReturnPlace>,
    /// Whether to the machine it came from.
    pub is_returned_to_same_machine: Option<bool>,
}

/// Where something was brought back.
#[answer]
pub struct ReturnPlace {
    /// The address.
    pub return_address: Option<Secret>,
    /// Degrees.
    pub longitude: Option<Secret>,
    /// Degrees.
    pub latitude: Option<Secret>,
}

/// How a complaint stands. New states may appear.
#[open_enum]
pub enum ComplaintState {
    /// Nobody replied.
    Pending,
    /// There was a reply.
    Processing,
    /// It is done.
    Processed,
}

/// What a complaint is about. New kinds may appear.
#[open_enum]
pub enum ProblemType {
    /// The user wants the money back; such complaints go first. See
    /// [`UpdateRefundProgress`](super::complaint_replies::UpdateRefundProgress).
    Refund,
    /// The goods or the service did not come about.
    ServiceNotWork,
    /// Something else.
    Others,
}

/// What WeChat Pay wants to be known about a complaint. New tags may appear.
#[open_enum]
pub enum UserTag {
    /// The user qualifies for getting the money back at once.
    Trusted,
    /// It may get worse: it goes first.
    HighRisk,
}

/// Who sent images. New kinds may appear.
#[open_enum]
pub enum MediaType {
    /// The user, with the complaint.
    UserComplaintImage,
    /// Anybody, while it was dealt with.
    OperationImage,
}

/// How a service order stands. New states may appear.
#[open_enum]
pub enum ServiceOrderState {
    /// Under way.
    Doing,
    /// Revoked by the merchant.
    Revoked,
    /// Ended, to be paid.
    #[wire("WAITPAY")]
    WaitPay,
    /// Ended and paid.
    Done,
}

/// Sets where the news of complaints goes. What arrives there is signed and sealed like all notifications.
///
/// # Errors
/// `INVALID_REQUEST`: definite; the message says why. If there is an address already use
/// [`UpdateComplaintNotification`].
#[pay_call(
    POST "/v3/merchant-service/complaint-notifications", Keyed -> ComplaintNotification,
    page = "4012458679"
)]
pub struct CreateComplaintNotification {
    /// Public https, up to 255 characters.
    #[max(255)]
    url: String,
}

/// Asks where the news of complaints goes.
///
/// # Errors
/// `RESOURCE_NOT_EXISTS`: no address was set.
#[pay_call(
    GET "/v3/merchant-service/complaint-notifications", Read -> ComplaintNotification,
    page = "4012459014"
)]
pub struct QueryComplaintNotification;

/// Changes where the news of complaints goes.
///
/// # Errors
/// `RESOURCE_NOT_EXISTS`: no address was set.
#[pay_call(
    PUT "/v3/merchant-service/complaint-notifications", Keyed -> ComplaintNotification,
    page = "4012459282"
)]
pub struct UpdateComplaintNotification {
    /// Public https, up to 255 characters.
    #[max(255)]
    url: String,
}

/// Ends the news of complaints.
///
/// # Errors
/// `RESOURCE_NOT_EXISTS`: no address was set.
#[pay_call(DELETE "/v3/merchant-service/complaint-notifications", Keyed -> Done, page = "4012460452")]
pub struct DeleteComplaintNotification;

/// Where the news of complaints goes.
#[answer]
pub struct ComplaintNotification {
    /// The merchant.
    pub mchid: Option<MchId>,
    /// The address.
    pub url: String,
}

/// Hands an image to WeChat Pay, for a reply or for refusing a refund. A repeat is harmless: it brings
/// another id.
///
/// # Errors
/// `PARAM_ERROR`: among others, too big, or of another kind.
#[pay_call(POST "/v3/merchant-service/images/upload", Unsafe -> ComplaintImage, page = "4012467250")]
pub struct UploadComplaintImage {
    /// JPG, PNG or BMP, up to 2 MB.
    #[upload]
    file: Upload,
}

/// An image that WeChat Pay has.
#[answer]
pub struct ComplaintImage {
    /// Its id, for replies. It is not one to download with.
    pub media_id: String,
}

/// Fetches an image of a complaint. WeChat Pay does not sign this answer. What a merchant uploaded cannot be
/// fetched.
///
/// # Errors
/// `PARAM_ERROR`, `INVALID_REQUEST`: definite, the id does not fit.
#[pay_call(GET "/v3/merchant-service/images/{media_id}", Read -> File, page = "4012467251", unsigned = true)]
pub struct DownloadComplaintImage {
    /// The last piece of the image's address, with its percent signs decoded.
    media_id: String,
}

impl DownloadComplaintImage {
    /// `media_url` as a complaint or its history lists it.
    ///
    /// # Errors
    /// It is not the address of an image of a complaint.
    pub fn of_url(media_url: &str) -> Result<Self, ConfigError> {
        let id = media_url.split_once("/v3/merchant-service/images/").map(|(_, id)| id);
        // What is behind a slash, or another address, is not part of an id.
        let id = id.filter(|id| !id.is_empty() && !id.contains(['/', '?', '#'])).and_then(unpercent);
        id.map(Self::new).ok_or(ConfigError::new("not the address of an image of a complaint"))
    }
}
