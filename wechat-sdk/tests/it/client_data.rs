//! What mini programs pass on, against the published samples.

use wechat_sdk::mini::client_data::{
    open_encrypted_data, raw_data_is_genuine, user_signature, virtual_payment_signature,
};
use wechat_sdk::{AppId, Secret};

use crate::support::*;

#[test]
fn the_published_data_opens_and_foreign_data_does_not() {
    let vector = vector("mp-encrypted-data-official");
    let part = |name: &str| text(&vector["input"][name]);
    let app = AppId::new(part("expected_watermark_appid")).unwrap();
    let key = Secret::new(part("session_key"));
    let (iv, data) = (part("iv"), part("encryptedData"));
    let opened = open_encrypted_data(&app, &key, iv, data).unwrap();
    let expected: serde_json::Value = serde_json::from_str(text(&vector["expected"]["plaintext"])).unwrap();
    let opened: serde_json::Map<_, _> =
        opened.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    assert_eq!(serde_json::Value::Object(opened), expected);
    let other = AppId::new("wx1").unwrap();
    assert!(open_encrypted_data(&other, &key, iv, data).is_err());
    for (key, iv, data) in [
        ("HyVFkGl5F5OQWJZZaNzBBg==", iv, data),
        (key.expose(), "HyVFkGl5F5OQWJZZaNzBBg==", data),
        (key.expose(), iv, &data[..data.len() - 24]),
        (key.expose(), iv, &data.replace('+', " ")),
        (key.expose(), iv, ""),
        (key.expose(), "", data),
        ("short", iv, data),
    ] {
        assert!(open_encrypted_data(&app, &Secret::new(key), iv, data).is_err());
    }
}

#[test]
fn raw_data_is_checked_byte_for_byte() {
    for id in ["mp-rawdata-signature-official", "mp-rawdata-signature-nonascii"] {
        let vector = vector(id);
        let key = Secret::new(text(&vector["input"]["session_key"]));
        let (raw, signature) = (text(&vector["input"]["rawData"]), text(&vector["expected"]["signature"]));
        assert!(raw_data_is_genuine(&key, raw, signature), "{id}");
        assert!(!raw_data_is_genuine(&key, &format!("{raw} "), signature), "{id}");
        assert!(!raw_data_is_genuine(&key, raw, &signature.to_uppercase()), "{id}");
        assert!(!raw_data_is_genuine(&key, raw, ""), "{id}");
    }
}

/// Also `mp-checksession-signature`, which every check of a session key sends.
#[test]
fn signatures_of_users_are_as_published() {
    for id in ["mp-session-key-hmac-official", "mp-checksession-signature"] {
        let vector = vector(id);
        let key = Secret::new(text(&vector["input"]["session_key"]));
        let signed = user_signature(&key, text(&vector["input"]["message"]));
        assert_eq!(signed, text(&vector["expected"]["signature"]), "{id}");
    }
    let vector = vector("mp-virtual-payment-paysig-official");
    let key = Secret::new(text(&vector["input"]["appKey"]));
    let signed =
        virtual_payment_signature(&key, text(&vector["input"]["uri"]), text(&vector["input"]["body"]));
    assert_eq!(signed, text(&vector["expected"]["pay_sig"]));
}
