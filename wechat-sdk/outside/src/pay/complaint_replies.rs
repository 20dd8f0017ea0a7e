use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};
use wechat_sdk::pay::complaint_replies::{
    Approval, Block, Button, ButtonGroup, ButtonLayout, ClickAction, ClickMessage, CompleteComplaint, Expiry,
    FaqList, ImageBlock, ImageStyle, LinkBlock, Message, MiniProgramJump, Question, Rejection, ReplyLink,
    ReplyMiniProgram, ReplyToComplaint, ReplyToUrgentComplaint, SenderIdentity, TextBlock, TextColor,
    UpdateRefundProgress,
};
use wechat_sdk::{AppId, ComplaintId};

use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    let id = || ComplaintId::new("200000020260401000000000001").unwrap();
    let app = || AppId::new("wxaa00bb11cc22dd33").unwrap();
    let progress = "/v3/merchant-service/complaints-v2/200000020260401000000000001/update-refund-progress";
    vec![
        pay(
            ReplyToComplaint::new(id(), "on its way again")
                .response_images(vec!["A.png".to_owned(), "B.jpg".to_owned()])
                .link(ReplyLink::new("https://shop.example/help", "help"))
                .mini_program_jump_info(ReplyMiniProgram::new(app(), "pages/help", "my parcel")),
            "/v3/merchant-service/complaints-v2/200000020260401000000000001/response",
            json!({
                "complainted_mchid": "1900000001",
                "response_content": "on its way again",
                "response_images": ["A.png", "B.jpg"],
                "jump_url": "https://shop.example/help",
                "jump_url_text": "help",
                "mini_program_jump_info": {
                    "appid": "wxaa00bb11cc22dd33", "path": "pages/help", "text": "my parcel"
                }
            }),
            Value::Null,
            |_| (),
        ),
        pay(
            CompleteComplaint::new(id()),
            "/v3/merchant-service/complaints-v2/200000020260401000000000001/complete",
            json!({"complainted_mchid": "1900000001"}),
            Value::Null,
            |_| (),
        ),
        pay(
            UpdateRefundProgress::new(id(), Approval::new(2)).remark("agreed by phone"),
            progress,
            json!({"action": "APPROVE", "launch_refund_day": 2, "remark": "agreed by phone"}),
            Value::Null,
            |_| (),
        ),
        pay(
            UpdateRefundProgress::new(
                id(),
                Rejection::new("it was used").reject_media_list(vec!["C.bmp".to_owned()]),
            ),
            progress,
            json!({"action": "REJECT", "reject_reason": "it was used", "reject_media_list": ["C.bmp"]}),
            Value::Null,
            |_| (),
        ),
        urgent(id(), app()),
    ]
}

fn urgent(id: ComplaintId, app: AppId) -> Exercise {
    let until: DateTime<FixedOffset> = "2026-04-02T00:00:00+08:00".parse().unwrap();
    let expiry = Expiry::new().expired_time(until).multi_clickable(true);
    let talk =
        || ClickAction::send_message(ClickMessage::new("a person, please").custom_data("x")).action_id("a1");
    let open = ClickAction::open_url("https://shop.example/faq");
    let jump = ClickAction::open_mini_program(MiniProgramJump::new(app, "pages/faq").text("questions"));
    let blocks: Vec<Block> = vec![
        TextBlock::new("hello").color(TextColor::Secondary).is_bold(true).into(),
        ImageBlock::new("A.png").image_style_type(ImageStyle::Wide).into(),
        LinkBlock::new("read", open).invalid_info(expiry.clone()).into(),
        FaqList::new(vec![Question::new("where is it?", jump).faq_id("f1")]).into(),
        Button::new("talk", talk()).invalid_info(Expiry::new().multi_clickable(false)).into(),
        ButtonGroup::new(vec![Button::new("talk", talk())])
            .button_layout(ButtonLayout::Vertical)
            .invalid_info(expiry)
            .into(),
    ];
    let message = Message::new(blocks).sender_identity(SenderIdentity::Machine).custom_data("order 7");
    let talk = json!({
        "action_type": "ACTION_TYPE_SEND_MESSAGE",
        "message_info": {"content": "a person, please", "custom_data": "x"},
        "action_id": "a1"
    });
    let expiry = json!({"expired_time": "2026-04-02T00:00:00+08:00", "multi_clickable": true});
    pay(
        ReplyToUrgentComplaint::new(id, message, "reply-1"),
        "/v3/merchant-service/complaints-v2/200000020260401000000000001/response-immediate-service",
        json!({
            "complainted_mchid": "1900000001",
            "message": {
                "blocks": [
                    {"type": "TEXT", "text": {"text": "hello", "color": "SECONDARY", "is_bold": true}},
                    {"type": "IMAGE", "image": {"media_id": "A.png", "image_style_type": "IMAGE_STYLE_TYPE_WIDE"}},
                    {"type": "LINK", "link": {
                        "text": "read",
                        "action": {"action_type": "ACTION_TYPE_JUMP_URL", "jump_url": "https://shop.example/faq"},
                        "invalid_info": expiry
                    }},
                    {"type": "FAQ_LIST", "faq_list": {"faqs": [{
                        "faq_id": "f1",
                        "faq_title": "where is it?",
                        "action": {
                            "action_type": "ACTION_TYPE_JUMP_MINI_PROGRAM",
                            "mini_program_jump_info": {
                                "appid": "wxaa00bb11cc22dd33", "path": "pages/faq", "text": "questions"
                            }
                        }
                    }]}},
                    {"type": "BUTTON", "button": {
                        "text": "talk", "action": talk, "invalid_info": {"multi_clickable": false}
                    }},
                    {"type": "BUTTON_GROUP", "button_group": {
                        "buttons": [{"text": "talk", "action": talk}],
                        "button_layout": "LAYOUT_VERTICAL",
                        "invalid_info": expiry
                    }}
                ],
                "sender_identity": "MACHINE",
                "custom_data": "order 7"
            },
            "idempotent_id": "reply-1"
        }),
        json!({"log_id": "300000020260401000000000009"}),
        |reply| assert_eq!(reply.log_id.as_deref(), Some("300000020260401000000000009")),
    )
}
