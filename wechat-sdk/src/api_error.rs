//! What WeChat says when it says no.

use std::fmt;

use crate::error::Outcome;
use crate::exchange::Past;
use crate::extra::Extra;

/// The longest message that is kept.
const MESSAGE_CHARS: usize = 300;

/// An error code: a word of WeChat Pay (`ORDER_NOT_EXIST`) or a number of the mini-program API (`40029`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// For tests of one's own.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As WeChat spelled it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a number, for the mini-program API.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// Whether this is that code; underscores do not count.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        same_code(&self.0, code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same code is spelled with and without underscores by different endpoints.
pub(crate) fn same_code(left: &str, right: &str) -> bool {
    let plain = |text: &'_ str| text.chars().filter(|c| *c != '_').collect::<String>();
    plain(left) == plain(right)
}

/// Which member of a WeChat Pay request is wrong. Its value is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldIssue {
    /// A JSON pointer (`/amount/currency`) or a plain name.
    pub field: String,
    /// What is wrong with it.
    pub issue: Option<String>,
    /// `body`, `url` or `query`.
    pub location: Option<String>,
}

/// WeChat refused the call.
///
/// Refusals of WeChat Pay are usually not signed, so anybody on the way could have written this one: ask again
/// by a query before deciding about money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status; the mini-program API refuses with 200.
    pub status: u16,
    /// Which refusal.
    pub code: Code,
    /// Free text, for logs only.
    pub message: String,
    /// The member that is wrong, if WeChat Pay tells.
    pub field: Option<FieldIssue>,
    /// WeChat's number of this call: the header `Request-ID`, or the `rid` of the mini-program API.
    pub request_id: Option<String>,
    /// The name of the call.
    pub operation: &'static str,
    /// What the refusal says besides, such as the reasons of a carrier.
    pub extra: Extra,
    /// An earlier try of the same call got no clear answer, so that it may be what is refused here: a number that is used
    /// already, for instance.
    pub earlier_try: bool,
}

impl ApiError {
    pub(crate) fn of_pay(operation: &'static str, answer: &http::Response<bytes::Bytes>) -> Self {
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let status = answer.status().as_u16();
        Self {
            status,
            code: Code::new(text(&body, "code").unwrap_or_else(|| format!("HTTP_{status}"))),
            message: text(&body, "message").unwrap_or_default(),
            field: field_issue(&body),
            request_id: request_id(answer),
            operation,
            extra: Extra::default(),
            earlier_try: earlier_try(answer),
        }
    }

    pub(crate) fn of_mini(
        operation: &'static str,
        answer: &http::Response<bytes::Bytes>,
        errcode: i64,
        errmsg: &str,
    ) -> Self {
        Self {
            status: answer.status().as_u16(),
            code: Code::new(errcode.to_string()),
            message: errmsg.chars().take(MESSAGE_CHARS).collect(),
            field: None,
            request_id: rid(errmsg),
            operation,
            extra: serde_json::from_slice::<Extra>(answer.body())
                .unwrap_or_default()
                .without(&["errcode", "errmsg"]),
            earlier_try: earlier_try(answer),
        }
    }

    pub(crate) fn of_status(operation: &'static str, answer: &http::Response<bytes::Bytes>) -> Self {
        let status = answer.status().as_u16();
        Self {
            status,
            code: Code::new(format!("HTTP_{status}")),
            message: String::new(),
            field: None,
            request_id: request_id(answer),
            operation,
            extra: Extra::default(),
            earlier_try: earlier_try(answer),
        }
    }

    /// Only a refusal that WeChat worded itself, to a first try, about something else than the call's own number, means
    /// that nothing happened.
    pub(crate) fn outcome(&self) -> Outcome {
        let limited = matches!(self.mini_code(), Some(FREQUENT..=TOO_MANY_TODAY | 45011));
        let unclear = self.is_transient() && !limited;
        if unclear || self.earlier_try || self.is_wordless() || self.is_about_a_former_call() {
            return Outcome::Unknown;
        }
        Outcome::NotDone
    }

    pub(crate) fn is_transient(&self) -> bool {
        if let Some(number) = self.mini_code() {
            return matches!(number, FREQUENT | 44991 | 45011 | 43108) || MINI_FAULTS.contains(&number);
        }
        let mismatch = self.code.is("OPENID_MISMATCH");
        (self.status >= 500 && !mismatch) || matches!(self.status, 202 | 429)
    }

    /// Only the mini-program API says no with 200; WeChat Pay has numeric codes too, and its status counts.
    fn mini_code(&self) -> Option<i64> {
        self.code.number().filter(|_| self.status == 200)
    }

    /// A status without a word of WeChat: anybody on the way could have written it.
    fn is_wordless(&self) -> bool {
        self.code.as_str().starts_with("HTTP_")
    }

    /// The number was used before, by a call that may have been this one.
    fn is_about_a_former_call(&self) -> bool {
        const USED: [&str; 4] = ["ALREADY_EXISTS", "OUT_TRADE_NO_USED", "ORDER_CLOSED", "ORDERPAID"];
        match self.mini_code() {
            Some(number) => MINI_USED.contains(&number),
            None => USED.iter().any(|code| self.code.is(code)),
        }
    }
}

/// Faults of the mini-program API itself.
const MINI_FAULTS: [i64; 6] = [-1, 20001, 85431, 200_001, 10_060_012, 10_060_019];
/// Shipped, unchanged, or confirmed before.
const MINI_USED: [i64; 4] = [10_060_002, 10_060_003, 10_060_023, 10_060_030];
/// The frequency limits of the mini-program API: per second, per minute, per day.
const FREQUENT: i64 = 44990;
const TOO_MANY_TODAY: i64 = 44993;

fn text(body: &serde_json::Value, name: &str) -> Option<String> {
    let text = body.get(name)?.as_str()?;
    Some(text.chars().take(MESSAGE_CHARS).collect())
}

fn field_issue(body: &serde_json::Value) -> Option<FieldIssue> {
    let detail = body.get("detail")?;
    let field = text(detail, "field")?;
    Some(FieldIssue { field, issue: text(detail, "issue"), location: text(detail, "location") })
}

fn earlier_try(answer: &http::Response<bytes::Bytes>) -> bool {
    Past::of(answer).may_have_arrived
}

pub(crate) fn request_id(answer: &http::Response<bytes::Bytes>) -> Option<String> {
    Some(answer.headers().get("request-id")?.to_str().ok()?.to_owned())
}

/// `… rid: 65a0c1-…` at the end of `errmsg`.
fn rid(errmsg: &str) -> Option<String> {
    let (_, rest) = errmsg.rsplit_once("rid:")?;
    let id: String = rest.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    (!id.is_empty()).then_some(id)
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was refused: HTTP {}, {}", self.operation, self.status, self.code)?;
        if !self.message.is_empty() {
            write!(f, ", {}", self.message)?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}
