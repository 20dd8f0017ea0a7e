//! The keys by which WeChat Pay is known.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::ConfigError;
use crate::ids::Serial;
use crate::pem;
use crate::untrusted::VerifyError;

/// The keys by which WeChat Pay is known at the start: its public key, its platform certificates, or both. Which
/// one counts is decided by the serial of each signature. It may be empty: certificates are then fetched when
/// the first signature is to be checked.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    keys: HashMap<String, PlatformKey>,
    public_key: Option<Serial>,
}

impl Trust {
    /// Knows nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the WeChat Pay public key with its id `PUB_KEY_ID_…`, as the merchant console gives them. Requests
    /// then ask for answers signed by it; with several, by the last one.
    pub fn public_key(mut self, id: &str, pem: &str) -> Result<Self, ConfigError> {
        let serial = Serial::new(id)?;
        if !serial.is_public_key() {
            return Err(ConfigError::new("the id of the public key begins with PUB_KEY_ID_"));
        }
        let block = pem::first(pem).filter(|block| block.label == "PUBLIC KEY");
        let block = block.ok_or(ConfigError::new("the public key is not PEM of the kind PUBLIC KEY"))?;
        let der = Arc::from(block.der.as_slice());
        let key = PlatformKey { serial: serial.clone(), key: parsed(&block.der)?, der, life: None };
        self.public_key = Some(serial);
        Ok(self.with(key))
    }

    /// Adds a platform certificate (PEM, X.509).
    pub fn certificate(self, pem: &str) -> Result<Self, ConfigError> {
        let key = PlatformKey::from_certificate(pem)?;
        Ok(self.with(key))
    }

    fn with(mut self, key: PlatformKey) -> Self {
        self.keys.insert(key.serial.key().to_owned(), key);
        self
    }

    pub(crate) fn into_parts(self) -> (HashMap<String, PlatformKey>, Option<Serial>) {
        (self.keys, self.public_key)
    }
}

/// One key of WeChat Pay.
#[derive(Clone)]
pub(crate) struct PlatformKey {
    pub(crate) serial: Serial,
    key: Arc<ParsedPublicKey>,
    /// `SubjectPublicKeyInfo`.
    der: Arc<[u8]>,
    /// First and last second of a certificate; a public key has no end.
    life: Option<(i64, i64)>,
}

impl PlatformKey {
    pub(crate) fn from_certificate(pem: &str) -> Result<Self, ConfigError> {
        let certificate = pem::certificate(pem)?;
        let content = certificate.tbs_certificate();
        let validity = content.validity();
        let key = pem::public_key_of(&certificate)?;
        Ok(Self {
            serial: Serial::from_bytes(content.serial_number().as_bytes()),
            key: parsed(&key)?,
            der: key.into(),
            life: Some((seconds(validity.not_before), seconds(validity.not_after))),
        })
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8], now: i64) -> Result<(), VerifyError> {
        if !self.is_in_force(now) {
            return Err(VerifyError::CertificateExpired);
        }
        self.key.verify_sig(message, signature).map_err(|_| VerifyError::Signature)
    }

    /// RSAES-OAEP with SHA-1 and MGF1-SHA-1, which is what WeChat Pay asks for, in base64. At most 214 bytes under a
    /// key of 2048 bits.
    pub(crate) fn seal(&self, text: &str) -> Result<String, ConfigError> {
        const UNFIT: ConfigError = ConfigError::new("the key of WeChat Pay cannot encrypt");
        let key = PublicEncryptingKey::from_der(&self.der).map_err(|_| UNFIT)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| UNFIT)?;
        let mut sealed = vec![0; key.ciphertext_size()];
        let sealed = key
            .encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut sealed, None)
            .map_err(|_| ConfigError::new("a member that travels encrypted is too long"))?;
        Ok(STANDARD.encode(sealed))
    }

    pub(crate) fn is_in_force(&self, now: i64) -> bool {
        self.life.is_none_or(|(first, last)| (first..=last).contains(&now))
    }

    /// When it came into force.
    pub(crate) fn since(&self) -> i64 {
        self.life.map_or(i64::MIN, |(first, _)| first)
    }

    pub(crate) fn is_current(&self, now: i64) -> bool {
        self.life.is_none_or(|(_, last)| now <= last)
    }
}

impl fmt::Debug for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformKey")
            .field("serial", &self.serial)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

fn parsed(der: &[u8]) -> Result<Arc<ParsedPublicKey>, ConfigError> {
    match ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der) {
        Ok(key) => Ok(Arc::new(key)),
        Err(_) => Err(ConfigError::new("the key of WeChat Pay is not an RSA key of 2048 bits or more")),
    }
}

fn seconds(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}
