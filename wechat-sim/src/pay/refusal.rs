//! How WeChat Pay says no.

use http::StatusCode;
use serde_json::{Value, json};

use crate::wire::Answer;
use crate::world::store::SaveFailed;

/// An error answer of WeChat Pay.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// `PARAM_ERROR`, `SIGN_ERROR`, …
    pub code: String,
    /// For people.
    pub message: String,
    /// `field`, `value`, `issue` and `location` of a wrong parameter.
    pub detail: Option<Value>,
    /// What the developer has to know, for the page of requests; not sent.
    pub explanation: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned(), detail: None, explanation: None }
    }

    pub(crate) fn sign(message: &str) -> Self {
        let detail = json!({"issue": message, "location": "authorization"});
        Self { detail: Some(detail), ..Self::new(401, "SIGN_ERROR", message) }
    }

    /// A member of the body is wrong; `pointer` is its JSON pointer.
    pub(crate) fn body(pointer: &str, value: &Value, issue: &str) -> Self {
        let detail = json!({"field": pointer, "value": value, "issue": issue, "location": "body"});
        let message = format!("输入源“{pointer}”{issue}");
        Self { detail: Some(detail), ..Self::new(400, "PARAM_ERROR", &message) }
    }

    /// A parameter of the URL is wrong.
    pub(crate) fn url(name: &str, value: &str, issue: &str, location: &str) -> Self {
        let detail = json!({"field": name, "value": value, "issue": issue, "location": location});
        let message = format!("输入源“{name}”{issue}");
        Self { detail: Some(detail), ..Self::new(400, "PARAM_ERROR", &message) }
    }

    pub(crate) fn invalid(message: &str) -> Self {
        Self::new(400, "INVALID_REQUEST", message)
    }

    pub(crate) fn no_order() -> Self {
        Self::new(404, "ORDER_NOT_EXIST", "订单不存在")
    }

    pub(crate) fn no_merchant() -> Self {
        Self::new(404, "NOT_FOUND", "no such merchant")
    }

    pub(crate) fn answer(&self) -> Answer {
        let mut body = json!({"code": self.code, "message": self.message});
        if let Some(detail) = &self.detail {
            body["detail"] = detail.clone();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Answer::json(status, &body).because(self.verdict())
    }

    /// What the page of requests says.
    fn verdict(&self) -> String {
        match (&self.explanation, &self.detail) {
            (Some(explanation), _) => format!("{} {explanation}", self.code),
            (None, Some(detail)) => {
                format!("{} {} {}", self.code, self.message, detail["field"].as_str().unwrap_or_default())
            }
            (None, None) => format!("{} {}", self.code, self.message),
        }
    }

    /// Adds what the developer has to know.
    pub(crate) fn explained(self, explanation: impl Into<String>) -> Self {
        Self { explanation: Some(explanation.into()), ..self }
    }
}

impl From<SaveFailed> for Refusal {
    fn from(error: SaveFailed) -> Self {
        tracing::error!(%error, "a change is not safe on disk");
        Self::new(500, "SYSTEM_ERROR", "系统异常，请稍后重试")
    }
}
