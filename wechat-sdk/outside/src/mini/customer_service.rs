use serde_json::{Value, json};
use wechat_sdk::mini::customer_service::{
    AddStaff, CancelStaffAdmin, CustomService, DeleteStaff, GetTempMedia, ImageMessage, InviteStatus,
    LinkMessage, ListOnlineStaff, ListStaff, PageMessage, SendCustomMessage, SetStaffAdmin, SetTyping,
    StaffStatus, TextMessage, UploadTempMedia,
};
use wechat_sdk::{AppId, OpenId, Secret, Upload};

use crate::{Exercise, mini, mini_file};

const USER: &str = "oUser-5f3Kd_92LmQpXvT7bWcRz1";
const STAFF: &str = "oStaff-8Hq2Yn_4VtJxEw6GsAk03";

pub(super) fn all() -> Vec<Exercise> {
    [messages(), media(), staff()].into_iter().flatten().collect()
}

fn openid(text: &str) -> OpenId {
    OpenId::new(text).unwrap()
}

fn messages() -> Vec<Exercise> {
    let user = || openid(USER);
    let send = "/cgi-bin/message/custom/send";
    let typing = "/cgi-bin/message/custom/business/typing";
    vec![
        mini(
            SendCustomMessage::new(user(), TextMessage::new("您的包裹已发出"))
                .custom_service(CustomService::new("anna@shop_1"))
                .ai_context(true)
                .business_id(7),
            send,
            json!({
                "touser": USER,
                "msgtype": "text",
                "text": {"content": "您的包裹已发出"},
                "customservice": {"kf_account": "anna@shop_1"},
                "aimsgcontext": {"is_ai_msg": 1},
                "businessid": 7,
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SendCustomMessage::new(user(), ImageMessage::new("media-1")).ai_context(false),
            send,
            json!({
                "touser": USER,
                "msgtype": "image",
                "image": {"media_id": "media-1"},
                "aimsgcontext": {"is_ai_msg": 0},
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SendCustomMessage::new(
                user(),
                LinkMessage::new(
                    "新茶",
                    "今年的新茶到了",
                    "https://shop.example/tea",
                    "https://shop.example/tea.jpg",
                ),
            ),
            send,
            json!({
                "touser": USER,
                "msgtype": "link",
                "link": {
                    "title": "新茶",
                    "description": "今年的新茶到了",
                    "url": "https://shop.example/tea",
                    "thumb_url": "https://shop.example/tea.jpg",
                },
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SendCustomMessage::new(
                user(),
                PageMessage::new("订单", "pages/order/order?id=31", "media-2")
                    .appid(AppId::new("wx1234567890abcdef").unwrap()),
            ),
            send,
            json!({
                "touser": USER,
                "msgtype": "miniprogrampage",
                "miniprogrampage": {
                    "title": "订单",
                    "pagepath": "pages/order/order?id=31",
                    "thumb_media_id": "media-2",
                    "appid": "wx1234567890abcdef",
                },
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SetTyping::start(user()).business_id(7),
            typing,
            json!({"touser": USER, "command": "Typing", "businessid": 7}),
            json!({}),
            |_| (),
        ),
        mini(
            SetTyping::stop(user()),
            typing,
            json!({"touser": USER, "command": "CancelTyping"}),
            json!({}),
            |_| (),
        ),
    ]
}

fn media() -> Vec<Exercise> {
    vec![
        mini(
            UploadTempMedia::new(Upload::new("tea.png", "\u{89}PNG").unwrap()),
            "/cgi-bin/media/upload?type=image",
            Value::Null,
            json!({"type": "image", "media_id": "media-3", "created_at": "1790000000"}),
            |media| {
                assert_eq!((media.media_id.as_str(), media.created_at), ("media-3", Some(1_790_000_000)));
                assert_eq!(media.kind.as_deref(), Some("image"));
            },
        ),
        mini_file(
            GetTempMedia::new("media-4"),
            "/cgi-bin/media/get?media_id=media-4",
            Value::Null,
            b"\xFF\xD8\xFF\xE0 a picture",
            |file| assert_eq!(file.bytes.as_ref(), b"\xFF\xD8\xFF\xE0 a picture"),
        ),
    ]
}

fn staff() -> Vec<Exercise> {
    vec![
        mini(
            AddStaff::new("anna@shop_1", "安娜").business_id(7),
            "/customservice/kfaccount/add",
            json!({"kf_account": "anna@shop_1", "nickname": "安娜", "business_id": 7}),
            json!({}),
            |_| (),
        ),
        mini(
            DeleteStaff::new("anna@shop_1").business_id(7),
            "/customservice/kfaccount/del",
            json!({"kf_account": "anna@shop_1", "business_id": 7}),
            json!({}),
            |_| (),
        ),
        mini(
            SetStaffAdmin::new(openid(STAFF)).business_id(7),
            "/customservice/kfaccount/setadmin?business_id=7&kf_openid=oStaff-8Hq2Yn_4VtJxEw6GsAk03",
            Value::Null,
            json!({}),
            |_| (),
        ),
        mini(
            CancelStaffAdmin::new(openid(STAFF)).business_id(7),
            "/customservice/kfaccount/canceladmin?business_id=7&kf_openid=oStaff-8Hq2Yn_4VtJxEw6GsAk03",
            Value::Null,
            json!({}),
            |_| (),
        ),
        mini(
            ListStaff::new().business_id(7),
            "/cgi-bin/customservice/getkflist?business_id=7",
            Value::Null,
            json!({"kf_list": [
                {
                    "kf_account": "anna@shop_1",
                    "kf_nick": "安娜",
                    "kf_id": "2001",
                    "kf_headimgurl": "https://shop.example/anna.jpg",
                    "kf_wx": "anna_wx",
                    "kf_openid": STAFF,
                },
                {
                    "kf_account": "ben@shop_1",
                    "kf_id": 2002,
                    "kf_openid": "",
                    "invite_wx": "ben_wx",
                    "invite_expire_time": "1790086400",
                    "invite_status": "waiting",
                },
            ]}),
            |staff| {
                let [anna, ben] = staff.kf_list.as_slice() else { panic!("{staff:?}") };
                assert_eq!(anna.kf_account.as_deref(), Some("anna@shop_1"));
                assert_eq!(anna.kf_nick.as_deref(), Some("安娜"));
                assert_eq!(anna.kf_headimgurl.as_deref(), Some("https://shop.example/anna.jpg"));
                assert_eq!(anna.kf_wx.as_ref().map(Secret::expose), Some("anna_wx"));
                assert_eq!(anna.kf_openid, Some(openid(STAFF)));
                assert_eq!((ben.kf_id.as_str(), &ben.kf_openid), ("2002", &None));
                assert_eq!(ben.invite_wx.as_ref().map(Secret::expose), Some("ben_wx"));
                assert_eq!(ben.invite_expire_time, Some(1_790_086_400));
                assert_eq!(ben.invite_status, Some(InviteStatus::Waiting));
            },
        ),
        mini(
            ListStaff::new(),
            "/cgi-bin/customservice/getkflist",
            Value::Null,
            json!({"kf_online_list": [{"kf_id": "2001"}]}),
            |staff| assert_eq!(staff.kf_list.len(), 1),
        ),
        mini(
            ListOnlineStaff::new().business_id(7),
            "/cgi-bin/customservice/getonlinekflist?business_id=7",
            Value::Null,
            json!({"kf_online_list": [
                {"kf_account": "", "status": 1, "kf_id": 2001, "accepted_case": 3, "kf_openid": STAFF},
            ]}),
            |staff| {
                let anna = &staff.kf_online_list[0];
                assert_eq!((anna.kf_id.as_str(), anna.kf_account.as_deref()), ("2001", Some("")));
                assert_eq!((&anna.status, anna.accepted_case), (&Some(StaffStatus::Web), Some(3)));
                assert_eq!(anna.kf_openid, Some(openid(STAFF)));
            },
        ),
    ]
}
