//! Why something is not believed to be WeChat's, and what both sides check alike.

#[cfg(any(feature = "mini", feature = "pay"))]
use http::header::{AsHeaderName, HeaderMap};

/// How far the time of a signature may be from ours, in seconds.
#[cfg(any(feature = "mini", feature = "pay"))]
const WINDOW: u64 = 300;

/// Why something is not trusted. Answer a notification with 4xx and `{"code":"FAIL"}` then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header is missing or not text.
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    /// The time is not a number.
    #[error("the time of the signature is not a number")]
    Timestamp,
    /// The signature is more than five minutes away from our clock; positive when it is older.
    #[error("the signature is {0} seconds old")]
    Stale(i64),
    /// The signature is of a kind that is not supported.
    #[error("the kind of signature is not supported")]
    SignatureType,
    /// Not an attack: WeChat Pay tests whether signatures are checked. The genuine copy follows.
    #[error("a deliberately wrong signature of WeChat Pay")]
    Probe,
    /// Nobody with this serial is known.
    #[error("the serial {0} is unknown")]
    UnknownSerial(String),
    /// The certificate is not valid at this time.
    #[error("the platform certificate is not valid at this time")]
    CertificateExpired,
    /// The signature does not fit.
    #[error("the signature is wrong")]
    Signature,
    /// The signature fits, but the text does not decrypt: the API v3 key is probably another one.
    #[error("the content cannot be decrypted")]
    Decrypt,
    /// The signature fits, but the body is not what it should be.
    #[error("the signed body is malformed")]
    Malformed,
    /// The answer is genuine, but about another number than the call.
    #[error("the answer is about another number")]
    OtherAnswer,
    /// A file is not the one that was announced: its digest is another one, or it ends too early.
    #[error("the digest of the file is wrong")]
    Digest,
}

/// A header that must be there and say something.
#[cfg(any(feature = "mini", feature = "pay"))]
pub(crate) fn header<'a>(
    headers: &'a HeaderMap,
    name: impl AsHeaderName,
    shown: &'static str,
) -> Result<&'a str, VerifyError> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    value.ok_or(VerifyError::MissingHeader(shown))
}

/// The time of a signature, Unix seconds, if it is near enough.
#[cfg(any(feature = "mini", feature = "pay"))]
pub(crate) fn check_age(timestamp: &str, now: i64) -> Result<i64, VerifyError> {
    let at: i64 = timestamp.parse().map_err(|_| VerifyError::Timestamp)?;
    let age = now.saturating_sub(at);
    if age.unsigned_abs() > WINDOW { Err(VerifyError::Stale(age)) } else { Ok(at) }
}
