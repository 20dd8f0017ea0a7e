//! Settings of a [`MiniProgram`].

use std::sync::Arc;

use super::store::{MemoryTokens, TokenStore};
use super::token::{TokenSource, Tokens};
use super::{Inner, MiniProgram};
use crate::environment::Environment;
use crate::error::ConfigError;
use crate::exchange::Exchange;
use crate::hosts::Hosts;
use crate::ids::AppId;
use crate::retry::RetryPolicy;
use crate::secret::Secret;
use crate::transport::HttpSettings;

const BASE: &str = "https://api.weixin.qq.com";
const BACKUP: &str = "https://api2.weixin.qq.com";

/// Settings of a [`MiniProgram`]; only the app and its secret are required.
#[derive(Debug)]
pub struct MiniProgramBuilder {
    app_id: AppId,
    secret: Secret,
    environment: Option<Environment>,
    base: String,
    backup: Option<String>,
    plain_http: bool,
    retry: RetryPolicy,
    store: Arc<dyn TokenStore>,
}

impl MiniProgramBuilder {
    pub(super) fn new(app_id: AppId, secret: Secret) -> Self {
        Self {
            app_id,
            secret,
            environment: None,
            base: BASE.to_owned(),
            backup: Some(BACKUP.to_owned()),
            plain_http: false,
            retry: RetryPolicy::standard(),
            store: Arc::new(MemoryTokens::new()),
        }
    }

    /// Network, time and randomness; [`Environment::system`] if not set.
    #[must_use]
    pub fn environment(self, environment: Environment) -> Self {
        Self { environment: Some(environment), ..self }
    }

    /// Another host, for instance a simulator. Takes the backup host away: it belongs to WeChat's own.
    #[must_use]
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self { base: url.into(), backup: None, ..self }
    }

    /// The host for the second try.
    #[must_use]
    pub fn backup_url(self, url: Option<&str>) -> Self {
        Self { backup: url.map(str::to_owned), ..self }
    }

    /// Lets `http://` be used beyond loopback: tokens then travel in the clear.
    #[must_use]
    pub fn allow_plain_http(self, allow: bool) -> Self {
        Self { plain_http: allow, ..self }
    }

    /// When calls are sent again.
    #[must_use]
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// Where tokens are shared; in this process only if not set.
    #[must_use]
    pub fn token_store(self, store: Arc<dyn TokenStore>) -> Self {
        Self { store, ..self }
    }

    /// Checks the settings. Sends nothing.
    pub fn build(self) -> Result<MiniProgram, ConfigError> {
        if self.secret.expose().is_empty() {
            return Err(ConfigError::new("the AppSecret is empty"));
        }
        let environment = match self.environment {
            Some(environment) => environment,
            None => Environment::system(HttpSettings::default())?,
        };
        let hosts = Hosts::new(&self.base, self.backup.as_deref(), self.plain_http)?;
        let exchange = Exchange { environment, hosts, retry: self.retry };
        let source = TokenSource::new(self.app_id.clone(), self.secret.clone(), exchange.clone());
        let tokens = Tokens::new(source, self.store);
        let inner = Inner { app_id: self.app_id, secret: self.secret, exchange, tokens };
        Ok(MiniProgram { inner: Arc::new(inner) })
    }
}
