//! What pushes say.

use serde::Deserialize;
use serde_json::Value;

use super::Push;
use crate::error::{BadAnswer, DecodeError, Outcome};
use crate::ids::{AppId, MchId, OpenId, OutTradeNo, TransactionId};
use crate::secret::Secret;
use crate::{answer, open_enum};

/// What a push says. Names of members are WeChat's, in snake case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PushContent {
    /// A user wrote to the shop.
    Text(TextMessage),
    /// A user sent a picture.
    Image(ImageMessage),
    /// A user sent a page of the mini program.
    MiniProgramPage(MiniProgramPage),
    /// A user opened the chat (`user_enter_tempsession`).
    EnteredChat(TempSession),
    /// A user answered the question for subscriptions (`subscribe_msg_popup_event`).
    SubscriptionAnswered(Subscriptions),
    /// A user changed subscriptions in the notification centre (`subscribe_msg_change_event`).
    SubscriptionChanged(Subscriptions),
    /// What became of a subscribe message (`subscribe_msg_sent_event`).
    SubscriptionSent(Subscriptions),
    /// A service card could not be delivered (`notify_service_msg_send_result`).
    CardFailed(CardResult),
    /// What a check of media found (`wxa_media_check`).
    MediaChecked(MediaCheck),
    /// Orders must be reported as shipped from now on (`wxa_trade_controlled`).
    TradeControlled(TradeNews),
    /// No order was ever reported as shipped (`trade_manage_remind_access_api`).
    RemindAccess(TradeNews),
    /// An order was not reported as shipped for two days (`trade_manage_remind_shipping`).
    RemindShipping(RemindShipping),
    /// An order was shipped, or received and settled (`trade_manage_order_settlement`).
    OrderSettled(OrderSettled),
    /// A user changed name or picture (`user_info_modified`).
    UserInfoModified(UserInfo),
    /// A user took a consent back (`user_authorization_revoke`): delete what it was for.
    ConsentRevoked(Revocation),
    /// A user closed the account here (`user_authorization_cancellation`): delete what there is.
    AccountClosed(Revocation),
    /// Something this crate does not read. See [`Push::members`].
    Other,
}

impl PushContent {
    /// Reads the decrypted body of a push that was stored, XML or JSON ([`Push::bytes`]).
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let odd =
            || DecodeError::new("push", BadAnswer::because("neither XML nor JSON of a push"), Outcome::Done);
        Push::read(bytes.to_vec().into(), false).map_err(|_| odd())?.content()
    }
}

pub(super) fn read(push: &Push) -> Result<PushContent, BadAnswer> {
    let tree = push.members();
    Ok(match (push.msg_type(), push.event().unwrap_or_default()) {
        ("text", _) => PushContent::Text(typed(tree)?),
        ("image", _) => PushContent::Image(typed(tree)?),
        ("miniprogrampage", _) => PushContent::MiniProgramPage(typed(tree)?),
        ("event", "user_enter_tempsession") => PushContent::EnteredChat(typed(tree)?),
        ("event", "subscribe_msg_popup_event") => {
            PushContent::SubscriptionAnswered(typed(unwrapped(tree, "SubscribeMsgPopupEvent"))?)
        }
        ("event", "subscribe_msg_change_event") => {
            PushContent::SubscriptionChanged(typed(unwrapped(tree, "SubscribeMsgChangeEvent"))?)
        }
        ("event", "subscribe_msg_sent_event") => {
            PushContent::SubscriptionSent(typed(unwrapped(tree, "SubscribeMsgSentEvent"))?)
        }
        ("event", "notify_service_msg_send_result") => PushContent::CardFailed(typed(tree)?),
        ("event", "wxa_media_check") => PushContent::MediaChecked(typed(tree)?),
        ("event", "wxa_trade_controlled") => PushContent::TradeControlled(typed(tree)?),
        ("event", "trade_manage_remind_access_api") => PushContent::RemindAccess(typed(tree)?),
        ("event", "trade_manage_remind_shipping") => PushContent::RemindShipping(typed(tree)?),
        ("event", "trade_manage_order_settlement") => PushContent::OrderSettled(typed(tree)?),
        ("event", "user_info_modified") => PushContent::UserInfoModified(typed(tree)?),
        ("event", "user_authorization_revoke") => PushContent::ConsentRevoked(typed(tree)?),
        ("event", "user_authorization_cancellation") => PushContent::AccountClosed(typed(tree)?),
        _ => PushContent::Other,
    })
}

/// XML wraps the list once more than JSON does.
fn unwrapped<'t>(tree: &'t Value, name: &str) -> &'t Value {
    tree.get(name).filter(|inner| inner.is_object()).unwrap_or(tree)
}

fn typed<'t, T: Deserialize<'t>>(tree: &'t Value) -> Result<T, BadAnswer> {
    serde_path_to_error::deserialize(tree)
        .map_err(|error| BadAnswer::new(Some(error.path().to_string()), error.inner()))
}

/// What a user wrote.
#[answer]
#[serde(rename_all = "PascalCase")]
pub struct TextMessage {
    /// The text.
    pub content: Secret,
    /// The number of the message.
    pub msg_id: Option<String>,
}

/// A picture of a user.
#[answer]
#[serde(rename_all = "PascalCase")]
pub struct ImageMessage {
    /// Where to load it from.
    pub pic_url: Option<Secret>,
    /// For loading it as media, three days long.
    pub media_id: Option<String>,
    /// The number of the message.
    pub msg_id: Option<String>,
}

/// A page of the mini program that a user sent.
#[answer]
#[serde(rename_all = "PascalCase")]
pub struct MiniProgramPage {
    /// Its title.
    pub title: Option<String>,
    /// The app.
    pub app_id: Option<AppId>,
    /// The page with its query.
    pub page_path: Option<String>,
    /// Its picture.
    pub thumb_url: Option<String>,
    /// Its picture as media.
    pub thumb_media_id: Option<String>,
    /// The number of the message.
    pub msg_id: Option<String>,
}

/// A user opened the chat.
#[answer]
#[serde(rename_all = "PascalCase")]
pub struct TempSession {
    /// `session-from` of the button.
    pub session_from: Option<Secret>,
}

/// Subscriptions that something happened to.
#[answer]
pub struct Subscriptions {
    /// One entry per template.
    #[serde(rename = "List")]
    pub list: Vec<Subscription>,
}

/// A subscription that something happened to.
#[answer]
#[serde(rename_all = "PascalCase")]
pub struct Subscription {
    /// The template.
    pub template_id: String,
    /// What the user decided.
    pub subscribe_status_string: Option<Decision>,
    /// Where the question was asked; 0 is a page of the mini program.
    pub popup_scene: Option<i64>,
    /// The number of the message that was sent.
    #[serde(rename = "MsgID")]
    pub msg_id: Option<String>,
    /// 0 if it was delivered.
    pub error_code: Option<i64>,
    /// The same in words.
    pub error_status: Option<String>,
}

impl Subscription {
    /// Whether the message was delivered; only for [`PushContent::SubscriptionSent`].
    pub fn is_delivered(&self) -> bool {
        self.error_code == Some(0)
    }
}

/// What a user decided about a subscription.
#[open_enum]
pub enum Decision {
    /// Yes.
    #[wire("accept")]
    Accept,
    /// No.
    #[wire("reject")]
    Reject,
}

/// A service card that could not be delivered.
#[answer]
pub struct CardResult {
    /// The user.
    pub openid: Option<OpenId>,
    /// The code of the card; may carry a prefix before the number of the payment.
    pub notify_code: Option<String>,
    /// The kind of card.
    pub notify_type: Option<i64>,
    /// The state that could not be shown.
    pub card_status: Option<i64>,
    /// -10001 a fault of WeChat, -10002 content refused, -1003 template missing, -1004 the user refuses, -1005 too
    /// often.
    pub fail_ret: Option<i64>,
    /// The same in words.
    pub fail_msg: Option<String>,
}

/// What a check of media found.
#[answer]
pub struct MediaCheck {
    /// The app.
    pub appid: Option<AppId>,
    /// The number of the check.
    pub trace_id: String,
    /// 0 if the result counts; -1008: the file could not be loaded.
    pub errcode: Option<i64>,
    /// What to do.
    pub result: Option<MediaVerdict>,
    /// What each strategy found.
    pub detail: Vec<MediaCheckDetail>,
}

/// What to do with checked content.
#[answer]
pub struct MediaVerdict {
    /// `pass`, `review` or `risky`.
    pub suggest: Option<String>,
    /// 100 normal, 20001 politics, 20002 porn, 20006 crime, 21000 other.
    pub label: Option<i64>,
}

/// What one strategy found.
#[answer]
pub struct MediaCheckDetail {
    /// Which one.
    pub strategy: Option<String>,
    /// It counts only if this is 0.
    pub errcode: Option<i64>,
    /// `pass`, `review` or `risky`.
    pub suggest: Option<String>,
    /// As in [`MediaVerdict`].
    pub label: Option<i64>,
    /// How sure, 0 to 100.
    pub prob: Option<i64>,
}

/// News about the duty to report shipping.
#[answer]
pub struct TradeNews {
    /// In words.
    pub msg: Option<String>,
}

/// An order that was not reported as shipped.
#[answer]
pub struct RemindShipping {
    /// WeChat Pay's number.
    pub transaction_id: Option<TransactionId>,
    /// The merchant.
    pub merchant_id: Option<MchId>,
    /// The merchant below a service provider.
    pub sub_merchant_id: Option<MchId>,
    /// The merchant's number.
    pub merchant_trade_no: Option<OutTradeNo>,
    /// When it was paid, Unix seconds.
    pub pay_time: Option<i64>,
    /// In words.
    pub msg: Option<String>,
}

/// An order that was shipped, or received and settled. Times are Unix seconds.
#[answer]
pub struct OrderSettled {
    /// WeChat Pay's number.
    pub transaction_id: Option<TransactionId>,
    /// The merchant.
    pub merchant_id: Option<MchId>,
    /// The merchant below a service provider.
    pub sub_merchant_id: Option<MchId>,
    /// The merchant's number.
    pub merchant_trade_no: Option<OutTradeNo>,
    /// When it was paid.
    pub pay_time: Option<i64>,
    /// When it was shipped.
    pub shipped_time: Option<i64>,
    /// When it will be settled at the latest; only in the news that it was shipped.
    pub estimated_settlement_time: Option<i64>,
    /// Who confirmed that it was received; only in the news that it was settled.
    pub confirm_receive_method: Option<ConfirmReceive>,
    /// When that was.
    pub confirm_receive_time: Option<i64>,
    /// When the money was released.
    pub settlement_time: Option<i64>,
}

/// Who confirmed that an order was received.
#[open_enum(i64)]
pub enum ConfirmReceive {
    /// The user.
    #[wire(1)]
    User,
    /// WeChat, when the time was over.
    #[wire(2)]
    Automatic,
}

/// A user whose name or picture changed.
#[answer]
pub struct UserInfo {
    /// The user.
    #[serde(rename = "OpenID")]
    pub openid: Option<OpenId>,
    /// The app.
    #[serde(rename = "AppID")]
    pub appid: Option<AppId>,
}

/// A consent that a user took back.
#[answer]
pub struct Revocation {
    /// The user.
    #[serde(rename = "OpenID")]
    pub openid: Option<OpenId>,
    /// The app.
    #[serde(rename = "AppID")]
    pub appid: Option<AppId>,
    /// What it was for: numbers, separated by commas.
    #[serde(rename = "RevokeInfo")]
    pub revoke_info: Option<String>,
    /// The plugin, if it was one's.
    #[serde(rename = "PluginID")]
    pub plugin: Option<String>,
    /// The user of the plugin.
    #[serde(rename = "OpenPID")]
    pub openpid: Option<String>,
}
