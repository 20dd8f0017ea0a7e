//! What the console of the platform would do: merchants with their keys, how the platform signs towards them,
//! and the switches of notifications.

use crate::core::Core;
use crate::keys::{MerchantKeys, MerchantKit, MerchantSide};
use crate::pay::refusal::Refusal;
use crate::world::{Merchant, numbered};

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

impl PlatformOptions {
    fn apply(&self, merchant: &mut Merchant) {
        merchant.gray_per_mille = self.gray_per_mille.unwrap_or(merchant.gray_per_mille);
        merchant.successor_per_mille = self.successor_per_mille.unwrap_or(merchant.successor_per_mille);
        merchant.without_certificates = self.without_certificates.unwrap_or(merchant.without_certificates);
    }
}

impl Core {
    /// A merchant, made first where it is missing.
    pub(crate) async fn merchant(&self, mchid: &str) -> anyhow::Result<MerchantKit> {
        if let Some(kit) = self.kit(mchid) {
            return Ok(kit);
        }
        let keys = MerchantKeys::generate(mchid, self.now()).await?;
        self.set(|world, _| {
            if !world.merchants.contains(mchid) {
                world.merchants.insert(mchid, Merchant::new(keys));
            }
        });
        self.kit(mchid).ok_or_else(|| anyhow::anyhow!("the merchant is gone"))
    }

    pub(crate) fn kit(&self, mchid: &str) -> Option<MerchantKit> {
        self.read(|world| world.merchants.get(mchid).map(|merchant| merchant.keys.kit(mchid)))
    }

    /// Gives a merchant what it brings.
    pub(crate) fn equip(
        &self,
        mchid: &str,
        certificate_pem: Option<&str>,
        api_v3_key: Option<&str>,
    ) -> anyhow::Result<MerchantKit> {
        let side = certificate_pem
            .map(|pem| MerchantSide::brought(pem, self.time.stamp()))
            .transpose()
            .map_err(anyhow::Error::msg)?;
        anyhow::ensure!(api_v3_key.is_none_or(|key| key.len() == 32), "an APIv3 key has 32 bytes");
        self.change(|world, _| {
            let merchant = world.merchants.get_mut(mchid);
            let merchant = merchant.ok_or_else(|| anyhow::anyhow!("there is no merchant {mchid}"))?;
            if let Some(side) = side {
                merchant.keys.merchant = side;
            }
            if let Some(key) = api_v3_key {
                key.clone_into(&mut merchant.keys.api_v3_key);
            }
            Ok::<_, anyhow::Error>(merchant.keys.kit(mchid))
        })
    }

    pub(crate) fn set_platform(&self, mchid: &str, options: &PlatformOptions) -> Result<(), Refusal> {
        let shares = [options.gray_per_mille, options.successor_per_mille];
        if shares.into_iter().flatten().any(|share| share > 1000) {
            return Err(Refusal::invalid("a share is at most 1000 of a thousand"));
        }
        self.change(|world, _| {
            options.apply(world.merchants.get_mut(mchid).ok_or_else(Refusal::no_merchant)?);
            Ok(())
        })
    }

    /// Switches notifications off or deliveries to pause, or back; `None` leaves a switch alone.
    pub(crate) fn switch_deliveries(&self, off: Option<bool>, paused: Option<bool>) {
        self.faults(|faults| {
            faults.notifications_off = off.unwrap_or(faults.notifications_off);
            faults.delivery_paused = paused.unwrap_or(faults.delivery_paused);
        });
        self.wake.notify_one();
    }

    /// Sends a notification once more; false when there is none.
    pub(crate) fn resend(&self, id: u64) -> bool {
        self.set(|world, now| {
            let known = world.deliveries.contains(&numbered(id));
            // What is on its way just now needs no second messenger.
            if !world.sending.contains(&id) {
                world.send_at(id, now);
            }
            known
        })
    }
}
