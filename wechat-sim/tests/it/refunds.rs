//! The life of a refund.

use crate::support::{MCHID, NOWHERE, Receiver, Shop, open, refund, shop};
use serde_json::{Value, json};
use wechat_sim::RefundStatus;

async fn paid_shop(notify_url: &str) -> Shop {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, notify_url).await;
    shop.sim.pay(MCHID, "order-0001").unwrap();
    shop
}

async fn status(shop: &Shop, number: &str) -> Value {
    shop.call("GET", &format!("/v3/refund/domestic/refunds/{number}"), "").await.json()["status"].clone()
}

#[tokio::test]
async fn a_refund_succeeds_after_its_delay_and_is_notified() {
    let receiver = Receiver::start(&[]).await;
    let shop = paid_shop(&receiver.url).await;
    receiver.wait_for(1).await;
    let mut body = refund("order-0001", "refund@1", 30, 100);
    body["notify_url"] = json!(receiver.url);
    let reply = shop.refund(&body).await;
    assert_eq!((reply.status, &reply.json()["status"]), (200, &json!("PROCESSING")));
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "REFUND");
    assert_eq!(status(&shop, "refund@1").await, "PROCESSING");
    shop.clock.advance_secs(1);
    assert_eq!(status(&shop, "refund@1").await, "SUCCESS");
    let came = receiver.wait_for(2).await;
    let envelope: Value = serde_json::from_slice(&came[1].1).unwrap();
    assert_eq!(
        (&envelope["event_type"], &envelope["resource"]["original_type"]),
        (&json!("REFUND.SUCCESS"), &json!("refund"))
    );
    let plaintext: Value = serde_json::from_slice(&open(&shop.kit, &envelope["resource"])).unwrap();
    assert_eq!((&plaintext["refund_status"], plaintext.get("status")), (&json!("SUCCESS"), None));
    assert_eq!(
        plaintext["amount"],
        json!({"total": 100, "refund": 30, "payer_total": 100, "payer_refund": 30})
    );
    assert!(plaintext["success_time"].is_string());
}

#[tokio::test]
async fn a_refund_number_is_one_refund() {
    let shop = paid_shop(NOWHERE).await;
    let body = refund("order-0001", "r1", 60, 100);
    let first = shop.refund(&body).await.json();
    assert_eq!(shop.refund(&body).await.json()["refund_id"], first["refund_id"]);
    let other = shop.refund(&refund("order-0001", "r1", 50, 100)).await;
    assert_eq!((other.status, other.code().as_str()), (400, "INVALID_REQUEST"));
    assert_eq!(shop.sim.refunds().len(), 1);
    let missing = shop.call("GET", "/v3/refund/domestic/refunds/r2", "").await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "RESOURCE_NOT_EXISTS"));
}

#[tokio::test]
async fn refunds_do_not_exceed_what_was_paid() {
    let shop = paid_shop(NOWHERE).await;
    assert_eq!(shop.refund(&refund("order-0001", "r1", 60, 100)).await.status, 200);
    assert_eq!(shop.refund(&refund("order-0001", "r2", 41, 100)).await.code(), "INVALID_REQUEST");
    assert_eq!(shop.refund(&refund("order-0001", "r2", 40, 99)).await.code(), "INVALID_REQUEST");
    assert_eq!(shop.refund(&refund("order-0001", "r2", 40, 100)).await.status, 200);
    assert_eq!(shop.refund(&refund("order-0001", "r3", 1, 100)).await.code(), "INVALID_REQUEST");
    assert_eq!(shop.refund(&refund("order-0002", "r4", 1, 100)).await.status, 404);
    shop.prepaid("order-0002", 100, NOWHERE).await;
    assert_eq!(shop.refund(&refund("order-0002", "r4", 1, 100)).await.code(), "INVALID_REQUEST");
}

#[tokio::test]
async fn refund_parameters_keep_to_their_limits() {
    let shop = paid_shop(NOWHERE).await;
    for (pointer, member, value) in [
        ("/reason", "reason", json!("长".repeat(27))),
        ("/out_refund_no", "out_refund_no", json!("r 1")),
        ("/notify_url", "notify_url", json!("http://shop.example/n")),
        ("/funds_account", "funds_account", json!("BASIC")),
        ("/amount/currency", "amount", json!({"refund": 1, "total": 100})),
        ("/amount/refund", "amount", json!({"refund": 0, "total": 100, "currency": "CNY"})),
        (
            "/amount/from",
            "amount",
            json!({"refund": 2, "total": 100, "currency": "CNY", "from": [{"account": "AVAILABLE", "amount": 1}]}),
        ),
        ("/extra", "extra", json!(1)),
    ] {
        let mut body = refund("order-0001", "r1", 1, 100);
        body[member] = value;
        let reply = shop.refund(&body).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", pointer));
    }
}

#[tokio::test]
async fn a_refund_can_fail_and_a_closed_one_frees_its_money() {
    let shop = paid_shop(NOWHERE).await;
    assert_eq!(shop.control("faults", &json!({"refund_outcome": "CLOSED"})).await.0, 200);
    shop.refund(&refund("order-0001", "r1", 100, 100)).await;
    shop.clock.advance_secs(1);
    assert_eq!(status(&shop, "r1").await, "CLOSED");
    shop.sim.refund_outcome(RefundStatus::Abnormal);
    assert_eq!(shop.refund(&refund("order-0001", "r2", 100, 100)).await.status, 200);
    shop.clock.advance_secs(1);
    assert_eq!(status(&shop, "r2").await, "ABNORMAL");
    assert_eq!(shop.refund(&refund("order-0001", "r3", 1, 100)).await.status, 400);
}
