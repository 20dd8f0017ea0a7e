//! The query that WeChat adds to the URL.

use std::fmt;

use super::PushError;
use crate::text::unpercent;

/// The parameters of a push.
#[derive(Clone, Default)]
pub struct PushQuery {
    /// Over token, time and nonce.
    pub signature: Option<String>,
    /// Unix seconds.
    pub timestamp: Option<String>,
    /// Random.
    pub nonce: Option<String>,
    /// What to answer when the URL is checked.
    pub echostr: Option<String>,
    /// Who caused it; nothing protects this one.
    pub openid: Option<String>,
    /// `aes` for encrypted bodies.
    pub encrypt_type: Option<String>,
    /// Over token, time, nonce and the encrypted body.
    pub msg_signature: Option<String>,
}

impl PushQuery {
    /// Reads the raw query of the URL, without `?`. Percent signs are decoded, a plus stays a plus: base64 has them.
    /// Of a parameter that comes twice the first counts.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut found = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let slot = match name {
                "signature" => &mut found.signature,
                "timestamp" => &mut found.timestamp,
                "nonce" => &mut found.nonce,
                "echostr" => &mut found.echostr,
                "openid" => &mut found.openid,
                "encrypt_type" => &mut found.encrypt_type,
                "msg_signature" => &mut found.msg_signature,
                _ => continue,
            };
            if slot.is_none() {
                *slot = unpercent(value);
            }
        }
        found
    }

    /// When it was sent, Unix seconds. Whether a repeated push has a new time is not documented: allow a day.
    pub fn sent_at(&self) -> Option<i64> {
        self.timestamp.as_deref()?.parse().ok()
    }

    pub(super) fn moment(&self) -> Result<(&str, &str), PushError> {
        let timestamp = self.timestamp.as_deref().ok_or(PushError::MissingParameter("timestamp"))?;
        let nonce = self.nonce.as_deref().ok_or(PushError::MissingParameter("nonce"))?;
        Ok((timestamp, nonce))
    }
}

impl fmt::Debug for PushQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushQuery")
            .field("timestamp", &self.timestamp)
            .field("encrypt_type", &self.encrypt_type)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_says_is_read_without_loss() {
        let query = PushQuery::parse(
            "a=1&nonce=a+b%2B%2f%E8%8C%B6&nonce=2&timestamp=&echostr=%zz&signature=%4&openid",
        );
        assert_eq!(query.nonce.as_deref(), Some("a+b+/茶"));
        assert_eq!(query.timestamp.as_deref(), Some(""));
        assert!(query.echostr.is_none() && query.signature.is_none() && query.openid.is_none());
        assert!(PushQuery::parse("").moment().is_err());
    }
}
