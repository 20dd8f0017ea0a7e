//! Platform certificates are looked up when they are needed, and only then.

use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Value, json};
use wechat_sdk::pay::refunds::ApplyAbnormalRefund;
use wechat_sdk::pay::transactions::QueryByOutTradeNo;
use wechat_sdk::{
    Clock, Error, Merchant, MerchantKey, OutRefundNo, OutTradeNo, Outcome, RefundId, Trust, VerifyError,
};

use crate::support::*;

const CERTIFICATES: &str = "/v3/certificates";

fn query() -> QueryByOutTradeNo {
    QueryByOutTradeNo::new(OutTradeNo::new("S20260102030405001").unwrap())
}

fn unpaid() -> Value {
    json!({"appid": "wxd678efh567hg6787", "mchid": MCHID, "out_trade_no": "S20260102030405001",
           "trade_state": "NOTPAY", "trade_state_desc": "订单未支付"})
}

fn certificates() -> Value {
    let sealed = sealed(pem("renewed_wechatpay_certificate"), "certificate");
    json!({"data": [{"serial_no": CERTIFICATE, "effective_time ": 1, "encrypt_certificate": sealed}]})
}

fn without_trust(net: &Arc<Net>) -> Merchant {
    merchant_builder(net, &Watch::at(NOW)).trust(Trust::new()).build().unwrap()
}

#[tokio::test]
async fn an_unknown_serial_is_looked_up_once_for_all() {
    let net = Net::slow(std::time::Duration::from_millis(20), |_, request| match request.uri().path() {
        CERTIFICATES => signed(200, &certificates()),
        _ => signed(200, &unpaid()),
    });
    let merchant = without_trust(&net);
    assert_eq!(net.seen().len(), 0, "building sends nothing");
    let calls = (0..8).map(|_| {
        let merchant = merchant.clone();
        tokio::spawn(async move { merchant.send(&query()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert!(!call.await.unwrap().unwrap().is_paid());
    }
    assert_eq!(net.count(CERTIFICATES), 1);
}

#[tokio::test]
async fn a_merchant_without_certificates_is_refused_gently_and_not_asked_at_once_again() {
    let watch = Watch::at(NOW);
    let net = Net::new(|_, request| match request.uri().path() {
        CERTIFICATES => answer(404, &json!({"code": "RESOURCE_NOT_EXISTS", "message": "无可用的平台证书"})),
        _ => signed(200, &unpaid()),
    });
    let merchant = merchant_builder(&net, &watch).trust(Trust::new()).build().unwrap();
    for _ in 0..3 {
        let error = merchant.send(&query()).await.unwrap_err();
        assert!(
            matches!(&error, Error::Untrusted(VerifyError::UnknownSerial(serial)) if serial == CERTIFICATE)
        );
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
    assert_eq!(net.count(CERTIFICATES), 1);
    watch.pass(60);
    merchant.send(&query()).await.unwrap_err();
    assert_eq!(net.count(CERTIFICATES), 2);
}

#[tokio::test]
async fn certificates_in_use_are_looked_up_twice_a_day_and_nobody_waits() {
    let watch = Watch::at(NOW);
    let clock = watch.clone();
    let net = Net::new(move |_, request| {
        let body = if request.uri().path() == CERTIFICATES { certificates() } else { unpaid() };
        signed_at(clock.unix_seconds(), 200, &body)
    });
    let known = Trust::new().certificate(pem("renewed_wechatpay_certificate")).unwrap();
    let merchant = merchant_builder(&net, &watch).trust(known).build().unwrap();
    for (pass, looks) in [(0, 1), (3600, 1), (12 * 3600, 2), (60, 2)] {
        watch.pass(pass);
        merchant.send(&query()).await.unwrap();
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(net.count(CERTIFICATES), looks, "after {pass} s more");
    }
}

/// Whoever can seal but not sign, or sign but not seal, adds no certificate.
#[tokio::test]
async fn a_list_that_is_not_signed_or_not_sealed_teaches_nothing() {
    let lists: [fn() -> Answer; 3] = [
        || answer(200, &certificates()),
        || {
            let mut list = certificates();
            list["data"][0]["encrypt_certificate"]["nonce"] = json!("ba9876543210");
            signed(200, &list)
        },
        || signed(200, &json!({"data": []})),
    ];
    for list in lists {
        let net = Net::new(move |_, request| match request.uri().path() {
            CERTIFICATES => list(),
            _ => signed(200, &unpaid()),
        });
        let error = without_trust(&net).send(&query()).await.unwrap_err();
        assert!(matches!(error, Error::Untrusted(VerifyError::UnknownSerial(_))), "{error}");
        assert_eq!(net.count(CERTIFICATES), 1);
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let later = NOW + 21 * 365 * 86_400;
    let headers = signature_headers(CERTIFICATE, later, b"{}");
    let result = offline_merchant(later).verify_notification(&headers, b"{}").await;
    assert_eq!(result.unwrap_err(), VerifyError::CertificateExpired);
    let headers = signature_headers(PUBLIC_KEY, later, b"{}");
    let result = offline_merchant(later).verify_notification(&headers, b"{}").await;
    assert_eq!(result.unwrap_err(), VerifyError::Malformed, "a public key has no end");
    let net = Net::new(|_, _| panic!("nothing is to be sent"));
    let published = Trust::new().certificate(pem("java_wechatpay_certificate")).unwrap();
    let merchant = merchant_builder(&net, &Watch::at(NOW)).trust(published).build().unwrap();
    let headers = signature_headers(CERTIFICATE, NOW, b"{}");
    let result = merchant.verify_notification(&headers, b"{}").await;
    assert_eq!(result.unwrap_err(), VerifyError::CertificateExpired, "it ended in May 2025");
}

#[tokio::test]
async fn a_public_key_asks_for_answers_signed_by_it() {
    for (trust, wanted) in [(full_trust(), Some(PUBLIC_KEY)), (Trust::new(), None)] {
        let net = Net::new(|_, _| answer(400, &Value::Null));
        let merchant = merchant_builder(&net, &Watch::at(NOW)).trust(trust).build().unwrap();
        merchant.send(&query()).await.unwrap_err();
        let seen = net.seen();
        let sent = seen[0].headers().get("wechatpay-serial").map(|value| value.to_str().unwrap());
        assert_eq!(sent, wanted);
    }
}

#[test]
fn material_of_the_wrong_kind_is_refused() {
    let (key, certificate) = (pem("java_wechatpay_public_key"), pem("java_wechatpay_certificate"));
    assert!(Trust::new().public_key(CERTIFICATE, key).is_err());
    assert!(Trust::new().public_key(PUBLIC_KEY, certificate).is_err());
    assert!(Trust::new().certificate(key).is_err());
    assert!(Trust::new().certificate("").is_err());
}

/// A platform certificate of one's own making.
struct Platform {
    key: MerchantKey,
    certificate: String,
    serial: String,
}

impl Platform {
    fn new(serial: u8) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec![]).unwrap();
        parameters.serial_number = Some(vec![0x51, serial].into());
        let certificate = parameters.self_signed(&pair).unwrap().pem();
        let serial = format!("51{serial:02X}");
        Self { key: MerchantKey::from_pem(&pair.serialize_pem(), &serial).unwrap(), certificate, serial }
    }

    fn headers(&self, body: &[u8]) -> HeaderMap {
        let message = [format!("{NOW}\nn\n").as_bytes(), body, b"\n"].concat();
        let values = [
            ("wechatpay-timestamp", NOW.to_string()),
            ("wechatpay-nonce", "n".to_owned()),
            ("wechatpay-serial", self.serial.clone()),
            ("wechatpay-signature", self.key.sign(&message).unwrap()),
        ];
        values.into_iter().map(|(name, value)| (name.parse().unwrap(), value.try_into().unwrap())).collect()
    }
}

/// WeChat Pay changes its certificate and later to its public key while call-backs come in, signed by either for a
/// while; every one of them is taken, and certificates are looked up once for each new serial.
#[tokio::test]
async fn no_call_back_is_lost_while_keys_change() {
    let platforms: Arc<Vec<Platform>> = Arc::new((1..=3).map(Platform::new).collect());
    let shown = platforms.clone();
    let net = Net::slow(std::time::Duration::from_millis(5), move |number, _| {
        // The second list has the second certificate, and so on: successors appear before they sign.
        let known = &shown[..(number + 1).min(shown.len())];
        let data: Vec<Value> = known
            .iter()
            .map(|platform| json!({"encrypt_certificate": sealed(&platform.certificate, "certificate")}))
            .collect();
        let body = json!({"data": data}).to_string();
        let mut response = http::Response::new(bytes::Bytes::from(body));
        *response.headers_mut() = known[known.len() - 1].headers(response.body());
        Ok(response)
    });
    let watch = Watch::at(NOW);
    let public_key = Trust::new().public_key(PUBLIC_KEY, pem("java_wechatpay_public_key")).unwrap();
    let merchant = merchant_builder(&net, &watch).trust(public_key).build().unwrap();
    let news = |number: usize| {
        let content =
            json!({"complaint_id": number.to_string(), "action_type": "CREATE_COMPLAINT"}).to_string();
        let mut resource = sealed(&content, "complaint");
        resource["original_type"] = "complaint".into();
        json!({"id": "n", "event_type": "COMPLAINT.CREATE", "summary": "s", "resource": resource}).to_string()
    };
    for step in 0..platforms.len() {
        // A minute later the new one signs as well, and then the old one stops.
        watch.pass(if step == 0 { 0 } else { 61 });
        let waiting: Vec<_> = (0..60)
            .map(|number| {
                let body = news(number).into_bytes();
                let old = step.saturating_sub(number % 2);
                let headers = match number % 5 {
                    4 => signature_headers(PUBLIC_KEY, NOW, &body),
                    _ => platforms[old].headers(&body),
                };
                let merchant = merchant.clone();
                tokio::spawn(async move { merchant.verify_notification(&headers, &body).await })
            })
            .collect();
        for call_back in waiting {
            call_back.await.unwrap().unwrap().event().unwrap();
        }
        assert_eq!(net.count(CERTIFICATES), step + 1, "looked up once for each new serial");
    }
}

/// A call that must be sealed cannot go out while no key is known; that is worth another try later.
#[tokio::test]
async fn an_outage_of_the_certificates_is_not_taken_for_a_fault_of_the_settings() {
    let watch = Watch::at(NOW);
    let net = Net::new(|number, request| match (request.uri().path(), number) {
        (CERTIFICATES, 0) => answer(400, &json!({"code": "INVALID_REQUEST", "message": "no"})),
        (CERTIFICATES, _) => signed(200, &certificates()),
        _ => signed(200, &json!({"sealed": true})),
    });
    let merchant = merchant_builder(&net, &watch).trust(Trust::new()).build().unwrap();
    let refund = ApplyAbnormalRefund::to_user(
        RefundId::new("503").unwrap(),
        OutRefundNo::new("R1").unwrap(),
        "ICBC_DEBIT",
        "6222020000000000000",
        "张三",
    );
    assert!(merchant.send(&refund).await.unwrap_err().has_code("INVALID_REQUEST"));
    let error = merchant.send(&refund).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)) && error.is_retryable(), "{error}");
    assert_eq!((error.outcome(), net.seen().len()), (Outcome::NotDone, 1), "not asked again at once");
    watch.pass(61);
    // The answer is of no use here; what counts is what went out.
    let _ = merchant.send(&refund).await;
    let sent = net.seen().pop().unwrap();
    assert_eq!(sent.headers()["wechatpay-serial"], CERTIFICATE);
    assert!(!String::from_utf8_lossy(sent.body()).contains("6222020000000000000"));
}
