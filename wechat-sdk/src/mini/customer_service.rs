//! Customer service: messages to users, pictures for them, and the staff who write them.
//!
//! A number of a sub-merchant (`business_id`) is one of [`business`](super::business); ordinary apps have
//! none.

use serde::Serialize;

use crate::ids::{AppId, OpenId};
use crate::secret::Secret;
use crate::{Done, File, Upload, answer, mini_call, open_enum, part};

/// Writes to a user who made contact: five messages within 48 hours of the user's own message, two within a
/// minute of entering the session. A repeat is a second message.
///
/// # Errors
/// 40003: no user of this app; 45015: too late; 45047: too many without a message of the user's; 70000:
/// refused, to protect a minor.
#[mini_call(
    POST "/cgi-bin/message/custom/send", Unsafe -> Done,
    page = "kf-mgnt/kf-message/api_sendcustommessage"
)]
pub struct SendCustomMessage {
    /// Who gets it.
    touser: OpenId,
    /// What it says: [`TextMessage`], [`ImageMessage`], [`LinkMessage`] or [`PageMessage`].
    #[serde(flatten)]
    message: CustomMessage,
    /// In whose name it is written.
    #[serde(rename = "customservice")]
    custom_service: Option<CustomService>,
    /// Whether the user reads below it that an AI of a third party made it.
    #[serde(rename = "aimsgcontext")]
    ai_context: Option<AiContext>,
    /// The sub-merchant whose session it is.
    #[serde(rename = "businessid")]
    business_id: Option<i64>,
}

/// What a message says. The kinds for official accounts are not here.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "msgtype", rename_all = "lowercase")]
pub enum CustomMessage {
    /// A text.
    Text {
        /// Its content.
        text: TextMessage,
    },
    /// A picture.
    Image {
        /// Its content.
        image: ImageMessage,
    },
    /// A link with a picture.
    Link {
        /// Its content.
        link: LinkMessage,
    },
    /// A page of a mini program.
    MiniProgramPage {
        /// Its content.
        miniprogrampage: PageMessage,
    },
}

/// A text.
#[part]
pub struct TextMessage {
    /// The text. A link `<a href="…" data-miniprogram-appid="…" data-miniprogram-path="…">` opens a page of
    /// this very mini program.
    content: Secret,
}

impl From<TextMessage> for CustomMessage {
    fn from(text: TextMessage) -> Self {
        Self::Text { text }
    }
}

/// A picture.
#[part]
pub struct ImageMessage {
    /// As [`UploadTempMedia`] gave it.
    media_id: String,
}

impl From<ImageMessage> for CustomMessage {
    fn from(image: ImageMessage) -> Self {
        Self::Image { image }
    }
}

/// A link with a picture. The page names this kind without its members; they are those of WeChat's cloud
/// hosting.
#[part]
pub struct LinkMessage {
    /// The headline.
    title: String,
    /// What stands below it.
    description: String,
    /// Where it leads.
    url: String,
    /// The address of the picture, JPEG or PNG, best 360×200 or 200×200 pixels.
    thumb_url: String,
}

impl From<LinkMessage> for CustomMessage {
    fn from(link: LinkMessage) -> Self {
        Self::Link { link }
    }
}

/// A card that opens a page of a mini program.
#[part]
pub struct PageMessage {
    /// The headline.
    title: String,
    /// As in `app.json`, with a query if needed.
    pagepath: String,
    /// The picture, as [`UploadTempMedia`] gave it; best 520×416 pixels.
    thumb_media_id: String,
    /// The app of the page. Today's documentation requires it, earlier ones do not have it.
    appid: Option<AppId>,
}

impl From<PageMessage> for CustomMessage {
    fn from(miniprogrampage: PageMessage) -> Self {
        Self::MiniProgramPage { miniprogrampage }
    }
}

/// In whose name a message is written.
#[part]
pub struct CustomService {
    /// The whole account, `prefix@WeChat id`.
    kf_account: String,
}

/// What a message says about its origin; made from `true` or `false`.
#[part(new = of)]
pub struct AiContext {
    is_ai_msg: i64,
}

impl From<bool> for AiContext {
    fn from(by_ai: bool) -> Self {
        Self::of(by_ai)
    }
}

/// Lets the user see that somebody is typing, for 15 seconds or until the next message. Only within 30
/// seconds of the last message of either side.
///
/// # Errors
/// 45080: no message in the last 30 seconds; 45081: the user sees it already; 40200: not for this kind of
/// account.
#[mini_call(
    POST "/cgi-bin/message/custom/business/typing", Keyed -> Done,
    page = "kf-mgnt/kf-message/api_typing", new = of
)]
pub struct SetTyping {
    touser: OpenId,
    command: &'static str,
    /// The sub-merchant whose session it is.
    #[serde(rename = "businessid")]
    business_id: Option<i64>,
}

impl SetTyping {
    /// Somebody is typing.
    #[must_use]
    pub fn start(touser: OpenId) -> Self {
        Self::of(touser, "Typing")
    }

    /// Nobody is typing any more.
    #[must_use]
    pub fn stop(touser: OpenId) -> Self {
        Self::of(touser, "CancelTyping")
    }
}

/// Puts a picture where messages can refer to it, for three days. PNG, JPEG or GIF; documented limits are 2
/// and 10 MB, so stay below 2 MB. A repeat is a second file.
///
/// # Errors
/// 40004: not a picture.
#[mini_call(
    POST "/cgi-bin/media/upload", Unsafe -> TempMedia,
    page = "kf-mgnt/kf-message/api_uploadtempmedia"
)]
pub struct UploadTempMedia {
    /// The picture.
    #[upload]
    media: Upload,
    #[query]
    #[serde(rename = "type")]
    #[fixed("image")]
    kind: &'static str,
}

/// A file for three days.
#[answer]
pub struct TempMedia {
    /// Names it, as often as needed.
    pub media_id: String,
    /// `image`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// When it came, Unix seconds.
    pub created_at: Option<i64>,
}

/// Gets a picture that a user sent, or one of [`UploadTempMedia`], within three days. Of a video comes JSON
/// with its address in `video_url`.
///
/// # Errors
/// 40007: there is no such file, or not any more.
#[mini_call(GET "/cgi-bin/media/get", Read -> File, page = "kf-mgnt/kf-message/api_getmedia")]
pub struct GetTempMedia {
    /// As the message or the upload gave it.
    media_id: String,
}

/// Adds a customer-service account; an app has at most 100.
///
/// # Errors
/// 65406: it exists, perhaps by an earlier call whose answer was lost; 65405: there are 100; 65403, 65404:
/// nickname or account are not as they must be; 65400: the app has no customer service, or not yet.
#[mini_call(POST "/customservice/kfaccount/add", Unsafe -> Done, page = "kf-mgnt/kf-message/api_addkfaccount")]
pub struct AddStaff {
    /// The whole account, `prefix@WeChat id`: up to 10 of letters, digits and `_`, then up to 30.
    #[max(41)]
    kf_account: String,
    /// What users see, up to 16 characters.
    #[max(16)]
    nickname: String,
    /// The sub-merchant it works for.
    business_id: Option<i64>,
}

/// Deletes a customer-service account.
///
/// # Errors
/// 65401: there is no such account; 65400: the app has no customer service, or not yet.
#[mini_call(POST "/customservice/kfaccount/del", Keyed -> Done, page = "kf-mgnt/kf-message/api_delkfaccount")]
pub struct DeleteStaff {
    /// The whole account, `prefix@WeChat id`.
    kf_account: String,
    /// The sub-merchant it works for.
    business_id: Option<i64>,
}

/// Makes a member of the staff an administrator of customer service.
///
/// # Errors
/// 40003: no such member; 65400: the app has no customer service, or not yet; 65402: not bound to a person.
#[mini_call(
    GET "/customservice/kfaccount/setadmin", Keyed -> Done,
    page = "kf-mgnt/kf-message/api_setkfadmin"
)]
pub struct SetStaffAdmin {
    /// Who, as [`ListStaff`] says.
    kf_openid: OpenId,
    /// The sub-merchant they work for.
    business_id: Option<i64>,
}

/// Takes the office of an administrator away again. Errors as for [`SetStaffAdmin`].
#[mini_call(
    GET "/customservice/kfaccount/canceladmin", Keyed -> Done,
    page = "kf-mgnt/kf-message/api_cancelkfadmin"
)]
pub struct CancelStaffAdmin {
    /// Who, as [`ListStaff`] says.
    kf_openid: OpenId,
    /// The sub-merchant they work for.
    business_id: Option<i64>,
}

/// All customer-service accounts.
///
/// # Errors
/// 65400: the app has no customer service, or not yet.
#[mini_call(
    GET "/cgi-bin/customservice/getkflist", Read -> StaffList,
    page = "kf-mgnt/kf-message/api_getkflist"
)]
pub struct ListStaff {
    /// The sub-merchant they work for.
    business_id: Option<i64>,
}

/// The customer-service accounts of an app.
#[answer]
pub struct StaffList {
    /// All of them. The sample of the documentation calls it `kf_online_list`.
    #[serde(alias = "kf_online_list")]
    pub kf_list: Vec<Staff>,
}

/// A customer-service account.
#[answer]
pub struct Staff {
    /// Its number.
    pub kf_id: String,
    /// The whole account, `prefix@WeChat id`; may be empty.
    pub kf_account: Option<String>,
    /// What users see.
    pub kf_nick: Option<String>,
    /// The address of the picture.
    pub kf_headimgurl: Option<String>,
    /// The WeChat id of the person it is bound to.
    pub kf_wx: Option<Secret>,
    /// The person, in this app.
    pub kf_openid: Option<OpenId>,
    /// The WeChat id of the person who is asked to take it.
    pub invite_wx: Option<Secret>,
    /// When that invitation ends, Unix seconds.
    pub invite_expire_time: Option<i64>,
    /// How that invitation stands.
    pub invite_status: Option<InviteStatus>,
}

/// How an invitation of staff stands.
#[open_enum]
pub enum InviteStatus {
    /// Not answered.
    #[wire("waiting")]
    Waiting,
    /// Declined.
    #[wire("rejected")]
    Rejected,
    /// Too late.
    #[wire("expired")]
    Expired,
}

/// The customer-service accounts that are online. Errors as for [`ListStaff`].
#[mini_call(
    GET "/cgi-bin/customservice/getonlinekflist", Read -> OnlineStaffList,
    page = "kf-mgnt/kf-message/api_getonlinekflist"
)]
pub struct ListOnlineStaff {
    /// The sub-merchant they work for.
    business_id: Option<i64>,
}

/// The customer-service accounts that are online.
#[answer]
pub struct OnlineStaffList {
    /// All of them.
    pub kf_online_list: Vec<OnlineStaff>,
}

/// A customer-service account that is online.
#[answer]
pub struct OnlineStaff {
    /// Its number.
    pub kf_id: String,
    /// The whole account, `prefix@WeChat id`; may be empty.
    pub kf_account: Option<String>,
    /// Where.
    pub status: Option<StaffStatus>,
    /// How many users it talks to.
    pub accepted_case: Option<i64>,
    /// The person, in this app.
    pub kf_openid: Option<OpenId>,
}

/// Where a customer-service account is online.
#[open_enum(i64)]
pub enum StaffStatus {
    /// Nowhere.
    #[wire(0)]
    Offline,
    /// In a browser.
    #[wire(1)]
    Web,
}
