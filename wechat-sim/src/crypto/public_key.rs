//! The public half of an RSA key pair.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::pem;

/// A parsed public key of 2048 to 8192 bits; serialises as the PEM of its `SubjectPublicKeyInfo`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct PublicKey {
    key: PublicEncryptingKey,
    /// The `SubjectPublicKeyInfo`.
    der: Arc<[u8]>,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(..)")
    }
}

impl PublicKey {
    pub(super) fn new(key: PublicEncryptingKey) -> Self {
        let der: PublicKeyX509Der<'_> = key.as_der().expect("a parsed RSA key has a public form");
        Self { der: der.as_ref().into(), key }
    }

    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, String> {
        PublicEncryptingKey::from_der(der).map(Self::new).map_err(|error| error.to_string())
    }

    pub(crate) fn from_spki_pem(text: &str) -> Result<Self, String> {
        Self::from_spki_der(&pem::decode_as("PUBLIC KEY", text)?)
    }

    /// Whether the PKCS#1 v1.5 `signature` (base64) belongs to `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        self.verifies_with(&RSA_PKCS1_2048_8192_SHA256, message, signature)
    }

    /// Whether the PSS `signature` (base64) belongs to `message`; other lengths of salt than 32 do not count.
    pub(crate) fn verifies_pss(&self, message: &[u8], signature: &str) -> bool {
        self.verifies_with(&RSA_PSS_2048_8192_SHA256, message, signature)
    }

    fn verifies_with(&self, parameters: &'static RsaParameters, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        UnparsedPublicKey::new(parameters, &self.der).verify(message, &signature).is_ok()
    }

    /// A sensitive field in base64; `None` for more than 214 bytes with a key of 2048 bits.
    pub(crate) fn seal_oaep(&self, plaintext: &[u8]) -> Option<String> {
        let key = OaepPublicEncryptingKey::new(self.key.clone()).ok()?;
        let mut sealed = vec![0; key.ciphertext_size()];
        key.encrypt(&OAEP_SHA1_MGF1SHA1, plaintext, &mut sealed, None).ok()?;
        Some(STANDARD.encode(sealed))
    }

    pub(crate) fn pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.der)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = String;

    fn try_from(pem: String) -> Result<Self, String> {
        Self::from_spki_pem(&pem)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.pem()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;
    use crate::crypto::certificate::Certificate;
    use crate::crypto::vectors::{Vector, key};

    /// The key a vector of the platform's side names, out of a certificate or a public key.
    fn verify_key(vector: Vector) -> PublicKey {
        let Some(_) = vector.json()["input"].get("verify_key") else {
            return Certificate::from_pem(vector.input("certificate_pem")).unwrap().key;
        };
        let pem = vector.pem("verify_key");
        Certificate::from_pem(pem).map_or_else(|_| PublicKey::from_spki_pem(pem).unwrap(), |read| read.key)
    }

    fn verifies(vector: Vector) -> bool {
        let [timestamp, nonce, signature] =
            ["Timestamp", "Nonce", "Signature"].map(|name| vector.header(&format!("Wechatpay-{name}")));
        let message = format!("{timestamp}\n{nonce}\n{}\n", vector.input("body"));
        verify_key(vector).verifies(message.as_bytes(), signature)
    }

    #[test]
    fn verifies_what_the_platform_signed() {
        for id in [
            "pay-go-notification-full",
            "pay-notify-transaction-success",
            "pay-notify-transaction-success-pubkey",
            "pay-notify-mchtransfer-finished",
            "pay-response-verify-204",
        ] {
            assert!(verifies(Vector::named(id)), "{id}");
        }
        assert!(!verifies(Vector::named("pay-notify-probe-signature")));
    }

    #[test]
    fn seals_up_to_214_bytes() {
        let pem = key("java_merchant_private_key")["pem"].as_str().unwrap();
        let key = SigningKey::from_pem(pem).unwrap();
        for len in [0, 1, 214] {
            let sealed = key.public().seal_oaep(&vec![7; len]).unwrap();
            assert_eq!(key.open_oaep(&sealed), Some(vec![7; len]));
        }
        assert_eq!(key.public().seal_oaep(&[7; 215]), None);
    }
}
