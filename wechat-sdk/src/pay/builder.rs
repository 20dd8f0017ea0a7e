//! Settings of a [`Merchant`].

use std::sync::Arc;

use super::certificates::Known;
use super::cipher::{ApiV3Key, ApiV3Keys};
use super::client::{Inner, Merchant};
use super::sign::MerchantKey;
use super::trust::Trust;
use crate::environment::Environment;
use crate::error::ConfigError;
use crate::exchange::Reach;
use crate::ids::MchId;
use crate::retry::RetryPolicy;

const BASE: &str = "https://api.mch.weixin.qq.com";
const BACKUP: &str = "https://api2.mch.weixin.qq.com";

/// Settings of a [`Merchant`]; only what [`Merchant::builder`] takes is required.
#[derive(Debug)]
pub struct MerchantBuilder {
    id: MchId,
    key: MerchantKey,
    api_v3: ApiV3Key,
    former_api_v3: Option<ApiV3Key>,
    trust: Trust,
    reach: Reach,
}

impl MerchantBuilder {
    pub(super) fn new(id: MchId, key: MerchantKey, api_v3: ApiV3Key) -> Self {
        Self { id, key, api_v3, former_api_v3: None, trust: Trust::new(), reach: Reach::new(BASE, BACKUP) }
    }

    /// Network, time and randomness; [`Environment::system`] if not set.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.reach.environment = Some(environment);
        self
    }

    /// The keys by which WeChat Pay is known at the start.
    #[must_use]
    pub fn trust(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// The API v3 key from before a change: what was sealed with it still opens.
    #[must_use]
    pub fn former_api_v3_key(self, key: ApiV3Key) -> Self {
        Self { former_api_v3: Some(key), ..self }
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

    /// Lets `http://` be used beyond loopback.
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

    /// Checks the settings. Sends nothing.
    pub fn build(self) -> Result<Merchant, ConfigError> {
        Ok(Merchant(Arc::new(Inner {
            id: self.id,
            key: self.key,
            cipher: ApiV3Keys::new(self.api_v3, self.former_api_v3),
            known: Known::new(self.trust),
            exchange: self.reach.exchange()?,
        })))
    }
}
