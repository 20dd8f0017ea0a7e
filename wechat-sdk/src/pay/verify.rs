//! Checking that WeChat Pay wrote something.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use super::trust::PlatformKey;
use crate::ids::Serial;
use crate::untrusted::VerifyError;

/// How far the time of a signature may be from ours, in seconds.
const WINDOW: u64 = 300;
/// WeChat Pay now and then sends wrong signatures on purpose; they begin so.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
const ALGORITHM: &str = "WECHATPAY2-SHA256-RSA2048";

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
        let timestamp = header(headers, "wechatpay-timestamp", "Wechatpay-Timestamp")?;
        let nonce = header(headers, "wechatpay-nonce", "Wechatpay-Nonce")?;
        let signature = header(headers, "wechatpay-signature", "Wechatpay-Signature")?;
        let serial = header(headers, "wechatpay-serial", "Wechatpay-Serial")?;
        check_age(timestamp, now)?;
        if headers.get("wechatpay-signature-type").is_some_and(|kind| kind != ALGORITHM) {
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
        let mut message = format!("{}\n{}\n", self.timestamp, self.nonce).into_bytes();
        message.extend_from_slice(body);
        message.push(b'\n');
        key.verify(&message, &signature, now)
    }
}

/// The serial comes from outside: it is shortened before it is shown.
pub(crate) fn unknown(serial: &str) -> VerifyError {
    VerifyError::UnknownSerial(serial.chars().take(64).collect())
}

fn header<'a>(headers: &'a HeaderMap, name: &str, shown: &'static str) -> Result<&'a str, VerifyError> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    value.ok_or(VerifyError::MissingHeader(shown))
}

fn check_age(timestamp: &str, now: i64) -> Result<(), VerifyError> {
    let at: i64 = timestamp.parse().map_err(|_| VerifyError::Timestamp)?;
    let age = now.saturating_sub(at);
    if age.unsigned_abs() > WINDOW { Err(VerifyError::Stale(age)) } else { Ok(()) }
}
