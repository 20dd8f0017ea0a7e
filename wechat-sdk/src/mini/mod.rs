//! The mini-program server API.

pub mod access_token;
mod answer;
pub mod brands;
mod builder;
pub mod business;
pub mod client_data;
pub mod codes;
pub mod customer_service;
pub mod express;
pub mod express_orders;
pub mod express_parcel;
pub mod links;
pub mod login;
pub mod logistics;
pub mod messaging;
pub mod openapi;
mod protection;
#[cfg(feature = "redis")]
mod redis_store;
pub mod returns;
pub mod security;
pub mod service_cards;
pub mod shipping;
pub mod shipping_orders;
mod store;
mod template_data;
pub mod templates;
mod token;
pub mod user;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use url::Url;

pub use builder::MiniProgramBuilder;
pub use protection::ApiKeys;
#[cfg(feature = "redis")]
pub use redis_store::RedisTokens;
pub use store::{Fence, ForceLimit, MemoryTokens, Saved, StoreError, Token, TokenStore};

use crate::error::{ConfigError, DecodeError, Error, Outcome};
use crate::exchange::{Body, Call, Exchange, Past};
use crate::ids::AppId;
use crate::operation::{Decode, MiniAuth, MiniOperation};
use crate::request::Members;
use crate::retry::Effect;
use crate::secret::Secret;
use crate::text::percent;
use protection::Protected;
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
    api_keys: Option<ApiKeys>,
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
        let call = self.call(operation)?;
        let answer = match O::AUTH {
            MiniAuth::AccessToken => self.with_token(call).await?,
            MiniAuth::AppSecret => self.with_secret(call).await?,
            MiniAuth::SecretInBody(_) => answer::send(&self.inner.exchange, &call).await?,
        };
        O::Output::decode(&answer)
            .map_err(|bad| DecodeError::new(O::NAME, bad, answer::outcome(&answer)).into())
    }

    /// Sends a call encrypted and signed with the [`ApiKeys`] of the builder, and takes only an answer that is too. For
    /// the calls whose pages offer it, once it is switched on in the console.
    ///
    /// # Errors
    /// As [`MiniProgram::send`]; [`Error::Untrusted`] for an answer of success that WeChat did not provably write; 40230
    /// to 40240: WeChat could not open or believe the call.
    pub async fn send_protected<O: MiniOperation>(&self, operation: &O) -> Result<O::Output, Error> {
        const NO_KEYS: ConfigError = ConfigError::new("the builder got no ApiKeys");
        let Inner { app_id, api_keys, .. } = &*self.inner;
        let keys = api_keys.as_ref().ok_or(NO_KEYS)?;
        let plain = O::METHOD == Method::POST && !O::PATH.contains('{') && operation.upload().is_none();
        if !plain || O::AUTH != MiniAuth::AccessToken {
            return Err(
                ConfigError::new("only calls with a JSON body and an access token can be encrypted").into()
            );
        }
        let members = Members::of(operation, app_id.as_str())?.into_map();
        let call = Call {
            operation: O::NAME,
            effect: O::EFFECT,
            method: Method::POST,
            path: O::PATH.to_owned(),
            body: Body::json(Bytes::new()),
            serial: None,
        };
        let protected = Protected { keys, app: app_id, members };
        let answer = self.renewing(|token| self.try_protected(&call, &protected, token)).await?;
        O::Output::decode(&answer).map_err(|bad| DecodeError::new(O::NAME, bad, Outcome::Done).into())
    }

    async fn try_protected(
        &self,
        call: &Call,
        protected: &Protected<'_>,
        token: Secret,
    ) -> Result<Response<Bytes>, Error> {
        let path = joined(&call.path, &format!("access_token={}", percent(token.expose())));
        let call = Call { path, ..call.clone() };
        let exchange = &self.inner.exchange;
        let environment = &exchange.environment;
        let dress = |url: &Url, request: &mut Request<Bytes>| {
            Ok(protected.dress(url, environment.now(), environment.random(), request)?)
        };
        let mut answer = answer::send_dressed(exchange, &call, dress).await?;
        let url = exchange.hosts.url(Past::of(&answer).on_backup, &call.path)?;
        let place = &url[..url::Position::AfterPath];
        *answer.body_mut() = protected.open(place, environment.now(), &answer)?;
        answer::refused(&call, &answer)?;
        Ok(answer)
    }

    fn call<O: MiniOperation>(&self, operation: &O) -> Result<Call, ConfigError> {
        let Inner { app_id, secret, exchange, .. } = &*self.inner;
        let mut members = Members::of(operation, app_id.as_str())?;
        if let MiniAuth::SecretInBody(name) = O::AUTH {
            members.add(name, secret.expose());
        }
        match operation.upload() {
            Some(file) => {
                let whole = file.multipart("media", None, exchange.environment.random())?;
                members.into_upload::<O>(whole, Bytes::new())
            }
            None => members.into_call::<O>(true),
        }
    }

    /// Sends a call that this crate does not have, with the access token. `GET` counts as [`Effect::Read`],
    /// everything else as [`Effect::Unsafe`].
    pub async fn raw(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Bytes, Error> {
        let effect = if method == Method::GET { Effect::Read } else { Effect::Unsafe };
        let body = body.map(Body::json).unwrap_or_default();
        let call = Call { operation: "raw", effect, method, path: path.to_owned(), body, serial: None };
        Ok(self.with_token(call).await?.into_body())
    }

    /// The access token for a call that this crate cannot send. It changes: ask each time.
    pub async fn access_token(&self) -> Result<Secret, Error> {
        self.inner.tokens.get().await
    }

    async fn with_secret(&self, call: Call) -> Result<Response<Bytes>, Error> {
        let Inner { app_id, secret, exchange, .. } = &*self.inner;
        let query = format!("appid={app_id}&secret={}", percent(secret.expose()));
        let path = joined(&call.path, &query);
        answer::send(exchange, &Call { path, ..call }).await
    }

    async fn with_token(&self, call: Call) -> Result<Response<Bytes>, Error> {
        self.renewing(|token| self.try_token(&call, token)).await
    }

    /// Sends, and sends exactly once more when the token was refused and another one could be had.
    async fn renewing<F>(&self, attempt: impl Fn(Secret) -> F) -> Result<Response<Bytes>, Error>
    where
        F: Future<Output = Result<Response<Bytes>, Error>>,
    {
        let token = self.inner.tokens.get().await?;
        let refused = match attempt(token.clone()).await {
            Err(error) if answer::refuses_token(&error) => error,
            result => return result,
        };
        match self.inner.tokens.replace(&token).await {
            Ok(Some(token)) => attempt(token).await,
            Ok(None) => Err(refused),
            // That no token could be had says nothing about a try before the refused one.
            Err(error) => Err(if refused.outcome() == Outcome::NotDone { error } else { refused }),
        }
    }

    async fn try_token(&self, call: &Call, token: Secret) -> Result<Response<Bytes>, Error> {
        let path = joined(&call.path, &format!("access_token={}", percent(token.expose())));
        answer::send(&self.inner.exchange, &Call { path, ..call.clone() }).await
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
