//! An answer before it goes over the wire.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use crate::crypto::random_hex;

/// How an answer ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    #[default]
    Whole,
    /// Breaks off in the middle of the body.
    Truncated,
    /// Nothing is answered: the connection is reset.
    Reset,
}

/// What is remembered of a refused call of the mini-program side, which is asked for by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// `65a0c1d2-0123abcd-4567ef89`
    pub(crate) rid: String,
    /// Empty when nobody knows which app called.
    pub(crate) app_id: String,
    /// The address of the caller.
    pub(crate) caller: String,
    /// Life, in milliseconds.
    pub(crate) began: i64,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) ending: Ending,
    /// Why, for the developer who looks at the page of requests; not sent.
    pub(crate) verdict: String,
    pub(crate) refused: Option<Refused>,
}

impl Answer {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self { status, body: body.to_string().into(), ..Self::default() }
            .with("content-type", "application/json; charset=utf-8")
    }

    /// Bytes of a kind: a picture, a bill.
    pub(crate) fn file(kind: &str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::default() }.with("content-type", kind)
    }

    pub(crate) fn html(status: StatusCode, body: String) -> Self {
        let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        Self { status, body: body.into(), ..Self::default() }
            .with("content-type", "text/html; charset=utf-8")
            .with("content-security-policy", policy)
            .with("cache-control", "no-store")
    }

    pub(crate) fn see_other(location: &str) -> Self {
        Self::empty(StatusCode::SEE_OTHER).with("location", location)
    }

    /// Adds a header; a value that cannot stand in one is left out.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn because(mut self, verdict: impl Into<String>) -> Self {
        self.verdict = verdict.into();
        self
    }

    pub(crate) fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    pub(crate) fn with_request_id(self) -> Self {
        self.with("request-id", &format!("08{}", random_hex::<16>()))
    }
}
