//! Content security and the risk of users.

use std::net::IpAddr;

use crate::ids::OpenId;
use crate::secret::Secret;
use crate::{answer, mini_call, open_enum};

/// Checks what a user wrote. At most 4,000 a minute and 2,000,000 a day per app.
///
/// # Errors
/// 61010: the user was not in the mini program in the last two hours; 40003, 43104: no user of this app;
/// 44991: too often, wait a minute; 45009: the day's share is used up.
#[mini_call(POST "/wxa/msg_sec_check", Read -> TextCheck, page = "sec-center/sec-check/api_msgseccheck")]
pub struct CheckText {
    /// Up to 2,500 characters.
    #[max(2500)]
    content: Secret,
    /// Where it is to appear.
    scene: ContentScene,
    /// Who wrote it; in the mini program in the last two hours.
    openid: OpenId,
    #[fixed(2)]
    version: i64,
    /// Its headline.
    title: Option<Secret>,
    /// The user's nickname.
    nickname: Option<Secret>,
    /// What the user says about themselves; counts for [`ContentScene::Profile`] only.
    signature: Option<Secret>,
}

/// What WeChat thinks of a text.
#[answer]
pub struct TextCheck {
    /// All together.
    pub result: Verdict,
    /// Each way of looking at it.
    pub detail: Vec<VerdictDetail>,
    /// Names this request.
    pub trace_id: Option<String>,
}

/// What WeChat thinks.
#[answer]
pub struct Verdict {
    /// What to do.
    pub suggest: Suggestion,
    /// Why.
    pub label: Option<Label>,
}

/// What one way of looking at it found.
#[answer]
pub struct VerdictDetail {
    /// Which way: `content_model` or `keyword`, for instance.
    pub strategy: Option<String>,
    /// What is found counts only if this is 0.
    pub errcode: Option<i64>,
    /// What to do.
    pub suggest: Option<Suggestion>,
    /// Why.
    pub label: Option<Label>,
    /// The word of the app's own list that was found.
    pub keyword: Option<String>,
    /// How sure WeChat is, 0 to 100.
    pub prob: Option<i64>,
    /// In samples only, and not explained; 20 with `pass`, 90 with `risky`.
    pub level: Option<i64>,
}

/// What to do with a text, picture or sound.
#[open_enum]
pub enum Suggestion {
    /// Show it.
    #[wire("pass")]
    Pass,
    /// Let a person look at it.
    #[wire("review")]
    Review,
    /// Do not show it.
    #[wire("risky")]
    Risky,
}

/// What a text, picture or sound has in it. New labels may appear.
#[open_enum(i64)]
pub enum Label {
    /// Nothing.
    #[wire(100)]
    Normal,
    /// Advertising.
    #[wire(10001)]
    Advertising,
    /// Politics.
    #[wire(20001)]
    Politics,
    /// Pornography.
    #[wire(20002)]
    Pornography,
    /// Insults.
    #[wire(20003)]
    Abuse,
    /// Crime.
    #[wire(20006)]
    Crime,
    /// Fraud.
    #[wire(20008)]
    Fraud,
    /// Vulgarity.
    #[wire(20012)]
    Vulgar,
    /// The right of another.
    #[wire(20013)]
    Copyright,
    /// Something else.
    #[wire(21000)]
    Unnamed,
}

/// Where content is to appear.
#[open_enum(i64)]
pub enum ContentScene {
    /// The user's profile.
    #[wire(1)]
    Profile,
    /// A comment.
    #[wire(2)]
    Comment,
    /// A forum.
    #[wire(3)]
    Forum,
    /// A post among friends.
    #[wire(4)]
    SocialLog,
}

/// Has a picture or sound checked. The result comes as the event `wxa_media_check` within 30 minutes. At most
/// 2,000 a minute and 200,000 a day per app. A repeat is a second check.
///
/// # Errors
/// 61010: the user was not in the mini program in the last two hours; 40004: not of this kind; 87020: the
/// same too often; 44991: too often, wait a minute; 45009: the day's share is used up.
#[mini_call(
    POST "/wxa/media_check_async", Unsafe -> MediaCheck,
    page = "sec-center/sec-check/api_mediacheckasync", new = of
)]
pub struct CheckMedia {
    media_url: String,
    media_type: i64,
    scene: ContentScene,
    openid: OpenId,
    #[fixed(2)]
    version: i64,
}

impl CheckMedia {
    /// A picture of up to 10 MB: JPEG, PNG, BMP, or the first frame of a GIF. WeChat gets it from
    /// `media_url`. `openid` was in the mini program in the last two hours.
    #[must_use]
    pub fn image(media_url: impl Into<String>, scene: ContentScene, openid: OpenId) -> Self {
        Self::of(media_url, 2, scene, openid)
    }

    /// A sound of up to 10 MB: MP3, AAC, AC3, WMA, FLAC, Vorbis, Opus or WAV. The rest as for a picture.
    #[must_use]
    pub fn audio(media_url: impl Into<String>, scene: ContentScene, openid: OpenId) -> Self {
        Self::of(media_url, 1, scene, openid)
    }
}

/// A check that is under way.
#[answer]
pub struct MediaCheck {
    /// The event with the result has it too.
    pub trace_id: String,
}

/// How risky a user is, without asking them.
///
/// # Errors
/// 61010: the user was not in the mini program in the last two hours; 40003, 43104: no user of this app;
/// 48001: the app has not got this yet, apply for it; 61080: out of order; 61081: too often; 9410009: the
/// tests are used up.
#[mini_call(
    POST "/wxa/getuserriskrank", Read -> UserRiskRank,
    page = "sec-center/safety-control-capability/api_getuserriskrank", caller = "appid"
)]
pub struct GetUserRiskRank {
    /// The user.
    openid: OpenId,
    /// What the user is about to do.
    scene: RiskScene,
    /// The user's address.
    client_ip: IpAddr,
    /// The user's phone number.
    mobile_no: Option<Secret>,
    /// The user's e-mail address.
    email_address: Option<Secret>,
    /// What else there is to say.
    extended_info: Option<String>,
    /// Whether this is a test; if not set, it is not.
    is_test: Option<bool>,
}

/// What a user is about to do.
#[open_enum(i64)]
pub enum RiskScene {
    /// Registering.
    #[wire(0)]
    Registration,
    /// Taking part in a promotion.
    #[wire(1)]
    Marketing,
    /// Writing or showing something.
    #[wire(2)]
    UserContent,
}

/// How risky a user is.
#[answer]
pub struct UserRiskRank {
    /// 0 to 4, the higher the riskier.
    pub risk_rank: i64,
    /// Names this request. WeChat spells it `unoin_id`.
    #[serde(rename = "unoin_id", alias = "union_id")]
    pub request_id: Option<String>,
}
