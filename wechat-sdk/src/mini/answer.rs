//! Answers of the mini-program API: HTTP 200 whatever happened, and `errcode` tells.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::api_error::ApiError;
use crate::error::{Error, Outcome};
use crate::exchange::{Call, Exchange};
use crate::extra::Extra;
use crate::retry::Trouble;

/// The access token is not the newest, unknown, or expired.
const TOKEN_REFUSED: [i64; 3] = [40001, 40014, 42001];
const BUSY: i64 = -1;

/// Sends and gives back the answer of success.
pub(super) async fn send(exchange: &Exchange, call: &Call) -> Result<Response<Bytes>, Error> {
    send_dressed(exchange, call, |_, _| Ok(())).await
}

/// The same with a hand in each try.
pub(super) async fn send_dressed(
    exchange: &Exchange,
    call: &Call,
    dress: impl Fn(&Url, &mut Request<Bytes>) -> Result<(), Error>,
) -> Result<Response<Bytes>, Error> {
    let answer = exchange.run(call, dress, judge).await?;
    refused(call, &answer)?;
    Ok(answer)
}

/// Whether the answer is a refusal.
pub(super) fn refused(call: &Call, answer: &Response<Bytes>) -> Result<(), Error> {
    match refusal(answer) {
        Some((errcode, errmsg)) => Err(ApiError::of_mini(call.operation, answer, errcode, &errmsg).into()),
        None if answer.status().is_success() => Ok(()),
        None => Err(ApiError::of_status(call.operation, answer).into()),
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

/// What an answer without a refusal means that cannot be read. Anybody on the way could have written what is not even
/// an object.
pub(super) fn outcome(answer: &Response<Bytes>) -> Outcome {
    match serde_json::from_slice::<Extra>(answer.body()) {
        Ok(_) => Outcome::Done,
        Err(_) => Outcome::Unknown,
    }
}

/// The content type is not to be trusted; a picture does not begin with a brace. Numbers may come as text.
fn refusal(answer: &Response<Bytes>) -> Option<(i64, String)> {
    if !answer.body().trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let head: Head = serde_json::from_slice(answer.body()).ok()?;
    let errcode = number(&head.errcode)?;
    (errcode != 0).then(|| (errcode, head.errmsg.as_str().unwrap_or_default().to_owned()))
}
