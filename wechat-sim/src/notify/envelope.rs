//! A notification as it goes over the wire: encrypted for the merchant, signed by the platform.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::crypto::{random_alphanumeric, random_hex, seal};
use crate::pay::sign::{Signature, sign};
use crate::state::{Delivery, Material, Merchant};
use crate::text;

/// The JSON envelope with the sealed resource.
pub(crate) fn body(api_v3_key: &str, delivery: &Delivery) -> Bytes {
    let nonce = random_alphanumeric::<12>();
    let plaintext = delivery.plaintext.to_string();
    let envelope: Value = json!({
        "id": delivery.notification_id,
        "create_time": text::rfc3339(delivery.created_at),
        "resource_type": "encrypt-resource",
        "event_type": delivery.event_type,
        "summary": delivery.summary,
        "resource": {
            "original_type": delivery.original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": seal(api_v3_key, &nonce, &delivery.original_type, plaintext.as_bytes()),
            "associated_data": delivery.original_type,
            "nonce": nonce,
        },
    });
    envelope.to_string().into()
}

/// Packs a delivery for one attempt: each has its own nonces, time and signature.
pub(crate) fn pack(
    merchant: &Merchant,
    material: Material,
    delivery: &Delivery,
    now: i64,
) -> (HeaderMap, Bytes) {
    let body = body(&merchant.keys.api_v3_key, delivery);
    let signature = sign(merchant, material, now, &body);
    (headers(&signature), body)
}

pub(crate) fn headers(signature: &Signature) -> HeaderMap {
    let request_id = format!("08{}", random_hex::<16>());
    let pairs = [
        ("content-type", "application/json"),
        ("user-agent", "Mozilla/4.0"),
        ("request-id", &request_id),
        ("wechatpay-timestamp", &signature.timestamp),
        ("wechatpay-nonce", &signature.nonce),
        ("wechatpay-serial", &signature.serial),
        ("wechatpay-signature", &signature.value),
        ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048"),
    ];
    let known = |(name, value): (&'static str, &str)| Some((name, HeaderValue::from_str(value).ok()?));
    pairs.into_iter().filter_map(known).fold(HeaderMap::new(), |mut headers, (name, value)| {
        headers.insert(name, value);
        headers
    })
}
