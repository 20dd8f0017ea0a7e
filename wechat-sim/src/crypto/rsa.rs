//! The private half of an RSA key pair: the signatures of both sides and the sensitive fields.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{PublicKey, pem};

/// A parsed private key of 2048 to 8192 bits; serialises as its PKCS#8 PEM.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct SigningKey(Arc<Pair>);

/// The library signs with one type and decrypts with another.
struct Pair {
    sign: KeyPair,
    open: OaepPrivateDecryptingKey,
    public: PublicKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, String> {
        let private = PrivateDecryptingKey::from_pkcs8(der).map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(Pair {
            sign: KeyPair::from_pkcs8(der).map_err(|error| error.to_string())?,
            public: PublicKey::new(private.public_key()),
            open: OaepPrivateDecryptingKey::new(private).map_err(|error| error.to_string())?,
        })))
    }

    /// Reads `PRIVATE KEY` and also the older `RSA PRIVATE KEY`.
    pub(crate) fn from_pem(text: &str) -> Result<Self, String> {
        match pem::decode(text)? {
            ("PRIVATE KEY", der) => Self::from_pkcs8(&der),
            ("RSA PRIVATE KEY", der) => {
                Self::from_pkcs8(&pkcs8(&KeyPair::from_der(&der).map_err(|error| error.to_string())?))
            }
            (label, _) => Err(format!("a PEM text of a private key is wanted, not of {label}")),
        }
    }

    /// PKCS#1 v1.5 with SHA-256, in base64.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        self.sign_with(&RSA_PKCS1_SHA256, message)
    }

    /// PSS with SHA-256 for both digest and mask and 32 bytes of salt, in base64.
    pub(crate) fn sign_pss(&self, message: &[u8]) -> String {
        self.sign_with(&RSA_PSS_SHA256, message)
    }

    fn sign_with(&self, encoding: &'static dyn RsaEncoding, message: &[u8]) -> String {
        let mut signature = vec![0; self.0.sign.public_modulus_len()];
        self.0
            .sign
            .sign(encoding, &SystemRandom::new(), message, &mut signature)
            .expect("a parsed RSA key signs");
        STANDARD.encode(signature)
    }

    /// Whether `signature` (base64) was made over `message` with this key pair.
    #[cfg(test)]
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        self.0.public.verifies(message, signature)
    }

    /// The plaintext of a sensitive field (base64): OAEP with SHA-1 for both digest and mask, and an empty
    /// label.
    pub(crate) fn open_oaep(&self, ciphertext: &str) -> Option<Vec<u8>> {
        let ciphertext = STANDARD.decode(ciphertext).ok()?;
        let mut plaintext = vec![0; self.0.open.min_output_size()];
        let opened = self.0.open.decrypt(&OAEP_SHA1_MGF1SHA1, &ciphertext, &mut plaintext, None);
        opened.ok().map(|bytes| bytes.to_vec())
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.0.public.clone()
    }

    pub(crate) fn private_pem(&self) -> String {
        pem::encode("PRIVATE KEY", &pkcs8(&self.0.sign))
    }

    pub(crate) fn public_pem(&self) -> String {
        self.0.public.pem()
    }
}

fn pkcs8(key: &KeyPair) -> Vec<u8> {
    let der: Pkcs8V1Der<'_> = key.as_der().expect("a parsed RSA key has a PKCS#8 form");
    der.as_ref().to_vec()
}

impl TryFrom<String> for SigningKey {
    type Error = String;

    fn try_from(pem: String) -> Result<Self, String> {
        Self::from_pem(&pem)
    }
}

impl From<SigningKey> for String {
    fn from(key: SigningKey) -> Self {
        key.private_pem()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::vectors::{Vector, key};
    use aws_lc_rs::signature::RsaPssSaltLength;

    fn private(name: &str) -> SigningKey {
        SigningKey::from_pem(key(name)["pem"].as_str().unwrap()).unwrap()
    }

    fn public(name: &str) -> PublicKey {
        PublicKey::from_spki_pem(key(name)["pem"].as_str().unwrap()).unwrap()
    }

    #[test]
    fn signs_requests_and_payments_as_the_samples_do() {
        let requests =
            ["pay-sign-post-jsapi", "pay-sign-get-path", "pay-sign-get-query", "pay-sign-get-certificates"];
        let payments = ["pay-paysign-mini-program", "pay-paysign-app"];
        let named = |member| move |id: &'static str| (Vector::named(id), member);
        for (vector, member) in
            requests.map(named("signature")).into_iter().chain(payments.map(named("paySign")))
        {
            let key = SigningKey::from_pem(vector.pem("key")).unwrap();
            let message = vector.expected("message").as_bytes();
            assert_eq!(key.sign(message), vector.expected(member));
            assert!(key.verifies(message, vector.expected(member)));
            assert!(!key.verifies(&message[1..], vector.expected(member)));
        }
    }

    #[test]
    fn tells_whose_signature_it_is() {
        let vector = Vector::named("pay-java-sha256rsa");
        let key = SigningKey::from_pem(vector.pem("key")).unwrap();
        let (message, signature) = (vector.input("message").as_bytes(), vector.expected("signature"));
        assert_eq!(key.sign(message), signature);
        assert!(key.public().verifies(message, signature));
        assert!(!public("java_wechatpay_public_key").verifies(message, signature));
        assert!(!key.public().verifies_pss(message, signature));
    }

    #[test]
    fn opens_sensitive_fields_of_both_directions() {
        for vector in ["pay-oaep-name", "pay-oaep-phone"].map(Vector::named) {
            let key = SigningKey::from_pem(vector.pem("key")).unwrap();
            let plaintext = vector.expected("plaintext").as_bytes();
            assert_eq!(key.open_oaep(vector.input("ciphertext")).unwrap(), plaintext);
            let sealed = key.public().seal_oaep(plaintext).unwrap();
            assert_eq!(key.open_oaep(&sealed).unwrap(), plaintext);
            assert_ne!(sealed, vector.input("ciphertext"));
        }
    }

    #[test]
    fn opens_no_field_that_was_sealed_otherwise() {
        let vector = Vector::named("pay-java-rsa-pkcs1v15-decrypt");
        let key = SigningKey::from_pem(vector.pem("key")).unwrap();
        assert_eq!(key.open_oaep(vector.input("ciphertext")), None);
        let foreign = public("java_wechatpay_public_key").seal_oaep(b"field").unwrap();
        assert_eq!(key.open_oaep(&foreign), None);
        assert_eq!(key.open_oaep("not base64"), None);
    }

    #[test]
    fn signs_with_a_salt_of_32_bytes() {
        let key = private("mp_apisec_app_private_key");
        let (first, second) = (key.sign_pss(b"message"), key.sign_pss(b"message"));
        assert_ne!(first, second);
        assert!([&first, &second].iter().all(|signature| key.public().verifies_pss(b"message", signature)));
        assert!(!key.public().verifies_pss(b"massage", &first));
        assert!(!key.verifies(b"message", &first));
        let [right, short] = [32, 20].map(|len| {
            let encoding = RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(len));
            key.sign_with(Box::leak(Box::new(encoding)), b"message")
        });
        assert!(key.public().verifies_pss(b"message", &right));
        assert!(!key.public().verifies_pss(b"message", &short));
    }

    #[test]
    fn writes_keys_as_pem_and_reads_them_back() {
        for name in ["go_test_private_key", "mp_apisec_app_private_key"] {
            let key = private(name);
            assert!(key.private_pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
            let again: SigningKey = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
            assert_eq!((again.private_pem(), again.public_pem()), (key.private_pem(), key.public_pem()));
            let public: PublicKey =
                serde_json::from_str(&serde_json::to_string(&key.public()).unwrap()).unwrap();
            assert!(public.verifies(b"message", &key.sign(b"message")));
        }
        let pem = key("java_wechatpay_public_key")["pem"].as_str().unwrap();
        assert_eq!(public("java_wechatpay_public_key").pem().trim_end(), pem.trim_end());
        assert_eq!(private("java_wechatpay_private_key").public_pem().trim_end(), pem.trim_end());
    }

    #[test]
    fn refuses_the_wrong_kind_of_key() {
        let [private, public] = ["java_wechatpay_private_key", "java_wechatpay_public_key"]
            .map(|name| key(name)["pem"].as_str().unwrap());
        assert!(SigningKey::from_pem(public).is_err());
        assert!(PublicKey::from_spki_pem(private).is_err());
        assert!(PublicKey::from_spki_der(b"no key").is_err());
        assert!(SigningKey::from_pem("no PEM").is_err());
    }
}
