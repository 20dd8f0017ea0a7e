//! What a merchant does about a complaint: reply, decide about a refund, and call it done.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;

use crate::ids::{AppId, ComplaintId};
use crate::secret::Secret;
use crate::{Done, answer, open_enum, part, pay_call};

/// Replies to the user. The first reply moves the complaint from `PENDING` to `PROCESSING`. Nothing keeps a
/// repeat from being a second reply: after an unclear answer look into the
/// [history](super::complaint_history::QueryComplaintHistory) first.
///
/// # Errors
/// `NO_AUTH`: among others, WeChat Pay did not allow links for this merchant; `INVALID_REQUEST`: definite;
/// the message says why.
#[pay_call(
    POST "/v3/merchant-service/complaints-v2/{complaint_id}/response", Unsafe -> Done,
    page = "4012467254", caller = "complainted_mchid"
)]
pub struct ReplyToComplaint {
    /// Which complaint.
    complaint_id: ComplaintId,
    /// The reply, up to 500 characters; older pages say 200.
    #[max(500)]
    response_content: Secret,
    /// Ids of uploaded images, at most four.
    #[max(4)]
    response_images: Option<Vec<String>>,
    /// A link below the reply, if WeChat Pay allowed it.
    #[serde(flatten)]
    link: Option<ReplyLink>,
    /// A page of a mini program below the reply, if WeChat Pay allowed it.
    mini_program_jump_info: Option<ReplyMiniProgram>,
}

/// A link below a reply.
#[part]
pub struct ReplyLink {
    /// https, up to 512 characters.
    #[max(512)]
    jump_url: String,
    /// What is shown, up to 10 characters.
    #[max(10)]
    jump_url_text: String,
}

/// A page of a mini program below a reply.
#[part]
pub struct ReplyMiniProgram {
    /// The mini program.
    appid: AppId,
    /// The page.
    path: String,
    /// What is shown.
    text: String,
}

/// Calls a complaint done. The user is asked whether they are content and may complain again, so settle it
/// first.
///
/// # Errors
/// `INVALID_REQUEST`: definite; the message says why.
#[pay_call(
    POST "/v3/merchant-service/complaints-v2/{complaint_id}/complete", Keyed -> Done,
    page = "4012467255", caller = "complainted_mchid"
)]
pub struct CompleteComplaint {
    /// Which complaint.
    complaint_id: ComplaintId,
}

/// Says whether the user of a complaint of the kind `REFUND` gets the money back. After [`Approval`] refund
/// with [`CreateRefund`](super::refunds::CreateRefund): this call moves no money, and the complaint is done
/// once the money arrived. [`Rejection`] ends the complaint at once.
///
/// # Errors
/// `INVALID_REQUEST`: definite; the message says why.
#[pay_call(
    POST "/v3/merchant-service/complaints-v2/{complaint_id}/update-refund-progress", Keyed -> Done,
    page = "4012467256"
)]
pub struct UpdateRefundProgress {
    /// Which complaint.
    complaint_id: ComplaintId,
    /// [`Approval`] or [`Rejection`].
    #[serde(flatten)]
    decision: RefundDecision,
    /// For WeChat Pay's people, up to 200 characters.
    #[max(200)]
    remark: Option<String>,
}

/// Whether money goes back.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "action", rename_all = "UPPERCASE")]
pub enum RefundDecision {
    /// It does.
    Approve(Approval),
    /// It does not.
    Reject(Rejection),
}

impl From<Approval> for RefundDecision {
    fn from(approval: Approval) -> Self {
        Self::Approve(approval)
    }
}

impl From<Rejection> for RefundDecision {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(rejection)
    }
}

/// Money goes back.
#[part]
pub struct Approval {
    /// In how many working days; 0 is today.
    launch_refund_day: i64,
}

/// Money does not go back.
#[part]
pub struct Rejection {
    /// Why, up to 200 characters.
    #[max(200)]
    reject_reason: String,
    /// Ids of uploaded images that prove it, at most four.
    #[max(4)]
    reject_media_list: Option<Vec<String>>,
}

/// Replies to a complaint whose `need_immediate_service` is true; [`ReplyToComplaint`] is for the others. The
/// first reply moves it from `PENDING` to `PROCESSING`. After an unclear answer repeat with the same
/// `idempotent_id`.
///
/// # Errors
/// `INVALID_REQUEST`: definite; the message says why.
#[pay_call(
    POST "/v3/merchant-service/complaints-v2/{complaint_id}/response-immediate-service", Keyed -> UrgentReply,
    page = "4017151596", caller = "complainted_mchid"
)]
pub struct ReplyToUrgentComplaint {
    /// Which complaint.
    complaint_id: ComplaintId,
    /// What is said.
    message: Message,
    /// The merchant's number of this reply, up to 128 characters. The same number is one reply.
    #[max(128)]
    idempotent_id: String,
}

/// A reply that was taken.
#[answer]
pub struct UrgentReply {
    /// Its number in the history.
    pub log_id: Option<String>,
}

/// A message made of blocks.
#[part]
pub struct Message {
    /// The blocks, from top to bottom.
    blocks: Vec<Block>,
    /// Who speaks.
    sender_identity: Option<SenderIdentity>,
    /// Comes back in the history; up to 4096 characters.
    #[max(4096)]
    custom_data: Option<String>,
}

/// A piece of a message, made from [`TextBlock`], [`ImageBlock`], [`LinkBlock`], [`FaqList`], [`Button`] or
/// [`ButtonGroup`].
#[part(new = of)]
pub struct Block {
    #[serde(rename = "type")]
    kind: BlockKind,
    #[serde(flatten)]
    content: Content,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Text(TextBlock),
    Image(ImageBlock),
    Link(LinkBlock),
    FaqList(FaqList),
    Button(Button),
    ButtonGroup(ButtonGroup),
}

macro_rules! blocks {
    ($($kind:ident($piece:ident)),*) => {$(
        impl From<$piece> for Block {
            fn from(piece: $piece) -> Self {
                Self::of(BlockKind::$kind, Content::$kind(piece))
            }
        }
    )*};
}

blocks!(
    Text(TextBlock),
    Image(ImageBlock),
    Link(LinkBlock),
    FaqList(FaqList),
    Button(Button),
    ButtonGroup(ButtonGroup)
);

/// Words.
#[part]
pub struct TextBlock {
    /// The words.
    text: String,
    /// Their colour.
    color: Option<TextColor>,
    /// Whether they are bold.
    is_bold: Option<bool>,
}

/// An image.
#[part]
pub struct ImageBlock {
    /// Its id, from [`UploadComplaintImage`](super::complaints::UploadComplaintImage).
    media_id: String,
    /// How wide it is shown.
    image_style_type: Option<ImageStyle>,
}

/// Words to click on.
#[part]
pub struct LinkBlock {
    /// The words.
    text: String,
    /// What a click does.
    action: ClickAction,
    /// Until when it can be clicked on.
    invalid_info: Option<Expiry>,
}

/// Questions to choose from.
#[part]
pub struct FaqList {
    /// The questions.
    faqs: Vec<Question>,
}

/// A question to choose.
#[part]
pub struct Question {
    /// The question.
    faq_title: String,
    /// What a click does.
    action: ClickAction,
    /// The merchant's number of it.
    faq_id: Option<String>,
}

/// A button.
#[part]
pub struct Button {
    /// What is on it.
    text: String,
    /// What a click does.
    action: ClickAction,
    /// Until when it can be clicked on.
    invalid_info: Option<Expiry>,
}

/// Buttons that belong together.
#[part]
pub struct ButtonGroup {
    /// The buttons.
    buttons: Vec<Button>,
    /// How they stand.
    button_layout: Option<ButtonLayout>,
    /// Until when they can be clicked on.
    invalid_info: Option<Expiry>,
}

/// Until when something can be clicked on.
#[part]
#[derive(Default)]
pub struct Expiry {
    /// The last moment.
    expired_time: Option<DateTime<FixedOffset>>,
    /// Whether more than one click counts.
    multi_clickable: Option<bool>,
}

/// What a click does.
#[part(new = of)]
pub struct ClickAction {
    action_type: ActionType,
    #[serde(flatten)]
    target: Target,
    /// The merchant's number of it; the history says it when the user clicked.
    action_id: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    JumpUrl(String),
    MiniProgramJumpInfo(MiniProgramJump),
    MessageInfo(ClickMessage),
}

impl ClickAction {
    /// The user says something.
    #[must_use]
    pub fn send_message(message: ClickMessage) -> Self {
        Self::of(ActionType::SendMessage, Target::MessageInfo(message))
    }

    /// A web page opens.
    #[must_use]
    pub fn open_url(url: impl Into<String>) -> Self {
        Self::of(ActionType::JumpUrl, Target::JumpUrl(url.into()))
    }

    /// A mini program opens.
    #[must_use]
    pub fn open_mini_program(page: MiniProgramJump) -> Self {
        Self::of(ActionType::JumpMiniProgram, Target::MiniProgramJumpInfo(page))
    }
}

/// What a click says in the user's name.
#[part]
pub struct ClickMessage {
    /// The words.
    content: String,
    /// Comes back in the history.
    custom_data: Option<String>,
}

/// A page of a mini program.
#[part]
pub struct MiniProgramJump {
    /// The mini program.
    appid: AppId,
    /// The page.
    path: String,
    /// The name of the page. The merchant's page of the documentation asks for it, the service provider's has
    /// none.
    text: Option<String>,
}

/// Kinds of blocks. New kinds may appear.
#[open_enum]
pub enum BlockKind {
    /// Words.
    Text,
    /// An image.
    Image,
    /// Words to click on.
    Link,
    /// Questions to choose from.
    FaqList,
    /// A button.
    Button,
    /// Buttons that belong together.
    ButtonGroup,
}

/// What a click does. New kinds may appear.
#[open_enum]
pub enum ActionType {
    /// The user says something.
    #[wire("ACTION_TYPE_SEND_MESSAGE")]
    SendMessage,
    /// A web page opens.
    #[wire("ACTION_TYPE_JUMP_URL")]
    JumpUrl,
    /// A mini program opens.
    #[wire("ACTION_TYPE_JUMP_MINI_PROGRAM")]
    JumpMiniProgram,
}

/// Who speaks for the merchant. New kinds may appear.
#[open_enum]
pub enum SenderIdentity {
    /// Not said.
    Unknown,
    /// A person.
    Manual,
    /// A machine.
    Machine,
}

/// The colour of words. New ones may appear.
#[open_enum]
pub enum TextColor {
    /// That of ordinary text.
    Default,
    /// That of less important text.
    Secondary,
}

/// How wide an image is shown. New styles may appear.
#[open_enum]
pub enum ImageStyle {
    /// Narrow.
    #[wire("IMAGE_STYLE_TYPE_NARROW")]
    Narrow,
    /// Wide.
    #[wire("IMAGE_STYLE_TYPE_WIDE")]
    Wide,
}

/// How buttons stand. New layouts may appear.
#[open_enum]
pub enum ButtonLayout {
    /// Not said.
    #[wire("LAYOUT_UNKNOWN")]
    Unknown,
    /// Side by side.
    #[wire("LAYOUT_HORIZONTAL")]
    Horizontal,
    /// One below the other.
    #[wire("LAYOUT_VERTICAL")]
    Vertical,
}
