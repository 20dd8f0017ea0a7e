//! The mini-program server API.

mod answer;
mod builder;
mod login;
mod phone;
#[cfg(feature = "redis")]
mod redis_store;
mod store;
mod token;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;

pub use builder::MiniProgramBuilder;
pub use login::{CodeToSession, Session};
pub use phone::{GetPhoneNumber, PhoneInfo};
#[cfg(feature = "redis")]
pub use redis_store::RedisTokens;
pub use store::{Fence, MemoryTokens, Saved, StoreError, Token, TokenStore};

use crate::error::{DecodeError, Error, Outcome};
use crate::exchange::{Call, Exchange};
use crate::ids::AppId;
use crate::operation::{Decode, MiniAuth, MiniOperation};
use crate::retry::Effect;
use crate::secret::Secret;
use crate::text::percent;
use token::Tokens;

/// A mini program. Clones share one token and one connection pool.
#[derive(Clone)]
pub struct MiniProgram {
    inner: Arc<Inner>,
}

struct Inner {
    app_id: AppId,
    secret: Secret,
    exchange: Exchange,
    tokens: Tokens,
}

impl MiniProgram {
    /// Starts a client for one app and its `AppSecret`.
    pub fn builder(app_id: AppId, secret: Secret) -> MiniProgramBuilder {
        MiniProgramBuilder::new(app_id, secret)
    }

    /// Which app this is.
    pub fn app_id(&self) -> &AppId {
        &self.inner.app_id
    }

    /// Sends a call.
    ///
    /// # Errors
    /// [`Error::Api`] with `errcode` as its code; the others as they say.
    pub async fn send<O: MiniOperation>(&self, operation: &O) -> Result<O::Output, Error> {
        let call = Call {
            operation: O::NAME,
            effect: O::EFFECT,
            method: O::METHOD,
            path: operation.path(),
            body: operation.body()?,
        };
        let body = match O::AUTH {
            MiniAuth::AccessToken => self.with_token(call).await?,
            MiniAuth::AppSecret => self.with_secret(call).await?,
        };
        O::Output::decode(&body).map_err(|error| DecodeError::new(O::NAME, &error, Outcome::Unknown).into())
    }

    /// Sends a call that this crate does not have, with the access token. `GET` counts as [`Effect::Read`],
    /// everything else as [`Effect::Unsafe`].
    pub async fn raw(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Bytes, Error> {
        let effect = if method == Method::GET { Effect::Read } else { Effect::Unsafe };
        self.with_token(Call { operation: "raw", effect, method, path: path.to_owned(), body }).await
    }

    /// The access token for a call that this crate cannot send. It changes: ask each time.
    pub async fn access_token(&self) -> Result<Secret, Error> {
        self.inner.tokens.get().await
    }

    async fn with_secret(&self, call: Call) -> Result<Bytes, Error> {
        let Inner { app_id, secret, exchange, .. } = &*self.inner;
        let query = format!("appid={app_id}&secret={}", percent(secret.expose()));
        let path = joined(&call.path, &query);
        answer::send(exchange, &Call { path, ..call }).await
    }

    /// Sends, and sends exactly once more when the token was refused and another one could be had.
    async fn with_token(&self, call: Call) -> Result<Bytes, Error> {
        let token = self.inner.tokens.get().await?;
        let refused = match self.try_token(&call, &token).await {
            Err(error) if answer::refuses_token(&error) => error,
            result => return result,
        };
        match self.inner.tokens.replace(&token).await? {
            Some(token) => self.try_token(&call, &token).await,
            None => Err(refused),
        }
    }

    async fn try_token(&self, call: &Call, token: &Secret) -> Result<Bytes, Error> {
        let path = joined(&call.path, &format!("access_token={}", percent(token.expose())));
        let call = Call {
            path,
            method: call.method.clone(),
            body: call.body.clone(),
            operation: call.operation,
            effect: call.effect,
        };
        answer::send(&self.inner.exchange, &call).await
    }
}

fn joined(path: &str, query: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}{query}")
}

impl fmt::Debug for MiniProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MiniProgram").field("app_id", &self.inner.app_id).finish_non_exhaustive()
    }
}
