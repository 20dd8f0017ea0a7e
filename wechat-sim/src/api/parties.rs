//! Mini programs, merchants and users.

use crate::control::faults::Fault;
use crate::keys::{MerchantKeys, MerchantKit};
use crate::mini::{LoginCode, codes};
use crate::settings::check_speed;
use crate::simulator::Simulator;
use crate::state::{Material, Merchant, RefundStatus};

/// Methods that only write the state panic when the state file cannot be written: a simulator that cannot
/// remember is of no use to a test or a demo.
impl Simulator {
    /// Registers a mini program, or gives a registered one this secret.
    pub fn app(&self, app_id: &str, secret: &str) {
        self.core
            .set(|world, _| secret.clone_into(&mut world.apps.entry(app_id.to_owned()).or_default().secret));
    }

    /// Registers a merchant; its keys are made at the first call and stay the same.
    pub async fn merchant(&self, mchid: &str) -> MerchantKit {
        if let Some(kit) = self.known_merchant(mchid) {
            return kit;
        }
        let keys = MerchantKeys::generate(mchid, self.core.now()).await.expect("keys can be made");
        self.core.set(|world, _| {
            let fresh =
                Merchant { keys, apps: std::collections::BTreeSet::new(), signs_with: Material::default() };
            world.merchants.entry(mchid.to_owned()).or_insert(fresh).keys.kit(mchid)
        })
    }

    fn known_merchant(&self, mchid: &str) -> Option<MerchantKit> {
        self.core.read(|world| world.merchants.get(mchid).map(|merchant| merchant.keys.kit(mchid)))
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
            world.merchants.get_mut(mchid).expect("the merchant is registered first").signs_with = material;
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
    /// When there is no such operation.
    pub fn fault(&self, fault: Fault) {
        assert!(Fault::OPERATIONS.contains(&fault.operation.as_str()), "no operation {}", fault.operation);
        self.core.set(|world, _| world.faults.plan(fault));
    }

    /// Forgets the planned faults; refunds succeed again.
    pub fn clear_faults(&self) {
        self.core.set(|world, _| world.faults = crate::control::faults::FaultPlan::default());
    }

    /// How the refunds end that are asked for from now on.
    pub fn refund_outcome(&self, outcome: RefundStatus) {
        self.core.set(|world, _| world.faults.refund_outcome = outcome);
    }

    /// Runs the schedules `speed` times faster, also the waits that have begun.
    pub fn set_speed(&self, speed: f64) -> anyhow::Result<()> {
        check_speed(speed)?;
        Ok(self.core.set_speed(speed)?)
    }
}
