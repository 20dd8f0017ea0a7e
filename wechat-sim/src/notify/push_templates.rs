//! What each push of the protocol looks like, filled with likely values.

use serde_json::{Value, json};

use super::push_events::{complete, post_push};
use crate::core::Core;
use crate::crypto::random;
use crate::world::{Order, World};

/// A push that can be sent on demand.
#[derive(Debug)]
pub(crate) struct Template {
    /// The event, or the type of a message; what comes in several shapes has one of them after a colon.
    pub(crate) name: &'static str,
    /// When the platform sends it.
    pub(crate) about: &'static str,
    from: From,
    fill: fn(&Scene<'_>) -> Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// A message of a shopper.
    Message,
    /// An event with the shopper as its sender.
    Shopper,
    /// An event of the platform itself.
    Platform,
}

/// What the values come from.
struct Scene<'a> {
    app_id: &'a str,
    openid: &'a str,
    /// The youngest paid order of the app.
    order: Option<&'a Order>,
    /// Seconds.
    at: i64,
}

impl Scene<'_> {
    fn order(&self) -> Value {
        let payment = self.order.and_then(|order| order.payment.as_ref());
        let paid = payment.map_or(self.at - 3 * 86_400, |payment| payment.paid_at / 1000);
        json!({
            "transaction_id": payment.map_or("4200000000202611210000000001", |payment| &payment.transaction_id),
            "merchant_id": self.order.map_or("1900000001", |order| &order.mchid),
            "sub_merchant_id": "",
            "merchant_trade_no": self.order.map_or("ORDER0001", |order| &order.out_trade_no),
            "pay_time": paid,
        })
    }
}

fn with(mut base: Value, more: Value) -> Value {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}

fn audit(scene: &Scene<'_>) -> Value {
    json!({"appid": scene.app_id, "ret": 2, "reason": "示例"})
}

fn withdrawal(scene: &Scene<'_>) -> Value {
    json!({"OpenID": scene.openid, "AppID": scene.app_id, "RevokeInfo": "2", "PluginID": "", "OpenPID": ""})
}

/// The number of a message: more than doubles can hold.
pub(crate) fn message_id() -> u64 {
    (u64::from_be_bytes(random::<8>()) >> 2) | (1 << 61)
}

const fn new(name: &'static str, from: From, about: &'static str, fill: fn(&Scene<'_>) -> Value) -> Template {
    Template { name, about, from, fill }
}

const TEMPLATE: &str = "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc";

/// Every push of the protocol.
pub(crate) const ALL: &[Template] = &[
    new("text", From::Message, "a shopper writes", |_| json!({"Content": "请问什么时候发货？"})),
    new(
        "image",
        From::Message,
        "a shopper sends a picture",
        |_| json!({"PicUrl": "http://mmbiz.qpic.cn/mmbiz_jpg/example/0", "MediaId": "example-media-id"}),
    ),
    new("miniprogrampage", From::Message, "a shopper sends a card", |scene| {
        json!({
            "Title": "商品", "AppId": scene.app_id, "PagePath": "pages/goods/index?id=1",
            "ThumbUrl": "http://mmbiz.qpic.cn/mmbiz_jpg/example/0", "ThumbMediaId": "example-media-id",
        })
    }),
    new(
        "user_enter_tempsession",
        From::Shopper,
        "a shopper enters the session",
        |_| json!({"SessionFrom": "order-detail"}),
    ),
    new(
        "subscribe_msg_popup_event",
        From::Shopper,
        "a shopper answers the pop-up",
        |_| json!({"List": [{"TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": 0}]}),
    ),
    new(
        "subscribe_msg_change_event",
        From::Shopper,
        "a shopper turns a template off",
        |_| json!({"List": [{"TemplateId": TEMPLATE, "SubscribeStatusString": "reject"}]}),
    ),
    new("subscribe_msg_sent_event", From::Shopper, "a subscribe message was sent", |_| {
        json!({"List": [{
            "TemplateId": TEMPLATE, "MsgID": message_id(), "ErrorCode": 0, "ErrorStatus": "success",
        }]})
    }),
    new("notify_service_msg_send_result", From::Platform, "a service card could not be sent", |scene| {
        json!({
            "openid": scene.openid, "notify_code": "p1.4200002043202311087295582095", "notify_type": 2006,
            "card_status": 4, "fail_ret": -1004, "fail_msg": "user reject message ",
        })
    }),
    new("wxa_media_check", From::Platform, "a picture or a sound was checked", |scene| {
        json!({
            "appid": scene.app_id, "trace_id": "60f96f1d-3845297a-1976a3ae", "version": 2, "errcode": 0,
            "errmsg": "ok", "result": {"suggest": "pass", "label": 100},
            "detail": [{
                "strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100, "prob": 90,
            }],
        })
    }),
    new(
        "wxa_trade_controlled",
        From::Platform,
        "the app must report its shipping",
        |_| json!({"msg": "小程序已接入发货信息管理服务"}),
    ),
    new(
        "trade_manage_remind_access_api",
        From::Platform,
        "trades exist and nothing was ever shipped",
        |_| json!({"msg": "请接入发货信息管理服务"}),
    ),
    new("trade_manage_remind_shipping", From::Platform, "an order waits for more than 48 hours", |scene| {
        with(scene.order(), json!({"msg": "订单超过48小时未发货"}))
    }),
    new("trade_manage_order_settlement", From::Platform, "a shipped order was settled", |scene| {
        let times = json!({
            "shipped_time": scene.at - 2 * 86_400, "confirm_receive_method": 1,
            "confirm_receive_time": scene.at - 60, "settlement_time": scene.at,
        });
        with(scene.order(), times)
    }),
    new("trade_manage_order_settlement:shipped", From::Platform, "all of an order was shipped", |scene| {
        let times = json!({"shipped_time": scene.at, "estimated_settlement_time": scene.at + 10 * 86_400});
        with(scene.order(), times)
    }),
    new("user_info_modified", From::Platform, "a shopper changed the profile", withdrawal),
    new("user_authorization_revoke", From::Platform, "a shopper takes a consent back", withdrawal),
    new("user_authorization_cancellation", From::Platform, "a shopper's account is gone", withdrawal),
    new("wxa_punish_event", From::Platform, "a violation was punished", |scene| {
        json!({
            "event_type": 1, "punish_id": "649557", "appid": scene.app_id, "punish_time": scene.at,
            "illegal_reason": "存在诱导分享行为", "illegal_content": ["示例"], "rule_name": "滥用分享行为",
            "rule_url": "https://developers.weixin.qq.com/miniprogram/product/", "adjust_guide_url": "",
            "detail": format!(
                "{{\"warned_type\":1,\"rectify_deadline\":{},\"warned_ban_days\":[3]}}", scene.at + 7 * 86_400
            ),
        })
    }),
    new(
        "wxa_comment_bad_score",
        From::Platform,
        "a trade was rated badly",
        |_| json!({"result": {"comment_id": "2272502024443330610"}}),
    ),
    new("wxa_nickname_audit", From::Platform, "a new name was reviewed", audit),
    new("wxa_category_audit", From::Platform, "a category was reviewed", audit),
    new("wxa_privacy_apply", From::Platform, "the use of private data was reviewed", audit),
    new("wxa_illegal_record", From::Platform, "a violation was recorded", audit),
    new("wxa_appeal_record", From::Platform, "an appeal was decided", audit),
    new(
        "weapp_audit_success",
        From::Platform,
        "code passed its review",
        |scene| json!({"SuccTime": scene.at}),
    ),
    new(
        "weapp_audit_fail",
        From::Platform,
        "code failed its review",
        |scene| json!({"Reason": "1:账号信息不合规", "FailTime": scene.at, "ScreenShot": "example-media-id"}),
    ),
    new(
        "weapp_audit_delay",
        From::Platform,
        "the review of code takes longer",
        |scene| json!({"Reason": "审核延期", "DelayTime": scene.at}),
    ),
    new("wxalive_push_message_notify", From::Platform, "followers of live rooms were told", |_| {
        json!({
            "message_id": "1622047360795164672", "room_id": 1, "total_count": 10, "success_count": 9,
            "openid_error_count": 1, "relation_error_count": 0, "user_recv_limit_count": 0,
            "internal_error_count": 0,
        })
    }),
    new("xpay_goods_deliver_notify", From::Platform, "virtual goods were paid", |scene| {
        json!({
            "OpenId": scene.openid, "OutTradeNo": "VIRTUAL0001", "Env": 1,
            "WeChatPayInfo": {"MchOrderNo": "VIRTUAL0001", "TransactionId": "4200000000", "PaidTime": scene.at},
            "GoodsInfo": {"ProductId": "coin", "Quantity": 1, "OrigPrice": 100, "ActualPrice": 100, "Attach": ""},
        })
    }),
    new("funds_order_pay", From::Shopper, "legacy: an order was paid", |_| {
        json!({"order_info": {
            "trade_no": "ORDER0001", "transaction_id": "4200000000", "pay_time": "2026-11-21 12:00:00",
        }})
    }),
    new("funds_order_refund", From::Shopper, "legacy: an order was paid back", |_| {
        json!({"order_info": {
            "refund_no": "REFUND0001", "status": "SUCCESS", "success_time": "2026-11-21 12:00:00",
        }})
    }),
    new(
        "debug_demo",
        From::Shopper,
        "the debug tool of the console",
        |_| json!({"debug_str": "hello world"}),
    ),
];

/// The whole content of a push; the reason when there is no such push. Without an openid it is about the
/// first shopper of the app.
pub(crate) fn content(
    world: &World,
    app_id: &str,
    openid: Option<&str>,
    name: &str,
    at: i64,
) -> Result<Value, String> {
    let template = ALL.iter().find(|template| template.name == name);
    let template = template.ok_or_else(|| format!("there is no push {name}"))?;
    let known = || world.shoppers.values().find(|shopper| shopper.app_id == app_id);
    let openid = openid.or_else(|| known().map(|shopper| shopper.openid.as_str()));
    let openid = openid.unwrap_or("oEXAMPLE-shopper-0000000000");
    let paid = world.orders.values().filter(|order| order.app_id == app_id && order.payment.is_some());
    let order = paid.max_by_key(|order| order.payment.as_ref().map(|payment| payment.paid_at));
    let mut content = (template.fill)(&Scene { app_id, openid, order, at: at / 1000 });
    if template.from == From::Message {
        content["MsgType"] = json!(name);
        content["MsgId"] = json!(message_id());
    } else {
        content["MsgType"] = json!("event");
        content["Event"] = json!(name.split(':').next());
    }
    let from = if template.from == From::Platform { "" } else { openid };
    Ok(complete(app_id, from, content, at))
}

/// Posts a push with these members instead of its own, and without those that are null. Answers its number;
/// `None` when the app has no address for pushes.
pub(crate) fn post(
    core: &Core,
    world: &mut World,
    (app_id, openid): (&str, Option<&str>),
    (name, fields): (&str, &Value),
    now: i64,
) -> Result<Option<u64>, String> {
    let mut content = content(world, app_id, openid, name, now)?;
    for (member, value) in fields.as_object().into_iter().flatten() {
        content[member] = value.clone();
    }
    if let Some(members) = content.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    Ok(post_push(core, world, app_id, "", content, now))
}
