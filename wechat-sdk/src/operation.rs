//! What makes a call: its address, its body, what sending it twice does, and what comes back.

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ConfigError;
use crate::ids::MchId;
use crate::retry::Effect;

/// Reads the body of a successful answer.
pub trait Decode: Sized {
    /// `body` may be empty (HTTP 204).
    fn decode(body: &[u8]) -> Result<Self, serde_json::Error>;
}

/// JSON; an empty body reads as `null`, which is `()`.
impl<T: DeserializeOwned> Decode for T {
    fn decode(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(if body.is_empty() { b"null" } else { body })
    }
}

/// How a call of the mini-program API says who is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MiniAuth {
    /// `access_token` is added to the query; a token that is refused is renewed once.
    AccessToken,
    /// `appid` and `secret` are added to the query.
    AppSecret,
}

/// A call of the mini-program API. Implement it for an endpoint that this crate does not have yet.
pub trait MiniOperation: Send + Sync {
    /// What success brings.
    type Output: Decode + Send;
    /// The name for logs and errors.
    const NAME: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// What sending it twice does.
    const EFFECT: Effect;
    /// How it says who is calling.
    const AUTH: MiniAuth = MiniAuth::AccessToken;

    /// The path, with a query if it needs one, percent-encoded; without the token.
    fn path(&self) -> String;

    /// The JSON body, if any.
    fn body(&self) -> Result<Option<Bytes>, ConfigError> {
        Ok(None)
    }
}

/// A call of WeChat Pay v3. Implement it for an endpoint that this crate does not have yet.
pub trait PayOperation: Send + Sync {
    /// What success brings; `()` for 204.
    type Output: Decode + Send;
    /// The name for logs and errors.
    const NAME: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// What sending it twice does.
    const EFFECT: Effect;

    /// The path, `/v3/…`, with a query if it needs one, percent-encoded.
    fn path(&self, merchant: &MchId) -> String;

    /// The JSON body, if any. It is written once; signature and wire get the same bytes.
    fn body(&self, merchant: &MchId) -> Result<Option<Bytes>, ConfigError> {
        let _ = merchant;
        Ok(None)
    }
}

/// Writes a body.
pub fn json_body(value: &impl Serialize) -> Result<Option<Bytes>, ConfigError> {
    match serde_json::to_vec(value) {
        Ok(body) => Ok(Some(Bytes::from(body))),
        Err(_) => Err(ConfigError::new("the body cannot be written as JSON")),
    }
}
