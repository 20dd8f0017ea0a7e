use serde_json::{Value, json};
use wechat_sdk::mini::links::EnvVersion;
use wechat_sdk::mini::messaging::{
    Activity, CreateActivityId, Language, MiniProgramState, SendSubscribeMessage, SetUpdatableMessage,
    TemplateData,
};
use wechat_sdk::{OpenId, UnionId};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let openid = || OpenId::new("oLk7-shopper_0001").unwrap();
    let data = TemplateData::new()
        .set("character_string1", "SO20260801-17")
        .set("thing2", "龙井茶 250 克")
        .set("amount3", "￥128.50")
        .set("time4", "2026年8月1日 09:30");
    let activity = json!({"activity_id": "1190_tea-party", "expiration_time": "1790086400"});
    let created = |activity: Activity| {
        assert_eq!(
            (activity.activity_id.as_str(), activity.expiration_time),
            ("1190_tea-party", Some(1_790_086_400))
        );
    };
    vec![
        mini(
            SendSubscribeMessage::new(openid(), "tea-template-1", data)
                .page("pages/order/order?no=17")
                .miniprogram_state(MiniProgramState::Trial)
                .lang(Language::HongKong),
            "/cgi-bin/message/subscribe/send",
            json!({
                "touser": "oLk7-shopper_0001",
                "template_id": "tea-template-1",
                "data": {
                    "character_string1": {"value": "SO20260801-17"},
                    "thing2": {"value": "龙井茶 250 克"},
                    "amount3": {"value": "￥128.50"},
                    "time4": {"value": "2026年8月1日 09:30"}
                },
                "page": "pages/order/order?no=17",
                "miniprogram_state": "trial",
                "lang": "zh_HK"
            }),
            json!({"msgid": 3_141_592_653_589_793_238_i64}),
            |sent| assert_eq!(sent.msgid.as_deref(), Some("3141592653589793238")),
        ),
        mini(
            CreateActivityId::updatable(),
            "/cgi-bin/message/wxopen/activityid/create",
            Value::Null,
            activity.clone(),
            created,
        ),
        mini(
            CreateActivityId::private(openid()),
            "/cgi-bin/message/wxopen/activityid/create?openid=oLk7-shopper_0001",
            Value::Null,
            activity.clone(),
            created,
        ),
        mini(
            CreateActivityId::private_by_unionid(UnionId::new("uLk7-shopper").unwrap()),
            "/cgi-bin/message/wxopen/activityid/create?unionid=uLk7-shopper",
            Value::Null,
            activity,
            created,
        ),
        mini(
            SetUpdatableMessage::gathering("1190_tea-party", 3, 8),
            "/cgi-bin/message/wxopen/updatablemsg/send",
            json!({
                "activity_id": "1190_tea-party",
                "target_state": 0,
                "template_info": {"parameter_list": [
                    {"name": "member_count", "value": "3"},
                    {"name": "room_limit", "value": "8"}
                ]}
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SetUpdatableMessage::started("1190_tea-party", "pages/party/party?id=5", EnvVersion::Release),
            "/cgi-bin/message/wxopen/updatablemsg/send",
            json!({
                "activity_id": "1190_tea-party",
                "target_state": 1,
                "template_info": {"parameter_list": [
                    {"name": "path", "value": "pages/party/party?id=5"},
                    {"name": "version_type", "value": "release"}
                ]}
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SetUpdatableMessage::ended("1190_tea-party"),
            "/cgi-bin/message/wxopen/updatablemsg/send",
            json!({
                "activity_id": "1190_tea-party",
                "target_state": 2,
                "template_info": {"parameter_list": []}
            }),
            json!({}),
            |_| (),
        ),
    ]
}
