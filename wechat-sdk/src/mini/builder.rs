//! Settings of a [`MiniProgram`].

use std::sync::Arc;

use super::protection::ApiKeys;
use super::store::{MemoryTokens, TokenStore};
use super::token::{TokenSource, Tokens};
use super::{Inner, MiniProgram};
use crate::environment::Environment;
use crate::error::ConfigError;
use crate::exchange::Reach;
use crate::ids::AppId;
use crate::retry::RetryPolicy;
use crate::secret::Secret;

const BASE: &str = "https://api.weixin.qq.com";
const BACKUP: &str = "https://api2.weixin.qq.com";

/// Settings of a [`MiniProgram`]; only the app and its secret are required.
#[derive(Debug)]
pub struct MiniProgramBuilder {
    app_id: AppId,
    secret: Secret,
    reach: Reach,
    store: Arc<dyn TokenStore>,
    api_keys: Option<ApiKeys>,
}

impl MiniProgramBuilder {
    pub(super) fn new(app_id: AppId, secret: Secret) -> Self {
        Self {
            app_id,
            secret,
            reach: Reach::new(BASE, BACKUP),
            store: Arc::new(MemoryTokens::new()),
            api_keys: None,
        }
    }

    /// Network, time and randomness; [`Environment::system`] if not set.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.reach.environment = Some(environment);
        self
    }

    /// Another host, for instance a simulator. Takes the backup host away: it belongs to WeChat's own.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.reach.to(url.into());
        self
    }

    /// The host for the second try.
    #[must_use]
    pub fn backup_url(mut self, url: Option<&str>) -> Self {
        self.reach.backed_by(url);
        self
    }

    /// Lets `http://` be used beyond loopback: tokens then travel in the clear.
    #[must_use]
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.reach.plain_http = allow;
        self
    }

    /// When calls are sent again.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.reach.retry = retry;
        self
    }

    /// Where tokens are shared; in this process only if not set.
    #[must_use]
    pub fn token_store(self, store: Arc<dyn TokenStore>) -> Self {
        Self { store, ..self }
    }

    /// Keys for [`MiniProgram::send_protected`].
    #[must_use]
    pub fn api_keys(self, keys: ApiKeys) -> Self {
        Self { api_keys: Some(keys), ..self }
    }

    /// Checks the settings. Sends nothing.
    pub fn build(self) -> Result<MiniProgram, ConfigError> {
        if self.secret.expose().is_empty() {
            return Err(ConfigError::new("the AppSecret is empty"));
        }
        let exchange = self.reach.exchange()?;
        let source = TokenSource::new(self.app_id.clone(), self.secret.clone(), exchange.clone());
        let tokens = Tokens::new(source, self.store);
        let inner =
            Inner { app_id: self.app_id, secret: self.secret, exchange, tokens, api_keys: self.api_keys };
        Ok(MiniProgram { inner: Arc::new(inner) })
    }
}
