//! The keys of the platform: which there are, and which of them sign.

use std::sync::Arc;

use super::parties::missing;
use crate::core::Core;
use crate::keys::MerchantKit;
use crate::pay::certificates::{self, Successor};
use crate::pay::refusal::Refusal;
use crate::simulator::Simulator;
use crate::world::{Merchant, Rotated};

/// How the platform signs towards a merchant; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlatformOptions {
    /// So many of a thousand answers to calls that name no material, and notifications, are signed with the
    /// other material.
    pub gray_per_mille: Option<u16>,
    /// So many of a thousand signatures are made with the announced successor.
    pub successor_per_mille: Option<u16>,
    /// Whether there are no platform certificates, as for merchants opened since the autumn of 2024.
    pub without_certificates: Option<bool>,
}

impl Simulator {
    /// Gives the platform new keys towards a merchant, which sign from now on, or only once
    /// [`Self::activate_keys`] is called when they are only announced. Former keys stay known.
    pub async fn rotate(&self, mchid: &str, what: Rotated, announce_only: bool) -> anyhow::Result<Successor> {
        let (core, name) = (Arc::clone(&self.core), mchid.to_owned());
        let rotated = move || certificates::rotate_with(&core, &name, what, announce_only);
        Ok(tokio::task::spawn_blocking(rotated).await??)
    }

    /// Lets the announced keys of the platform sign.
    pub fn activate_keys(&self, mchid: &str) -> Result<MerchantKit, Refusal> {
        certificates::activate(&self.core, mchid)
    }

    /// Sets how the platform signs towards a merchant.
    pub fn platform(&self, mchid: &str, options: &PlatformOptions) -> Result<(), Refusal> {
        self.core.set_platform(mchid, options)
    }

    /// Changes the `APIv3` key of a merchant; notifications that still wait are sealed with the new one.
    pub fn set_api_v3_key(&self, mchid: &str, api_v3_key: &str) -> anyhow::Result<MerchantKit> {
        self.core.equip(mchid, None, Some(api_v3_key))
    }
}

impl PlatformOptions {
    fn apply(&self, merchant: &mut Merchant) {
        merchant.gray_per_mille = self.gray_per_mille.unwrap_or(merchant.gray_per_mille);
        merchant.successor_per_mille = self.successor_per_mille.unwrap_or(merchant.successor_per_mille);
        merchant.without_certificates = self.without_certificates.unwrap_or(merchant.without_certificates);
    }
}

impl Core {
    pub(crate) fn set_platform(&self, mchid: &str, options: &PlatformOptions) -> Result<(), Refusal> {
        let shares = [options.gray_per_mille, options.successor_per_mille];
        if shares.into_iter().flatten().any(|share| share > 1000) {
            return Err(Refusal::invalid("a share is at most 1000 of a thousand"));
        }
        self.change(|world, _| {
            options.apply(world.merchants.get_mut(mchid).ok_or_else(missing)?);
            Ok(())
        })
    }
}
