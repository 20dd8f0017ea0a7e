use serde_json::{Value, json};
use wechat_sdk::mini::logistics::{
    FollowWaybill, GetDeliveryList, Parcel, QueryFollowTrace, QueryTrace, TraceWaybill,
    UpdateFollowWaybillGoods, UpdateWaybillGoods, WaybillItem, WaybillStatus, WaybillToken, WaybillTrace,
};
use wechat_sdk::{MiniOperation, OpenId, TransactionId};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    vec![
        mini(
            GetDeliveryList::new(),
            "/cgi-bin/express/delivery/open_msg/get_delivery_list",
            json!({}),
            json!({"delivery_list": [{"delivery_id": "YTO", "delivery_name": "圆通速递"}], "count": 1}),
            |carriers| {
                assert_eq!(
                    (carriers.count, carriers.delivery_list[0].delivery_id.as_str()),
                    (Some(1), "YTO")
                );
            },
        ),
        followed(FollowWaybill::new(parcel()), "/cgi-bin/express/delivery/open_msg/follow_waybill"),
        followed(TraceWaybill::new(parcel()), "/cgi-bin/express/delivery/open_msg/trace_waybill"),
        asked(
            QueryFollowTrace::new("token-1").openid(openid()),
            "/cgi-bin/express/delivery/open_msg/query_follow_trace",
        ),
        asked(QueryTrace::new("token-1").openid(openid()), "/cgi-bin/express/delivery/open_msg/query_trace"),
        mini(
            UpdateFollowWaybillGoods::new("token-1", goods()).openid(openid()),
            "/cgi-bin/express/delivery/open_msg/update_follow_waybill_goods",
            json!({"waybill_token": "token-1", "goods_info": goods_body(), "openid": "oBuyer_of-tea"}),
            json!({}),
            |_| (),
        ),
        mini(
            UpdateWaybillGoods::new("token-1", goods()).openid(openid()),
            "/cgi-bin/express/delivery/open_msg/update_waybill_goods",
            json!({"waybill_token": "token-1", "goods_info": goods_body(), "openid": "oBuyer_of-tea"}),
            json!({}),
            |_| (),
        ),
    ]
}

fn openid() -> OpenId {
    OpenId::new("oBuyer_of-tea").unwrap()
}

fn goods() -> Vec<WaybillItem> {
    vec![
        WaybillItem::new("green tea", "https://img.example/1").desc("250 g"),
        WaybillItem::new("cup", "https://img.example/2"),
    ]
}

fn goods_body() -> Value {
    json!({"detail_list": [
        {"goods_name": "green tea", "goods_img_url": "https://img.example/1", "goods_desc": "250 g"},
        {"goods_name": "cup", "goods_img_url": "https://img.example/2"},
    ]})
}

fn parcel() -> Parcel {
    let payment = TransactionId::new("4200000000202601010000000001").unwrap();
    Parcel::new(openid(), "13900000003", "YT0003", payment, goods())
        .order_detail_path("pages/order?id=3")
        .sender_phone("13900000004")
        .delivery_id("YTO")
}

fn followed<O: MiniOperation<Output = WaybillToken> + Clone + std::fmt::Debug + 'static>(
    call: O,
    target: &'static str,
) -> Exercise {
    let body = json!({
        "openid": "oBuyer_of-tea", "receiver_phone": "13900000003", "waybill_id": "YT0003",
        "trans_id": "4200000000202601010000000001", "goods_info": goods_body(),
        "order_detail_path": "pages/order?id=3", "sender_phone": "13900000004", "delivery_id": "YTO",
    });
    mini(call, target, body, json!({"waybill_token": "token-1"}), |waybill| {
        assert_eq!(waybill.waybill_token.expose(), "token-1");
    })
}

fn asked<O: MiniOperation<Output = WaybillTrace> + Clone + std::fmt::Debug + 'static>(
    call: O,
    target: &'static str,
) -> Exercise {
    let answer = json!({
        "waybill_info": {"status": 6, "waybill_id": "YT0003"},
        "shop_info": {"goods_info": {"detail_list": {
            "goods_name": "green tea", "goods_img_url": "https://img.example/1",
        }}},
        "delivery_info": {"delivery_id": "YTO", "delivery_name": "圆通速递"},
    });
    mini(call, target, json!({"waybill_token": "token-1", "openid": "oBuyer_of-tea"}), answer, |trace| {
        assert_eq!(trace.waybill_info.status, WaybillStatus::SignedByProxy);
        assert_eq!(trace.waybill_info.waybill_id.as_deref(), Some("YT0003"));
        let goods = trace.shop_info.unwrap().goods_info.unwrap();
        assert_eq!(goods.detail_list[0].goods_name.as_deref(), Some("green tea"));
        assert_eq!(trace.delivery_info.unwrap().delivery_id, "YTO");
    })
}
