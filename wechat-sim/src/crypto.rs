//! The cryptography of the platform's side, written against the protocol and not against the SDK.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::KeyPair as RsaKey;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A parsed private key; serialises as its PKCS#8 PEM.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct SigningKey(Arc<RsaKey>);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, String> {
        RsaKey::from_pkcs8(der).map(|key| Self(Arc::new(key))).map_err(|error| error.to_string())
    }

    /// PKCS#1 v1.5 with SHA-256, in base64.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("a parsed RSA key signs");
        STANDARD.encode(signature)
    }

    /// Whether `signature` (base64) was made over `message` with this key pair.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.0.public_key().as_ref())
            .verify(message, &signature)
            .is_ok()
    }

    pub(crate) fn private_pem(&self) -> String {
        let der = self.0.as_der().expect("a parsed RSA key has a PKCS#8 form");
        to_pem("PRIVATE KEY", der.as_ref())
    }

    pub(crate) fn public_pem(&self) -> String {
        let der = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(self.0.public_key())
            .expect("a parsed RSA key has a public form");
        to_pem("PUBLIC KEY", der.as_ref())
    }
}

impl TryFrom<String> for SigningKey {
    type Error = String;

    fn try_from(pem: String) -> Result<Self, String> {
        Self::from_pkcs8(&from_pem(&pem)?)
    }
}

impl From<SigningKey> for String {
    fn from(key: SigningKey) -> Self {
        key.private_pem()
    }
}

fn to_pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem + "-----END " + label + "-----\n"
}

fn from_pem(pem: &str) -> Result<Vec<u8>, String> {
    let text: String = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text).map_err(|error| error.to_string())
}

/// AES-256-GCM as in a `resource`: base64 of the ciphertext with its tag behind it.
pub(crate) fn seal(key: &str, nonce: &str, associated_data: &str, plaintext: &[u8]) -> String {
    let key = UnboundKey::new(&AES_256_GCM, key.as_bytes()).expect("an APIv3 key has 32 bytes");
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).expect("a nonce has 12 bytes");
    let mut sealed = plaintext.to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, Aad::from(associated_data.as_bytes()), &mut sealed)
        .expect("a notification is short enough to be sealed");
    STANDARD.encode(sealed)
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes).expect("the machine gives random bytes");
    bytes
}

/// Upper-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    bytes.iter().flat_map(digits).map(char::from).collect()
}

/// `N` random bytes as upper-case hex.
pub(crate) fn random_hex<const N: usize>() -> String {
    hex(&random::<N>())
}

/// `N` random bytes in the alphabet of openids and codes.
pub(crate) fn random_word<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random::<N>())
}

pub(crate) fn random_base64<const N: usize>() -> String {
    STANDARD.encode(random::<N>())
}

/// `N` random letters and digits.
pub(crate) fn random_alphanumeric<const N: usize>() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    random::<N>().iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

/// `N` random digits.
pub(crate) fn random_digits<const N: usize>() -> String {
    random::<N>().iter().map(|byte| char::from(b'0' + byte % 10)).collect()
}
