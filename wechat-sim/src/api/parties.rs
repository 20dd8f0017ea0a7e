//! Mini programs, merchants and users; time and faults.

use std::time::Duration;

use crate::core::Core;
use crate::faults::{Chaos, Fault, RefundOutcome};
use crate::keys::{MerchantKeys, MerchantKit, MerchantSide};
use crate::mini::{LoginCode, codes, token_store};
use crate::pay::certificates;
use crate::pay::refusal::Refusal;
use crate::routes::{self, Call};
use crate::simulator::Simulator;
use crate::time::check_speed;
use crate::world::{Material, Merchant};

/// Methods that only write the state panic when the state file cannot be written: a simulator that cannot
/// remember is of no use to a test or a demo.
impl Simulator {
    /// Registers a mini program, or gives a registered one this secret.
    pub fn app(&self, app_id: &str, secret: &str) {
        self.core.set(|world, _| secret.clone_into(&mut world.apps.entry(app_id).secret));
    }

    /// Registers a merchant; its keys are made at the first call and stay the same.
    pub async fn merchant(&self, mchid: &str) -> MerchantKit {
        self.core.merchant(mchid).await.expect("keys can be made")
    }

    /// Gives a merchant the API certificate (PEM) it has, instead of the one the simulator made for it, and the
    /// `APIv3` key it has.
    ///
    /// # Errors
    ///
    /// When the certificate cannot be read, or the key has not 32 bytes.
    pub async fn merchant_with(
        &self,
        mchid: &str,
        certificate_pem: &str,
        api_v3_key: &str,
    ) -> anyhow::Result<MerchantKit> {
        self.core.merchant(mchid).await?;
        self.core.equip(mchid, Some(certificate_pem), Some(api_v3_key))
    }

    /// The merchants, by number.
    pub fn merchants(&self) -> Vec<MerchantView> {
        self.core.merchant_views()
    }

    /// Lets a mini program take payments for a merchant.
    ///
    /// # Panics
    ///
    /// When the merchant is not registered.
    pub fn bind(&self, app_id: &str, mchid: &str) {
        self.core.set(|world, _| {
            let merchant = world.merchants.get_mut(mchid).expect("the merchant is registered first");
            merchant.apps.insert(app_id.to_owned());
        });
    }

    /// What answers without a wish of the caller, and all notifications, are signed with.
    ///
    /// # Panics
    ///
    /// When the merchant is not registered.
    pub fn sign_with(&self, mchid: &str, material: Material) {
        self.core.set(|world, _| {
            world.merchants.get_mut(mchid).expect("the merchant is registered first").signs_with =
                Some(material);
        });
    }

    /// `wx.login` of a user, or of a new one.
    pub fn login_code(&self, app_id: &str, openid: Option<&str>) -> LoginCode {
        self.core.set(|world, now| codes::login(world, app_id, openid, now))
    }

    /// The code of the phone number button, for a number of mainland China.
    pub fn phone_code(&self, app_id: &str, phone: &str) -> String {
        self.core.set(|world, now| codes::phone(world, app_id, ("86", phone), None, now))
    }

    /// Plans a fault.
    ///
    /// # Panics
    ///
    /// When it can never happen, because there is no such call, or it befalls something else.
    pub fn fault(&self, fault: Fault) {
        let checked = fault.check(routes::all().map(Call::place));
        assert!(checked.is_ok(), "{}", checked.unwrap_err());
        self.core.faults(|faults| faults.plan(fault));
    }

    /// Forgets the planned faults; refunds succeed again.
    pub fn clear_faults(&self) {
        self.core.faults(|faults| faults.clear());
    }

    /// Draws faults by chance from now on, or stops.
    pub fn chaos(&self, chaos: Option<Chaos>) {
        self.core.faults(|faults| faults.set_chaos(chaos));
    }

    /// How the refunds end that are asked for from now on.
    pub fn refund_outcome(&self, outcome: impl Into<RefundOutcome>) {
        let outcome = outcome.into();
        self.core.faults(|faults| faults.refund_outcome = outcome);
    }

    /// Makes waits so many times shorter than WeChat's, also those that have begun.
    pub fn set_speed(&self, speed: f64) -> anyhow::Result<()> {
        check_speed(speed)?;
        Ok(self.core.set_speed(speed)?)
    }

    /// Lets life run so many times faster than the clock.
    pub fn set_rate(&self, rate: f64) -> anyhow::Result<()> {
        check_speed(rate)?;
        Ok(self.core.bend_time(0, Some(rate))?)
    }

    /// Moves life forward: what was due by then happens now.
    pub fn advance(&self, by: Duration) -> anyhow::Result<()> {
        Ok(self.core.bend_time(i64::try_from(by.as_millis())?, None)?)
    }

    /// Puts the clock that signatures carry off by so many milliseconds.
    pub fn skew(&self, millis: i64) {
        self.core.time.set_skew(millis);
    }

    /// Gives the platform new keys towards a merchant; the former ones stay known.
    pub async fn rotate_keys(&self, mchid: &str) -> anyhow::Result<MerchantKit> {
        let (core, name) = (std::sync::Arc::clone(&self.core), mchid.to_owned());
        tokio::task::spawn_blocking(move || certificates::rotate(&core, &name)).await??;
        Ok(self.merchant(mchid).await)
    }

    /// Puts all access tokens of a mini program out of use.
    pub fn invalidate_tokens(&self, app_id: &str) {
        self.core.set(|world, now| token_store::invalidate_all(world, app_id, now));
    }
}

/// A merchant without its keys.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MerchantView {
    /// The merchant's number.
    pub mchid: String,
    /// The mini programs bound to it.
    pub apps: Vec<String>,
    /// Serial of the merchant's API certificate.
    pub merchant_serial: String,
    /// Serials of the platform certificates, oldest first.
    pub platform_serials: Vec<String>,
    /// Names of the public keys of the platform, oldest first.
    pub public_key_ids: Vec<String>,
    /// What signs where the caller names nothing; `None` follows the merchant.
    pub signs_with: Option<Material>,
    /// So many of a thousand signatures are made with the other material.
    pub gray_per_mille: u16,
    /// So many of a thousand signatures are made with announced keys.
    pub successor_per_mille: u16,
    /// Whether there are no platform certificates.
    pub without_certificates: bool,
}

impl MerchantView {
    fn new(mchid: &str, merchant: &Merchant) -> Self {
        let keys = &merchant.keys;
        Self {
            mchid: mchid.to_owned(),
            apps: merchant.apps.iter().cloned().collect(),
            merchant_serial: keys.merchant.serial.clone(),
            platform_serials: keys.platforms.iter().map(|platform| platform.serial.clone()).collect(),
            public_key_ids: keys.public_keys.iter().map(|key| key.id.clone()).collect(),
            signs_with: merchant.signs_with,
            gray_per_mille: merchant.gray_per_mille,
            successor_per_mille: merchant.successor_per_mille,
            without_certificates: merchant.without_certificates,
        }
    }
}

pub(crate) fn missing() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "no such merchant")
}

impl Core {
    pub(crate) fn merchant_views(&self) -> Vec<MerchantView> {
        self.read(|world| {
            world.merchants.iter().map(|(mchid, merchant)| MerchantView::new(mchid, merchant)).collect()
        })
    }

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
        let side = certificate_pem.map(MerchantSide::brought).transpose().map_err(anyhow::Error::msg)?;
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
}
