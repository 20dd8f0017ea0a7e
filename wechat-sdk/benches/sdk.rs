//! What the hot paths cost, as ratios to the same algorithms in `openssl speed`, measured in the same run.
//!
//! `cargo bench -p wechat-sdk` prints them at the end. The targets: signing and verifying at least 0.9 of OpenSSL, a
//! whole call-back (verify, decrypt, read) at least 0.8 of verifying alone.

use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use criterion::Criterion;
use http::{HeaderMap, Request, Response};
use serde_json::json;
use tokio::runtime::Runtime;
use wechat_sdk::{
    ApiV3Key, AppId, Clock, Environment, MchId, Merchant, MerchantKey, MiniProgram, PayEvent, Secret,
    Transport, TransportError, Trust,
};

const NOW: i64 = 1_790_000_000;
const API_V3: &str = "0123456789abcdef0123456789abcdef";
const PUBLIC_KEY: &str = "PUB_KEY_ID_0119000000012026010100000000";

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn unix_seconds(&self) -> i64 {
        NOW
    }
}

/// Gives a token and nothing else.
#[derive(Debug)]
struct Tokens;

#[async_trait::async_trait]
impl Transport for Tokens {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(Response::new(json!({"access_token": "t1", "expires_in": 7200}).to_string().into()))
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn private_pem(pair: &KeyPair) -> String {
    let der: Pkcs8V1Der<'_> = pair.as_der().expect("PKCS#8");
    pem("PRIVATE KEY", der.as_ref())
}

fn merchant(platform: &KeyPair, own: MerchantKey) -> Merchant {
    let der: PublicKeyX509Der<'_> = platform.public_key().as_der().expect("X.509");
    let trust = Trust::new().public_key(PUBLIC_KEY, &pem("PUBLIC KEY", der.as_ref())).expect("a key");
    Merchant::builder(
        MchId::new("1900000001").expect("a merchant"),
        own,
        ApiV3Key::new(API_V3).expect("a key"),
    )
    .environment(Environment::over(Arc::new(Tokens)).with_clock(Arc::new(Still)))
    .trust(trust)
    .build()
    .expect("a client")
}

/// A paid order, as WeChat Pay tells it.
fn notification(platform: &MerchantKey) -> (HeaderMap, Bytes) {
    let content = json!({
        "appid": "wxd678efh567hg6787", "mchid": "1900000001", "out_trade_no": "S20260102030405001",
        "transaction_id": "4200000000202601020000000001", "trade_type": "JSAPI", "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功", "bank_type": "OTHERS", "attach": "", "success_time": "2026-01-02T03:04:04+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 9900, "payer_total": 9900, "currency": "CNY", "payer_currency": "CNY"},
    });
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3.as_bytes()).expect("a key"));
    let mut bytes = content.to_string().into_bytes();
    let nonce = Nonce::assume_unique_for_key(*b"0123456789ab");
    key.seal_in_place_append_tag(nonce, Aad::from(b"transaction"), &mut bytes).expect("sealed");
    let body = json!({
        "id": "88888888-e649-5eec-ab1e-3412bc4d2e17", "create_time": "2026-01-02T03:04:05+08:00",
        "resource_type": "encrypt-resource", "event_type": "TRANSACTION.SUCCESS", "summary": "支付成功",
        "resource": {"original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab",
            "associated_data": "transaction", "ciphertext": STANDARD.encode(bytes)},
    });
    let body = Bytes::from(body.to_string());
    let mut message = format!("{NOW}\nnonce\n").into_bytes();
    message.extend_from_slice(&body);
    message.push(b'\n');
    let mut headers = HeaderMap::new();
    headers.insert("wechatpay-timestamp", NOW.into());
    headers.insert("wechatpay-nonce", "nonce".parse().expect("a header"));
    headers.insert("wechatpay-serial", PUBLIC_KEY.parse().expect("a header"));
    let signature = platform.sign(&message).expect("a signature");
    headers.insert("wechatpay-signature", signature.parse().expect("a header"));
    (headers, body)
}

/// What is measured.
struct Subject {
    runtime: Runtime,
    own: MerchantKey,
    merchant: Merchant,
    headers: HeaderMap,
    body: Bytes,
    mini: MiniProgram,
    message: Vec<u8>,
}

impl Subject {
    fn new() -> Self {
        let key = || KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let (own, platform) = (key(), key());
        let own = MerchantKey::from_pem(&private_pem(&own), "0A").expect("a key");
        let platform_key = MerchantKey::from_pem(&private_pem(&platform), "0B").expect("a key");
        let (headers, body) = notification(&platform_key);
        let mini = MiniProgram::builder(AppId::new("wx1").expect("an app"), Secret::new("secret"))
            .environment(Environment::over(Arc::new(Tokens)).with_clock(Arc::new(Still)))
            .build()
            .expect("a client");
        let merchant = merchant(&platform, own.clone());
        let runtime = Runtime::new().expect("a runtime");
        Self { runtime, own, merchant, headers, body, mini, message: vec![b'x'; 512] }
    }

    fn sign(&self) {
        black_box(self.own.sign(black_box(&self.message)).expect("a signature"));
    }

    fn verify(&self) {
        let genuine = self.merchant.verify_signature(black_box(&self.headers), black_box(&self.body));
        self.runtime.block_on(genuine).expect("genuine");
    }

    /// Verify, decrypt, read.
    fn callback(&self) {
        let opened = self.merchant.verify_notification(black_box(&self.headers), black_box(&self.body));
        let event = self.runtime.block_on(opened).expect("genuine").event().expect("readable");
        assert!(matches!(black_box(event), PayEvent::Paid(_)));
    }

    fn token(&self) {
        black_box(self.runtime.block_on(self.mini.access_token()).expect("a token"));
    }
}

fn bench(criterion: &mut Criterion, subject: &Subject) {
    criterion.bench_function("sign", |run| run.iter(|| subject.sign()));
    criterion.bench_function("verify", |run| run.iter(|| subject.verify()));
    criterion.bench_function("callback", |run| run.iter(|| subject.callback()));
    criterion.bench_function("token", |run| run.iter(|| subject.token()));
}

/// Signatures and verifications of OpenSSL in a second.
fn openssl() -> Option<(f64, f64)> {
    let output = Command::new("openssl").args(["speed", "-seconds", "1", "rsa2048"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().find(|line| line.starts_with("rsa") && line.contains("2048 bits"))?;
    // Times end in `s`; what is left are the rates, signing and verifying first.
    let mut rates = line.split_once("bits")?.1.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    Some((rates.next()?, rates.next()?))
}

/// How often in a second, over half of one.
fn rate(work: impl Fn()) -> f64 {
    let (begun, mut times) = (Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_millis(500) {
        (0..16).for_each(|_| work());
        times += 16;
    }
    f64::from(times) / begun.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Machines are shared and noisy: what is compared is measured in turns, and ratios are taken of each turn.
fn compare(subject: &Subject) {
    let (mut callback, mut sign, mut verify) = (vec![], vec![], vec![]);
    for _ in 0..9 {
        let alone = rate(|| subject.verify());
        callback.push(rate(|| subject.callback()) / alone);
        if let Some((signs, verifies)) = openssl() {
            sign.push(rate(|| subject.sign()) / signs);
            verify.push(rate(|| subject.verify()) / verifies);
        }
    }
    println!("\nmedians of nine turns:");
    println!("call-back / verifying alone   {:.2}   (target 0.8)", median(callback));
    if sign.is_empty() {
        println!("openssl is not installed: no ratios to it");
        return;
    }
    println!("sign      / openssl           {:.2}   (target 0.9)", median(sign));
    println!("verify    / openssl           {:.2}   (target 0.9)", median(verify));
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let subject = Subject::new();
    bench(&mut criterion, &subject);
    criterion.final_summary();
    // `cargo test --benches` only looks whether everything runs.
    if std::env::args().any(|argument| argument == "--bench") {
        compare(&subject);
    }
}
