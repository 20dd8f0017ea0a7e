//! The signatures of the platform, on answers and on notifications.

use crate::crypto::{SigningKey, random, random_alphanumeric, random_digits, random_hex};
use crate::faults::Flaw;
use crate::world::{Material, Merchant};

impl Merchant {
    /// Name and key of a signing material.
    pub(crate) fn material(&self, material: Material) -> (&str, &SigningKey) {
        let next = drawn(self.successor_per_mille);
        let (keys, uses_key) = (&self.keys, self.without_certificates || material == Material::PublicKey);
        if uses_key {
            let key = if next { keys.newest_public_key() } else { keys.public_key() };
            (&key.id, &key.key)
        } else {
            let certificate = if next { keys.newest_platform() } else { keys.platform() };
            (&certificate.serial, &certificate.key)
        }
    }

    /// The key of the platform that a request names, of all that there ever were.
    pub(crate) fn platform_key(&self, serial: &str) -> Option<&SigningKey> {
        let by_id = self.keys.public_keys.iter().find(|known| known.id == serial).map(|known| &known.key);
        let platforms = self.keys.platforms.iter().filter(|_| !self.without_certificates);
        by_id.or_else(|| platforms.into_iter().find(|known| known.serial == serial).map(|known| &known.key))
    }

    /// What a request asks to be answered with; an unknown name asks for nothing.
    pub(crate) fn wanted(&self, serial: Option<&str>) -> Option<Material> {
        let serial = serial?;
        self.platform_key(serial)?;
        Some(if serial.starts_with("PUB_KEY_ID_") { Material::PublicKey } else { Material::Certificate })
    }

    /// What a notification is signed with.
    pub(crate) fn notification_material(&self) -> Material {
        self.in_gray(self.signs_with.unwrap_or(self.last_wanted))
    }

    /// The material asked for, or the other one for a gray share.
    pub(crate) fn in_gray(&self, material: Material) -> Material {
        if !drawn(self.gray_per_mille) {
            return material;
        }
        match material {
            Material::PublicKey => Material::Certificate,
            Material::Certificate => Material::PublicKey,
        }
    }
}

/// Whether chance hits a share of a thousand: 0 never, 1000 always.
fn drawn(per_mille: u16) -> bool {
    u16::from_be_bytes(random::<2>()) % 1000 < per_mille
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

impl Signature {
    /// Over `timestamp\nnonce\nbody\n`, with a flaw if one is asked for.
    pub(crate) fn new(
        merchant: &Merchant,
        material: Material,
        stamp: i64,
        body: &[u8],
        flaw: Option<Flaw>,
    ) -> Self {
        let (serial, key) = merchant.material(material);
        let off = if let Some(Flaw::Stale(off)) = flaw { off } else { 0 };
        let (timestamp, nonce) =
            ((stamp.saturating_add(off) / 1000).to_string(), random_alphanumeric::<32>());
        let message = [format!("{timestamp}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
        let value = spoiled(key.sign(&message), flaw);
        let serial = if flaw == Some(Flaw::UnknownSerial) { unknown(serial) } else { serial.to_owned() };
        Self { timestamp, nonce, serial, value }
    }

    /// The headers that carry it.
    pub(crate) fn headers(&self) -> [(&'static str, &str); 5] {
        [
            ("wechatpay-timestamp", &self.timestamp),
            ("wechatpay-nonce", &self.nonce),
            ("wechatpay-serial", &self.serial),
            ("wechatpay-signature", &self.value),
            ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048"),
        ]
    }
}

/// A signature that does not verify, where that is asked for.
fn spoiled(value: String, flaw: Option<Flaw>) -> String {
    match flaw {
        Some(Flaw::Probe) => format!("WECHATPAY/SIGNTEST/{value}"),
        Some(Flaw::Broken) => {
            value.chars().rev().skip_while(|letter| *letter == '=').chain("==".chars()).collect()
        }
        _ => value,
    }
}

/// A name of the same kind that nobody knows.
fn unknown(serial: &str) -> String {
    match serial.strip_prefix("PUB_KEY_ID_") {
        Some(_) => format!("PUB_KEY_ID_{}", random_digits::<34>()),
        None => random_hex::<20>(),
    }
}
