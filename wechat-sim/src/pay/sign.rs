//! The signatures of the platform, on answers and on notifications.

use crate::core::Core;
use crate::crypto::{SigningKey, random_alphanumeric};
use crate::http::{Answer, Request};
use crate::state::{Material, Merchant};

impl Merchant {
    /// Name and key of a signing material.
    pub(crate) fn material(&self, material: Material) -> (&str, &SigningKey) {
        match material {
            Material::PublicKey => (&self.keys.public_key_id, &self.keys.public_key),
            Material::Certificate => (&self.keys.platform.serial, &self.keys.platform.key),
        }
    }

    /// The material a request asks for by name; an unknown name asks for nothing.
    fn named(&self, serial: Option<&str>) -> Option<Material> {
        let known = [Material::PublicKey, Material::Certificate];
        known.into_iter().find(|material| Some(self.material(*material).0) == serial)
    }
}

/// The values of one signature.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    pub(crate) serial: String,
    /// Base64.
    pub(crate) value: String,
}

/// Signs `timestamp\nnonce\nbody\n`.
pub(crate) fn sign(merchant: &Merchant, material: Material, now: i64, body: &[u8]) -> Signature {
    let (serial, key) = merchant.material(material);
    let (timestamp, nonce) = ((now / 1000).to_string(), random_alphanumeric::<32>());
    let message = [format!("{timestamp}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
    Signature { value: key.sign(&message), serial: serial.to_owned(), timestamp, nonce }
}

/// Signs a successful answer with the key the request names, else with `fallback`, else with the merchant's.
pub(crate) fn sign_answer(
    core: &Core,
    request: &Request,
    mchid: &str,
    fallback: Option<Material>,
    answer: Answer,
) -> Answer {
    let now = core.now();
    let signature = core.read(|world| {
        let merchant = world.merchants.get(mchid)?;
        let named = merchant.named(request.header("wechatpay-serial"));
        let material = named.or(fallback).unwrap_or(merchant.signs_with);
        Some(sign(merchant, material, now, &answer.body))
    });
    match signature {
        Some(signature) => with_signature(answer, &signature),
        None => answer,
    }
}

fn with_signature(answer: Answer, signature: &Signature) -> Answer {
    answer
        .with("wechatpay-timestamp", &signature.timestamp)
        .with("wechatpay-nonce", &signature.nonce)
        .with("wechatpay-serial", &signature.serial)
        .with("wechatpay-signature", &signature.value)
        .with("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048")
}
