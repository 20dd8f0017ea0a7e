use std::net::IpAddr;

use chrono::DateTime;
use serde_json::{Value, json};
use wechat_sdk::pay::combine::{
    CloseCombine, ClosedSubOrder, CombineAppPrepay, CombineH5Prepay, CombineH5Scene, CombineJsapiPrepay,
    CombineNativePrepay, CombineOrder, CombineScene, QueryCombine, SubOrder,
};
use wechat_sdk::pay::order::{H5, Identity, Payer};
use wechat_sdk::pay::transactions::{TradeState, TradeType};
use wechat_sdk::{AppId, Fen, MchId, OpenId, OutTradeNo};

use crate::recorder::{APP, MERCHANT};
use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    vec![jsapi(), app(), h5(), native(), query(), close()]
}

fn number(text: &str) -> OutTradeNo {
    OutTradeNo::new(text).unwrap()
}

fn merchant(text: &str) -> MchId {
    MchId::new(text).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn order() -> CombineOrder {
    let sub_orders = [
        SubOrder::new(merchant(MERCHANT), number("C20261121-1a"), "棉被一床🛏", "a=1", Fen(19900))
            .goods_tag("WINTER")
            .detail("棉被*1")
            .settle_info(true),
        SubOrder::new(merchant("1900000002"), number("C20261121-1b"), "枕头一只", "b=2", Fen(5900)),
    ];
    let app = AppId::new(APP).unwrap();
    CombineOrder::new(app, number("C20261121-1"), sub_orders, "https://shop.example/pay")
        .time_expire(DateTime::parse_from_rfc3339("2026-11-22T00:00:00Z").unwrap())
        .limit_pay(["no_debit".to_owned()])
}

/// What [`order`] becomes, with further members.
fn announced(further: &Value) -> Value {
    let mut body = json!({
        "combine_appid": APP,
        "combine_mchid": MERCHANT,
        "combine_out_trade_no": "C20261121-1",
        "sub_orders": [
            {
                "mchid": MERCHANT,
                "out_trade_no": "C20261121-1a",
                "description": "棉被一床",
                "attach": "a=1",
                "amount": {"total_amount": 19900, "currency": "CNY"},
                "goods_tag": "WINTER",
                "detail": "棉被*1",
                "settle_info": {"profit_sharing": true},
            },
            {
                "mchid": "1900000002",
                "out_trade_no": "C20261121-1b",
                "description": "枕头一只",
                "attach": "b=2",
                "amount": {"total_amount": 5900, "currency": "CNY"},
            },
        ],
        "notify_url": "https://shop.example/pay",
        "time_expire": "2026-11-22T08:00:00+08:00",
        "limit_pay": ["no_debit"],
    });
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    body
}

fn jsapi() -> Exercise {
    pay(
        CombineJsapiPrepay::new(
            order(),
            Payer::new(OpenId::new("oPays0001").unwrap()).identity(Identity::new(
                "IDCARD",
                "11010519491231002X",
                "李四光",
            )),
        )
        .scene_info(CombineScene::new(ip("203.0.113.7")).device_id("till-3")),
        "/v3/combine-transactions/jsapi",
        announced(&json!({
            "combine_payer_info": {
                "openid": "oPays0001",
                "identity": {"type": "IDCARD", "number": "🔒11010519491231002X", "name": "🔒李四光"},
            },
            "scene_info": {"payer_client_ip": "203.0.113.7", "device_id": "till-3"},
        })),
        json!({"prepay_id": "wx21100000000000c1"}),
        |prepay| assert_eq!(prepay.prepay_id.as_str(), "wx21100000000000c1"),
    )
}

fn app() -> Exercise {
    pay(
        CombineAppPrepay::new(order()).scene_info(CombineScene::new(ip("2001:db8::7"))),
        "/v3/combine-transactions/app",
        announced(&json!({"scene_info": {"payer_client_ip": "2001:db8::7"}})),
        json!({"prepay_id": "wx21100000000000c2"}),
        |prepay| assert_eq!(prepay.prepay_id.as_str(), "wx21100000000000c2"),
    )
}

fn h5() -> Exercise {
    let scene = CombineH5Scene::new(ip("203.0.113.8"), H5::new("Wap")).device_id("web-frontend-number-1");
    pay(
        CombineH5Prepay::new(order(), scene),
        "/v3/combine-transactions/h5",
        announced(&json!({"scene_info": {
            "payer_client_ip": "203.0.113.8",
            "h5_info": {"type": "Wap"},
            "device_id": "web-frontend-number-1",
        }})),
        json!({"h5_url": "https://wx.example/h5?prepay_id=c3"}),
        |prepaid| assert_eq!(prepaid.h5_url, "https://wx.example/h5?prepay_id=c3"),
    )
}

fn native() -> Exercise {
    pay(
        CombineNativePrepay::new(order()).scene_info(CombineScene::new(ip("203.0.113.9"))),
        "/v3/combine-transactions/native",
        announced(&json!({"scene_info": {"payer_client_ip": "203.0.113.9"}})),
        json!({"code_url": "weixin://wxpay/bizpayurl?pr=c4"}),
        |prepaid| assert_eq!(prepaid.code_url, "weixin://wxpay/bizpayurl?pr=c4"),
    )
}

fn query() -> Exercise {
    pay(
        QueryCombine::new(number("C20261121-1")),
        "/v3/combine-transactions/out-trade-no/C20261121-1",
        Value::Null,
        json!({
            "combine_appid": APP,
            "combine_mchid": MERCHANT,
            "combine_out_trade_no": "C20261121-1",
            "combine_transaction_id": "4200002650202611210000000100",
            "scene_info": {"device_id": "till-3"},
            "combine_payer_info": {"openid": "oPays0001"},
            "sub_orders": [
                {
                    "mchid": MERCHANT,
                    "out_trade_no": "C20261121-1a",
                    "trade_state": "SUCCESS",
                    "transaction_id": "4200002650202611210000000101",
                    "trade_type": "JSAPI",
                    "bank_type": "OTHERS",
                    "attach": "a=1",
                    "success_time": "2026-11-21T10:05:06+08:00",
                    "amount": {
                        "total_amount": 19900,
                        "payer_amount": 18900,
                        "currency": "CNY",
                        "payer_currency": "CNY",
                        "settlement_rate": 100_000_000,
                    },
                    "promotion_detail": [{
                        "coupon_id": "771",
                        "name": "冬季满减",
                        "scope": "SINGLE",
                        "type": "NOCASH",
                        "amount": 1000,
                        "stock_id": "88",
                        "wechatpay_contribute": 0,
                        "merchant_contribute": 1000,
                        "other_contribute": 0,
                        "currency": "CNY",
                        "goods_detail": [{
                            "goods_id": "quilt",
                            "quantity": 1,
                            "unit_price": 19900,
                            "discount_amount": 1000,
                            "goods_remark": "冬被",
                        }],
                    }],
                },
                {"mchid": "1900000002", "out_trade_no": "C20261121-1b", "trade_state": "REFUND"},
            ],
        }),
        |combined| {
            assert!(combined.is_paid() && combined.extra.is_empty());
            assert_eq!(combined.payer_openid().map(OpenId::as_str), Some("oPays0001"));
            let [first, second] = combined.sub_orders.as_slice() else { panic!("two orders") };
            assert_eq!(first.trade_type, Some(TradeType::Jsapi));
            let amount = first.amount.as_ref().unwrap();
            assert_eq!((amount.total_amount, amount.payer_amount), (Fen(19900), Some(Fen(18900))));
            assert_eq!(amount.settlement_rate, Some(100_000_000));
            assert_eq!(first.promotion_detail[0].goods_detail[0].discount_amount, Fen(1000));
            assert!(first.extra.is_empty());
            assert_eq!(second.trade_state, Some(TradeState::Refund));
            assert!(second.promotion_detail.is_empty());
        },
    )
}

fn close() -> Exercise {
    pay(
        CloseCombine::new(
            number("C20261121-1"),
            AppId::new(APP).unwrap(),
            [
                ClosedSubOrder::new(merchant(MERCHANT), number("C20261121-1a")),
                ClosedSubOrder::new(merchant("1900000002"), number("C20261121-1b")),
            ],
        ),
        "/v3/combine-transactions/out-trade-no/C20261121-1/close",
        json!({
            "combine_appid": APP,
            "sub_orders": [
                {"mchid": MERCHANT, "out_trade_no": "C20261121-1a"},
                {"mchid": "1900000002", "out_trade_no": "C20261121-1b"},
            ],
        }),
        Value::Null,
        |_| (),
    )
}
