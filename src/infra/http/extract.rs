//! Extractors whose refusals are problems.

use crate::base::{Code, Error, FieldError, Problem};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A JSON body. Unknown and malformed fields are told by their path.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Code::UnsupportedMediaType.into());
        }
        // The guard has read it and knows its size; what is left to go wrong is not the client's to mend.
        let body = Bytes::from_request(request, state).await.map_err(anyhow::Error::from)?;
        parse(&body).map(Self).map_err(Error::from)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| wrong(&error))?;
    json.end().map_err(|error| Problem::with(Code::InvalidJson, error.to_string()))?;
    Ok(value)
}

/// What comes from the client goes back only in part.
fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

fn wrong(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let message = shortened(&error.inner().to_string());
    if error.inner().is_syntax() || error.inner().is_eof() {
        return Problem::with(Code::InvalidJson, message);
    }
    let field = shortened(&error.path().to_string());
    let error = FieldError { field, message: message.clone() };
    Problem { code: Code::InvalidBody, detail: format!("{}: {message}", error.field), errors: vec![error] }
}

/// The variable parts of the path.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|rejection| Problem::with(Code::InvalidParameter, rejection.body_text()).into())
    }
}

/// What stands behind the question mark.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        // PostgreSQL has no text with it, and nobody means it.
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::with(Code::InvalidParameter, "the query contains a zero character").into());
        }
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| Problem::with(Code::InvalidParameter, rejection.body_text()).into())
    }
}
