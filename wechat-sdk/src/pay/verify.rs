//! Checking that WeChat Pay wrote something.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};

use super::trust::PlatformKey;
use crate::ids::Serial;
use crate::untrusted::{VerifyError, check_age, header};

/// WeChat Pay now and then sends wrong signatures on purpose; they begin so.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
const ALGORITHM: &str = "WECHATPAY2-SHA256-RSA2048";
const TIMESTAMP: HeaderName = HeaderName::from_static("wechatpay-timestamp");
const NONCE: HeaderName = HeaderName::from_static("wechatpay-nonce");
const SIGNATURE: HeaderName = HeaderName::from_static("wechatpay-signature");
const SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");
const SIGNATURE_TYPE: HeaderName = HeaderName::from_static("wechatpay-signature-type");

/// The signature headers of an answer or a notification, checked for everything that needs no key.
#[derive(Debug)]
pub(crate) struct Signed<'a> {
    timestamp: &'a str,
    nonce: &'a str,
    signature: &'a str,
    pub(crate) serial: Serial,
}

impl<'a> Signed<'a> {
    pub(crate) fn read(headers: &'a HeaderMap, now: i64) -> Result<Self, VerifyError> {
        let timestamp = header(headers, &TIMESTAMP, "Wechatpay-Timestamp")?;
        let nonce = header(headers, &NONCE, "Wechatpay-Nonce")?;
        let signature = header(headers, &SIGNATURE, "Wechatpay-Signature")?;
        let serial = header(headers, &SERIAL, "Wechatpay-Serial")?;
        check_age(timestamp, now)?;
        if headers.get(&SIGNATURE_TYPE).is_some_and(|kind| kind != ALGORITHM) {
            return Err(VerifyError::SignatureType);
        }
        if signature.starts_with(PROBE) {
            return Err(VerifyError::Probe);
        }
        let serial = Serial::new(serial).map_err(|_| unknown(serial))?;
        Ok(Self { timestamp, nonce, signature, serial })
    }

    pub(crate) fn verify(&self, key: &PlatformKey, body: &[u8], now: i64) -> Result<(), VerifyError> {
        let signature = STANDARD.decode(self.signature).map_err(|_| VerifyError::Signature)?;
        let message = [self.timestamp.as_bytes(), b"\n", self.nonce.as_bytes(), b"\n", body, b"\n"].concat();
        key.verify(&message, &signature, now)
    }
}

/// The serial comes from outside: it is shortened before it is shown.
pub(crate) fn unknown(serial: &str) -> VerifyError {
    VerifyError::UnknownSerial(serial.chars().take(64).collect())
}
