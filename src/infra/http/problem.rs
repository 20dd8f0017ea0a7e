//! RFC 9457.

use crate::base::{Code, Error, FieldError, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An error, as `application/problem+json`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// Where the code is explained.
    #[schema(example = "/docs/problems#insufficient_stock")]
    pub r#type: String,
    /// The code in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code; the list is closed.
    #[schema(example = "insufficient_stock")]
    pub code: &'static str,
    /// What is wrong here, and the way out.
    pub detail: String,
    /// Finds the request in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Which fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// Marks an answer as a problem, so that the guard can add the request id.
#[derive(Debug, Clone)]
pub(super) struct Marked(pub(super) Problem);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Problem(problem) => problem,
            Self::Internal(error) => internal(&error),
        };
        let mut response = problem_response(&problem, None);
        response.extensions_mut().insert(Marked(problem));
        response
    }
}

fn internal(error: &anyhow::Error) -> Problem {
    if error.chain().filter_map(|cause| cause.downcast_ref::<sqlx::Error>()).any(is_passing) {
        tracing::warn!(error = format!("{error:#}"), "the database does not keep up");
        return Problem::new(Code::Unavailable);
    }
    tracing::error!(error = format!("{error:#}"), "request failed");
    Problem::new(Code::Internal)
}

/// Whether the same request may succeed later: no connection, a deadlock, a lock or a server too busy.
fn is_passing(error: &sqlx::Error) -> bool {
    const CODES: [&str; 9] = ["40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03", "5", "6"];
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| CODES.contains(&&*code)),
        _ => false,
    }
}

/// The answer that tells `problem`.
pub fn problem_response(problem: &Problem, request_id: Option<String>) -> Response {
    let code = problem.code;
    let body = ProblemBody {
        r#type: format!("/docs/problems#{}", code.as_str()),
        title: code.title(),
        status: code.status(),
        code: code.as_str(),
        detail: problem.detail.clone(),
        request_id,
        errors: problem.errors.clone(),
    };
    let status = StatusCode::from_u16(code.status()).expect("codes have HTTP statuses");
    let mut response = (status, axum::Json(body)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    if code == Code::TooManyTries || code == Code::Unavailable {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
