//! Notifications: sealed, signed, resent.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{MCHID, NOWHERE, Receiver, Shop, open, shop, shop_with, verifies};
use serde_json::{Value, json};
use wechat_sim::{DeliveryState, NotificationOptions, RETRY_SCHEDULE_SECS};

async fn paid(shop: &Shop, url: &str) {
    shop.prepaid("order-0001", 100, url).await;
    shop.sim.pay(MCHID, "order-0001").unwrap();
}

async fn attempts(shop: &Shop, count: usize) {
    for _ in 0..1000 {
        if shop.sim.notifications()[0].attempts.len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no {count} attempts: {:?}", shop.sim.notifications());
}

#[tokio::test]
async fn a_payment_is_notified() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    paid(&shop, &receiver.url).await;
    let (headers, body) = receiver.wait_for(1).await.remove(0);
    assert!(verifies(&shop.kit, &headers, &body));
    assert_eq!(headers["wechatpay-signature-type"], "WECHATPAY2-SHA256-RSA2048");
    let envelope: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "transaction");
    let plaintext: Value = serde_json::from_slice(&open(&shop.kit, &envelope["resource"])).unwrap();
    assert_eq!(plaintext, shop.query("order-0001").await.json());
    assert_eq!(plaintext["attach"], "附");
    assert!(shop.sim.delivered_within(Duration::from_secs(5)).await);
    assert_eq!(shop.sim.notifications()[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn a_refused_notification_comes_again_by_the_schedule() {
    let (shop, receiver) = (shop().await, Receiver::start(&[500, 302]).await);
    paid(&shop, &receiver.url).await;
    attempts(&shop, 1).await;
    shop.clock.advance_millis(14_900);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(receiver.count(), 1);
    shop.clock.advance_millis(100);
    attempts(&shop, 2).await;
    shop.clock.advance_secs(15);
    let came = receiver.wait_for(3).await;
    let ids: BTreeSet<String> = came.iter().map(|(_, body)| value(body)["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "the id stays");
    for name in ["wechatpay-nonce", "wechatpay-signature"] {
        let values: BTreeSet<_> = came.iter().map(|(headers, _)| headers[name].as_bytes().to_vec()).collect();
        assert_eq!(values.len(), 3, "{name} is new each time");
    }
    assert!(came.iter().all(|(headers, body)| verifies(&shop.kit, headers, body)));
    assert!(shop.sim.delivered_within(Duration::from_secs(5)).await);
    let statuses: Vec<_> =
        shop.sim.notifications()[0].attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(500), Some(302), Some(204)]);
}

fn value(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn the_platform_gives_up_after_fifteen_resends() {
    let shop = shop_with(|settings| settings.speed = 1_000_000.0).await;
    let receiver = Receiver::start(&[500; 20]).await;
    paid(&shop, &receiver.url).await;
    for _ in 0..4000 {
        shop.clock.advance_millis(10);
        if shop.sim.notifications()[0].state == DeliveryState::GivenUp {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(shop.sim.notifications()[0].state, DeliveryState::GivenUp);
    assert_eq!(receiver.count(), 1 + RETRY_SCHEDULE_SECS.len());
    assert_eq!(RETRY_SCHEDULE_SECS.iter().sum::<u64>(), 24 * 3600 + 4 * 60);
}

#[tokio::test]
async fn a_late_answer_is_no_answer() {
    let shop = shop_with(|settings| settings.notify_timeout = Duration::from_millis(50)).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    paid(&shop, &format!("http://{}/n", listener.local_addr().unwrap())).await;
    attempts(&shop, 1).await;
    assert_eq!(shop.sim.notifications()[0].attempts[0].status, None);
}

#[tokio::test]
async fn delivery_can_be_paused_dropped_and_repeated() {
    let (shop, receiver) = (shop().await, Receiver::start(&[500]).await);
    shop.sim.pause_delivery();
    paid(&shop, &receiver.url).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(receiver.count(), 0);
    assert_eq!(shop.sim.deliver_now().await, [500]);
    assert_eq!(shop.sim.deliver_now().await, [204]);
    assert_eq!(shop.sim.deliver_now().await, Vec::<u16>::new());
    shop.sim.resume_delivery();
    shop.sim.notifications_off();
    shop.prepaid("order-0002", 100, &receiver.url).await;
    shop.sim.pay(MCHID, "order-0002").unwrap();
    shop.sim.notifications_on();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(shop.sim.notifications()[1].state, DeliveryState::Dropped);
    assert_eq!(shop.control("notifications/2/resend", &json!({})).await.0, 200);
    assert!(shop.control("notifications/9/resend", &json!({})).await.0 == 404);
    receiver.wait_for(3).await;
}

#[tokio::test]
async fn another_amount_can_be_paid() {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    let body = json!({"out_trade_no": "order-0001", "amount_total": 1});
    assert_eq!(shop.control("pay", &body).await.1["amount"]["total"], 1);
    assert_eq!(shop.query("order-0001").await.json()["amount"]["total"], 1);
    let order = shop.sim.order(MCHID, "order-0001").unwrap();
    assert_eq!((order.total, order.paid_total), (100, Some(1)));
}

#[tokio::test]
async fn forged_notifications_can_be_made() {
    let shop = shop().await;
    let make = |options: NotificationOptions| {
        shop.sim.signed_notification(MCHID, "TRANSACTION.SUCCESS", "transaction", &json!({"a": 1}), &options)
    };
    let (headers, body) = make(NotificationOptions::default());
    assert!(verifies(&shop.kit, &headers, &body));
    assert_eq!(open(&shop.kit, &value(&body)["resource"]), br#"{"a":1}"#);
    let (headers, body) = make(NotificationOptions { break_signature: true, ..Default::default() });
    assert!(!verifies(&shop.kit, &headers, &body));
    let (headers, _) = make(NotificationOptions { probe: true, ..Default::default() });
    assert!(headers["wechatpay-signature"].to_str().unwrap().starts_with("WECHATPAY/SIGNTEST/"));
    let (headers, _) = make(NotificationOptions { serial: Some("AB".to_owned()), ..Default::default() });
    assert_eq!(headers["wechatpay-serial"], "AB");
    let (old, body) = make(NotificationOptions { timestamp_offset_secs: -600, ..Default::default() });
    assert!(verifies(&shop.kit, &old, &body));
    let seconds =
        |headers: &http::HeaderMap| headers["wechatpay-timestamp"].to_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(seconds(&headers) - seconds(&old), 600);
}
