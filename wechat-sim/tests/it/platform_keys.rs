//! Which keys the platform signs with, and how it changes them.

use std::time::Duration;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechat_sim::{Material, PlatformOptions, Rotated};

use crate::support::{APP, MCHID, NOWHERE, Receiver, Reply, Shop, der, open, order, shop};

async fn certificates(shop: &Shop) -> Reply {
    shop.call("GET", "/v3/certificates", "").await
}

fn listed(reply: &Reply) -> Vec<String> {
    let data = reply.json()["data"].as_array().cloned().unwrap_or_default();
    data.iter().map(|entry| entry["serial_no"].as_str().unwrap().to_owned()).collect()
}

/// The name of what an answer without a wish is signed with.
async fn signer(shop: &Shop) -> String {
    let reply = shop.call("GET", "/v3/refund/domestic/refunds/none", "").await;
    assert_eq!(reply.status, 404);
    let reply = shop.prepay(&order("order-0001", 100, NOWHERE)).await;
    assert_eq!(reply.status, 200);
    reply.headers["wechatpay-serial"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_announced_certificate_signs_only_later() {
    let shop = shop().await;
    shop.sim.sign_with(MCHID, Material::Certificate);
    let old = shop.kit.platform_serial.clone();
    let command = json!({"mchid": MCHID, "what": "certificate", "announce_only": true});
    let (status, made) = shop.control("rotate", &command).await;
    assert_eq!((status, made["platform_serial"].as_str()), (200, Some(old.as_str())));
    let new = made["newest_platform_serial"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    assert_eq!(made["newest_public_key_id"], shop.kit.public_key_id);
    let list = certificates(&shop).await;
    assert_eq!(listed(&list), [old.clone(), new.clone()]);
    let pem = open(&shop.kit, &list.json()["data"][1]["encrypt_certificate"]);
    assert_eq!(std::str::from_utf8(&pem).ok(), made["newest_platform_certificate_pem"].as_str());
    assert_eq!(signer(&shop).await, old);
    shop.control("platform", &json!({"mchid": MCHID, "successor_per_mille": 1000})).await;
    assert_eq!(signer(&shop).await, new);
    shop.control("platform", &json!({"mchid": MCHID, "successor_per_mille": 0})).await;
    assert_eq!(signer(&shop).await, old);
    let (status, kit) = shop.control("rotate", &json!({"mchid": MCHID, "activate": true})).await;
    assert_eq!((status, kit["platform_serial"].as_str()), (200, Some(new.as_str())));
    assert_eq!(signer(&shop).await, new);
    assert_eq!(listed(&certificates(&shop).await), [old, new]);
}

#[tokio::test]
async fn an_announced_certificate_signs_at_the_latest_when_the_old_one_expires() {
    let shop = shop().await;
    shop.sim.sign_with(MCHID, Material::Certificate);
    let old = shop.kit.platform_serial.clone();
    let halfway = Duration::from_hours(2 * 366 * 24);
    shop.sim.advance(halfway).unwrap();
    let made = shop.sim.rotate(MCHID, Rotated::Certificate, true).await.unwrap();
    assert_eq!(listed(&certificates(&shop).await), [old.clone(), made.newest_platform_serial.clone()]);
    assert_eq!(signer(&shop).await, old);
    shop.sim.advance(halfway).unwrap();
    assert_eq!(listed(&certificates(&shop).await), std::slice::from_ref(&made.newest_platform_serial));
    let reply = shop.prepay(&order("order-0002", 100, NOWHERE)).await;
    assert_eq!(reply.headers["wechatpay-serial"].to_str().unwrap(), made.newest_platform_serial);
    shop.sim.advance(halfway).unwrap();
    let none = certificates(&shop).await;
    assert_eq!((none.status, none.code().as_str()), (403, "NOT_ENOUGH"));
}

#[tokio::test]
async fn a_new_public_key_or_both_sign_at_once() {
    let shop = shop().await;
    let (_, made) = shop.control("rotate", &json!({"mchid": MCHID, "what": "public_key"})).await;
    assert_eq!(made["platform_serial"], shop.kit.platform_serial);
    assert_ne!(made["public_key_id"], shop.kit.public_key_id);
    assert_eq!(signer(&shop).await, made["public_key_id"].as_str().unwrap());
    let both = shop.sim.rotate_keys(MCHID).await.unwrap();
    assert!(made["public_key_id"] != both.public_key_id && made["platform_serial"] != both.platform_serial);
    assert_eq!(signer(&shop).await, both.public_key_id);
    let merchants = shop.listed("merchants").await;
    assert_eq!(merchants["merchants"][0]["public_key_ids"].as_array().unwrap().len(), 3);
    assert_eq!(shop.control("rotate", &json!({"mchid": "1900000009"})).await.0, 404);
    assert_eq!(shop.control("rotate", &json!({"mchid": MCHID, "what": "all"})).await.0, 400);
}

#[tokio::test]
async fn a_gray_share_signs_with_the_other_material() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    shop.control("platform", &json!({"mchid": MCHID, "gray_per_mille": 1000})).await;
    assert_eq!(signer(&shop).await, shop.kit.platform_serial);
    shop.prepaid("order-0002", 100, &receiver.url).await;
    shop.sim.pay(MCHID, "order-0002").unwrap();
    let (headers, _) = receiver.wait_for(1).await.remove(0);
    assert_eq!(headers["wechatpay-serial"].to_str().unwrap(), shop.kit.platform_serial);
    let wrong = PlatformOptions { gray_per_mille: Some(1001), ..PlatformOptions::default() };
    assert!(shop.sim.platform(MCHID, &wrong).is_err());
    let none = PlatformOptions { gray_per_mille: Some(0), ..PlatformOptions::default() };
    shop.sim.platform(MCHID, &none).unwrap();
    assert_eq!(signer(&shop).await, shop.kit.public_key_id);
}

#[tokio::test]
async fn a_merchant_without_certificates_is_only_ever_answered_with_the_key() {
    let shop = shop().await;
    shop.sim.sign_with(MCHID, Material::Certificate);
    let command = json!({"mchid": MCHID, "without_certificates": true, "gray_per_mille": 1000});
    assert_eq!(shop.control("platform", &command).await.1["without_certificates"], true);
    let none = certificates(&shop).await;
    assert_eq!((none.status, none.code().as_str()), (404, "RESOURCE_NOT_EXISTS"));
    assert!(!none.headers.contains_key("wechatpay-signature"));
    assert_eq!(signer(&shop).await, shop.kit.public_key_id);
    shop.control("platform", &json!({"mchid": MCHID, "gray_per_mille": 0})).await;
    assert_eq!(signer(&shop).await, shop.kit.public_key_id);
    let (headers, body) = shop.sim.signed_notification(
        MCHID,
        "TRANSACTION.SUCCESS",
        "transaction",
        &json!({}),
        &wechat_sim::NotificationOptions::default(),
    );
    assert!(crate::support::verifies(&shop.kit, &headers, &body));
}

#[tokio::test]
async fn merchants_and_apps_are_made_over_json() {
    let shop = shop().await;
    let key = "k".repeat(32);
    let command = json!({"mchid": "1900000002", "apps": [APP], "api_v3_key": key});
    let (status, kit) = shop.control("merchants", &command).await;
    assert_eq!((status, kit["api_v3_key"].as_str()), (200, Some(key.as_str())));
    assert!(kit["merchant_private_key_pem"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY"));
    assert_eq!(
        shop.sim.merchant("1900000002").await.platform_serial,
        kit["platform_serial"].as_str().unwrap()
    );
    let brought =
        json!({"mchid": "1900000002", "merchant_certificate_pem": shop.kit.merchant_certificate_pem});
    let (_, again) = shop.control("merchants", &brought).await;
    assert_eq!(again["merchant_serial"], shop.kit.merchant_serial);
    assert_eq!(
        (again["api_v3_key"].as_str(), again["merchant_private_key_pem"].as_str()),
        (Some(key.as_str()), Some(""))
    );
    assert_eq!(shop.control("apps", &json!({"app_id": "wxnew", "secret": "s"})).await.0, 200);
    let apps = shop.listed("apps").await;
    let ids: Vec<&Value> = apps["apps"].as_array().unwrap().iter().map(|app| &app["app_id"]).collect();
    assert_eq!(ids, [APP, "wxnew"]);
    let merchants = shop.listed("merchants").await;
    assert_eq!(merchants["merchants"][1]["apps"], json!([APP]));
    assert!(!merchants.to_string().contains("PRIVATE"));
    for wrong in [
        json!({"mchid": "19/00"}),
        json!({"mchid": ""}),
        json!({"mchid": MCHID, "api_v3_key": "short"}),
        json!({"mchid": MCHID, "merchant_certificate_pem": "no certificate"}),
        json!({"mchid": MCHID, "oops": 1}),
    ] {
        assert_eq!(shop.control("merchants", &wrong).await.0, 400, "{wrong}");
    }
    assert_eq!(shop.control("apps", &json!({"app_id": "wx/1", "secret": "s"})).await.0, 400);
}

#[tokio::test]
async fn a_new_api_key_seals_what_comes_after_it() {
    let (mut shop, receiver) = (shop().await, Receiver::start(&[]).await);
    let key = "n".repeat(32);
    shop.kit = shop.sim.set_api_v3_key(MCHID, &key).unwrap();
    assert!(shop.sim.set_api_v3_key(MCHID, "short").is_err());
    shop.prepaid("order-0001", 100, &receiver.url).await;
    shop.sim.pay(MCHID, "order-0001").unwrap();
    let (_, body) = receiver.wait_for(1).await.remove(0);
    let envelope: Value = serde_json::from_slice(&body).unwrap();
    let plain: Value = serde_json::from_slice(&open(&shop.kit, &envelope["resource"])).unwrap();
    assert_eq!((shop.kit.api_v3_key.as_str(), &plain["out_trade_no"]), (key.as_str(), &json!("order-0001")));
    let list = certificates(&shop).await;
    assert!(open(&shop.kit, &list.json()["data"][0]["encrypt_certificate"]).starts_with(b"-----BEGIN CERT"));
}

#[tokio::test]
async fn a_new_public_key_really_signs() {
    let shop = shop().await;
    let kit = shop.sim.rotate(MCHID, Rotated::PublicKey, false).await.unwrap().kit;
    let reply = shop.prepay(&order("order-0001", 100, NOWHERE)).await;
    let text = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
    let head = format!("{}\n{}\n", text("wechatpay-timestamp"), text("wechatpay-nonce"));
    let message = [head.as_bytes(), &reply.body, b"\n"].concat();
    let signature = STANDARD.decode(text("wechatpay-signature")).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der(&kit.public_key_pem));
    assert!(key.verify(&message, &signature).is_ok());
}
