//! Answers of the mini-program API: HTTP 200 whatever happened, and `errcode` tells.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::api_error::ApiError;
use crate::error::Error;
use crate::exchange::{Call, Exchange};
use crate::retry::Trouble;

/// The access token is not the newest, unknown, or expired.
const TOKEN_REFUSED: [i64; 3] = [40001, 40014, 42001];
const BUSY: i64 = -1;

/// Sends and gives back the body of success.
pub(super) async fn send(exchange: &Exchange, call: &Call) -> Result<Bytes, Error> {
    let answer = exchange.run(call, |_, _| Ok(()), judge).await?;
    match refusal(&answer) {
        Some((errcode, errmsg)) => {
            Err(ApiError::of_mini(call.operation, answer.status().as_u16(), errcode, &errmsg).into())
        }
        None if answer.status().is_success() => Ok(answer.into_body()),
        None => Err(ApiError::of_status(call.operation, &answer).into()),
    }
}

pub(super) fn refuses_token(error: &Error) -> bool {
    let Error::Api(error) = error else { return false };
    error.code.number().is_some_and(|code| TOKEN_REFUSED.contains(&code))
}

fn judge(answer: &Response<Bytes>) -> Option<Trouble> {
    match answer.status() {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => Some(Trouble::Gateway),
        StatusCode::TOO_MANY_REQUESTS => Some(Trouble::Limited),
        _ => matches!(refusal(answer), Some((BUSY, _))).then_some(Trouble::Busy),
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    errcode: Value,
    #[serde(default)]
    errmsg: Value,
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A number that some answers have as text.
pub(super) fn number_or_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    number(&Value::deserialize(from)?).ok_or_else(|| serde::de::Error::custom("not a whole number"))
}

/// The content type is not to be trusted; a picture does not begin with a brace. Numbers may come as text.
fn refusal(answer: &Response<Bytes>) -> Option<(i64, String)> {
    let head: Head = serde_json::from_slice(answer.body()).ok()?;
    let errcode = number(&head.errcode)?;
    (errcode != 0).then(|| (errcode, head.errmsg.as_str().unwrap_or_default().to_owned()))
}
