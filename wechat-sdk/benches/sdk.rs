//! What the hot paths cost, as ratios to the same algorithms in `openssl speed`, measured in the same run.
//!
//! `cargo bench -p wechat-sdk` prints them at the end. The targets: signing and verifying at least 0.9 of OpenSSL, a
//! whole call-back (verify, decrypt, read) at least 0.8 of verifying alone.

use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;

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

fn bench(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let own = MerchantKey::from_pem(&private_pem(&KeyPair::generate(KeySize::Rsa2048).expect("a key")), "0A")
        .expect("a key");
    let platform = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let platform_key = MerchantKey::from_pem(&private_pem(&platform), "0B").expect("a key");
    let (headers, body) = notification(&platform_key);
    let merchant = merchant(&platform, own.clone());
    let message = vec![b'x'; 512];
    criterion.bench_function("sign", |run| run.iter(|| own.sign(black_box(&message))));
    criterion.bench_function("verify", |run| {
        run.iter(|| {
            let genuine = runtime.block_on(merchant.verify_signature(black_box(&headers), black_box(&body)));
            genuine.expect("genuine");
        });
    });
    criterion.bench_function("callback", |run| {
        run.iter(|| {
            let opened =
                runtime.block_on(merchant.verify_notification(black_box(&headers), black_box(&body)));
            let event = opened.expect("genuine").event().expect("readable");
            assert!(matches!(event, PayEvent::Paid(_)));
            event
        });
    });
    let mini = MiniProgram::builder(AppId::new("wx1").expect("an app"), Secret::new("secret"))
        .environment(Environment::over(Arc::new(Tokens)).with_clock(Arc::new(Still)))
        .build()
        .expect("a client");
    criterion.bench_function("token", |run| {
        run.iter(|| runtime.block_on(mini.access_token()).expect("a token"));
    });
}

/// Signatures and verifications in a second.
fn openssl() -> Option<(f64, f64)> {
    let output = Command::new("openssl").args(["speed", "-seconds", "3", "rsa2048"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().find(|line| line.starts_with("rsa") && line.contains("2048 bits"))?;
    // Times end in `s`; what is left are the rates, signing and verifying first.
    let mut rates = line.split_once("bits")?.1.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    Some((rates.next()?, rates.next()?))
}

/// The mean that criterion wrote down, in seconds.
fn measured(name: &str) -> Option<f64> {
    let target = std::env::current_exe()
        .ok()?
        .ancestors()
        .find(|path| path.join("criterion").is_dir())?
        .join("criterion");
    let text = std::fs::read_to_string(target.join(name).join("new/estimates.json")).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
    estimates["mean"]["point_estimate"].as_f64().map(|nanoseconds| nanoseconds / 1e9)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let before = openssl();
    bench(&mut criterion);
    let after = openssl();
    criterion.final_summary();
    let (Some(sign), Some(verify), Some(callback), Some(token)) =
        (measured("sign"), measured("verify"), measured("callback"), measured("token"))
    else {
        return;
    };
    println!("\nsign      {:>10.0} a second", 1.0 / sign);
    println!("verify    {:>10.0} a second", 1.0 / verify);
    println!("call-back {:>10.0} a second, {:.2} of verifying alone", 1.0 / callback, verify / callback);
    println!("token hit {:>10.0} a second", 1.0 / token);
    match (before, after) {
        (Some(before), Some(after)) => {
            let (signs, verifies) = (f64::midpoint(before.0, after.0), f64::midpoint(before.1, after.1));
            println!("openssl   {signs:>10.0} signatures, {verifies:.0} verifications a second");
            println!("ratio     sign {:.2}, verify {:.2}", 1.0 / sign / signs, 1.0 / verify / verifies);
        }
        _ => println!("openssl is not installed: no ratios to it"),
    }
}
