//! The self-test of signatures, sealed fields and notifications.

use serde_json::{Value, json};

use crate::sealed::{post_sealed, seal, unseal};
use crate::support::{MCHID, NOWHERE, Receiver, Reply, Shop, open, shop, verifies};

async fn echo(shop: &Shop, body: &Value, serial: Option<&str>) -> Reply {
    post_sealed(shop, "/v3/security/echo", body, serial).await
}

#[tokio::test]
async fn the_message_comes_back_in_the_answer_and_in_a_notification() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    let sealed = seal(&shop.kit, "secret 中文");
    let body = json!({"echo_message": "hello", "encrypted_echo_message": sealed, "notify_url": receiver.url});
    let reply = echo(&shop, &body, Some(&shop.kit.public_key_id)).await;
    assert_eq!(reply.status, 200, "{:?}", reply.json());
    assert!(verifies(&shop.kit, &reply.headers, &reply.body));
    let answer = reply.json();
    assert_eq!((answer.as_object().unwrap().len(), &answer["echo_message"]), (2, &json!("hello")));
    assert_eq!(unseal(&shop.kit, &answer["encrypted_echo_message"]), "secret 中文");
    let (headers, body) = receiver.wait_for(1).await.remove(0);
    assert!(verifies(&shop.kit, &headers, &body));
    let envelope: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(envelope["event_type"], "SECURITY_ECHO.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "security");
    let plain: Value = serde_json::from_slice(&open(&shop.kit, &envelope["resource"])).unwrap();
    assert_eq!((plain.as_object().unwrap().len(), &plain["echo_message"]), (2, &json!("hello")));
    assert_eq!(unseal(&shop.kit, &plain["encrypt_echo_message"]), "secret 中文");
}

#[tokio::test]
async fn without_an_address_or_a_secret_there_is_only_the_message() {
    let shop = shop().await;
    let serial = shop.kit.platform_serial.clone();
    let reply = echo(&shop, &json!({"echo_message": "hello"}), Some(&serial)).await;
    assert_eq!((reply.status, reply.json()), (200, json!({"echo_message": "hello"})));
    assert_eq!(reply.headers["wechatpay-serial"].to_str().unwrap(), serial);
    assert!(shop.sim.notifications().is_empty());
}

#[tokio::test]
async fn a_refused_self_test_is_sent_again_by_a_schedule_of_its_own() {
    let (shop, receiver) = (shop().await, Receiver::start(&[500; 20]).await);
    let body = json!({"echo_message": "hello", "notify_url": receiver.url});
    assert_eq!(echo(&shop, &body, Some(&shop.kit.public_key_id)).await.status, 200);
    for (count, wait) in [15, 15, 30, 180, 1800, 1800, 1800, 1800, 3600].into_iter().enumerate() {
        receiver.wait_for(count + 1).await;
        let next = loop {
            if let Some(next) = shop.sim.notifications()[0].next_at {
                break next;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        };
        let last = shop.sim.notifications()[0].attempts.last().unwrap().at;
        assert_eq!(next - last, wait * 1000, "after {count}");
        shop.sim.advance(std::time::Duration::from_secs(wait.unsigned_abs())).unwrap();
    }
    receiver.wait_for(10).await;
    assert!(shop.sim.delivered_within(std::time::Duration::from_secs(5)).await);
    assert_eq!(shop.sim.notifications()[0].state, wechat_sim::DeliveryState::GivenUp);
}

#[tokio::test]
async fn what_the_named_key_does_not_open_is_refused() {
    let shop = shop().await;
    let sealed = seal(&shop.kit, "secret");
    let (key, certificate) = (shop.kit.public_key_id.clone(), shop.kit.platform_serial.clone());
    let body = |sealed: &str| json!({"echo_message": "hello", "encrypted_echo_message": sealed, "notify_url": NOWHERE});
    for (body, serial, field) in [
        (body(&sealed), Some(certificate.as_str()), "/encrypted_echo_message"),
        (body("bm90aGluZw=="), Some(key.as_str()), "/encrypted_echo_message"),
        (body(&sealed), Some("PUB_KEY_ID_1"), "Wechatpay-Serial"),
        (body(&sealed), None, "Wechatpay-Serial"),
        (json!({"encrypted_echo_message": sealed}), Some(key.as_str()), "/echo_message"),
        (json!({"echo_message": "x", "notify_url": "ftp://x"}), Some(key.as_str()), "/notify_url"),
        (json!({"echo_message": "x", "more": 1}), Some(key.as_str()), "/more"),
    ] {
        let reply = echo(&shop, &body, serial).await;
        let seen = (reply.status, reply.code(), reply.field());
        assert_eq!(seen, (400, "PARAM_ERROR".to_owned(), field.to_owned()), "{body}");
    }
    assert!(shop.sim.notifications().is_empty(), "{MCHID}");
}
