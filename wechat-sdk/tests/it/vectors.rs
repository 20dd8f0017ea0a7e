//! Every published value is met byte for byte.

use std::sync::Mutex;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use wechat_sdk::pay::transactions::{CloseTransaction, JsapiPrepay, Order, TradeState};
use wechat_sdk::{
    ApiV3Key, AppId, Fen, MerchantKey, OpenId, OutTradeNo, PayEvent, PrepayId, RequestPayment, Secret, Trust,
    VerifyError,
};

use crate::support::*;

fn headers(vector: &'static Value) -> HeaderMap {
    let listed = vector["input"]["headers"].as_object().unwrap();
    listed
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_static(text(value)))
        })
        .collect()
}

#[test]
fn all_vectors_are_used_here() {
    let source = concat!(
        include_str!("bills.rs"),
        include_str!("client_data.rs"),
        include_str!("protection.rs"),
        include_str!("pushes.rs"),
        include_str!("vectors.rs"),
        include_str!("../../src/pay/cipher.rs"),
        include_str!("../../src/push/reply.rs"),
    );
    for id in vector_ids() {
        assert!(source.contains(id), "{id} is not tested");
    }
}

/// The signature that the client puts on the wire, under the clock and nonce of the vector.
async fn authorization(vector: &'static Value) -> String {
    let input = &vector["input"];
    let nonce = text(&input["nonce_str"]);
    let net = Net::new(|_, _| answer(400, &Value::Null));
    let watch = Watch::at(text(&input["timestamp"]).parse().unwrap());
    let environment = environment(&net, &watch).with_random(std::sync::Arc::new(Nonce::of(nonce)));
    let merchant = merchant_builder(&net, &watch).environment(environment).build().unwrap();
    let method: Method = text(&input["method"]).parse().unwrap();
    let body = text(&input["body"]);
    let body = (!body.is_empty()).then(|| Bytes::from_static(body.as_bytes()));
    merchant.raw(method, text(&input["canonical_url"]), body).await.unwrap_err();
    net.seen()[0].headers()["authorization"].to_str().unwrap().to_owned()
}

/// Gives the bytes of one nonce.
#[derive(Debug)]
struct Nonce(Mutex<Vec<u8>>);

impl Nonce {
    fn of(hex: &str) -> Self {
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        Self(Mutex::new(pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()))
    }
}

impl wechat_sdk::Random for Nonce {
    fn fill(&self, buffer: &mut [u8]) {
        let bytes = self.0.lock().unwrap();
        buffer.copy_from_slice(&bytes[..buffer.len()]);
    }
}

#[tokio::test]
async fn requests_are_signed_as_published() {
    for id in ["pay-sign-post-jsapi", "pay-sign-get-path", "pay-sign-get-query", "pay-sign-get-certificates"]
    {
        let vector = vector(id);
        let expected = text(&vector["expected"]["signature"]);
        let sent = authorization(vector).await;
        assert!(sent.contains(&format!("signature=\"{expected}\"")), "{id}: {sent}");
        if let Some(whole) = vector["expected"]["authorization"].as_str() {
            assert_eq!(sent, whole, "{id}");
        }
    }
}

#[tokio::test]
async fn the_prepay_body_is_the_published_one() {
    let body = text(&vector("pay-sign-post-jsapi")["input"]["body"]);
    let net = Net::new(|_, _| signed(200, &serde_json::json!({"prepay_id": "wx1"})));
    let order = Order::new(
        AppId::new("wxd678efh567hg6787").unwrap(),
        "Image形象店-深圳腾大-QQ公仔",
        OutTradeNo::new("1217752501201407033233368018").unwrap(),
        Fen(100),
        "https://www.weixin.qq.com/wxpay/pay.php",
    );
    let payer = OpenId::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap();
    let merchant = merchant_builder(&net, &Watch::at(NOW)).build().unwrap();
    merchant.send(&JsapiPrepay::new(order, payer)).await.unwrap();
    let sent: Value = serde_json::from_slice(net.seen()[0].body()).unwrap();
    assert_eq!(sent, serde_json::from_str::<Value>(body).unwrap());
}

#[test]
fn payment_parameters_are_signed_as_published() {
    let vector = vector("pay-paysign-mini-program");
    let input = &vector["input"];
    let prepay = text(&input["fourth_line"]).strip_prefix("prepay_id=").unwrap();
    let parameters = RequestPayment::sign(
        &merchant_key(),
        &AppId::new(text(&input["appId"])).unwrap(),
        &PrepayId::new(prepay).unwrap(),
        text(&input["timeStamp"]).parse().unwrap(),
        text(&input["nonceStr"]).to_owned(),
    )
    .unwrap();
    let written = serde_json::to_value(&parameters).unwrap();
    assert_eq!(written["paySign"], vector["expected"]["paySign"]);
    for (name, value) in vector["expected"]["client_params"].as_object().unwrap() {
        assert_eq!(&written[name], value, "{name}");
    }
}

#[test]
fn the_merchant_key_signs_as_published() {
    let key = MerchantKey::from_pem(pem("java_merchant_private_key"), "5F1C").unwrap();
    let java = vector("pay-java-sha256rsa");
    assert_eq!(key.sign(b"message").unwrap(), text(&java["expected"]["signature"]));
    let app = vector("pay-paysign-app");
    let message = text(&app["expected"]["message"]);
    assert_eq!(merchant_key().sign(message.as_bytes()).unwrap(), text(&app["expected"]["paySign"]));
}

#[tokio::test]
async fn published_notifications_are_verified_and_opened() {
    for id in ["pay-notify-transaction-success", "pay-notify-transaction-success-pubkey"] {
        let vector = vector(id);
        let body = text(&vector["input"]["body"]).as_bytes();
        let merchant = offline_merchant(NOW);
        let notification = merchant.verify_notification(&headers(vector), body).await.unwrap();
        assert_eq!(notification.plaintext(), text(&vector["expected"]["plaintext"]));
        let PayEvent::Paid(transaction) = notification.event().unwrap() else { panic!("{id} is a payment") };
        assert_eq!(transaction.trade_state, TradeState::Success);
        assert!(transaction.is_paid());
        let amount = transaction.amount.clone().unwrap();
        assert_eq!((amount.total, amount.payer_total), (Fen(9900), Some(Fen(9400))));
        assert_eq!(transaction.payer_openid().unwrap().as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    }
}

#[tokio::test]
async fn the_published_transfer_is_read() {
    let vector = vector("pay-notify-mchtransfer-finished");
    let body = text(&vector["input"]["body"]).as_bytes();
    let headers = headers(vector);
    let now = headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap();
    let notification = offline_merchant(now).verify_notification(&headers, body).await.unwrap();
    assert_eq!(notification.plaintext(), text(&vector["expected"]["plaintext"]));
    let PayEvent::Transfer(notice) = notification.event().unwrap() else { panic!("{notification:?}") };
    let plaintext: Value = serde_json::from_str(text(&vector["expected"]["plaintext"])).unwrap();
    assert_eq!(notice.out_bill_no.as_str(), plaintext["out_bill_no"].as_str().unwrap());
    assert!(notice.extra.is_empty(), "{notice:?}");
    let (kind, about) = (&notification.event_type, &notification.original_type);
    let stored = PayEvent::read(kind, about, notification.plaintext()).unwrap();
    assert!(matches!(stored, PayEvent::Transfer(again) if again == notice), "also when it was stored");
}

#[tokio::test]
async fn the_published_probe_is_refused_as_a_probe() {
    let vector = vector("pay-notify-probe-signature");
    let body = text(&vector["input"]["body"]).as_bytes();
    let result = offline_merchant(NOW).verify_notification(&headers(vector), body).await;
    assert_eq!(result.unwrap_err(), VerifyError::Probe);
}

/// Its key has 16 bytes, so only the signature can be met: what fails comes after it.
#[tokio::test]
async fn the_notification_of_the_go_sdk_has_a_good_signature() {
    let vector = vector("pay-go-notification-full");
    let body = text(&vector["input"]["body"]).as_bytes();
    let headers = headers(vector);
    let net = Net::new(|_, _| panic!("nothing is to be sent"));
    let watch = Watch::at(headers["wechatpay-timestamp"].to_str().unwrap().parse().unwrap());
    let trust = Trust::new().certificate(text(&vector["input"]["certificate_pem"])).unwrap();
    let merchant = merchant_builder(&net, &watch).trust(trust).build().unwrap();
    let result = merchant.verify_notification(&headers, body).await;
    assert_eq!(result.unwrap_err(), VerifyError::Decrypt);
    let mut forged = body.to_vec();
    forged[10] ^= 1;
    let result = merchant.verify_notification(&headers, &forged).await;
    assert_eq!(result.unwrap_err(), VerifyError::Signature);
}

#[test]
fn published_keys_of_16_bytes_are_refused() {
    for (id, name) in [
        ("pay-go-aesgcm-16byte-key", "key_utf8"),
        ("pay-go-notification-full", "api_v3_key"),
        ("pay-go-certificates-download", "api_v3_key"),
    ] {
        assert!(ApiV3Key::new(text(&vector(id)["input"][name])).is_err(), "{id}");
    }
}

#[test]
fn the_published_certificate_is_read() {
    let expected = &vector("pay-go-certificates-download")["expected"];
    let trust = Trust::new().certificate(text(&expected["certificate_pem"])).unwrap();
    assert!(format!("{trust:?}").contains(text(&expected["serial_no"])), "{trust:?}");
}

#[tokio::test]
async fn the_published_empty_answer_is_verified() {
    let vector = vector("pay-response-verify-204");
    let net = Net::new(|_, _| {
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        *response.headers_mut() = headers(crate::support::vector("pay-response-verify-204"));
        Ok(response)
    });
    let now = text(&vector["input"]["headers"]["Wechatpay-Timestamp"]).parse().unwrap();
    let watch = Watch::at(now);
    let merchant = merchant_builder(&net, &watch).build().unwrap();
    let close = CloseTransaction::new(OutTradeNo::new("S20260102030405001").unwrap());
    merchant.send(&close).await.unwrap();
    watch.pass(301);
    let error = merchant.send(&close).await.unwrap_err();
    assert!(matches!(error, wechat_sdk::Error::Untrusted(VerifyError::Stale(301))), "{error}");
}

/// The phone number of a complaint, for instance.
#[test]
fn what_is_sealed_for_the_merchant_opens() {
    let net = Net::new(|_, _| panic!("nothing is to be sent"));
    let key = MerchantKey::from_pem(pem("java_merchant_private_key"), "5F1C").unwrap();
    let api_v3 = ApiV3Key::new(API_V3).unwrap();
    let merchant = wechat_sdk::Merchant::builder(wechat_sdk::MchId::new(MCHID).unwrap(), key, api_v3)
        .environment(environment(&net, &Watch::at(NOW)))
        .build()
        .unwrap();
    let sealed = vector("pay-oaep-phone");
    let opened = merchant.unseal(&text(&sealed["input"]["ciphertext"]).into()).unwrap();
    assert_eq!(opened.expose(), text(&sealed["expected"]["plaintext"]));
    // For another key, of another kind, and no such text at all.
    let other = text(&vector("pay-oaep-name")["input"]["ciphertext"]);
    let old = text(&vector("pay-java-rsa-pkcs1v15-decrypt")["input"]["ciphertext"]);
    for bad in [other, old, "", "AAAA", "not base64"] {
        assert!(merchant.unseal(&bad.into()).is_err(), "{bad}");
    }
}

#[test]
fn an_old_refund_notice_opens() {
    let old = vector("pay-v2-refund-req-info");
    let (key, info) = (text(&old["input"]["api_key"]), text(&old["input"]["req_info"]));
    let opened = wechat_sdk::pay::v2::open_refund_notice(&Secret::new(key), info).unwrap();
    assert_eq!(opened.expose(), text(&old["expected"]["plaintext"]));
    for (key, info) in [("other", info), (key, &info[..64]), (key, ""), (key, "AAAA"), (key, "not base64")] {
        assert!(wechat_sdk::pay::v2::open_refund_notice(&Secret::new(key), info).is_err(), "{info}");
    }
}
