//! Signatures, the limits of parameters, and the life of an order.

use crate::support::{MCHID, NOWHERE, order, rsa_sign, shop, verifies};
use serde_json::{Value, json};
use wechat_sim::{Clock as _, PayOptions, RequestPayment, TradeState};

#[tokio::test]
async fn a_signed_prepay_is_answered_with_a_signature() {
    let shop = shop().await;
    let reply = shop.prepay(&order("order-0001", 100, NOWHERE)).await;
    assert_eq!(reply.status, 200);
    assert!(reply.json()["prepay_id"].as_str().unwrap().starts_with("wx"));
    assert!(reply.headers.contains_key("request-id"));
    assert!(verifies(&shop.kit, &reply.headers, &reply.body));
    assert!(!verifies(&shop.kit, &reply.headers, b"{}"));
}

#[tokio::test]
async fn a_request_without_a_right_signature_is_refused() {
    let shop = shop().await;
    let (target, body) = ("/v3/pay/transactions/jsapi", order("order-0001", 100, NOWHERE).to_string());
    let now = shop.clock.now_millis() / 1000;
    let good = shop.authorization("POST", target, &body, now);
    for (what, header) in [
        ("other body", shop.authorization("POST", target, "{}", now)),
        ("other path", shop.authorization("POST", "/v3/pay/transactions/app", &body, now)),
        ("other method", shop.authorization("GET", target, &body, now)),
        ("too old", shop.authorization("POST", target, &body, now - 301)),
        ("too new", shop.authorization("POST", target, &body, now + 301)),
        ("scheme", good.replace("RSA2048", "RSA1024")),
        ("serial", good.replace(&shop.kit.merchant_serial, "00")),
        ("merchant", good.replace(MCHID, "1900000002")),
    ] {
        let reply = shop.send("POST", target, &body, &header).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "SIGN_ERROR"), "{what}");
        assert!(!reply.headers.contains_key("wechatpay-signature"), "{what}");
    }
    assert_eq!(shop.send("POST", target, &body, &good).await.status, 200);
    assert_eq!(shop.send("POST", target, &body, &good).await.status, 401, "a nonce works once");
}

#[tokio::test]
async fn answers_are_signed_with_the_key_that_was_asked_for() {
    let shop = shop().await;
    let reply = shop.call("GET", "/v3/certificates", "").await;
    assert_eq!(reply.headers["wechatpay-serial"], shop.kit.platform_serial.as_str());
    let entry = &reply.json()["data"][0];
    assert_eq!(entry["serial_no"], shop.kit.platform_serial.as_str());
    let pem = crate::support::open(&shop.kit, &entry["encrypt_certificate"]);
    assert_eq!(String::from_utf8(pem).unwrap(), shop.kit.platform_certificate_pem);
    shop.prepaid("order-0001", 100, NOWHERE).await;
    shop.sim.sign_with(MCHID, wechat_sim::Material::Certificate);
    let reply = shop.query("order-0001").await;
    assert_eq!(reply.headers["wechatpay-serial"], shop.kit.platform_serial.as_str());
}

#[tokio::test]
async fn keys_do_not_show_up_in_logs() {
    let shop = shop().await;
    let shown = format!("{:?} {:?}", shop.kit, shop.sim);
    assert!(shown.contains(MCHID) && shown.contains(&shop.sim.base_url()["http://".len()..]));
    for secret in ["PRIVATE", shop.kit.api_v3_key.as_str(), crate::support::SECRET] {
        assert!(!shown.contains(secret));
    }
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let shop = shop().await;
    for path in ["/v3", "/v3/pay/transactions/telepathy", "/v3/certificates/1"] {
        assert_eq!(shop.call("GET", path, "").await.status, 404, "{path}");
    }
}

/// The order with one member set to a value; `null` removes it.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = order("order-0001", 100, NOWHERE);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        drop(parent.remove(name));
    } else {
        drop(parent.insert(name.to_owned(), value));
    }
    body
}

#[tokio::test]
async fn parameters_keep_to_their_limits() {
    let shop = shop().await;
    for (pointer, value) in [
        ("/description", json!("长".repeat(128))),
        ("/description", json!("😀")),
        ("/description", Value::Null),
        ("/description", json!("")),
        ("/out_trade_no", json!("short")),
        ("/out_trade_no", json!("x".repeat(33))),
        ("/out_trade_no", json!("order.0001")),
        ("/mchid", json!("1900000002")),
        ("/attach", json!("a".repeat(129))),
        ("/notify_url", json!("http://shop.example/n")),
        ("/notify_url", json!("https://shop.example/n?a=1")),
        ("/time_expire", json!("2026-01-01 10:00:00")),
        ("/amount/total", json!(0)),
        ("/amount/total", json!("100")),
        ("/amount/total", json!(1.5)),
        ("/amount/currency", json!("USD")),
        ("/payer/openid", Value::Null),
        ("/payer/unionid", json!("u")),
        ("/surprise", json!(1)),
        ("/detail", json!({"goods_detail": []})),
        ("/scene_info", json!({})),
    ] {
        let reply = shop.prepay(&with(pointer, value.clone())).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "PARAM_ERROR"), "{pointer} {value}");
        assert!(reply.field().starts_with(pointer), "{pointer}: {}", reply.json());
        assert_eq!(reply.json()["detail"]["location"], "body");
    }
    let null = order("order-0001", 100, NOWHERE).to_string().replace("\"附\"", "null");
    assert_eq!(shop.call("POST", "/v3/pay/transactions/jsapi", &null).await.field(), "/attach");
    let unbound = shop.prepay(&with("/appid", json!("wxother"))).await;
    assert_eq!(unbound.code(), "APPID_MCHID_NOT_MATCH");
    assert_eq!(shop.prepay(&with("/description", json!("长".repeat(127)))).await.status, 200);
}

#[tokio::test]
async fn a_number_belongs_to_one_order() {
    let shop = shop().await;
    let first = shop.prepaid("order-0001", 100, NOWHERE).await;
    let again = shop.prepaid("order-0001", 100, NOWHERE).await;
    assert_ne!(first, again);
    let other = shop.prepay(&order("order-0001", 101, NOWHERE)).await;
    assert_eq!((other.status, other.code().as_str()), (400, "INVALID_REQUEST"));
    shop.sim.pay_prepay(&first).unwrap();
    let paid = shop.prepay(&order("order-0001", 100, NOWHERE)).await;
    assert_eq!((paid.status, paid.code().as_str()), (403, "OUT_TRADE_NO_USED"));
}

#[tokio::test]
async fn an_order_goes_from_unpaid_to_paid() {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    let before = shop.query("order-0001").await.json();
    assert_eq!((&before["trade_state"], before.get("transaction_id")), (&json!("NOTPAY"), None));
    let paid = shop.sim.pay(MCHID, "order-0001").unwrap();
    let after = shop.query("order-0001").await;
    assert_eq!(after.json(), shop.sim.transaction_json(MCHID, "order-0001"));
    assert_eq!(
        after.json()["amount"],
        json!({
            "total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY"
        })
    );
    let target = format!("/v3/pay/transactions/id/{}?mchid={MCHID}", paid.transaction_id);
    assert_eq!(shop.call("GET", &target, "").await.json(), after.json());
    assert_eq!(shop.sim.pay(MCHID, "order-0001").unwrap_err().code, "ORDERPAID");
    let order = shop.sim.order(MCHID, "order-0001").unwrap();
    assert_eq!((order.state, order.paid_total), (TradeState::Success, Some(100)));
}

#[tokio::test]
async fn a_closed_order_stays_closed_and_a_paid_one_is_not_closed() {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    let closed = shop.close("order-0001").await;
    assert_eq!((closed.status, closed.body.len()), (204, 0));
    assert!(verifies(&shop.kit, &closed.headers, b""));
    assert_eq!(shop.close("order-0001").await.status, 204);
    assert_eq!(shop.sim.pay(MCHID, "order-0001").unwrap_err().code, "ORDER_CLOSED");
    assert_eq!(shop.prepay(&order("order-0001", 100, NOWHERE)).await.code(), "ORDER_CLOSED");
    shop.prepaid("order-0002", 100, NOWHERE).await;
    shop.sim.pay(MCHID, "order-0002").unwrap();
    assert_eq!(shop.close("order-0002").await.status, 403);
    assert_eq!(shop.close("order-0003").await.code(), "ORDER_NOT_EXIST");
    let late = PayOptions { even_if_closed: true, ..PayOptions::default() };
    shop.sim.pay_with(MCHID, "order-0001", &late).unwrap();
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "SUCCESS");
}

#[tokio::test]
async fn an_expired_order_cannot_be_paid() {
    let shop = shop().await;
    let mut body = order("order-0001", 100, NOWHERE);
    body["time_expire"] = json!("2015-05-20T13:29:35+08:00");
    assert_eq!(shop.prepay(&body).await.status, 200);
    shop.clock.advance_secs(61);
    assert_eq!(shop.sim.pay(MCHID, "order-0001").unwrap_err().code, "INVALID_REQUEST");
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "NOTPAY");
    let prepay_id = shop.prepaid("order-0002", 100, NOWHERE).await;
    shop.clock.advance_secs(7201);
    assert!(shop.sim.pay_prepay(&prepay_id).is_err());
    assert!(shop.sim.pay(MCHID, "order-0002").is_ok());
}

#[tokio::test]
async fn foreign_orders_do_not_exist() {
    let mut shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    shop.kit = shop.sim.merchant("1900000002").await;
    let target = "/v3/pay/transactions/out-trade-no/order-0001?mchid=1900000002";
    assert_eq!(shop.call("GET", target, "").await.code(), "ORDER_NOT_EXIST");
    let reply = shop.query("order-0001").await;
    assert_eq!((reply.status, reply.field().as_str()), (400, "mchid"));
}

#[tokio::test]
async fn the_client_verifies_what_it_is_called_with() {
    let shop = shop().await;
    let prepay_id = shop.prepaid("order-0001", 100, NOWHERE).await;
    let package = format!("prepay_id={prepay_id}");
    let call = RequestPayment {
        app_id: crate::support::APP.to_owned(),
        time_stamp: "1700000000".to_owned(),
        nonce_str: "n".to_owned(),
        pay_sign: rsa_sign(&shop.kit, &format!("{}\n1700000000\nn\n{package}\n", crate::support::APP)),
        package,
        sign_type: "RSA".to_owned(),
    };
    let mut forged = json!(call);
    forged["timeStamp"] = json!("1700000001");
    let body = json!({"prepay_id": prepay_id, "request_payment": forged});
    assert_eq!(shop.control("pay", &body).await.0, 400);
    let body = json!({"prepay_id": prepay_id, "request_payment": call});
    let (status, transaction) = shop.control("pay", &body).await;
    assert_eq!((status, &transaction["trade_state"]), (200, &json!("SUCCESS")));
}
