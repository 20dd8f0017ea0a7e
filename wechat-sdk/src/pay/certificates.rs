//! Platform certificates change: an unknown serial is looked up, one look at a time and not too often.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderMap;

use super::cipher::ApiV3Keys;
use super::common::Certificates;
use super::trust::{PlatformKey, Trust};
use super::verify::{Signed, unknown};
use crate::error::ConfigError;
use crate::ids::Serial;
use crate::untrusted::VerifyError;

/// Seconds between two looks.
const SPACING: i64 = 60;

/// All keys of WeChat Pay that are known by now.
#[derive(Debug)]
pub(super) struct Known {
    keys: RwLock<HashMap<String, PlatformKey>>,
    /// When certificates were last asked for; held while they are.
    pub(super) asked: Arc<tokio::sync::Mutex<Option<i64>>>,
    /// The public key that answers shall be signed with.
    pub(super) wanted: Option<Serial>,
}

impl Known {
    pub(super) fn new(trust: Trust) -> Self {
        let (keys, wanted) = trust.into_parts();
        Self { keys: RwLock::new(keys), asked: Arc::default(), wanted }
    }

    pub(super) fn find(&self, serial: &Serial) -> Option<PlatformKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(serial.key()).cloned()
    }

    /// The public key if there is one, else the newest certificate that is in force.
    pub(super) fn to_seal_with(&self, now: i64) -> Option<PlatformKey> {
        if let Some(key) = self.wanted.as_ref().and_then(|wanted| self.find(wanted)) {
            return Some(key);
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.values().filter(|key| key.is_in_force(now)).max_by_key(|key| key.since()).cloned()
    }

    /// Checks with the keys at hand; gives the serial of the one that signed.
    pub(super) fn verify(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<Serial, VerifyError> {
        let signed = Signed::read(headers, now)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(signed.serial.key()).ok_or_else(|| unknown(signed.serial.as_str()))?;
        signed.verify(key, body, now)?;
        Ok(signed.serial)
    }

    /// Takes over a list of certificates if it is signed by one of them or by a key known before.
    pub(super) fn learn(
        &self,
        cipher: &ApiV3Keys,
        headers: &HeaderMap,
        body: &[u8],
        now: i64,
    ) -> Result<(), VerifyError> {
        let signed = Signed::read(headers, now)?;
        let fresh = opened(cipher, body, now)?;
        let own = fresh.iter().find(|key| key.serial.key() == signed.serial.key()).cloned();
        let key = self.find(&signed.serial).or(own).ok_or_else(|| unknown(signed.serial.as_str()))?;
        signed.verify(&key, body, now)?;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, key| key.is_current(now));
        for new in fresh {
            keys.entry(new.serial.key().to_owned()).or_insert(new);
        }
        Ok(())
    }
}

/// Whether certificates may be asked for again.
pub(super) fn is_due(asked: Option<i64>, now: i64) -> bool {
    asked.is_none_or(|asked| now.saturating_sub(asked) >= SPACING || now < asked)
}

/// The API v3 key authenticates each certificate; serial and life are read from the certificate itself.
fn opened(cipher: &ApiV3Keys, body: &[u8], now: i64) -> Result<Vec<PlatformKey>, VerifyError> {
    let list: Certificates = serde_json::from_slice(body).map_err(|_| VerifyError::Malformed)?;
    let mut keys = Vec::with_capacity(list.data.len());
    for entry in list.data {
        let pem = cipher.open(entry.encrypt_certificate.text()).ok_or(VerifyError::Decrypt)?;
        let pem = String::from_utf8(pem).map_err(|_| VerifyError::Malformed)?;
        let key = PlatformKey::from_certificate(&pem).map_err(|_: ConfigError| VerifyError::Malformed)?;
        if key.is_current(now) {
            keys.push(key);
        }
    }
    Ok(keys)
}
