//! Keys of the house: sealing at rest, keyed hashes for look-up, passwords, random tokens.

use anyhow::{Context as _, anyhow, bail, ensure};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rand::distr::SampleString as _;
use std::fmt;
use std::sync::Arc;

/// Names the key that sealed a value, so that keys can be changed.
const KEY_ID: &str = "k1";

/// Everything derived from the one secret `security.key`.
#[derive(Clone)]
pub struct Vault(Arc<Keys>);

struct Keys {
    seal: LessSafeKey,
    lookup: hmac::Key,
    token: [u8; 32],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// From the base64 of 32 random bytes (`openssl rand -base64 32`).
    pub fn from_base64(text: &str) -> anyhow::Result<Self> {
        let master = STANDARD.decode(text.trim()).map_err(|_| anyhow!("security.key is not base64"))?;
        ensure!(master.len() == 32, "security.key must be the base64 of 32 bytes, is of {}", master.len());
        let seal = UnboundKey::new(&AES_256_GCM, &derive(&master, "seal")).expect("32 bytes");
        Ok(Self(Arc::new(Keys {
            seal: LessSafeKey::new(seal),
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &derive(&master, "lookup")),
            token: derive(&master, "token"),
        })))
    }

    /// A new secret for `security.key`.
    pub fn generate() -> String {
        STANDARD.encode(rand::random::<[u8; 32]>())
    }

    /// The key that signs access tokens.
    pub fn token_key(&self) -> &[u8; 32] {
        &self.0.token
    }

    /// Encrypts `plain` for one place, `table/column/row`; it opens nowhere else.
    pub fn seal(&self, place: &str, plain: &str) -> String {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut data = plain.as_bytes().to_vec();
        self.0
            .seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut data)
            .expect("AES-GCM takes texts of any length we have");
        format!("{KEY_ID}.{}", STANDARD.encode([&nonce[..], &data].concat()))
    }

    /// Decrypts what [`Vault::seal`] made for the same place.
    pub fn open(&self, place: &str, sealed: &str) -> anyhow::Result<String> {
        let (key, data) = sealed.split_once('.').context("a sealed value has no key id")?;
        ensure!(key == KEY_ID, "a value at {place} is sealed with the unknown key {key:?}");
        let mut data = STANDARD.decode(data).context("a sealed value is not base64")?;
        if data.len() < NONCE_LEN {
            bail!("a sealed value at {place} is cut off");
        }
        let mut text = data.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&data).expect("twelve bytes");
        let plain = self.0.seal.open_in_place(nonce, Aad::from(place), &mut text).map_err(|_| {
            anyhow!("a value at {place} does not open: security.key was changed, or the row was")
        })?;
        Ok(String::from_utf8(plain.to_vec())?)
    }

    /// The same for equal inputs, and tells nothing without the key.
    pub fn lookup(&self, column: &str, value: &str) -> String {
        let tag = hmac::sign(&self.0.lookup, format!("{column}\0{value}").as_bytes());
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }
}

fn derive(master: &[u8], purpose: &str) -> [u8; 32] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, master), format!("jishi/{purpose}").as_bytes());
    tag.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// A random text of 43 characters that nobody guesses.
pub fn random_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A random password of 24 letters and digits: easy to copy, and no dash that a shell takes for an option.
pub fn random_password() -> String {
    rand::distr::Alphanumeric.sample_string(&mut rand::rng(), 24)
}

/// SHA-256, as text. For high-entropy secrets and fingerprints only.
pub fn sha256(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest(data))
}

/// SHA-256.
pub fn digest(data: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, data).as_ref().try_into().expect("32 bytes")
}

/// argon2id in PHC form. Takes tens of milliseconds: call it off the async threads.
pub fn hash_password(password: &str) -> anyhow::Result<String> {
    Ok(Argon2::default().hash_password(password.as_bytes()).map_err(|e| anyhow!("argon2: {e}"))?.to_string())
}

/// Whether `password` is the one that was hashed.
pub fn verify_password(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place() {
        let vault = Vault::from_base64(&Vault::generate()).unwrap();
        let sealed = vault.seal("address/sealed/1", "北京");
        assert_eq!(vault.open("address/sealed/1", &sealed).unwrap(), "北京");
        assert!(vault.open("address/sealed/2", &sealed).is_err());
        assert!(Vault::from_base64(&Vault::generate()).unwrap().open("address/sealed/1", &sealed).is_err());
        assert!(!sealed.contains("北京"));
    }

    #[test]
    fn a_password_is_known_by_its_hash() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("wrong horse", &hash));
        assert!(!verify_password("correct horse", "not a hash"));
    }
}
