use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::DateTime;
use serde_json::{Value, json};
use wechat_sdk::pay::codepay::{CodeDetail, CodeGoods, CodePay, CodePayer, CodeStore, Reverse, TillScene};
use wechat_sdk::pay::order::{
    Detail, Goods, H5, Identity, Payer, Scene, Store, Subsidy, SubsidyDetail, SubsidyPlan,
};
use wechat_sdk::pay::transactions::{
    AppPrepay, CloseTransaction, H5Prepay, JsapiPrepay, NativePrepay, Order, QueryById, QueryByOutTradeNo,
    TradeState, TradeType, Transaction,
};
use wechat_sdk::{AppId, Fen, OpenId, OutTradeNo, TransactionId};

use crate::{Exercise, pay};

fn app() -> AppId {
    AppId::new("wx1234567890abcdef").unwrap()
}

fn number() -> OutTradeNo {
    OutTradeNo::new("T-2026|09*1").unwrap()
}

/// With everything but a scene, and what it is on the wire.
fn order() -> (Order, Value) {
    let goods = Goods::new("tea-1", 2, Fen(4_500)).wechatpay_goods_id("8001").goods_name("Tieguanyin 茶");
    let detail = Detail::new().cost_price(Fen(9_000)).invoice_id("receipt 7").goods_detail([goods]);
    let order = Order::new(app(), "Two tins of tea 🍵", number(), Fen(8_800), "https://shop.example/paid")
        .time_expire(DateTime::parse_from_rfc3339("2026-09-22T01:02:03Z").unwrap())
        .attach("basket 12")
        .goods_tag("AUTUMN")
        .limit_pay(["no_credit".to_owned()])
        .support_fapiao(true)
        .detail(detail)
        .settle_info(true);
    let body = json!({
        "appid": "wx1234567890abcdef", "mchid": "1900000001", "description": "Two tins of tea ",
        "out_trade_no": "T-2026|09*1", "amount": {"total": 8_800, "currency": "CNY"},
        "notify_url": "https://shop.example/paid", "time_expire": "2026-09-22T09:02:03+08:00",
        "attach": "basket 12", "goods_tag": "AUTUMN", "limit_pay": ["no_credit"], "support_fapiao": true,
        "detail": {"cost_price": 9_000, "invoice_id": "receipt 7", "goods_detail": [
            {"merchant_goods_id": "tea-1", "quantity": 2, "unit_price": 4_500, "wechatpay_goods_id": "8001",
                "goods_name": "Tieguanyin 茶"},
        ]},
        "settle_info": {"profit_sharing": true},
    });
    (order, body)
}

/// The order in a shop on the street, with more members in its body.
fn in_shop(more: &Value) -> (Order, Value) {
    let (order, body) = order();
    let store = Store::new("S9").name("Tea house").area_code("440305").address("1 Harbour Road");
    let scene = Scene::new(Ipv4Addr::new(203, 0, 113, 9)).device_id("till-3").store_info(store);
    let scene_info = json!({"scene_info": {
        "payer_client_ip": "203.0.113.9", "device_id": "till-3",
        "store_info": {"id": "S9", "name": "Tea house", "area_code": "440305", "address": "1 Harbour Road"},
    }});
    (order.scene_info(scene), joined(body, &[&scene_info, more]))
}

fn joined(mut body: Value, more: &[&Value]) -> Value {
    for more in more {
        let members = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
    }
    body
}

fn identity() -> Identity {
    Identity::new("OVERSEA_PASSPORT", "E1234567", "王小明")
}

fn sealed_identity() -> Value {
    json!({"type": "OVERSEA_PASSPORT", "number": "🔒E1234567", "name": "🔒王小明"})
}

fn subsidy() -> Subsidy {
    Subsidy::new([SubsidyDetail::new("PERIOD", [SubsidyPlan::new(3, 100), SubsidyPlan::new(12, 0)])])
}

fn written_subsidy() -> Value {
    json!({"subsidy_detail": [{"subsidy_period_type": "PERIOD", "subsidy_plan": [
        {"subsidy_installment_num": 3, "subsidy_percent": 100},
        {"subsidy_installment_num": 12, "subsidy_percent": 0},
    ]}]})
}

fn paid() -> Value {
    json!({
        "appid": "wx1234567890abcdef", "mchid": "1900000001", "out_trade_no": "T-2026|09*1",
        "trade_state": "REFUND", "trade_state_desc": "partly refunded",
        "transaction_id": "4200001234202609220000000001", "trade_type": "JSAPI", "bank_type": "CMB_CREDIT",
        "attach": "basket 12", "success_time": "2026-09-22T08:30:00+08:00", "payer": {"openid": "oPayer-1"},
        "amount": {"total": 8_800, "payer_total": 8_300, "currency": "CNY", "payer_currency": "CNY"},
        "scene_info": {"device_id": "till-3"},
        "promotion_detail": [{
            "coupon_id": "C77", "name": "Autumn", "scope": "SINGLE", "type": "NOCASH", "amount": 500,
            "stock_id": "K5", "wechatpay_contribute": 100, "merchant_contribute": 300, "other_contribute": 100,
            "currency": "CNY",
            "goods_detail": [{"goods_id": "tea-1", "quantity": 2, "unit_price": 4_500, "discount_amount": 250,
                "goods_remark": "second tin"}],
        }],
        "installment_info": {"use_subsidy": true, "selected_installment_number": 3},
    })
}

fn check_paid(payment: &Transaction) {
    assert!(payment.is_paid());
    assert_eq!(
        (&payment.trade_state, payment.trade_type.as_ref()),
        (&TradeState::Refund, Some(&TradeType::Jsapi))
    );
    assert_eq!(payment.appid, Some(app()));
    assert_eq!(payment.mchid.as_str(), "1900000001");
    assert_eq!(payment.out_trade_no, number());
    assert_eq!(payment.transaction_id.as_ref().unwrap().as_str(), "4200001234202609220000000001");
    assert_eq!(payment.payer_openid().unwrap().as_str(), "oPayer-1");
    assert_eq!(payment.success_time.unwrap().timestamp(), 1_790_037_000);
    let amount = payment.amount.as_ref().unwrap();
    assert_eq!((amount.total, amount.payer_total), (Fen(8_800), Some(Fen(8_300))));
    assert_eq!(payment.scene_info.as_ref().unwrap().device_id.as_deref(), Some("till-3"));
    let coupon = &payment.promotion_detail[0];
    assert_eq!((coupon.kind.as_deref(), coupon.merchant_contribute), (Some("NOCASH"), Some(Fen(300))));
    assert_eq!(coupon.goods_detail[0].discount_amount, Fen(250));
    assert_eq!(payment.installment_info.as_ref().unwrap().selected_installment_number, Some(3));
    assert!(payment.extra.is_empty() && amount.extra.is_empty() && coupon.extra.is_empty());
}

pub(super) fn all() -> Vec<Exercise> {
    [announcements(), at_a_till(), afterwards()].into_iter().flatten().collect()
}

fn announcements() -> Vec<Exercise> {
    let payer = Payer::new(OpenId::new("oPayer-1").unwrap()).identity(identity());
    let known = json!({"payer": {"openid": "oPayer-1", "identity": sealed_identity()}});
    let named = json!({"payer": {"identity": sealed_identity()}});
    let subsidised = json!({"subsidy_info": written_subsidy()});

    let (jsapi, jsapi_body) = in_shop(&joined(known, &[&subsidised]));
    let (plain, plain_body) = order();
    let (app, app_body) = in_shop(&joined(named.clone(), &[&subsidised]));
    let (native, native_body) = in_shop(&named);
    let h5 = H5::new("Wap")
        .app_name("Tea shop")
        .app_url("https://shop.example")
        .bundle_id("example.shop.ios")
        .package_name("example.shop.android");
    let scene = Scene::new(IpAddr::V6(Ipv6Addr::LOCALHOST)).h5_info(h5);
    let scene_info = json!({"scene_info": {"payer_client_ip": "::1", "h5_info": {
        "type": "Wap", "app_name": "Tea shop", "app_url": "https://shop.example",
        "bundle_id": "example.shop.ios", "package_name": "example.shop.android",
    }}});
    let h5_body = joined(plain_body.clone(), &[&scene_info, &named]);
    let h5 = H5Prepay::new(plain.clone().scene_info(scene)).payer(identity());
    vec![
        pay(
            JsapiPrepay::new(jsapi, payer).subsidy_info(subsidy()),
            "/v3/pay/transactions/jsapi",
            jsapi_body,
            json!({"prepay_id": "wx22090203abc_-="}),
            |answer| assert_eq!(answer.prepay_id.as_str(), "wx22090203abc_-="),
        ),
        pay(
            JsapiPrepay::new(plain, OpenId::new("oPayer-1").unwrap()),
            "/v3/pay/transactions/jsapi",
            joined(plain_body, &[&json!({"payer": {"openid": "oPayer-1"}})]),
            json!({"prepay_id": "wx2"}),
            |answer| assert!(answer.extra.is_empty()),
        ),
        pay(
            AppPrepay::new(app).payer(identity()).subsidy_info(subsidy()),
            "/v3/pay/transactions/app",
            app_body,
            json!({"prepay_id": "wx3"}),
            |answer| assert_eq!(answer.prepay_id.as_str(), "wx3"),
        ),
        pay(
            NativePrepay::new(native).payer(identity()),
            "/v3/pay/transactions/native",
            native_body,
            json!({"code_url": "weixin://wxpay/bizpayurl/up?pr=x1"}),
            |answer| assert_eq!(answer.code_url, "weixin://wxpay/bizpayurl/up?pr=x1"),
        ),
        pay(
            h5,
            "/v3/pay/transactions/h5",
            h5_body,
            json!({"h5_url": "https://wx.tenpay.com/x?prepay_id=wx4"}),
            |answer| assert_eq!(answer.h5_url, "https://wx.tenpay.com/x?prepay_id=wx4"),
        ),
    ]
}

fn code_pay(store: CodeStore) -> CodePay {
    let scene = TillScene::new(store).device_id("till-3").device_ip("203.0.113.9");
    CodePay::new(app(), "Tea 🍵", number(), Fen(8_800), CodePayer::new("130000000000000001"), scene)
}

fn code_body(store: &Value) -> Value {
    json!({
        "appid": "wx1234567890abcdef", "mchid": "1900000001", "description": "Tea ",
        "out_trade_no": "T-2026|09*1", "amount": {"total": 8_800, "currency": "CNY"},
        "payer": {"auth_code": "130000000000000001"},
        "scene_info": {"store_info": store, "device_id": "till-3", "device_ip": "203.0.113.9"},
    })
}

fn at_a_till() -> Vec<Exercise> {
    let goods = CodeGoods::new("tea-1", 2, Fen(4_500)).wxpay_goods_id("8001").goods_name("Tieguanyin");
    let detail = CodeDetail::new([goods]).cost_price(Fen(9_000)).invoice_id("receipt 7");
    let more = json!({
        "attach": "basket 12", "goods_tag": "AUTUMN", "support_fapiao": false,
        "detail": {"cost_price": 9_000, "invoice_id": "receipt 7", "goods_detail": [
            {"merchant_goods_id": "tea-1", "quantity": 2, "unit_price": 4_500, "wxpay_goods_id": "8001",
                "goods_name": "Tieguanyin"},
        ]},
        "settle_info": {"profit_sharing": false},
    });
    vec![
        pay(
            code_pay(CodeStore::by_out_id("A-9"))
                .attach("basket 12")
                .goods_tag("AUTUMN")
                .support_fapiao(false)
                .detail(detail)
                .settle_info(false),
            "/v3/pay/transactions/codepay",
            joined(code_body(&json!({"out_id": "A-9"})), &[&more]),
            paid(),
            |payment| check_paid(&payment),
        ),
        pay(
            code_pay(CodeStore::by_id("0009").out_id("A-9")),
            "/v3/pay/transactions/codepay",
            code_body(&json!({"id": "0009", "out_id": "A-9"})),
            json!({"mchid": "1900000001", "out_trade_no": "T-2026|09*1", "trade_state": "USERPAYING"}),
            |payment| {
                assert_eq!((payment.trade_state.clone(), payment.is_paid()), (TradeState::UserPaying, false));
                assert_eq!((&payment.appid, payment.payer_openid(), &payment.amount), (&None, None, &None));
            },
        ),
        pay(
            Reverse::new(number(), app()),
            "/v3/pay/transactions/out-trade-no/T-2026%7C09%2A1/reverse",
            json!({"appid": "wx1234567890abcdef", "mchid": "1900000001"}),
            json!({"appid": "wx1234567890abcdef", "mchid": "1900000001", "out_trade_no": "T-2026|09*1"}),
            |undone| {
                assert_eq!((undone.out_trade_no, undone.appid), (number(), Some(app())));
                assert_eq!(undone.mchid.unwrap().as_str(), "1900000001");
            },
        ),
    ]
}

fn afterwards() -> Vec<Exercise> {
    vec![
        pay(
            QueryByOutTradeNo::new(number()),
            "/v3/pay/transactions/out-trade-no/T-2026%7C09%2A1?mchid=1900000001",
            Value::Null,
            paid(),
            |payment| check_paid(&payment),
        ),
        pay(
            QueryById::new(TransactionId::new("4200001234202609220000000001").unwrap()),
            "/v3/pay/transactions/id/4200001234202609220000000001?mchid=1900000001",
            Value::Null,
            joined(
                paid(),
                &[&json!({"trade_state": "MELTED", "trade_type": "FACEPAY", "promotion_detail": null})],
            ),
            |payment| {
                assert_eq!(payment.trade_state, TradeState::Other("MELTED".to_owned()));
                assert_eq!(payment.trade_type, Some(TradeType::FacePay));
                assert!(!payment.is_paid() && payment.promotion_detail.is_empty());
            },
        ),
        pay(
            CloseTransaction::new(number()),
            "/v3/pay/transactions/out-trade-no/T-2026%7C09%2A1/close",
            json!({"mchid": "1900000001"}),
            Value::Null,
            |_| (),
        ),
    ]
}
