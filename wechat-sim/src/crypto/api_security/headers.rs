//! The headers of a protected request, and why one is refused.

/// How old a call may be, in seconds, and how far ahead of the platform's clock.
const MAX_AGE: i64 = 300;

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Documented, although requests have no serial that they could lack.
    #[allow(dead_code)]
    NoSerial,
    NoTimestamp,
    NoSignature,
    NoAppId,
    BadSignature,
    BadEncryption,
    BadAppId,
    ForeignAppId,
    NoSymmetricKey,
    NoPublicKey,
    Expired,
}

impl Fault {
    pub(crate) fn errcode(self) -> i64 {
        self.answer().0
    }

    pub(crate) fn errmsg(self) -> &'static str {
        self.answer().1
    }

    fn answer(self) -> (i64, &'static str) {
        match self {
            Self::NoSerial => (40230, "Wechatmp-Serial is missing"),
            Self::NoTimestamp => (40231, "Wechatmp-TimeStamp is missing"),
            Self::NoSignature => (40232, "Wechatmp-Signature is missing"),
            Self::NoAppId => (40233, "Wechatmp-AppId is missing"),
            Self::BadSignature => (40234, "the signature is wrong"),
            Self::BadEncryption => (40235, "the body cannot be decrypted"),
            Self::BadAppId => (40236, "Wechatmp-AppId is wrong"),
            Self::ForeignAppId => (40237, "Wechatmp-AppId is not the app of the token"),
            Self::NoSymmetricKey => (40238, "the app has no symmetric key"),
            Self::NoPublicKey => (40239, "the app has no public key"),
            Self::Expired => (40240, "Wechatmp-TimeStamp is expired"),
        }
    }
}

/// The headers of a request that concern its protection; without the prefix `Wechatmp-`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Headers<'a> {
    pub(crate) app_id: Option<&'a str>,
    pub(crate) timestamp: Option<&'a str>,
    pub(crate) signature: Option<&'a str>,
}

impl<'a> Headers<'a> {
    /// The timestamp (Unix seconds) and the signature, if all three headers suit the app of the token and the
    /// time `now` (milliseconds).
    pub(crate) fn check(self, app_id: &str, now: i64) -> Result<(i64, &'a str), Fault> {
        let timestamp = self.timestamp.and_then(|text| text.parse::<i64>().ok()).ok_or(Fault::NoTimestamp)?;
        let signature = self.signature.filter(|text| !text.is_empty()).ok_or(Fault::NoSignature)?;
        let named = self.app_id.filter(|text| !text.is_empty()).ok_or(Fault::NoAppId)?;
        if named != app_id {
            return Err(if looks_like_app_id(named) { Fault::ForeignAppId } else { Fault::BadAppId });
        }
        if timestamp.abs_diff(now.div_euclid(1000)) > MAX_AGE.unsigned_abs() {
            return Err(Fault::Expired);
        }
        Ok((timestamp, signature))
    }
}

/// `wx` with 16 letters and digits behind it.
fn looks_like_app_id(text: &str) -> bool {
    let rest = text.strip_prefix("wx").unwrap_or_default();
    rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_635_927_954_999;

    fn headers() -> Headers<'static> {
        Headers { app_id: Some("wxba6223c06417af7b"), timestamp: Some("1635927954"), signature: Some("c2ln") }
    }

    fn check(headers: Headers<'_>) -> Result<i64, Fault> {
        headers.check("wxba6223c06417af7b", NOW).map(|(timestamp, _)| timestamp)
    }

    #[test]
    fn accepts_headers_of_the_last_five_minutes() {
        assert_eq!(headers().check("wxba6223c06417af7b", NOW), Ok((1_635_927_954, "c2ln")));
        for (timestamp, expected) in [
            ("1635927654", Ok(1_635_927_654)),
            ("1635927653", Err(Fault::Expired)),
            ("1635928254", Ok(1_635_928_254)),
            ("1635928255", Err(Fault::Expired)),
        ] {
            assert_eq!(check(Headers { timestamp: Some(timestamp), ..headers() }), expected);
        }
    }

    #[test]
    fn names_the_header_that_is_missing_or_wrong() {
        let faults = [
            (Headers { timestamp: None, ..headers() }, Fault::NoTimestamp),
            (Headers { timestamp: Some("now"), ..headers() }, Fault::NoTimestamp),
            (Headers { signature: None, ..headers() }, Fault::NoSignature),
            (Headers { app_id: None, ..headers() }, Fault::NoAppId),
            (Headers { app_id: Some("someone"), ..headers() }, Fault::BadAppId),
            (Headers { app_id: Some("wx0123456789abcdef"), ..headers() }, Fault::ForeignAppId),
        ];
        for (headers, fault) in faults {
            assert_eq!(check(headers), Err(fault));
        }
    }

    #[test]
    fn numbers_the_faults_as_documented() {
        use Fault::{BadAppId, BadEncryption, BadSignature, Expired, ForeignAppId};
        use Fault::{NoAppId, NoPublicKey, NoSerial, NoSignature, NoSymmetricKey, NoTimestamp};
        let documented = [
            NoSerial,
            NoTimestamp,
            NoSignature,
            NoAppId,
            BadSignature,
            BadEncryption,
            BadAppId,
            ForeignAppId,
            NoSymmetricKey,
            NoPublicKey,
            Expired,
        ];
        let codes = documented.map(Fault::errcode);
        assert!((40230..=40240).eq(codes), "{codes:?}");
        assert!(documented.iter().all(|fault| !fault.errmsg().is_empty()));
    }
}
