//! A notification as it goes over the wire: encrypted for the merchant, signed by the platform.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::push_envelope::{self, Push, PushFlaw};
use crate::core::Core;
use crate::crypto::{random_alphanumeric, random_digits, random_hex, seal, sha256};
use crate::faults::Flaw;
use crate::signature::Signature;
use crate::wire::text;
use crate::world::{Delivery, Merchant, Parcel};

/// What goes over the wire.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The content of a notification of WeChat Pay, as it is sealed.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    pub(crate) id: &'a str,
    pub(crate) created_at: i64,
    pub(crate) event_type: &'a str,
    pub(crate) original_type: &'a str,
    pub(crate) summary: &'a str,
    pub(crate) plaintext: &'a Value,
}

/// Packs a delivery for one attempt: each has its own nonces, time and signature. Blocks.
pub(crate) fn pack(core: &Core, delivery: &Delivery, flaw: Option<Flaw>) -> Result<Letter, String> {
    match &delivery.parcel {
        Parcel::Pay { mchid, event_type, original_type, summary, plaintext } => {
            let merchant = core.read(|world| world.merchants.get(mchid).cloned());
            let merchant = merchant.ok_or_else(|| format!("there is no merchant {mchid}"))?;
            let content = Content {
                id: &delivery.notification_id,
                created_at: delivery.created_at,
                event_type,
                original_type,
                summary,
                plaintext,
            };
            let material = merchant.notification_material();
            let body = seal_content(&merchant, &content);
            let signature = Signature::new(&merchant, material, core.time.stamp(), &body, flaw);
            Ok(Letter { url: delivery.url.clone(), headers: headers(&signature, flaw), body })
        }
        Parcel::Push { app_id, content } => pack_push(core, delivery, (app_id, content), flaw),
    }
}

fn pack_push(
    core: &Core,
    delivery: &Delivery,
    (app_id, content): (&str, &Value),
    flaw: Option<Flaw>,
) -> Result<Letter, String> {
    let settings = core.read(|world| world.apps.get(app_id)?.push.clone());
    let settings = settings.ok_or_else(|| format!("the app {app_id} has no address for pushes any more"))?;
    let (flaw, off) = flaw.map_or((None, 0), |flaw| PushFlaw::planned(flaw, settings.mode));
    let first = delivery.attempts.first().filter(|_| core.settings.push_retry_keeps_stamp);
    let passed = first.map_or(0, |first| core.now().saturating_sub(first.at));
    let push = Push {
        app_id,
        url: &delivery.url,
        content,
        id: &delivery.notification_id,
        timestamp: core.time.stamp().saturating_sub(passed).saturating_add(off) / 1000,
        nonce: if core.settings.push_retry_keeps_stamp {
            digits_of(&delivery.notification_id)
        } else {
            random_digits::<9>()
        },
    };
    push_envelope::pack(&settings, &push, flaw)
}

/// Nine digits, always the same for the same text.
fn digits_of(text: &str) -> String {
    sha256(text.as_bytes())[..9].iter().map(|byte| char::from(b'0' + byte % 10)).collect()
}

/// The JSON envelope with the sealed resource.
pub(crate) fn seal_content(merchant: &Merchant, content: &Content<'_>) -> Bytes {
    let (nonce, plaintext) = (random_alphanumeric::<12>(), content.plaintext.to_string());
    let sealed = seal(&merchant.keys.api_v3_key, &nonce, content.original_type, plaintext.as_bytes());
    let envelope: Value = json!({
        "id": content.id,
        "create_time": text::rfc3339(content.created_at),
        "resource_type": "encrypt-resource",
        "event_type": content.event_type,
        "summary": content.summary,
        "resource": {
            "original_type": content.original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": sealed,
            "associated_data": content.original_type,
            "nonce": nonce,
        },
    });
    envelope.to_string().into()
}

pub(crate) fn headers(signature: &Signature, flaw: Option<Flaw>) -> HeaderMap {
    let request_id = format!("08{}", random_hex::<16>());
    let common = [
        ("content-type", "application/json"),
        ("user-agent", "Mozilla/4.0"),
        ("request-id", request_id.as_str()),
    ];
    let signed = signature.headers().into_iter().filter(|_| flaw != Some(Flaw::Unsigned));
    let mut headers = HeaderMap::new();
    for (name, value) in common.into_iter().chain(signed) {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers
}
