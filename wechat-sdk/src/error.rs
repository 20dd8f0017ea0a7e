//! What can go wrong, told apart by the phase in which it went wrong.

use std::borrow::Cow;
use std::fmt;

use crate::api_error::{ApiError, same_code};
use crate::transport::{Sent, TransportError};
use crate::untrusted::VerifyError;

/// A setting or an argument that cannot work. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(Cow<'static, str>);

impl ConfigError {
    /// `message` must not contain the value: it may be a secret.
    #[must_use]
    pub const fn new(message: &'static str) -> Self {
        Self(Cow::Borrowed(message))
    }

    /// The same with a name in it.
    pub(crate) fn of(message: String) -> Self {
        Self(Cow::Owned(message))
    }
}

/// What is wrong with an answer. Values are left out: they may be personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAnswer {
    path: Option<String>,
    reason: String,
}

impl BadAnswer {
    pub(crate) fn new(path: Option<String>, error: &serde_json::Error) -> Self {
        let kind = match error.classify() {
            serde_json::error::Category::Data => "an unexpected value",
            _ => "not JSON",
        };
        // The name is no value, and serde's path ends above it.
        let text = error.to_string();
        let name = ["missing field `", "duplicate field `"]
            .iter()
            .find_map(|head| text.strip_prefix(head)?.split_once('`'));
        let path = match (path, name) {
            (Some(path), Some((name, _))) => Some(format!("{path}.{name}")),
            (path, name) => path.or_else(|| name.map(|(name, _)| name.to_owned())),
        };
        Self { path, reason: format!("{kind} at line {}, column {}", error.line(), error.column()) }
    }

    /// The same about one member.
    pub(crate) fn at(path: &str, reason: &'static str) -> Self {
        Self { path: Some(path.to_owned()), reason: reason.to_owned() }
    }

    /// For a [`Decode`](crate::Decode) of your own. `reason` must not contain values.
    #[must_use]
    pub fn because(reason: &'static str) -> Self {
        Self { path: None, reason: reason.to_owned() }
    }
}

/// An answer that came but could not be read. Values are left out: they may be personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer of {operation} cannot be read: {reason}{}", path.as_ref().map(|path| format!(", member {path}")).unwrap_or_default())]
pub struct DecodeError {
    /// Which call or event.
    pub operation: &'static str,
    /// Which member, as `sub_orders[0].amount.total`, if it is one.
    pub path: Option<String>,
    /// What is wrong, without values.
    pub reason: String,
    /// What is known about the call.
    pub outcome: Outcome,
}

impl DecodeError {
    pub(crate) fn new(operation: &'static str, bad: BadAnswer, outcome: Outcome) -> Self {
        Self { operation, path: bad.path, reason: bad.reason, outcome }
    }
}

/// Whether the call had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It had none.
    NotDone,
    /// It had, although the answer could not be read.
    Done,
    /// Nobody knows: query, or repeat with the same numbers.
    Unknown,
}

/// Why a call failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A setting or an argument cannot work; nothing was sent.
    Config(ConfigError),
    /// No access token could be had; the call was not sent.
    Token(Box<Error>),
    /// No answer came.
    Transport(TransportError),
    /// WeChat said no.
    Api(Box<ApiError>),
    /// An answer of success that WeChat Pay did not provably write. Treat it as no answer.
    Untrusted(VerifyError),
    /// The answer could not be read.
    Decode(DecodeError),
}

impl Error {
    /// Whether the call had its effect.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Config(_) | Self::Token(_) => Outcome::NotDone,
            Self::Transport(error) if error.sent == Sent::No => Outcome::NotDone,
            Self::Transport(_) | Self::Untrusted(_) => Outcome::Unknown,
            Self::Api(error) => error.outcome(),
            Self::Decode(error) => error.outcome,
        }
    }

    /// Whether the very same call may succeed later. Look at [`Error::outcome`] before repeating a call that has
    /// no number of its own.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Config(_) | Self::Decode(_) => false,
            Self::Token(cause) => cause.is_retryable(),
            Self::Transport(_) => true,
            Self::Api(error) => error.is_transient(),
            Self::Untrusted(error) => matches!(error, VerifyError::Probe),
        }
    }

    /// What WeChat said, if it said no.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            Self::Token(cause) => cause.api(),
            _ => None,
        }
    }

    /// Whether WeChat refused the call itself with this code. Underscores do not count: `SYSTEM_ERROR` is
    /// `SYSTEMERROR`.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        matches!(self, Self::Api(error) if same_code(error.code.as_str(), code))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "the call cannot be made: {error}"),
            Self::Token(error) => write!(f, "no access token: {error}"),
            Self::Transport(error) => error.fmt(f),
            Self::Api(error) => error.fmt(f),
            Self::Untrusted(error) => write!(f, "the answer is not trusted: {error}"),
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => error.source(),
            _ => None,
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        Self::Untrusted(error)
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}
