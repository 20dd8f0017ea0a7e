use serde_json::{Value, json};
use wechat_sdk::mini::express_orders::{
    AddExpressOrder, BatchGetExpressOrders, CancelExpressOrder, ExpressAction, ExpressOrderRef,
    ExpressOrderStatus, GetExpressOrder, GetExpressPath,
};
use wechat_sdk::mini::express_parcel::{
    Cargo, CargoItem, Contact, ExpressGoods, ExpressGoodsItem, ExpressOrder, ExpressService, Insurance,
};
use wechat_sdk::{AppId, Fen, OpenId};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let mut all = adding();
    all.extend(asking());
    all
}

fn openid() -> OpenId {
    OpenId::new("oReceiver_of-parcels").unwrap()
}

fn sender() -> Contact {
    Contact::with_tel("仓库", "0571-1", "浙江省", "杭州市", "余杭区", "文一西路 1 号")
        .mobile("13900000001")
        .company("一家店")
        .post_code("311100")
        .country("中国")
}

fn sender_body() -> Value {
    json!({
        "name": "仓库", "tel": "0571-1", "mobile": "13900000001", "company": "一家店", "post_code": "311100",
        "country": "中国", "province": "浙江省", "city": "杭州市", "area": "余杭区", "address": "文一西路 1 号",
    })
}

fn receiver() -> Contact {
    Contact::with_mobile("赵六", "13900000002", "四川省", "成都市", "武侯区", "天府大道 2 号").tel("028-2")
}

fn receiver_body() -> Value {
    json!({
        "name": "赵六", "mobile": "13900000002", "tel": "028-2", "province": "四川省", "city": "成都市",
        "area": "武侯区", "address": "天府大道 2 号",
    })
}

fn order(goods: ExpressGoods, insurance: Insurance) -> ExpressOrder {
    let cargo = Cargo::new(1, 1.5, 30.0, 20.5, 10.0, [CargoItem::new("tea", 3)]);
    let service = ExpressService::new(2, "顺丰特快");
    ExpressOrder::new("P-2", "SF", "SF_CASH", sender(), receiver(), cargo, goods, insurance, service)
}

fn body(goods: &Value, insurance: &Value, more: Value) -> Value {
    let mut body = json!({
        "order_id": "P-2", "delivery_id": "SF", "biz_id": "SF_CASH", "sender": sender_body(),
        "receiver": receiver_body(), "shop": goods, "insured": insurance,
        "cargo": {
            "count": 1, "weight": 1.5, "space_x": 30.0, "space_y": 20.5, "space_z": 10.0,
            "detail_list": [{"name": "tea", "count": 3}],
        },
        "service": {"service_type": 2, "service_name": "顺丰特快"},
    });
    let Value::Object(more) = more else { unreachable!() };
    body.as_object_mut().unwrap().extend(more);
    body
}

fn adding() -> Vec<Exercise> {
    let listed = ExpressGoods::listed([ExpressGoodsItem::new("green tea", "https://img.example/1", "250 g")])
        .wxa_path("pages/order?id=2");
    let named = ExpressGoods::named("black tea", "https://img.example/2", 3);
    let answer = json!({
        "order_id": "P-2", "waybill_id": "SF0002", "waybill_data": [{"key": "SF_mark", "value": "28-1"}],
        "delivery_resultcode": 0, "delivery_resultmsg": "",
    });
    vec![
        mini(
            AddExpressOrder::in_mini_program(
                openid(),
                order(listed, Insurance::worth(Fen(20_000)))
                    .custom_remark("keep dry")
                    .tagid(7)
                    .expect_time(1_790_003_600)
                    .take_mode(0),
            ),
            "/cgi-bin/express/business/order/add",
            body(
                &json!({
                    "wxa_path": "pages/order?id=2",
                    "detail_list": [{
                        "goods_name": "green tea", "goods_img_url": "https://img.example/1", "goods_desc": "250 g",
                    }],
                }),
                &json!({"use_insured": 1, "insured_value": 20_000}),
                json!({
                    "add_source": 0, "openid": "oReceiver_of-parcels", "custom_remark": "keep dry", "tagid": 7,
                    "expect_time": 1_790_003_600, "take_mode": 0,
                }),
            ),
            answer.clone(),
            |added| {
                assert_eq!((added.waybill_id.as_str(), added.delivery_resultcode), ("SF0002", Some(0)));
                assert_eq!(added.waybill_data[0].value.as_ref().unwrap().expose(), "28-1");
            },
        ),
        mini(
            AddExpressOrder::elsewhere(
                AppId::new("wx00000000000000aa").unwrap(),
                order(named, Insurance::none()),
            ),
            "/cgi-bin/express/business/order/add",
            body(
                &json!({"goods_name": "black tea", "img_url": "https://img.example/2", "goods_count": 3}),
                &json!({"use_insured": 0, "insured_value": 0}),
                json!({"add_source": 2, "wx_appid": "wx00000000000000aa"}),
            ),
            answer,
            |added| assert_eq!(added.order_id, "P-2"),
        ),
    ]
}

fn asking() -> Vec<Exercise> {
    let label = json!({
        "print_html": "PGh0bWw+", "waybill_data": [{"key": "SF_mark", "value": "28-1"}], "order_id": "P-2",
        "delivery_id": "SF", "waybill_id": "SF0002", "order_status": 1,
    });
    vec![
        mini(
            CancelExpressOrder::new("P-2", "SF", "SF0002").openid(openid()),
            "/cgi-bin/express/business/order/cancel",
            json!({
                "order_id": "P-2", "delivery_id": "SF", "waybill_id": "SF0002", "openid": "oReceiver_of-parcels",
            }),
            json!({"delivery_resultcode": "0", "delivery_resultmsg": "done"}),
            |cancelled| assert_eq!(cancelled.delivery_resultcode, Some(0)),
        ),
        mini(
            GetExpressOrder::new("P-2", "SF").waybill_id("SF0002").openid(openid()).print_type(1),
            "/cgi-bin/express/business/order/get",
            json!({
                "order_id": "P-2", "delivery_id": "SF", "waybill_id": "SF0002", "openid": "oReceiver_of-parcels",
                "print_type": 1,
            }),
            label.clone(),
            |label| {
                assert_eq!(label.order_status, Some(ExpressOrderStatus::Cancelled));
                assert_eq!(label.print_html.unwrap().expose(), "PGh0bWw+");
                assert_eq!(label.waybill_data[0].key, "SF_mark");
            },
        ),
        mini(
            BatchGetExpressOrders::new([
                ExpressOrderRef::new("P-2", "SF").waybill("SF0002"),
                ExpressOrderRef::new("P-3", "ZTO"),
            ]),
            "/cgi-bin/express/business/order/batchget",
            json!({"order_list": [
                {"order_id": "P-2", "delivery_id": "SF", "waybill_id": "SF0002"},
                {"order_id": "P-3", "delivery_id": "ZTO"},
            ]}),
            json!({"order_list": [
                {
                    "errcode": 0, "errmsg": "ok", "print_html": "PGh0bWw+", "order_id": "P-2", "delivery_id": "SF",
                    "waybill_id": "SF0002", "waybill_data": [{"key": "SF_mark", "value": "28-1"}], "order_status": 0,
                },
                {"errcode": 9_300_503, "errmsg": "no such carrier", "order_id": "P-3"},
            ]}),
            |labels| {
                let [good, bad] = labels.order_list.as_slice() else { panic!("two labels") };
                assert_eq!((good.errcode, &good.order_status), (Some(0), &Some(ExpressOrderStatus::Normal)));
                assert_eq!((bad.errcode, bad.errmsg.as_deref()), (Some(9_300_503), Some("no such carrier")));
            },
        ),
        mini(
            GetExpressPath::new("SF", "SF0002").order_id("P-2").openid(openid()),
            "/cgi-bin/express/business/path/get",
            json!({
                "delivery_id": "SF", "waybill_id": "SF0002", "order_id": "P-2", "openid": "oReceiver_of-parcels",
            }),
            json!({
                "openid": "oReceiver_of-parcels", "delivery_id": "SF", "waybill_id": "SF0002", "path_item_num": 2,
                "path_item_list": [
                    {"action_time": 1_790_000_000, "action_type": 100_001, "action_msg": "collected"},
                    {"action_time": 1_790_090_000, "action_type": 300_001, "action_msg": "the courier's phone: 1"},
                ],
            }),
            |path| {
                assert_eq!(path.path_item_list[0].action_type, ExpressAction::Collected);
                assert_eq!(path.path_item_list[1].action_type, ExpressAction::Other(300_001));
                assert_eq!(path.openid, Some(openid()));
            },
        ),
    ]
}
