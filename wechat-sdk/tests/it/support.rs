//! A network, a clock and a WeChat Pay that tests control.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use serde_json::{Value, json};
use wechat_sdk::{
    ApiV3Key, AppId, Clock, Environment, MchId, Merchant, MerchantBuilder, MerchantKey, MiniProgram,
    MiniProgramBuilder, Random, RetryPolicy, Secret, Transport, TransportError, Trust,
};

/// When the notifications of the vectors were signed.
pub const NOW: i64 = 1_767_294_245;
pub const MCHID: &str = "1900007291";
pub const CERTIFICATE: &str = "440024045C4A427599D09BB4E3DE0279F2E813FD";
pub const PUBLIC_KEY: &str = "PUB_KEY_ID_0000000000000024101100397200000006";
pub const API_V3: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
pub const APP_SECRET: &str = "6f2c0a5d3b7e4918a1c0e5f7d9b82346";

static DATA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/vectors.json")).expect("the vectors are JSON")
});

pub fn vector(id: &str) -> &'static Value {
    let all = DATA["vectors"].as_array().expect("a list of vectors");
    all.iter().find(|vector| vector["id"] == id).unwrap_or_else(|| panic!("no vector {id}"))
}

pub fn vector_ids() -> Vec<&'static str> {
    DATA["vectors"].as_array().expect("a list").iter().map(|vector| text(&vector["id"])).collect()
}

pub fn text(value: &'static Value) -> &'static str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// A PEM by its name, with or without `keys.` before it.
pub fn pem(name: &str) -> &'static str {
    text(&DATA["keys"][name.trim_start_matches("keys.")]["pem"])
}

pub type Answer = Result<Response<Bytes>, TransportError>;

type Answering = dyn Fn(usize, &Request<Bytes>) -> Answer + Send + Sync;

/// A network: a closure that answers, and a record of what was asked.
pub struct Net {
    answer: Box<Answering>,
    slow: Duration,
    seen: Mutex<Vec<Request<Bytes>>>,
}

impl Net {
    /// `answer` gets the number of the request (from 0) and the request.
    pub fn new(answer: impl Fn(usize, &Request<Bytes>) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Self::slow(Duration::ZERO, answer)
    }

    pub fn slow(
        slow: Duration,
        answer: impl Fn(usize, &Request<Bytes>) -> Answer + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { answer: Box::new(answer), slow, seen: Mutex::default() })
    }

    pub fn seen(&self) -> Vec<Request<Bytes>> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|request| request.uri().path() == path).count()
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Net")
    }
}

#[async_trait]
impl Transport for Net {
    async fn send(&self, request: Request<Bytes>) -> Answer {
        let number = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        tokio::time::sleep(self.slow).await;
        (self.answer)(number, &request)
    }
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct Watch(AtomicI64);

impl Watch {
    pub fn at(now: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now)))
    }

    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Watch {
    fn unix_seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Random bytes that are not.
#[derive(Debug, Default)]
pub struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill_with(|| self.0.fetch_add(1, Ordering::SeqCst));
    }
}

pub fn environment(net: &Arc<Net>, watch: &Arc<Watch>) -> Environment {
    Environment::over(net.clone()).with_clock(watch.clone()).with_random(Arc::new(Counting::default()))
}

/// As the standard policy, without its waits.
pub fn hasty() -> RetryPolicy {
    RetryPolicy { first_delay: Duration::ZERO, ..RetryPolicy::standard() }
}

pub fn mini_builder(net: &Arc<Net>, watch: &Arc<Watch>) -> MiniProgramBuilder {
    MiniProgram::builder(AppId::new("wxd678efh567hg6787").unwrap(), Secret::new(APP_SECRET))
        .environment(environment(net, watch))
        .retry(hasty())
}

pub fn merchant_key() -> MerchantKey {
    let serial = "408b07e79b8269fec3d5d3e6ab8ed163a6a380db";
    MerchantKey::from_pem(pem("pay_doc_merchant_private_key"), serial).unwrap()
}

pub fn full_trust() -> Trust {
    let certificate = pem("renewed_wechatpay_certificate");
    let key = pem("java_wechatpay_public_key");
    Trust::new().certificate(certificate).unwrap().public_key(PUBLIC_KEY, key).unwrap()
}

pub fn merchant_builder(net: &Arc<Net>, watch: &Arc<Watch>) -> MerchantBuilder {
    Merchant::builder(MchId::new(MCHID).unwrap(), merchant_key(), ApiV3Key::new(API_V3).unwrap())
        .environment(environment(net, watch))
        .trust(full_trust())
        .retry(hasty())
}

/// A merchant that is never to send anything.
pub fn offline_merchant(now: i64) -> Merchant {
    let net = Net::new(|_, request| panic!("nothing is to be sent, but {}", request.uri().path()));
    merchant_builder(&net, &Watch::at(now)).build().unwrap()
}

/// A plain answer.
#[expect(clippy::unnecessary_wraps, reason = "it is what a network gives")]
pub fn answer(status: u16, body: &Value) -> Answer {
    let body = Bytes::from(body.to_string());
    Ok(Response::builder().status(status).body(body).unwrap())
}

/// The headers WeChat Pay puts on what it writes.
pub fn signature_headers(serial: &str, timestamp: i64, body: &[u8]) -> HeaderMap {
    let platform = MerchantKey::from_pem(pem("java_wechatpay_private_key"), "01").unwrap();
    let mut message = format!("{timestamp}\nthe-nonce\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    let values = [
        ("wechatpay-timestamp", timestamp.to_string()),
        ("wechatpay-nonce", "the-nonce".to_owned()),
        ("wechatpay-serial", serial.to_owned()),
        ("wechatpay-signature", platform.sign(&message).unwrap()),
    ];
    values
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::try_from(value).unwrap()))
        .collect()
}

/// An answer of WeChat Pay, signed at [`NOW`].
pub fn signed(status: u16, body: &Value) -> Answer {
    signed_at(NOW, status, body)
}

/// An answer of WeChat Pay, signed at another time.
#[expect(clippy::unnecessary_wraps, reason = "it is what a network gives")]
pub fn signed_at(at: i64, status: u16, body: &Value) -> Answer {
    let body = if status == 204 { Bytes::new() } else { Bytes::from(body.to_string()) };
    let mut response = Response::new(body);
    *response.headers_mut() = signature_headers(CERTIFICATE, at, response.body());
    *response.status_mut() = status.try_into().unwrap();
    Ok(response)
}

/// A text sealed under the API v3 key.
pub fn sealed(plaintext: &str, associated_data: &str) -> Value {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3.as_bytes()).unwrap());
    let mut bytes = plaintext.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key(*b"0123456789ab");
    key.seal_in_place_append_tag(nonce, Aad::from(associated_data.as_bytes()), &mut bytes).unwrap();
    json!({
        "algorithm": "AEAD_AES_256_GCM",
        "associated_data": associated_data,
        "nonce": "0123456789ab",
        "ciphertext": STANDARD.encode(bytes),
    })
}

/// SHA-1, lower-case hex.
pub fn sha1(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}
