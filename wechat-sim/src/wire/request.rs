//! A request as it came over the wire.

use bytes::Bytes;
use http::{HeaderMap, Method};

/// A request with its raw target and body: signatures cover the bytes as they were sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Percent-encoded, as sent.
    pub(crate) path: String,
    /// Without the question mark; `None` when there is none.
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// Path and query as the signature covers them.
    pub(crate) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A parameter of the query, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form_value(self.query.as_deref()?, name)
    }

    /// The address of the caller: what a proxy says, or this machine's.
    pub(crate) fn caller(&self) -> String {
        let forwarded = self.header("x-forwarded-for").and_then(|list| list.split(',').next());
        forwarded.map(str::trim).filter(|ip| !ip.is_empty()).unwrap_or("127.0.0.1").to_owned()
    }

    /// The segments of the path, decoded.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path.split('/').skip(1).map(|segment| decode(segment, false)).collect()
    }
}

pub(crate) fn form_value(pairs: &str, name: &str) -> Option<String> {
    pairs.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key, true) == name).then(|| decode(value, true))
    })
}

/// Percent decoding; what is not valid stays as it is.
fn decode(text: &str, plus_is_blank: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten();
        let byte = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        rest = if byte.is_some() { &tail[2..] } else { tail };
        out.push(byte.unwrap_or(if *first == b'+' && plus_is_blank { b' ' } else { *first }));
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_what_is_encoded_and_keeps_the_rest() {
        assert_eq!(decode("a%7Cb%2", false), "a|b%2");
        assert_eq!(decode("%E4%B8%AD+x", true), "中 x");
        assert_eq!(decode("a+b%zz", false), "a+b%zz");
    }

    #[test]
    fn finds_a_value_among_pairs() {
        assert_eq!(form_value("x=1&mchid=19%30", "mchid").as_deref(), Some("190"));
        assert_eq!(form_value("x=1", "mchid"), None);
    }
}
