//! Mini programs, merchants and users; time and faults.

use std::time::Duration;

use crate::faults::{Chaos, Fault, RefundOutcome};
use crate::keys::MerchantKit;
use crate::mini::{LoginCode, codes, token_store};
use crate::pay::certificates;
use crate::routes::{self, Call};
use crate::simulator::Simulator;
use crate::time::{check_advance, check_speed};
use crate::views::MerchantView;
use crate::world::Material;

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
        self.core.faults(crate::faults::Faults::clear);
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
        let millis = i64::try_from(by.as_millis())?;
        check_advance(self.core.now(), millis)?;
        Ok(self.core.bend_time(millis, None)?)
    }

    /// Puts the clock that signatures carry off by so many milliseconds.
    pub fn skew(&self, millis: i64) {
        self.core.time.set_skew(millis);
    }

    /// Gives the platform new keys towards a merchant; the former ones stay known.
    pub async fn rotate_keys(&self, mchid: &str) -> anyhow::Result<MerchantKit> {
        let name = mchid.to_owned();
        self.core.off_thread(move |core| certificates::rotate(core, &name)).await?;
        Ok(self.merchant(mchid).await)
    }

    /// Puts all access tokens of a mini program out of use.
    pub fn invalidate_tokens(&self, app_id: &str) {
        self.core.set(|world, now| token_store::invalidate_all(world, app_id, now));
    }
}
