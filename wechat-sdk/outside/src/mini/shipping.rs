use serde_json::{Value, json};
use wechat_sdk::mini::shipping::{
    Contact, IsTradeManaged, IsTradeManagementConfirmationCompleted, LocalDelivery, OrderKey, Parcel,
    ReportSpecialOrder, SetMessageJumpPath, Shipment, SubShipment, UploadCombinedShippingInfo,
    UploadShippingInfo,
};
use wechat_sdk::{MchId, OpenId, OutTradeNo, TransactionId};

use crate::recorder::APP;
use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let mut all = vec![upload_of_express(), upload_of_parts(), upload_by_courier(), combined()];
    all.extend([upload_without_carrier(Shipment::without_goods("点卡 50 元*1"), 3, "点卡 50 元*1")]);
    all.extend([upload_without_carrier(Shipment::pick_up("生日蛋糕*1"), 4, "生日蛋糕*1")]);
    all.extend(special_orders());
    all.extend(settings());
    all
}

fn transaction() -> OrderKey {
    OrderKey::by_transaction_id(TransactionId::new("4200002650202611210000000001").unwrap())
}

fn own(merchant: &str, number: &str) -> OrderKey {
    OrderKey::by_out_trade_no(MchId::new(merchant).unwrap(), OutTradeNo::new(number).unwrap())
}

fn upload(key: OrderKey, shipment: Shipment) -> UploadShippingInfo {
    let at = chrono::DateTime::parse_from_rfc3339("2026-11-21T02:03:04.056Z").unwrap();
    UploadShippingInfo::new(key, shipment, at, OpenId::new("oShip0001").unwrap())
}

fn uploaded(shipment: &Value) -> Value {
    let mut body = json!({
        "order_key": {"order_number_type": 2, "transaction_id": "4200002650202611210000000001"},
        "upload_time": "2026-11-21T10:03:04.056+08:00",
        "payer": {"openid": "oShip0001"},
    });
    body.as_object_mut().unwrap().extend(shipment.as_object().unwrap().clone());
    body
}

fn upload_of_express() -> Exercise {
    let parcel =
        Parcel::new("SF", "SF1399000000001", "龙井茶 250g*2").contact(Contact::sender("13912345678"));
    mini(
        upload(transaction(), Shipment::express(parcel)),
        "/wxa/sec/order/upload_shipping_info",
        uploaded(&json!({
            "logistics_type": 1,
            "delivery_mode": 1,
            "shipping_list": [{
                "express_company": "SF",
                "tracking_no": "SF1399000000001",
                "item_desc": "龙井茶 250g*2",
                "contact": {"consignor_contact": "139****5678"},
            }],
        })),
        json!({}),
        |_| (),
    )
}

fn upload_of_parts() -> Exercise {
    let parcels = [
        Parcel::new("YTO", "YT8800000000001", "雨伞*1").contact(Contact::receiver("0571-8****321")),
        Parcel::new("ZTO", "ZT7700000000002", "雨靴*1"),
    ];
    let mut body = uploaded(&json!({
        "logistics_type": 1,
        "delivery_mode": 2,
        "is_all_delivered": false,
        "shipping_list": [
            {
                "express_company": "YTO",
                "tracking_no": "YT8800000000001",
                "item_desc": "雨伞*1",
                "contact": {"receiver_contact": "0571-8****321"},
            },
            {"express_company": "ZTO", "tracking_no": "ZT7700000000002", "item_desc": "雨靴*1"},
        ],
    }));
    body["order_key"] = json!({"order_number_type": 1, "mchid": "1900000001", "out_trade_no": "T20261121-7"});
    mini(
        upload(own("1900000001", "T20261121-7"), Shipment::split(parcels, false)),
        "/wxa/sec/order/upload_shipping_info",
        body,
        json!({}),
        |_| (),
    )
}

fn upload_by_courier() -> Exercise {
    let delivery = LocalDelivery::new("鲜花*1")
        .express_company("闪送")
        .tracking_no("SS-55")
        .contact(Contact::receiver("+86 139-1234-5678"));
    mini(
        upload(transaction(), Shipment::same_city(delivery)),
        "/wxa/sec/order/upload_shipping_info",
        uploaded(&json!({
            "logistics_type": 2,
            "delivery_mode": 1,
            "shipping_list": [{
                "item_desc": "鲜花*1",
                "express_company": "闪送",
                "tracking_no": "SS-55",
                "contact": {"receiver_contact": "+86 1**-****-5678"},
            }],
        })),
        json!({}),
        |_| (),
    )
}

fn upload_without_carrier(shipment: Shipment, kind: i64, goods: &str) -> Exercise {
    mini(
        upload(transaction(), shipment),
        "/wxa/sec/order/upload_shipping_info",
        uploaded(
            &json!({"logistics_type": kind, "delivery_mode": 1, "shipping_list": [{"item_desc": goods}]}),
        ),
        json!({}),
        |_| (),
    )
}

fn combined() -> Exercise {
    let at = chrono::DateTime::parse_from_rfc3339("2026-11-21T10:03:04+08:00").unwrap();
    let parcel = |number: &str| Parcel::new("STO", number, "毛巾*3");
    let sub_orders = [
        SubShipment::new(own("1900000001", "T20261121-8a"), Shipment::express(parcel("ST01"))),
        SubShipment::new(own("1900000002", "T20261121-8b"), Shipment::split([parcel("ST02")], true)),
    ];
    mini(
        UploadCombinedShippingInfo::new(
            own("1900000001", "T20261121-8"),
            sub_orders,
            at,
            OpenId::new("oShip0002").unwrap(),
        ),
        "/wxa/sec/order/upload_combined_shipping_info",
        json!({
            "order_key": {"order_number_type": 1, "mchid": "1900000001", "out_trade_no": "T20261121-8"},
            "sub_orders": [
                {
                    "order_key": {"order_number_type": 1, "mchid": "1900000001", "out_trade_no": "T20261121-8a"},
                    "logistics_type": 1,
                    "delivery_mode": 1,
                    "shipping_list": [{"express_company": "STO", "tracking_no": "ST01", "item_desc": "毛巾*3"}],
                },
                {
                    "order_key": {"order_number_type": 1, "mchid": "1900000002", "out_trade_no": "T20261121-8b"},
                    "logistics_type": 1,
                    "delivery_mode": 2,
                    "is_all_delivered": true,
                    "shipping_list": [{"express_company": "STO", "tracking_no": "ST02", "item_desc": "毛巾*3"}],
                },
            ],
            "upload_time": "2026-11-21T10:03:04.000+08:00",
            "payer": {"openid": "oShip0002"},
        }),
        json!({}),
        |_| (),
    )
}

fn special_orders() -> Vec<Exercise> {
    vec![
        mini(
            ReportSpecialOrder::presale(OutTradeNo::new("T20261121-9").unwrap(), 1_800_000_000),
            "/wxa/sec/order/opspecialorder",
            json!({"order_id": "T20261121-9", "type": 1, "delay_to": 1_800_000_000}),
            json!({}),
            |_| (),
        ),
        mini(
            ReportSpecialOrder::test(TransactionId::new("4200002650202611210000000002").unwrap()),
            "/wxa/sec/order/opspecialorder",
            json!({"order_id": "4200002650202611210000000002", "type": 2}),
            json!({}),
            |_| (),
        ),
    ]
}

fn settings() -> Vec<Exercise> {
    vec![
        mini(
            SetMessageJumpPath::new("pages/orders/one?from=wx"),
            "/wxa/sec/order/set_msg_jump_path",
            json!({"path": "pages/orders/one?from=wx"}),
            json!({}),
            |_| (),
        ),
        mini(
            IsTradeManaged::new(),
            "/wxa/sec/order/is_trade_managed",
            json!({"appid": APP}),
            json!({"is_trade_managed": true}),
            |answer| assert!(answer.is_trade_managed),
        ),
        mini(
            IsTradeManagementConfirmationCompleted::new(),
            "/wxa/sec/order/is_trade_management_confirmation_completed",
            json!({"appid": APP}),
            json!({"completed": false}),
            |answer| assert!(!answer.completed),
        ),
    ]
}
