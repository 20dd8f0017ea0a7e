//! Decryption of what WeChat Pay sends: AES-256-GCM under the API v3 key.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::ConfigError;

const KEY_BYTES: usize = 32;

/// The API v3 key as set in the merchant console: exactly 32 ASCII characters, not base64.
#[derive(Clone)]
pub struct ApiV3Key(Arc<LessSafeKey>);

impl ApiV3Key {
    /// Checks the length.
    pub fn new(text: impl Into<String>) -> Result<Self, ConfigError> {
        let text = Zeroizing::new(text.into());
        if text.len() != KEY_BYTES || !text.is_ascii() {
            return Err(ConfigError::new("the APIv3 key has exactly 32 ASCII characters"));
        }
        let key = UnboundKey::new(&AES_256_GCM, text.as_bytes())
            .map_err(|_| ConfigError::new("the APIv3 key cannot be used"))?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    fn open(&self, sealed: Borrowed<'_>) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = sealed.nonce.as_bytes().try_into().ok()?;
        let mut bytes = STANDARD.decode(sealed.ciphertext).ok()?;
        let aad = Aad::from(sealed.associated_data.unwrap_or_default().as_bytes());
        let length = self.0.open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

impl fmt::Debug for ApiV3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiV3Key(..)")
    }
}

/// The keys that may have sealed something: the present one, and the former one while it is being changed.
#[derive(Clone, Debug)]
pub(crate) struct ApiV3Keys(Vec<ApiV3Key>);

impl ApiV3Keys {
    pub(crate) fn new(present: ApiV3Key, former: Option<ApiV3Key>) -> Self {
        Self(std::iter::once(present).chain(former).collect())
    }

    pub(crate) fn open(&self, sealed: Borrowed<'_>) -> Option<Vec<u8>> {
        if sealed.algorithm != "AEAD_AES_256_GCM" {
            return None;
        }
        self.0.iter().find_map(|key| key.open(sealed))
    }
}

/// A text that WeChat Pay sealed for the merchant's certificate, base64. [`Merchant::unseal`](super::Merchant::unseal) opens
/// it. Not printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct SealedText(String);

impl SealedText {
    /// The base64.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for SealedText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SealedText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for SealedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedText(..)")
    }
}

/// What WeChat Pay sealed under the API v3 key: a platform certificate, the content of a notification.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Sealed {
    /// `AEAD_AES_256_GCM`.
    pub algorithm: String,
    /// Base64, with the tag at the end.
    pub ciphertext: String,
    /// What is authenticated besides.
    #[serde(default)]
    pub associated_data: Option<String>,
    /// Twelve characters.
    pub nonce: String,
}

impl Sealed {
    pub(crate) fn text(&self) -> Borrowed<'_> {
        Borrowed {
            algorithm: &self.algorithm,
            ciphertext: &self.ciphertext,
            associated_data: self.associated_data.as_deref(),
            nonce: &self.nonce,
        }
    }
}

/// The same, borrowed from where it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Borrowed<'a> {
    pub(crate) algorithm: &'a str,
    pub(crate) ciphertext: &'a str,
    pub(crate) associated_data: Option<&'a str>,
    pub(crate) nonce: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Sealed {
        Sealed {
            algorithm: "AEAD_AES_256_GCM".to_owned(),
            ciphertext: "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=".to_owned(),
            associated_data: Some("associatedData".to_owned()),
            nonce: "uluk4a9R25RW".to_owned(),
        }
    }

    fn key(text: &str) -> ApiV3Key {
        ApiV3Key::new(text).unwrap()
    }

    /// Vector `pay-java-aead-aes256gcm`.
    #[test]
    fn the_published_ciphertext_opens_and_a_changed_one_does_not() {
        let keys = ApiV3Keys::new(key("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"), None);
        assert_eq!(keys.open(sealed().text()).unwrap(), b"message");
        let changed = [
            Sealed { associated_data: Some("bad-associatedData".to_owned()), ..sealed() },
            Sealed { associated_data: None, ..sealed() },
            Sealed { nonce: "bad-4a9R25RW".to_owned(), ..sealed() },
            Sealed { nonce: "short".to_owned(), ..sealed() },
            Sealed { ciphertext: "not base64!".to_owned(), ..sealed() },
            Sealed { ciphertext: "AAAA".to_owned(), ..sealed() },
            Sealed { algorithm: "AEAD_SM4_GCM".to_owned(), ..sealed() },
        ];
        for sealed in changed {
            assert!(keys.open(sealed.text()).is_none(), "{sealed:?}");
        }
    }

    #[test]
    fn the_former_key_still_opens() {
        let former = key("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb");
        let present = key("00000000000000000000000000000000");
        assert!(ApiV3Keys::new(present.clone(), None).open(sealed().text()).is_none());
        assert_eq!(ApiV3Keys::new(present, Some(former)).open(sealed().text()).unwrap(), b"message");
    }

    #[test]
    fn keys_of_another_length_are_refused() {
        for text in ["", "testAPIv3Key0000", "mockAPIv3Key1234", "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb1"] {
            assert!(ApiV3Key::new(text).is_err(), "{text}");
        }
    }
}
