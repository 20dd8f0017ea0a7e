//! Payments with a code on the shopper's phone.

use crate::support::{APP, MCHID, NOWHERE, Reply, Shop, order, refund, shop, shop_with};
use serde_json::{Value, json};
use wechat_sim::TradeState;

fn body(number: &str, total: i64, code: &str) -> Value {
    json!({
        "appid": APP, "mchid": MCHID, "description": "一杯茶", "out_trade_no": number, "attach": "附",
        "payer": {"auth_code": code}, "amount": {"total": total, "currency": "CNY"},
        "scene_info": {"device_id": "POS1", "store_info": {"id": "0001"}},
    })
}

async fn codepay(shop: &Shop, body: &Value) -> Reply {
    shop.call("POST", "/v3/pay/transactions/codepay", &body.to_string()).await
}

async fn reverse(shop: &Shop, number: &str) -> Reply {
    let target = format!("/v3/pay/transactions/out-trade-no/{number}/reverse");
    shop.call("POST", &target, &json!({"appid": APP, "mchid": MCHID}).to_string()).await
}

#[tokio::test]
async fn a_code_pays_at_once_and_only_once() {
    let shop = shop().await;
    let (status, shown) = shop.control("pay_codes", &json!({"app_id": APP, "openid": "oUser"})).await;
    assert_eq!((status, &shown["openid"]), (200, &json!("oUser")));
    let code = shown["code"].as_str().unwrap();
    let reply = codepay(&shop, &body("till-0001", 100, code)).await;
    let answer = reply.json();
    assert_eq!(reply.status, 200, "{answer}");
    assert_eq!(
        answer,
        json!({
            "appid": APP, "mchid": MCHID, "out_trade_no": "till-0001", "transaction_id": answer["transaction_id"],
            "trade_type": "MICROPAY", "bank_type": "OTHERS", "success_time": answer["success_time"],
            "trade_state": "SUCCESS", "trade_state_desc": "支付成功", "attach": "附", "payer": {"openid": "oUser"},
            "amount": {"total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY"},
            "promotion_detail": [],
        })
    );
    assert_eq!(codepay(&shop, &body("till-0001", 100, code)).await.json(), answer, "the same once more");
    assert_eq!(codepay(&shop, &body("till-0001", 101, code)).await.code(), "INVALID_REQUEST");
    let used = codepay(&shop, &body("till-0002", 100, code)).await;
    assert_eq!((used.status, used.code().as_str()), (400, "AUTHCODEEXPIRE"));
    assert_eq!(shop.query("till-0001").await.json()["scene_info"], json!({"device_id": "POS1"}));
    assert_eq!(shop.prepay(&order("till-0001", 100, NOWHERE)).await.code(), "OUT_TRADE_NO_USED");
    assert!(shop.sim.notifications().is_empty(), "the answer is the only news");
    let booked = shop.sim.ledger();
    assert_eq!((booked.len(), booked[0].amount, booked[0].openid.as_str()), (1, 100, "oUser"));
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let shop = shop().await;
    let code = shop.sim.pay_code(APP, None, false);
    shop.clock.advance_secs(61);
    assert_eq!(codepay(&shop, &body("till-0001", 100, &code)).await.code(), "AUTHCODEEXPIRE");
    assert!(shop.sim.order(MCHID, "till-0001").is_none());
    let code = shop.sim.pay_code(APP, None, false);
    assert_eq!(codepay(&shop, &body("till-0001", 100, &code)).await.status, 200);
}

#[tokio::test]
async fn the_parameters_of_a_till_keep_to_their_limits() {
    let shop = shop().await;
    let code = shop.sim.pay_code(APP, None, false);
    for (pointer, member, value) in [
        ("/payer/auth_code", "payer", json!({"auth_code": "930061098828009406"})),
        ("/payer/auth_code", "payer", json!({"auth_code": "13006109882800940"})),
        ("/payer/auth_code", "payer", json!({"auth_code": "13006109882800940x"})),
        ("/payer/openid", "payer", json!({"openid": "oUser"})),
        ("/scene_info/store_info", "scene_info", json!({})),
        ("/scene_info/device_ip", "scene_info", json!({"device_ip": "x", "store_info": {}})),
        ("/amount/total", "amount", json!({"total": 0})),
        ("/notify_url", "notify_url", json!(NOWHERE)),
        ("/detail/goods_detail", "detail", json!({"cost_price": 1})),
        ("/mchid", "mchid", json!("1900000002")),
    ] {
        let mut body = body("till-0001", 100, &code);
        body[member] = value;
        let reply = codepay(&shop, &body).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", pointer));
    }
    let unknown = codepay(&shop, &body("till-0001", 100, "130061098828009406")).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "AUTH_CODE_INVALID"));
    let mut other = body("till-0001", 100, &code);
    other["appid"] = json!("wxother");
    assert_eq!(codepay(&shop, &other).await.code(), "APPID_MCHID_NOT_MATCH");
    assert_eq!(
        codepay(&shop, &body("till-0001", 100, &code)).await.status,
        200,
        "no refusal used the code up"
    );
}

#[tokio::test]
async fn a_password_is_waited_for() {
    let shop = shop().await;
    let command = json!({"app_id": APP, "openid": "oUser", "asks_password": true});
    let (_, shown) = shop.control("pay_codes", &command).await;
    let wish = body("till-0001", 100, shown["code"].as_str().unwrap());
    let waiting = codepay(&shop, &wish).await;
    assert_eq!(
        (waiting.status, waiting.json()),
        (
            200,
            json!({
                "appid": APP, "mchid": MCHID, "out_trade_no": "till-0001", "trade_state": "USERPAYING",
                "trade_state_desc": "需要用户输入支付密码", "amount": {"total": 100, "currency": "CNY"},
            })
        )
    );
    assert_eq!(codepay(&shop, &wish).await.json()["trade_state"], "USERPAYING");
    assert_eq!(shop.query("till-0001").await.json()["trade_state"], "USERPAYING");
    let early = shop.refund(&refund("till-0001", "r1", 1, 100)).await;
    assert_eq!(early.code(), "INVALID_REQUEST");
    assert_eq!(shop.control("pay", &json!({"out_trade_no": "till-0001"})).await.0, 200);
    let paid = shop.query("till-0001").await.json();
    assert_eq!((&paid["trade_state"], &paid["payer"]["openid"]), (&json!("SUCCESS"), &json!("oUser")));
    assert_eq!(codepay(&shop, &wish).await.json()["trade_state"], "SUCCESS");
    shop.clock.advance_secs(600);
    assert_eq!(shop.query("till-0001").await.json()["trade_state"], "SUCCESS");
}

#[tokio::test]
async fn a_password_that_never_comes_fails_the_payment() {
    let shop = shop().await;
    let codes = [shop.sim.pay_code(APP, None, true), shop.sim.pay_code(APP, None, true)];
    codepay(&shop, &body("till-0001", 100, &codes[0])).await;
    codepay(&shop, &body("till-0002", 100, &codes[1])).await;
    assert_eq!(shop.control("cancel", &json!({"out_trade_no": "till-0001"})).await.0, 200);
    assert_eq!(shop.query("till-0001").await.json()["trade_state"], "PAYERROR");
    assert_eq!(shop.sim.pay(MCHID, "till-0001").unwrap_err().code, "ORDER_CLOSED");
    assert_eq!(shop.query("till-0002").await.json()["trade_state"], "USERPAYING");
    shop.clock.advance_secs(301);
    assert_eq!(shop.query("till-0002").await.json()["trade_state"], "PAYERROR");
    assert!(shop.sim.ledger().is_empty());
}

#[tokio::test]
async fn a_reversal_gives_the_money_back_at_once() {
    let shop = shop().await;
    let code = shop.sim.pay_code(APP, Some("oUser"), false);
    let wish = body("till-0001", 1000, &code);
    codepay(&shop, &wish).await;
    let expected = json!({"appid": APP, "mchid": MCHID, "out_trade_no": "till-0001"});
    for _ in 0..2 {
        let reply = reverse(&shop, "till-0001").await;
        assert_eq!((reply.status, reply.json()), (200, expected.clone()));
    }
    assert_eq!(shop.query("till-0001").await.json()["trade_state"], "REVOKED");
    let booked: Vec<_> =
        shop.sim.ledger().iter().map(|entry| (entry.amount, entry.cash, entry.fee)).collect();
    assert_eq!(booked, [(1000, 1000, 6), (-1000, -1000, -6)], "once");
    assert_eq!(shop.refund(&refund("till-0001", "r1", 1, 1000)).await.code(), "INVALID_REQUEST");
    assert_eq!(codepay(&shop, &wish).await.code(), "ORDER_CLOSED");
    assert_eq!(shop.sim.pay(MCHID, "till-0001").unwrap_err().code, "ORDER_CLOSED");
}

#[tokio::test]
async fn what_waits_for_a_password_can_be_reversed() {
    let shop = shop().await;
    let code = shop.sim.pay_code(APP, None, true);
    codepay(&shop, &body("till-0001", 100, &code)).await;
    assert_eq!(shop.close("till-0001").await.code(), "INVALID_REQUEST");
    assert_eq!(reverse(&shop, "till-0001").await.status, 200);
    assert_eq!(shop.sim.order(MCHID, "till-0001").unwrap().state, TradeState::Revoked);
    shop.clock.advance_secs(301);
    assert_eq!(shop.query("till-0001").await.json()["trade_state"], "REVOKED");
    assert!(shop.sim.ledger().is_empty());
}

#[tokio::test]
async fn not_everything_can_be_reversed() {
    let mut shop = shop().await;
    let unknown = reverse(&shop, "till-0009").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "ORDER_NOT_EXIST"));
    shop.prepaid("order-0001", 100, NOWHERE).await;
    assert_eq!(reverse(&shop, "order-0001").await.code(), "INVALID_REQUEST");
    for number in ["till-0001", "till-0002"] {
        let code = shop.sim.pay_code(APP, None, false);
        codepay(&shop, &body(number, 100, &code)).await;
    }
    let target = "/v3/pay/transactions/out-trade-no/till-0001/reverse";
    let other = json!({"appid": "wxother", "mchid": MCHID}).to_string();
    assert_eq!(shop.call("POST", target, &other).await.field(), "/appid");
    assert_eq!(shop.refund(&refund("till-0001", "r1", 1, 100)).await.status, 200);
    let refunded = reverse(&shop, "till-0001").await;
    assert_eq!((refunded.status, refunded.code().as_str()), (403, "TRADE_ERROR"));
    shop.clock.advance_secs(7 * 24 * 3600 + 1);
    assert_eq!(reverse(&shop, "till-0002").await.code(), "INVALID_REQUEST");
    shop.kit = shop.sim.merchant("1900000002").await;
    let foreign = json!({"appid": APP, "mchid": "1900000002"}).to_string();
    assert_eq!(shop.call("POST", target, &foreign).await.code(), "ORDER_NOT_EXIST");
}

#[tokio::test]
async fn codes_and_waiting_payments_outlive_a_restart() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("state.db");
    let shop = shop_with(|settings| settings.state_path = Some(path.clone())).await;
    let (waiting, fresh) = (shop.sim.pay_code(APP, None, true), shop.sim.pay_code(APP, Some("oUser"), false));
    codepay(&shop, &body("till-0001", 100, &waiting)).await;
    shop.sim.shutdown().await;
    let shop = shop_with(|settings| settings.state_path = Some(path.clone())).await;
    assert_eq!(codepay(&shop, &body("till-0002", 100, &fresh)).await.json()["payer"]["openid"], "oUser");
    shop.clock.advance_secs(301);
    assert_eq!(shop.query("till-0001").await.json()["trade_state"], "PAYERROR");
    shop.sim.shutdown().await;
}
