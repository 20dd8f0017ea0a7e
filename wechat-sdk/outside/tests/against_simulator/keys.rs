//! Whom the SDK trusts, and how both sides change their keys while calls go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use wechat_sdk::pay::SealedText;
use wechat_sdk::pay::common::GetCertificates;
use wechat_sdk::pay::refunds::QueryRefund;
use wechat_sdk::pay::transactions::{JsapiPrepay, QueryByOutTradeNo};
use wechat_sdk::{
    ApiV3Key, Clock, Environment, Error, HttpSettings, OutRefundNo, Outcome, PayEvent, Secret, SystemClock,
    Trust, VerifyError, answer, pay_call,
};
use wechat_sim::{Material, MerchantKit, NotificationOptions, PlatformOptions, Rotated, Settings};

use crate::support::{MCHID, Shop, client_of, shop, shop_with, trade_no};

fn by_certificate(kit: &MerchantKit) -> Trust {
    Trust::new().certificate(&kit.platform_certificate_pem).unwrap()
}

fn by_both(kit: &MerchantKit) -> Trust {
    crate::support::by_public_key(kit).certificate(&kit.platform_certificate_pem).unwrap()
}

/// A clock of the SDK that can go ahead, but never so far that its signatures are too new.
#[derive(Debug, Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn unix_seconds(&self) -> i64 {
        SystemClock.unix_seconds() + self.0.load(Ordering::SeqCst)
    }
}

async fn order(shop: &Shop, number: &str) -> Result<(), Error> {
    let payer = shop.shopper().await;
    shop.merchant.send(&JsapiPrepay::new(shop.order(number, 100), payer)).await.map(drop)
}

#[tokio::test]
async fn certificates_are_listed_and_opened() {
    let shop = shop_with(Settings::default(), by_certificate, |builder| builder).await;
    let list = shop.pay(GetCertificates::new()).await;
    let entry = &list.data[0];
    assert_eq!(entry.serial_no.as_ref().unwrap().as_str(), shop.kit.platform_serial);
    assert!(entry.effective_time.unwrap() < entry.expire_time.unwrap());
    let pem = shop.merchant.open(&entry.encrypt_certificate).unwrap();
    assert_eq!(String::from_utf8(pem).unwrap(), shop.kit.platform_certificate_pem);
    assert!(entry.extra.is_empty());
}

#[tokio::test]
async fn a_client_without_any_key_fetches_the_certificates_by_itself() {
    let shop = shop_with(Settings::default(), |_| Trust::new(), |builder| builder).await;
    order(&shop, "no-key-0001").await.unwrap();
    let found = shop.pay(QueryByOutTradeNo::new(trade_no("no-key-0001"))).await;
    assert_eq!(found.out_trade_no, trade_no("no-key-0001"));
    assert_eq!(shop.calls_of("/v3/certificates"), 1);
}

#[tokio::test]
async fn a_new_certificate_is_looked_up_in_mid_traffic() {
    let shop = shop_with(Settings::default(), by_certificate, |builder| builder).await;
    let clock = Arc::new(Ahead::default());
    let environment = Environment::system(HttpSettings::default()).unwrap().with_clock(clock.clone());
    let client = client_of(&shop.sim, &shop.kit)
        .trust(by_certificate(&shop.kit))
        .environment(environment)
        .build()
        .unwrap();
    let payer = shop.shopper().await;
    let call = |number: &str| JsapiPrepay::new(shop.order(number, 100), payer.clone());
    client.send(&call("rotated-0001")).await.unwrap();

    shop.sim.rotate(MCHID, Rotated::Certificate, false).await.unwrap();
    // Certificates are asked for at most once a minute.
    clock.0.store(61, Ordering::SeqCst);
    client.send(&call("rotated-0002")).await.unwrap();
    let asked = shop.calls_of("/v3/certificates");
    client.send(&call("rotated-0003")).await.unwrap();
    assert_eq!(shop.calls_of("/v3/certificates"), asked, "it is known from now on");

    // A notification under the new certificate is believed, too.
    let options = NotificationOptions::default();
    let content = shop.sim.transaction_json(MCHID, "rotated-0002");
    let (headers, body) =
        shop.sim.signed_notification(MCHID, "TRANSACTION.SUCCESS", "transaction", &content, &options);
    client.verify_notification(&headers, &body).await.unwrap();
}

#[tokio::test]
async fn an_announced_certificate_is_known_before_it_signs() {
    let shop = shop_with(Settings::default(), by_certificate, |builder| builder).await;
    shop.sim.rotate(MCHID, Rotated::Certificate, true).await.unwrap();
    // The first answer under a certificate makes the client look for others in the background.
    order(&shop, "announced-0001").await.unwrap();
    for _ in 0..500 {
        if shop.calls_of("/v3/certificates") == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    shop.sim.activate_keys(MCHID).unwrap();
    order(&shop, "announced-0002").await.unwrap();
    assert_eq!(shop.calls_of("/v3/certificates"), 1);
}

#[tokio::test]
async fn a_new_public_key_is_not_believed_until_it_is_configured() {
    let shop = shop().await;
    order(&shop, "public-key-0001").await.unwrap();
    let kit = shop.sim.rotate(MCHID, Rotated::PublicKey, false).await.unwrap().kit;
    let options = NotificationOptions::default();
    let content = shop.sim.transaction_json(MCHID, "public-key-0001");
    let material = NotificationOptions { material: Some(Material::PublicKey), ..options };
    let (headers, body) =
        shop.sim.signed_notification(MCHID, "TRANSACTION.SUCCESS", "transaction", &content, &material);
    let refused = shop.merchant.verify_notification(&headers, &body).await.unwrap_err();
    assert_eq!(refused, VerifyError::UnknownSerial(kit.public_key_id.clone()));

    // A client with both keys believes both and asks for the newer one.
    let trust = crate::support::by_public_key(&shop.kit).public_key(&kit.public_key_id, &kit.public_key_pem);
    let client = client_of(&shop.sim, &shop.kit).trust(trust.unwrap()).build().unwrap();
    client.verify_notification(&headers, &body).await.unwrap();
    let payer = shop.shopper().await;
    client.send(&JsapiPrepay::new(shop.order("public-key-0002", 100), payer)).await.unwrap();
}

#[tokio::test]
async fn during_the_change_to_the_public_key_both_are_believed() {
    let shop = shop_with(Settings::default(), by_both, |builder| builder).await;
    let gray = PlatformOptions { gray_per_mille: Some(500), ..PlatformOptions::default() };
    shop.sim.platform(MCHID, &gray).unwrap();
    for number in 0..6 {
        let number = format!("gray-000{number}");
        order(&shop, &number).await.unwrap();
        shop.sim.pay(MCHID, &number).unwrap();
        let PayEvent::Paid(told) = shop.told().await else { panic!("another notification") };
        assert_eq!(told.out_trade_no, trade_no(&number));
    }
}

#[tokio::test]
async fn a_new_api_key_takes_over_while_the_former_one_is_still_known() {
    let shop = shop().await;
    let new = "n".repeat(32);
    let kit = shop.sim.set_api_v3_key(MCHID, &new).unwrap();
    let client = client_of(&shop.sim, &kit)
        .former_api_v3_key(ApiV3Key::new(shop.kit.api_v3_key.as_str()).unwrap())
        .trust(crate::support::by_public_key(&kit))
        .build()
        .unwrap();
    order(&shop, "api-key-0001").await.unwrap();
    let content = shop.sim.transaction_json(MCHID, "api-key-0001");
    for key in [new, shop.kit.api_v3_key.clone()] {
        let options = NotificationOptions { api_v3_key: Some(key), ..NotificationOptions::default() };
        let (headers, body) =
            shop.sim.signed_notification(MCHID, "TRANSACTION.SUCCESS", "transaction", &content, &options);
        client.verify_notification(&headers, &body).await.unwrap();
    }
    let (headers, body) = shop.sim.signed_notification(
        MCHID,
        "TRANSACTION.SUCCESS",
        "transaction",
        &content,
        &NotificationOptions::default(),
    );
    let refused = shop.merchant.verify_notification(&headers, &body).await.unwrap_err();
    assert_eq!(refused, VerifyError::Decrypt, "the old client knows the former key only");
}

#[tokio::test]
async fn a_merchant_of_today_needs_no_certificates() {
    let shop = shop().await;
    let none = PlatformOptions { without_certificates: Some(true), ..PlatformOptions::default() };
    shop.sim.platform(MCHID, &none).unwrap();
    order(&shop, "today-0001").await.unwrap();
    let error = shop.merchant.send(&GetCertificates::new()).await.unwrap_err();
    assert!(error.has_code("RESOURCE_NOT_EXISTS") && error.outcome() == Outcome::NotDone);
    assert_eq!(shop.calls_of("/v3/certificates"), 1, "only when it was asked to");
}

#[tokio::test]
async fn a_merchant_with_a_wrong_key_is_refused_and_nothing_is_done() {
    let shop = shop().await;
    let other = shop.sim.merchant("1900000002").await;
    let kit = MerchantKit { merchant_private_key_pem: other.merchant_private_key_pem, ..shop.kit.clone() };
    let client = client_of(&shop.sim, &kit).trust(crate::support::by_public_key(&kit)).build().unwrap();
    let error = client.send(&QueryRefund::new(OutRefundNo::new("R1").unwrap())).await.unwrap_err();
    assert_eq!((error.api().unwrap().status, error.has_code("SIGN_ERROR")), (401, true));
    assert_eq!(error.outcome(), Outcome::NotDone);
}

/// Asks WeChat Pay to say something back: a call that the SDK does not have, made with what it publishes.
#[pay_call(
    POST "/v3/security/echo", Unsafe -> Echoed,
    page = "https://pay.weixin.qq.com/doc/v3/merchant/4012072392", sealed = "encrypted_echo_message"
)]
struct Echo {
    echo_message: String,
    notify_url: Option<String>,
    encrypted_echo_message: Option<Secret>,
}

#[answer]
struct Echoed {
    echo_message: String,
    encrypted_echo_message: Option<SealedText>,
}

#[tokio::test]
async fn signatures_sealed_members_and_notifications_are_tried_with_an_echo() {
    let shop = shop().await;
    let call = Echo::new("hello").notify_url(shop.notify_url.as_str()).encrypted_echo_message("悄悄话");
    let said = shop.pay(call).await;
    assert_eq!((said.echo_message.as_str(), said.extra.is_empty()), ("hello", true));
    let sealed = said.encrypted_echo_message.unwrap();
    assert_eq!(shop.merchant.unseal(&sealed).unwrap().expose(), "悄悄话");
    let PayEvent::Echo(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((told.echo_message.as_deref(), told.extra.is_empty()), (Some("hello"), true));
    let sealed = told.encrypt_echo_message.unwrap();
    assert_eq!(shop.merchant.unseal(&sealed).unwrap().expose(), "悄悄话");
}
