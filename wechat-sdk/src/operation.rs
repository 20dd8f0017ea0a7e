//! What makes a call: its address, its members, what sending it twice does, and what comes back.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{BadAnswer, ConfigError};
use crate::extra::Extra;
use crate::media::Upload;
use crate::retry::Effect;

/// A call. Its members are what it serialises to, an object; `Operation` says where they go.
///
/// The attributes [`mini_call`](crate::mini_call) and [`pay_call`](crate::pay_call) write this for a struct.
pub trait Operation: Serialize + Send + Sync {
    /// What success brings; [`Done`] for nothing.
    type Output: Decode + Send;
    /// The name for logs and errors.
    const NAME: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The path, with members that stand in it in braces.
    const PATH: &'static str;
    /// What sending it twice does.
    const EFFECT: Effect;
    /// The page of WeChat about it.
    const PAGE: &'static str = "";
    /// Members that the client fills: the app id, or the merchant's number.
    const CALLER: &'static [&'static str] = &[];
    /// Members that go into the query although there is a body. Those of `GET` and `DELETE` all do.
    const QUERY: &'static [&'static str] = &[];
    /// Members that travel encrypted, with dots between the levels; lists are passed through.
    const SEALED: &'static [&'static str] = &[];

    /// Asked before sending; what it refuses is not sent.
    fn check(&self) -> Result<(), ConfigError> {
        Ok(())
    }

    /// Whether an answer is about this call. A signature covers the answer alone: a genuine one about another number could
    /// be put in its place.
    fn is_answered_by(&self, output: &Self::Output) -> bool {
        let _ = output;
        true
    }

    /// The file of a multipart call.
    fn upload(&self) -> Option<&Upload> {
        None
    }
}

/// How a call of the mini-program API says who is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MiniAuth {
    /// `access_token` is added to the query; a token that is refused is renewed once.
    AccessToken,
    /// `appid` and `secret` are added to the query.
    AppSecret,
    /// The same in the body, where the secret is called so.
    SecretInBody(&'static str),
}

/// A call of the mini-program API. Implement it for an endpoint that this crate does not have yet.
pub trait MiniOperation: Operation {
    /// How it says who is calling.
    const AUTH: MiniAuth = MiniAuth::AccessToken;
}

/// A call of WeChat Pay v3. Implement it for an endpoint that this crate does not have yet.
pub trait PayOperation: Operation {
    /// Whether WeChat Pay does not sign the answer: it is a file.
    const UNSIGNED: bool = false;
}

/// Reads a successful answer.
pub trait Decode: Sized {
    /// The body may be empty (HTTP 204).
    fn decode(answer: &Response<Bytes>) -> Result<Self, BadAnswer>;
}

/// JSON; an empty body reads as `null`, which is `()`.
impl<T: DeserializeOwned> Decode for T {
    fn decode(answer: &Response<Bytes>) -> Result<Self, BadAnswer> {
        let body = if answer.body().is_empty() { b"null" } else { answer.body().as_ref() };
        read_json(body)
    }
}

/// Reads JSON; the way to the member that is wrong is found out when one is.
pub(crate) fn read_json<'de, T: serde::Deserialize<'de>>(body: &'de [u8]) -> Result<T, BadAnswer> {
    match std::str::from_utf8(body) {
        Ok(text) => read_text(text),
        Err(_) => Err(BadAnswer::because("not UTF-8")),
    }
}

/// The same from a text.
pub(crate) fn read_text<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, BadAnswer> {
    serde_json::from_str(text).map_err(|error| {
        let again = serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(text));
        let path = again.err().map(|error| error.path().to_string());
        BadAnswer::new(path.filter(|path| path != "."), &error)
    })
}

/// Success that says nothing more: only that there was no refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done;

impl Decode for Done {
    /// HTTP 204, or an object: anything else says nothing.
    fn decode(answer: &Response<Bytes>) -> Result<Self, BadAnswer> {
        if answer.status() != StatusCode::NO_CONTENT || !answer.body().is_empty() {
            read_json::<Extra>(answer.body())?;
        }
        Ok(Self)
    }
}
