//! The keys of the platform: which there are, and which of them sign.

use crate::console::PlatformOptions;
use crate::core::Core;
use crate::keys::MerchantKit;
use crate::pay::certificates::{self, Successor};
use crate::pay::refusal::Refusal;
use crate::simulator::Simulator;
use crate::world::Rotated;

impl Simulator {
    /// Gives the platform new keys towards a merchant, which sign from now on, or only once
    /// [`Self::activate_keys`] is called when they are only announced. Former keys stay known.
    pub async fn rotate(&self, mchid: &str, what: Rotated, announce_only: bool) -> anyhow::Result<Successor> {
        let name = mchid.to_owned();
        let rotated = move |core: &Core| certificates::rotate_with(core, &name, what, announce_only);
        Ok(self.core.off_thread(rotated).await?)
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
