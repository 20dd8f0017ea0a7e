//! What was said and done about a complaint.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::complaint_replies::{ActionType, BlockKind, ButtonLayout, ImageStyle, SenderIdentity, TextColor};
use super::complaints::ComplaintMedia;
use crate::ids::{AppId, ComplaintId};
use crate::secret::Secret;
use crate::{answer, open_enum, pay_call};

/// Lists what was said and done about a complaint.
///
/// # Errors
/// `INVALID_REQUEST` that says the result is too big: the same with a smaller `limit`.
#[pay_call(
    GET "/v3/merchant-service/complaints-v2/{complaint_id}/negotiation-historys", Read -> ComplaintHistory,
    page = "4012533439"
)]
pub struct QueryComplaintHistory {
    /// Which complaint.
    complaint_id: ComplaintId,
    /// How many at once, 1 to 300; 100 if not said.
    limit: Option<i64>,
    /// How many to skip.
    offset: Option<i64>,
}

/// A page of a history.
#[answer]
pub struct ComplaintHistory {
    /// The entries.
    pub data: Vec<HistoryEntry>,
    /// As asked for.
    pub limit: Option<i64>,
    /// As asked for.
    pub offset: Option<i64>,
    /// How many there are; only on the first page.
    pub total_count: Option<i64>,
}

/// Something that was said or done.
#[answer]
pub struct HistoryEntry {
    /// Its number.
    pub log_id: String,
    /// What it was.
    pub operate_type: HistoryKind,
    /// Who did it, in words.
    pub operator: Option<Secret>,
    /// When.
    pub operate_time: Option<DateTime<FixedOffset>>,
    /// What was said: the reason if a refund was refused, the score if the user was asked.
    pub operate_details: Option<Secret>,
    /// Addresses of images of the merchant and of WeChat Pay's people, good for an hour, at most four.
    pub image_list: Vec<String>,
    /// Images of everybody.
    pub complaint_media_list: Vec<ComplaintMedia>,
    /// Why the user asked WeChat Pay's people for help. WeChat spells it `appy`.
    #[serde(rename = "user_appy_platform_service_reason", alias = "user_apply_platform_service_reason")]
    pub user_apply_platform_service_reason: Option<String>,
    /// The same in the user's words. WeChat spells it `appy`.
    #[serde(
        rename = "user_appy_platform_service_reason_description",
        alias = "user_apply_platform_service_reason_description"
    )]
    pub user_apply_platform_service_reason_description: Option<String>,
    /// A message made of blocks.
    pub normal_message: Option<HistoryMessage>,
    /// What the user clicked on.
    pub click_message: Option<HistoryClick>,
}

/// A message made of blocks.
#[answer]
pub struct HistoryMessage {
    /// The blocks, from top to bottom.
    pub blocks: Vec<HistoryBlock>,
    /// Who spoke.
    pub sender_identity: Option<SenderIdentity>,
    /// As the merchant gave it.
    pub custom_data: Option<String>,
}

/// A piece of a message.
#[answer]
pub struct HistoryBlock {
    /// Which of the others there is.
    #[serde(rename = "type")]
    pub kind: Option<BlockKind>,
    /// Words.
    pub text: Option<HistoryText>,
    /// An image.
    pub image: Option<HistoryImage>,
    /// Words to click on.
    pub link: Option<HistoryButton>,
    /// Questions to choose from.
    pub faq_list: Option<HistoryFaqs>,
    /// A button.
    pub button: Option<HistoryButton>,
    /// Buttons that belong together.
    pub button_group: Option<HistoryButtons>,
}

/// Words.
#[answer]
pub struct HistoryText {
    /// The words.
    pub text: Option<String>,
    /// Their colour.
    pub color: Option<TextColor>,
    /// Whether they are bold.
    pub is_bold: Option<bool>,
}

/// An image.
#[answer]
pub struct HistoryImage {
    /// Its id.
    pub media_id: Option<String>,
    /// How wide it is shown.
    pub image_style_type: Option<ImageStyle>,
}

/// A button, or words to click on.
#[answer]
pub struct HistoryButton {
    /// What is shown.
    pub text: Option<String>,
    /// What a click does.
    pub action: Option<HistoryAction>,
    /// Until when it can be clicked on.
    pub invalid_info: Option<HistoryExpiry>,
}

/// Questions to choose from.
#[answer]
pub struct HistoryFaqs {
    /// The questions.
    pub faqs: Vec<HistoryFaq>,
}

/// A question to choose.
#[answer]
pub struct HistoryFaq {
    /// The merchant's number of it.
    pub faq_id: Option<String>,
    /// The question.
    pub faq_title: Option<String>,
    /// What a click does.
    pub action: Option<HistoryAction>,
}

/// Buttons that belong together.
#[answer]
pub struct HistoryButtons {
    /// The buttons.
    pub buttons: Vec<HistoryButton>,
    /// How they stand.
    pub button_layout: Option<ButtonLayout>,
    /// Until when they can be clicked on.
    pub invalid_info: Option<HistoryExpiry>,
}

/// Until when something can be clicked on.
#[answer]
pub struct HistoryExpiry {
    /// The last moment.
    pub expired_time: Option<DateTime<FixedOffset>>,
    /// Whether more than one click counts.
    pub multi_clickable: Option<bool>,
}

/// What a click does.
#[answer]
pub struct HistoryAction {
    /// Which of the others there is.
    pub action_type: Option<ActionType>,
    /// A web page.
    pub jump_url: Option<String>,
    /// A page of a mini program.
    pub mini_program_jump_info: Option<HistoryMiniProgram>,
    /// What is said in the user's name.
    pub message_info: Option<HistoryReply>,
    /// The merchant's number of it.
    pub action_id: Option<String>,
}

/// A page of a mini program.
#[answer]
pub struct HistoryMiniProgram {
    /// The mini program.
    pub appid: Option<AppId>,
    /// The page.
    pub path: Option<String>,
    /// The name of the page.
    pub text: Option<String>,
}

/// What a click says in the user's name.
#[answer]
pub struct HistoryReply {
    /// The words.
    pub content: Option<String>,
    /// As the merchant gave it.
    pub custom_data: Option<String>,
}

/// What the user clicked on.
#[answer]
pub struct HistoryClick {
    /// What was said by it: a text on one page of the documentation, an object on another.
    pub message_content: Option<Value>,
    /// The merchant's number of the action.
    pub action_id: Option<String>,
    /// The entry of the history that was clicked on.
    pub clicked_log_id: Option<String>,
}

/// What was said or done. New kinds may appear.
#[open_enum]
pub enum HistoryKind {
    /// The user complained.
    UserCreateComplaint,
    /// The user complained again.
    UserContinueComplaint,
    /// The user said something.
    UserResponse,
    /// WeChat Pay's people said something.
    PlatformResponse,
    /// The merchant said something.
    MerchantResponse,
    /// The merchant called it done.
    MerchantConfirmComplete,
    /// Told about a complaint.
    UserCreateComplaintSystemMessage,
    /// Told about a refund of the whole.
    ComplaintFullRefundedSystemMessage,
    /// Told that the user complained again.
    UserContinueComplaintSystemMessage,
    /// The user took it back; only while complaints were done that way.
    UserRevokeComplaint,
    /// The user agreed; only while complaints were done that way.
    #[wire("USER_COMFIRM_COMPLAINT")]
    UserConfirmComplaint,
    /// WeChat Pay's people hurried the merchant.
    PlatformHelpApplication,
    /// The user asked WeChat Pay's people to hurry the merchant.
    UserApplyPlatformHelp,
    /// The merchant agreed to a refund.
    MerchantApproveRefund,
    /// The merchant refused a refund.
    #[wire("MERCHANT_REFUSE_RERUND")]
    MerchantRefuseRefund,
    /// The user said whether they are content.
    UserSubmitSatisfaction,
    /// The service order was cancelled.
    ServiceOrderCancel,
    /// The service order was completed.
    ServiceOrderComplete,
    /// Told about a refund of a part.
    ComplaintPartialRefundedSystemMessage,
    /// Told that the money arrived.
    ComplaintRefundReceivedSystemMessage,
    /// Told about a refund that WeChat Pay made for the merchant.
    ComplaintEntrustedRefundSystemMessage,
    /// The user asked WeChat Pay's people for help.
    UserApplyPlatformService,
    /// The user took that back.
    UserCancelPlatformService,
    /// WeChat Pay's people stopped helping.
    PlatformServiceFinished,
    /// The user clicked on something.
    UserClickResponse,
}
