//! What the console of a mini program sets, and what its users do.

use serde_json::{Map, Value};

use crate::mini::people::{AppOptions, AppView, ShopperOptions, ShopperView};
use crate::mini::{
    ApiSecurityKit, ApiSecurityOptions, EncryptedData, EncryptedKind, LimitView, UserKey, codes, encrypted,
    user_key,
};
use crate::simulator::Simulator;
use crate::world::World;

impl Simulator {
    /// Sets what is known of a mini program; `None` for one that is not registered and gets no secret.
    pub fn set_app(&self, app_id: &str, options: AppOptions) -> Option<AppView> {
        self.core.set(|world, _| world.set_app(app_id, options))
    }

    /// All mini programs.
    pub fn apps(&self) -> Vec<AppView> {
        self.core.read(World::app_views)
    }

    /// Sets what is known of a shopper, who is made first where there is none.
    pub fn set_shopper(&self, app_id: &str, options: ShopperOptions) -> ShopperView {
        self.core.set(|world, _| world.set_shopper(app_id, options))
    }

    /// All shoppers of all mini programs.
    pub fn shoppers(&self) -> Vec<ShopperView> {
        self.core.read(World::shopper_views)
    }

    /// What the client of a shopper gets encrypted; members of `data` take the place of those the shopper has.
    ///
    /// # Errors
    ///
    /// When the shopper has not logged in, or has no phone number to be encrypted.
    pub fn encrypted_data(
        &self,
        app_id: &str,
        openid: &str,
        kind: EncryptedKind,
        data: Map<String, Value>,
    ) -> anyhow::Result<EncryptedData> {
        self.core.change(|world, now| encrypted::encrypt(world, (app_id, openid), kind, data, now))
    }

    /// The code of `wx.pluginLogin`, for somebody who uses the plugin.
    pub fn plugin_code(&self, app_id: &str, openid: &str) -> String {
        self.core.set(|world, now| codes::plugin(world, app_id, openid, now))
    }

    /// What `UserCryptoManager.getLatestUserKey` gives the client of a shopper.
    pub fn user_key(&self, app_id: &str, openid: &str) -> Option<UserKey> {
        self.core.set(|world, now| user_key(world, app_id, openid, now))
    }

    /// Lets an app make so many calls of a path instead of what is documented; `None` is what is documented.
    /// False when there is no such call. A restart forgets it.
    pub fn limit(&self, app_id: &str, path: &str, daily: Option<u64>, per_minute: Option<u64>) -> bool {
        self.core.limit(app_id, path, daily, per_minute)
    }

    /// The limits that apps have instead of the documented ones.
    pub fn limits(&self) -> Vec<LimitView> {
        self.core.limit_views()
    }

    /// Sets the keys for signed and encrypted calls. Blocks while keys are made.
    ///
    /// # Errors
    ///
    /// When the app is not registered, or a key cannot be read.
    pub fn set_api_security(
        &self,
        app_id: &str,
        options: ApiSecurityOptions,
    ) -> anyhow::Result<ApiSecurityKit> {
        self.core.set_api_security(app_id, options)
    }
}
