//! Messages to users: subscribe messages and shared messages that change. For the cards that follow a payment
//! see [`service_cards`](super::service_cards), for the templates of messages
//! [`templates`](super::templates).

use super::links::EnvVersion;
pub use super::template_data::TemplateData;
use crate::ids::{OpenId, UnionId};
use crate::{ConfigError, Done, answer, mini_call, open_enum, part};

/// Sends a message that the user subscribed to; a one-time subscription is good for one message. Whether it
/// arrived is told later by the event `subscribe_msg_sent_event`. At most 30 million messages a day, 10
/// million without WeChat Pay. After an unclear answer it may be on its way already.
///
/// # Errors
/// 43101: the user has no subscription left, an everyday matter; 40003: the user is not of this app; 40037:
/// no such template; 47003: the data does not fit the template; 43107: messages or the template are banned;
/// 43108: another message to this user is under way, repeat; 45168: sensitive words.
#[mini_call(
    POST "/cgi-bin/message/subscribe/send", Unsafe -> SentMessage,
    page = "mp-message-management/subscribe-message/api_sendmessage",
    check = values
)]
pub struct SendSubscribeMessage {
    /// Who gets it.
    touser: OpenId,
    /// Which template, by `pri_tmpl_id` of [`templates`](super::templates).
    template_id: String,
    /// What it says.
    data: TemplateData,
    /// The page of this app that opens, with a query or without; without a page nothing opens.
    page: Option<String>,
    /// Which version of the app opens; the published one if it is not set.
    miniprogram_state: Option<MiniProgramState>,
    /// In which language the app opens; simplified Chinese if it is not set.
    lang: Option<Language>,
}

impl SendSubscribeMessage {
    fn values(&self) -> Result<(), ConfigError> {
        self.data.check()
    }
}

/// A message that was sent.
#[answer]
pub struct SentMessage {
    /// The same as `MsgID` of the event; not on the page of the call, so it may be missing.
    pub msgid: Option<String>,
}

/// Which version of the app a message opens.
#[open_enum]
pub enum MiniProgramState {
    /// The developers'.
    #[wire("developer")]
    Developer,
    /// The one for testers.
    #[wire("trial")]
    Trial,
    /// The published one.
    #[wire("formal")]
    Formal,
}

/// In which language a message opens the app.
#[open_enum]
pub enum Language {
    /// Simplified Chinese.
    #[wire("zh_CN")]
    SimplifiedChinese,
    /// English.
    #[wire("en_US")]
    English,
    /// Traditional Chinese, Hong Kong.
    #[wire("zh_HK")]
    HongKong,
    /// Traditional Chinese, Taiwan.
    #[wire("zh_TW")]
    Taiwan,
}

/// Makes the id by which a shared message is changed later, or a private message is shared. A repeat makes
/// another id.
#[mini_call(
    GET "/cgi-bin/message/wxopen/activityid/create", Unsafe -> Activity,
    page = "mp-message-management/updatable-message/api_createactivityid",
    new = of
)]
pub struct CreateActivityId {
    openid: Option<OpenId>,
    unionid: Option<UnionId>,
}

impl CreateActivityId {
    /// For a message that changes.
    #[must_use]
    pub fn updatable() -> Self {
        Self::of()
    }

    /// For a private message that only this user can share.
    #[must_use]
    pub fn private(openid: OpenId) -> Self {
        Self { openid: Some(openid), ..Self::of() }
    }

    /// The same by the user's id across apps.
    #[must_use]
    pub fn private_by_unionid(unionid: UnionId) -> Self {
        Self { unionid: Some(unionid), ..Self::of() }
    }
}

/// What a shared message is changed by.
#[answer]
pub struct Activity {
    /// The id.
    pub activity_id: String,
    /// When it ends, Unix seconds; a day from now, usually.
    pub expiration_time: Option<i64>,
}

/// Changes a shared message: how many have joined, then that it began. There is no way back.
///
/// # Errors
/// 47501: no such id; 47504: it is over; 47502: no way to this state; 47503: no such version.
#[mini_call(
    POST "/cgi-bin/message/wxopen/updatablemsg/send", Keyed -> Done,
    page = "mp-message-management/updatable-message/api_setupdatablemsg",
    new = of
)]
pub struct SetUpdatableMessage {
    activity_id: String,
    target_state: i64,
    template_info: UpdatableTemplate,
}

impl SetUpdatableMessage {
    /// People are joining: so many of so many are there.
    #[must_use]
    pub fn gathering(activity_id: impl Into<String>, member_count: i64, room_limit: i64) -> Self {
        let values = [("member_count", member_count.to_string()), ("room_limit", room_limit.to_string())];
        Self::of(activity_id, 0, UpdatableTemplate::of_values(values))
    }

    /// It began. `path` and `version` are what the message opens from now on.
    #[must_use]
    pub fn started(
        activity_id: impl Into<String>,
        path: impl Into<String>,
        version: impl Into<EnvVersion>,
    ) -> Self {
        let version: EnvVersion = version.into();
        let values = [("path", path.into()), ("version_type", version.to_string())];
        Self::of(activity_id, 1, UpdatableTemplate::of_values(values))
    }

    /// It is over, which it is by itself after a day. The guide has this state, the page of the call has not.
    #[must_use]
    pub fn ended(activity_id: impl Into<String>) -> Self {
        Self::of(activity_id, 2, UpdatableTemplate::of_values([]))
    }
}

/// What changes.
#[part]
struct UpdatableTemplate {
    /// The parameters of the new state.
    parameter_list: Vec<UpdatableValue>,
}

impl UpdatableTemplate {
    fn of_values<const N: usize>(values: [(&str, String); N]) -> Self {
        Self::new(values.map(|(name, value)| UpdatableValue::new(name, value)))
    }
}

/// A parameter and its text.
#[part]
struct UpdatableValue {
    /// Its name.
    name: String,
    /// Its text.
    value: String,
}
