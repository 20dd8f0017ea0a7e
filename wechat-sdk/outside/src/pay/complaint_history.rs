use serde_json::{Value, json};
use wechat_sdk::ComplaintId;
use wechat_sdk::pay::complaint_history::{ComplaintHistory, HistoryKind, QueryComplaintHistory};
use wechat_sdk::pay::complaint_replies::{
    ActionType, BlockKind, ButtonLayout, ImageStyle, SenderIdentity, TextColor,
};
use wechat_sdk::pay::complaints::MediaType;

use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    vec![pay(
        QueryComplaintHistory::new(ComplaintId::new("200000020260401000000000001").unwrap())
            .limit(300)
            .offset(5),
        "/v3/merchant-service/complaints-v2/200000020260401000000000001/negotiation-historys?limit=300&offset=5",
        Value::Null,
        json!({"data": [refused(), said()], "limit": 300, "offset": 5, "total_count": 7}),
        check,
    )]
}

fn refused() -> Value {
    json!({
        "log_id": "300000020260401000000000001",
        "operator": "the merchant",
        "operate_time": "2026-04-01T09:00:00+08:00",
        "operate_type": "MERCHANT_REFUSE_RERUND",
        "operate_details": "it was used",
        "image_list": ["https://qpic.example/1"],
        "complaint_media_list": {
            "media_type": "OPERATION_IMAGE",
            "media_url": ["https://api.mch.weixin.qq.com/v3/merchant-service/images/d"]
        },
        "user_appy_platform_service_reason": "no answer",
        "user_appy_platform_service_reason_description": "nobody wrote back"
    })
}

fn said() -> Value {
    let expiry = json!({"expired_time": "2026-04-02T00:00:00+08:00", "multi_clickable": true});
    let open = json!({
        "action_type": "ACTION_TYPE_JUMP_MINI_PROGRAM",
        "jump_url": "https://shop.example",
        "mini_program_jump_info": {"appid": "wxaa00bb11cc22dd33", "path": "pages/faq", "text": "questions"},
        "message_info": {"content": "a person, please", "custom_data": "x"},
        "action_id": "a1"
    });
    json!({
        "log_id": "300000020260401000000000002",
        "operator": "the user",
        "operate_time": "2026-04-01T09:01:00+08:00",
        "operate_type": "USER_CLICK_RESPONSE",
        "image_list": null,
        "complaint_media_list": null,
        "normal_message": {
            "blocks": [
                {"type": "TEXT", "text": {"text": "hello", "color": "DEFAULT", "is_bold": false}},
                {"type": "IMAGE", "image": {"media_id": "A.png", "image_style_type": "IMAGE_STYLE_TYPE_NARROW"}},
                {"type": "LINK", "link": {"text": "read", "action": open, "invalid_info": expiry}},
                {"type": "FAQ_LIST", "faq_list": {"faqs": [
                    {"faq_id": "f1", "faq_title": "where is it?", "action": open}
                ]}},
                {"type": "BUTTON", "button": {"text": "talk", "action": open, "invalid_info": expiry}},
                {"type": "BUTTON_GROUP", "button_group": {
                    "buttons": [{"text": "talk", "action": open, "invalid_info": expiry}],
                    "button_layout": "LAYOUT_HORIZONTAL",
                    "invalid_info": expiry
                }}
            ],
            "sender_identity": "MANUAL",
            "custom_data": "order 7"
        },
        "click_message": {
            "message_content": "a person, please",
            "action_id": "a1",
            "clicked_log_id": "300000020260401000000000001"
        }
    })
}

fn check(history: ComplaintHistory) {
    assert_eq!((history.limit, history.offset, history.total_count), (Some(300), Some(5), Some(7)));
    let [refused, said] = history.data.try_into().unwrap();
    assert_eq!(refused.operate_type, HistoryKind::MerchantRefuseRefund);
    assert_eq!(refused.complaint_media_list[0].media_type, Some(MediaType::OperationImage));
    assert_eq!(refused.user_apply_platform_service_reason.as_deref(), Some("no answer"));
    assert_eq!(refused.user_apply_platform_service_reason_description.as_deref(), Some("nobody wrote back"));
    assert!(refused.extra.is_empty() && said.extra.is_empty());
    assert_eq!(said.operate_type, HistoryKind::UserClickResponse);
    assert!(said.image_list.is_empty() && said.complaint_media_list.is_empty());
    assert_eq!(said.click_message.unwrap().message_content, Some(json!("a person, please")));
    let message = said.normal_message.unwrap();
    assert_eq!(message.sender_identity, Some(SenderIdentity::Manual));
    let [text, image, link, faqs, button, group] = message.blocks.try_into().unwrap();
    assert_eq!(text.text.unwrap().color, Some(TextColor::Default));
    assert_eq!(image.image.unwrap().image_style_type, Some(ImageStyle::Narrow));
    let action = link.link.unwrap().action.unwrap();
    assert_eq!(action.action_type, Some(ActionType::JumpMiniProgram));
    assert_eq!(action.mini_program_jump_info.unwrap().path.as_deref(), Some("pages/faq"));
    assert_eq!(action.message_info.unwrap().content.as_deref(), Some("a person, please"));
    assert_eq!(faqs.faq_list.unwrap().faqs[0].faq_id.as_deref(), Some("f1"));
    assert_eq!(button.kind, Some(BlockKind::Button));
    assert_eq!(button.button.unwrap().invalid_info.unwrap().multi_clickable, Some(true));
    let group = group.button_group.unwrap();
    assert_eq!((group.buttons.len(), group.button_layout), (1, Some(ButtonLayout::Horizontal)));
    assert!(group.invalid_info.unwrap().expired_time.is_some());
}
