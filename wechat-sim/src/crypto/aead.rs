//! AES-GCM, as in the `resource` of a notification and in the signed and encrypted calls of a mini program.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How many bytes of tag stand behind a ciphertext.
pub(super) const TAG_LEN: usize = 16;

/// AES-256-GCM as in a `resource`: base64 of the ciphertext with its tag behind it.
pub(crate) fn seal(key: &str, nonce: &str, associated_data: &str, plaintext: &[u8]) -> String {
    let sealed = seal_bytes(key.as_bytes(), nonce.as_bytes(), associated_data, plaintext);
    STANDARD.encode(sealed.expect("an APIv3 key has 32 bytes and a nonce has 12"))
}

/// The plaintext of what [`seal`] made; `None` if any of the four does not belong to it.
#[cfg(test)]
pub(crate) fn open(key: &str, nonce: &str, associated_data: &str, ciphertext: &str) -> Option<Vec<u8>> {
    let sealed = STANDARD.decode(ciphertext).ok()?;
    open_bytes(key.as_bytes(), nonce.as_bytes(), associated_data, sealed)
}

/// The ciphertext with its tag behind it; `None` if the key or the nonce has the wrong size.
pub(super) fn seal_bytes(key: &[u8], nonce: &[u8], aad: &str, plaintext: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = plaintext.to_vec();
    bind(key)?.seal_in_place_append_tag(number(nonce)?, Aad::from(aad), &mut sealed).ok()?;
    Some(sealed)
}

pub(super) fn open_bytes(key: &[u8], nonce: &[u8], aad: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let plaintext = bind(key)?.open_in_place(number(nonce)?, Aad::from(aad), &mut sealed).ok()?;
    Some(plaintext.to_vec())
}

/// Keys have 32 bytes; those of 16 occur in published samples only.
fn bind(key: &[u8]) -> Option<LessSafeKey> {
    let algorithm = match key.len() {
        32 => &AES_256_GCM,
        16 => &AES_128_GCM,
        _ => return None,
    };
    UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new)
}

fn number(nonce: &[u8]) -> Option<Nonce> {
    Nonce::try_assume_unique_for_key(nonce).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::certificate::Certificate;
    use crate::crypto::vectors::Vector;
    use serde_json::Value;

    #[test]
    fn seals_and_opens_the_published_sample() {
        let vector = Vector::named("pay-java-aead-aes256gcm");
        let [key, nonce, aad] = ["key_utf8", "nonce", "associated_data"].map(|name| vector.input(name));
        let (plaintext, sealed) = (vector.input("plaintext"), vector.expected("ciphertext"));
        assert_eq!(seal(key, nonce, aad, plaintext.as_bytes()), sealed);
        assert_eq!(open(key, nonce, aad, sealed).unwrap(), plaintext.as_bytes());
        let other_key = key.replace('a', "b");
        let wrong = [
            open(&other_key, nonce, aad, sealed),
            open(key, "bad-4a9R25RW", aad, sealed),
            open(key, nonce, "bad-associatedData", sealed),
            open(key, nonce, aad, &sealed.replace("ulwS", "vlwS")),
            open(key, nonce, aad, "not base64"),
            open(&key[1..], nonce, aad, sealed),
            open(key, &nonce[1..], aad, sealed),
        ];
        assert_eq!(wrong, [const { None }; 7]);
    }

    #[test]
    fn opens_with_the_short_keys_of_samples() {
        let vector = Vector::named("pay-go-aesgcm-16byte-key");
        let [key, nonce, aad, sealed] =
            ["key_utf8", "nonce", "associated_data", "ciphertext"].map(|name| vector.input(name));
        assert_eq!(open(key, nonce, aad, sealed).unwrap(), vector.expected("plaintext").as_bytes());
        assert_eq!(seal(key, nonce, aad, vector.expected("plaintext").as_bytes()), sealed);
    }

    fn open_resource(key: &str, resource: &Value) -> Option<String> {
        let [nonce, aad, sealed] =
            ["nonce", "associated_data", "ciphertext"].map(|name| resource[name].as_str().unwrap());
        open(key, nonce, aad, sealed).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn opens_the_resources_of_notifications() {
        let ids = [
            "pay-go-notification-full",
            "pay-notify-transaction-success",
            "pay-notify-transaction-success-pubkey",
            "pay-notify-mchtransfer-finished",
        ];
        for vector in ids.map(Vector::named) {
            let body: Value = serde_json::from_str(vector.input("body")).unwrap();
            let opened = open_resource(vector.input("api_v3_key"), &body["resource"]);
            assert_eq!(opened.as_deref(), Some(vector.expected("plaintext")));
        }
    }

    #[test]
    fn opens_a_downloaded_certificate() {
        let vector = Vector::named("pay-go-certificates-download");
        let body: Value = serde_json::from_str(vector.input("response_body")).unwrap();
        let entry = &body["data"][0];
        let pem = open_resource(vector.input("api_v3_key"), &entry["encrypt_certificate"]).unwrap();
        assert_eq!(pem.trim_end(), vector.expected("certificate_pem").trim_end());
        assert_eq!(Certificate::from_pem(&pem).unwrap().serial, vector.expected("serial_no"));
        assert_eq!(entry["serial_no"].as_str(), Some(vector.expected("serial_no")));
    }
}
