//! Call-backs under fire: mutated for some time, never a panic, and nothing is accepted that another library would not
//! accept too.
//!
//! `FUZZ_SECONDS` (3 if not set) says how long each, `FUZZ_SEED` repeats a run.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use wechat_outside::{Fire, Recorder};
use wechat_sdk::push::{EncodingAesKey, MessagePush, PushQuery};
use wechat_sdk::{AppId, Merchant, Secret};

const NOW: i64 = wechat_outside::NOW;
const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const TOKEN: &str = "AAAAA";

#[expect(clippy::disallowed_methods, reason = "tests have no settings file")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs until the time is over.
fn under_fire(mut shot: impl FnMut(&mut StdRng) -> bool) {
    let seed = setting("FUZZ_SEED", rand::random());
    let time = Duration::from_secs(setting("FUZZ_SECONDS", 3));
    println!("FUZZ_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let (begun, mut shots, mut accepted) = (Instant::now(), 0_u64, 0_u64);
    while begun.elapsed() < time {
        for _ in 0..64 {
            (shots, accepted) = (shots + 1, accepted + u64::from(shot(&mut random)));
        }
    }
    println!("{shots} shots, {accepted} accepted, each of them rightly");
    assert!(accepted > 0 && accepted < shots, "a fire that never hits, or always, shows nothing");
}

fn pick<T: Copy>(random: &mut StdRng, from: &[T]) -> T {
    from[random.random_range(0..from.len())]
}

/// Flips, cuts, repeats, inserts.
fn mutate(random: &mut StdRng, bytes: &mut Vec<u8>) {
    for _ in 0..random.random_range(1..4) {
        let place = random.random_range(0..=bytes.len());
        match random.random_range(0..6) {
            0 if place < bytes.len() => bytes[place] ^= 1 << random.random_range(0..8),
            1 => bytes.truncate(place),
            2 => bytes.insert(place, random.random()),
            3 if place < bytes.len() => drop(bytes.remove(place)),
            4 => bytes
                .splice(
                    place..place,
                    pick(
                        random,
                        &[&b"null"[..], b"\"\"", b"{}", b"[]", b"-1", b"\\u0000", b"1e999", b" ", b"\n"],
                    )
                    .iter()
                    .copied(),
                )
                .for_each(drop),
            _ => {
                let copy = bytes.clone();
                bytes.splice(place..place, copy.into_iter().take(64)).for_each(drop);
            }
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Whether another library accepts it: signature, time, key and seal.
fn oracle(fire: &Fire, headers: &HeaderMap, body: &[u8]) -> Option<Vec<u8>> {
    let at = header(headers, "wechatpay-timestamp")?;
    let age = NOW - at.parse::<i64>().ok()?;
    let serial = header(headers, "wechatpay-serial")?;
    if age.abs() > 300 || serial.trim() != fire.serial {
        return None;
    }
    let message =
        [at.as_bytes(), b"\n", header(headers, "wechatpay-nonce")?.as_bytes(), b"\n", body, b"\n"].concat();
    let signature = STANDARD.decode(header(headers, "wechatpay-signature")?).ok()?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &fire.public_key)
        .verify(&message, &signature)
        .ok()?;
    let body: Value = serde_json::from_slice(body).ok()?;
    let resource = &body["resource"];
    let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, fire.api_v3.as_bytes()).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(text("nonce").as_bytes()).ok()?;
    let mut sealed = STANDARD.decode(text("ciphertext")).ok()?;
    let aad = Aad::from(text("associated_data").into_bytes());
    Some(key.open_in_place(nonce, aad, &mut sealed).ok()?.to_vec())
}

fn notification(fire: &Fire, random: &mut StdRng) -> (HeaderMap, Vec<u8>) {
    let content = json!({
        "appid": "wx1", "mchid": "1900000001", "out_trade_no": "S20260102030405001", "transaction_id": "42",
        "trade_state": "SUCCESS", "amount": {"total": random.random_range(1..1000)}, "attach": "茶",
    });
    let mut content = content.to_string().into_bytes();
    if random.random_bool(0.3) {
        mutate(random, &mut content);
    }
    let kind = pick(random, &["transaction", "refund", "mch_payment", "profitsharing", "complaint", "x"]);
    let event = pick(random, &["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "MCHTRANSFER.BILL.FINISHED", "y"]);
    let mut body = json!({
        "id": "n1", "create_time": "2026-01-02T03:04:05+08:00", "event_type": event, "resource_type": "encrypt-resource",
        "summary": "s", "resource": fire.seal(&content, kind),
    });
    body["resource"]["original_type"] = kind.into();
    let mut body = body.to_string().into_bytes();
    if random.random_bool(0.3) {
        // Signed all the same: what is inside must not make anything fall over.
        mutate(random, &mut body);
    }
    let at = NOW + pick(random, &[0, -299, 300, -300]);
    (fire.headers(&at.to_string(), "the-nonce", &body), body)
}

fn mutate_headers(random: &mut StdRng, headers: &mut HeaderMap) {
    let names = [
        "wechatpay-timestamp",
        "wechatpay-nonce",
        "wechatpay-serial",
        "wechatpay-signature",
        "wechatpay-signature-type",
    ];
    let name = HeaderName::from_static(pick(random, &names));
    let mut value = headers.get(&name).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
    match random.random_range(0..4) {
        0 => drop(headers.remove(&name)),
        1 => {
            let odd = [
                "",
                "0",
                "-1",
                "9223372036854775808",
                "WECHATPAY/SIGNTEST/AAAA",
                "PUB_KEY_ID_",
                "PUB_KEY_ID_1",
                "00",
                "WECHATPAY2-SHA256-RSA2048",
            ];
            headers.insert(name, HeaderValue::from_static(pick(random, &odd)));
        }
        _ => {
            mutate(random, &mut value);
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.insert(name, value);
            }
        }
    }
}

#[test]
fn nothing_but_what_wechat_pay_wrote_is_accepted() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let fire = Fire::new();
    let merchant: Merchant = Recorder::answering(vec![]).merchant();
    let mut former = notification(&fire, &mut StdRng::seed_from_u64(0));
    under_fire(|random| {
        let (mut headers, mut body) = notification(&fire, random);
        match random.random_range(0..5) {
            0 => mutate(random, &mut body),
            1 => mutate_headers(random, &mut headers),
            2 => body.clone_from(&former.1),
            3 => headers.clone_from(&former.0),
            _ => {}
        }
        let opened = runtime.block_on(merchant.verify_notification(&headers, &body));
        if let Ok(opened) = &opened {
            let plain = oracle(&fire, &headers, &body);
            assert_eq!(
                plain.as_deref(),
                Some(opened.plaintext().as_bytes()),
                "accepted: {headers:?} {body:?}"
            );
            // Reading it may fail, but not fall over, and says nothing of the content.
            let _ = format!("{:?} {opened:?}", opened.event());
        }
        former = (headers, body);
        opened.is_ok()
    });
}

fn sha1_of(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    Sha1::digest(parts.concat()).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[test]
fn nothing_but_what_wechat_pushed_is_accepted() {
    let key = EncodingAesKey::new(AES_KEY).unwrap();
    let app = AppId::new("wx1").unwrap();
    let push = MessagePush::secure(app.clone(), Secret::new(TOKEN), key).unwrap();
    let messages = [
        r#"{"MsgType":"event","Event":"subscribe_msg_popup_event","List":{"TemplateId":"T"},"CreateTime":1}"#,
        "<xml><MsgType>event</MsgType><Event>trade_manage_order_settlement</Event><pay_time>1</pay_time></xml>",
        "<xml><MsgType><![CDATA[text]]></MsgType><Content>&lt;b&gt;&#33;</Content><MsgId>7</MsgId></xml>",
    ];
    under_fire(|random| {
        let mut message = pick(random, &messages).as_bytes().to_vec();
        if random.random_bool(0.5) {
            mutate(random, &mut message);
        }
        let mut encrypt = wechat_outside::encrypted_push(AES_KEY, app.as_str(), &message, random.random());
        // Signed all the same: what it decrypts to is anybody's guess.
        let garbled = random.random_bool(0.2);
        if garbled {
            let mut bytes = encrypt.into_bytes();
            mutate(random, &mut bytes);
            encrypt = String::from_utf8_lossy(&bytes).into_owned();
        }
        let signature = sha1_of(&[TOKEN, "1", "n", &encrypt]);
        let mut body = if random.random_bool(0.5) {
            json!({"Encrypt": encrypt}).to_string().into_bytes()
        } else {
            format!("<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>").into_bytes()
        };
        let mut query = format!("timestamp=1&nonce=n&msg_signature={signature}").into_bytes();
        match random.random_range(0..4) {
            0 => mutate(random, &mut body),
            1 => mutate(random, &mut query),
            _ => {}
        }
        let query = PushQuery::parse(&String::from_utf8_lossy(&query));
        let opened = push.open(&query, &body);
        if let Ok(opened) = &opened {
            let parts = [query.timestamp.as_deref(), query.nonce.as_deref()].map(Option::unwrap_or_default);
            // Whatever the body was, what it says must have been signed: as it stands, or as JSON spells it (`\/` is `/`).
            let text = String::from_utf8_lossy(&body).into_owned();
            let spelt = serde_json::from_slice::<Value>(&body).ok();
            let said = text.contains(&encrypt)
                || spelt.is_some_and(|body| body["Encrypt"].as_str() == Some(encrypt.as_str()));
            let right = said.then(|| sha1_of(&[TOKEN, parts[0], parts[1], &encrypt]));
            assert!(right.is_some() && right == query.msg_signature, "accepted: {query:?} {text}");
            assert!(
                garbled || opened.bytes() == message,
                "decrypted to something else: {:?}",
                opened.bytes()
            );
            let _ = format!("{:?} {}", opened.content(), opened.key());
        }
        opened.is_ok()
    });
}
