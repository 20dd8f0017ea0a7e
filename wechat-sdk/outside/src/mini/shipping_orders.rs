use serde_json::{Value, json};
use wechat_sdk::mini::shipping::{DeliveryMode, LogisticsType};
use wechat_sdk::mini::shipping_orders::{
    GetShippingOrder, ListShippingOrders, NotifyConfirmReceive, OrderState, PayTimeRange, ShippingOrder,
};
use wechat_sdk::{Fen, MchId, OpenId, OutTradeNo, TransactionId};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let mut all = single();
    all.push(list());
    all.extend(reminders());
    all
}

fn transaction() -> TransactionId {
    TransactionId::new("4200002650202611210000000003").unwrap()
}

fn merchant() -> MchId {
    MchId::new("1900000001").unwrap()
}

fn number() -> OutTradeNo {
    OutTradeNo::new("T20261121-10").unwrap()
}

fn order() -> Value {
    json!({
        "transaction_id": "4200002650202611210000000003",
        "merchant_id": "1900000001",
        "sub_merchant_id": "1900000077",
        "merchant_trade_no": "T20261121-10",
        "description": "茶杯*2;茶壶*1",
        "paid_amount": 25800,
        "openid": "oShip0003",
        "trade_create_time": 1_795_000_000,
        "pay_time": 1_795_000_060,
        "order_state": 2,
        "in_complaint": false,
        "shipping": {
            "delivery_mode": 2,
            "logistics_type": 1,
            "finish_shipping": true,
            "finish_shipping_count": 1,
            "goods_desc": "茶具",
            "shipping_list": [{
                "tracking_no": "YD4400000000009",
                "express_company": "YD",
                "goods_desc": "茶壶*1",
                "upload_time": 1_795_086_400,
                "contact": {"consignor_contact": "139****5678", "receiver_contact": "****4321"},
            }],
        },
    })
}

fn check(order: &ShippingOrder) {
    assert_eq!(order.order_state, OrderState::Shipped);
    assert_eq!(order.paid_amount, Some(Fen(25800)));
    assert_eq!(order.sub_merchant_id.as_ref().map(MchId::as_str), Some("1900000077"));
    assert_eq!(order.merchant_trade_no.as_deref(), Some("T20261121-10"));
    let shipping = order.shipping.as_ref().unwrap();
    assert_eq!(shipping.delivery_mode, Some(DeliveryMode::Split));
    assert_eq!(shipping.logistics_type, Some(LogisticsType::Express));
    assert_eq!(shipping.finish_shipping_count, Some(1));
    let [parcel] = shipping.shipping_list.as_slice() else { panic!("one parcel") };
    assert_eq!(parcel.upload_time, Some(1_795_086_400));
    let contact = parcel.contact.as_ref().unwrap();
    assert_eq!(contact.receiver_contact.as_ref().unwrap().expose(), "****4321");
    assert!(order.extra.is_empty() && shipping.extra.is_empty() && parcel.extra.is_empty());
}

fn single() -> Vec<Exercise> {
    vec![
        mini(
            GetShippingOrder::by_transaction_id(transaction()),
            "/wxa/sec/order/get_order",
            json!({"transaction_id": "4200002650202611210000000003"}),
            json!({"order": order()}),
            |answer| check(&answer.order),
        ),
        mini(
            GetShippingOrder::by_out_trade_no(merchant(), number())
                .sub_merchant_id(MchId::new("1900000077").unwrap()),
            "/wxa/sec/order/get_order",
            json!({
                "merchant_id": "1900000001",
                "merchant_trade_no": "T20261121-10",
                "sub_merchant_id": "1900000077",
            }),
            json!({"order": {
                "transaction_id": "4200002650202611210000000003",
                "sub_merchant_id": "",
                "order_state": 7,
                "shipping": {},
            }}),
            |answer| {
                assert_eq!(answer.order.order_state, OrderState::Other(7));
                assert_eq!(answer.order.sub_merchant_id, None);
                assert!(answer.order.shipping.unwrap().shipping_list.is_empty());
            },
        ),
    ]
}

fn list() -> Exercise {
    mini(
        ListShippingOrders::new()
            .pay_time_range(PayTimeRange::new().begin_time(1_794_900_000).end_time(1_795_100_000))
            .order_state(OrderState::Received)
            .openid(OpenId::new("oShip0003").unwrap())
            .last_index("0a1b2c")
            .page_size(20),
        "/wxa/sec/order/get_order_list",
        json!({
            "pay_time_range": {"begin_time": 1_794_900_000, "end_time": 1_795_100_000},
            "order_state": 3,
            "openid": "oShip0003",
            "last_index": "0a1b2c",
            "page_size": 20,
        }),
        json!({"order_list": [order()], "last_index": "0a1b2d", "has_more": true}),
        |page| {
            check(&page.order_list[0]);
            assert_eq!((page.last_index.as_deref(), page.has_more), (Some("0a1b2d"), Some(true)));
        },
    )
}

fn reminders() -> Vec<Exercise> {
    vec![
        mini(
            NotifyConfirmReceive::by_transaction_id(transaction(), 1_795_200_000),
            "/wxa/sec/order/notify_confirm_receive",
            json!({"transaction_id": "4200002650202611210000000003", "received_time": 1_795_200_000}),
            json!({}),
            |_| (),
        ),
        mini(
            NotifyConfirmReceive::by_out_trade_no(merchant(), number(), 1_795_200_000)
                .sub_merchant_id(MchId::new("1900000077").unwrap()),
            "/wxa/sec/order/notify_confirm_receive",
            json!({
                "merchant_id": "1900000001",
                "merchant_trade_no": "T20261121-10",
                "sub_merchant_id": "1900000077",
                "received_time": 1_795_200_000,
            }),
            json!({}),
            |_| (),
        ),
    ]
}
