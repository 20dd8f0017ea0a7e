//! The page of the console where keys for signed and encrypted calls are set.

use anyhow::{anyhow, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::core::Core;
use crate::crypto::digest::lower_hex;
use crate::crypto::{PublicKey, random};
use crate::keys::Certified;
use crate::mini::limits;
use crate::world::{ApiSecurity, PlatformSeal};

/// What is set; what is left out stays as it is. Setting anything makes the platform's key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSecurityOptions {
    /// The console's number of the symmetric key; made up at first.
    pub sn: Option<String>,
    /// Base64 of 32 bytes.
    pub aes_key: Option<String>,
    /// What the app signs with, RSA of 2048 bits or more.
    pub app_public_key_pem: Option<String>,
    /// Paths that are refused without protection; `*` is every call with an access token.
    pub required: Option<Vec<String>>,
    /// What becomes of the platform's certificate.
    pub platform: Option<PlatformChange>,
}

/// What becomes of the platform's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformChange {
    /// A new one comes; answers are signed with both until the change ends.
    Replace,
    /// The former one is not used any more.
    Finish,
}

/// What the console shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiSecurityKit {
    /// The app.
    pub app_id: String,
    /// The console's number of the symmetric key.
    pub sn: String,
    /// Base64 of 32 bytes.
    pub aes_key: Option<String>,
    /// What the app signs with.
    pub app_public_key_pem: Option<String>,
    /// Paths that are refused without protection.
    pub required: Vec<String>,
    /// The console's number of the platform certificate, which is not its serial.
    pub platform_serial: String,
    /// What answers are signed with.
    pub platform_certificate_pem: String,
    /// The public key of that certificate.
    pub platform_public_key_pem: String,
    /// The number of the certificate that is being replaced.
    pub replaced_serial: Option<String>,
    /// The certificate that is being replaced.
    pub replaced_certificate_pem: Option<String>,
}

fn console_number() -> String {
    lower_hex(&random::<16>())
}

fn new_seal(app_id: &str, now: i64) -> anyhow::Result<PlatformSeal> {
    let Certified { key, pem, .. } = Certified::new(&format!("platform of {app_id}"), now)?;
    Ok(PlatformSeal { serial: console_number(), key, certificate_pem: pem })
}

impl ApiSecurityOptions {
    /// Checks what is set; answers the app's key.
    fn read(&self) -> anyhow::Result<Option<PublicKey>> {
        let decoded = self.aes_key.as_ref().map(|text| STANDARD.decode(text).ok());
        let whole = decoded.is_none_or(|bytes| bytes.is_some_and(|bytes| bytes.len() == 32));
        ensure!(whole, "aes_key is base64 of 32 bytes");
        for path in self.required.iter().flatten() {
            ensure!(path == "*" || limits::known(path).is_some(), "there is no call {path}");
        }
        let app_key = self.app_public_key_pem.as_deref().map(PublicKey::from_spki_pem).transpose();
        app_key.map_err(anyhow::Error::msg)
    }
}

impl Core {
    /// Sets the keys of an app; the app has to be registered.
    pub(crate) fn set_api_security(
        &self,
        app_id: &str,
        options: ApiSecurityOptions,
    ) -> anyhow::Result<ApiSecurityKit> {
        let app_key = options.read()?;
        let first = self.read(|world| !world.api_security.contains(app_id));
        // Made before the state is locked, since it takes long.
        let needs_key = first || options.platform == Some(PlatformChange::Replace);
        let mut made = needs_key.then(|| new_seal(app_id, self.now())).transpose()?;
        self.change(|world, _| {
            ensure!(world.apps.contains(app_id), "there is no mini program {app_id}");
            if !world.api_security.contains(app_id) {
                let seal = made.take().ok_or_else(|| anyhow!("the keys were taken away meanwhile"))?;
                world.api_security.insert(app_id, ApiSecurity::new(seal));
            }
            let security = world.api_security.get_mut(app_id).ok_or_else(|| anyhow!("no keys"))?;
            security.sn = options.sn.unwrap_or_else(|| security.sn.clone());
            security.aes_key = options.aes_key.or_else(|| security.aes_key.take());
            security.app_key = app_key.or_else(|| security.app_key.take());
            security.required = options.required.unwrap_or_else(|| std::mem::take(&mut security.required));
            security.change(options.platform, made);
            Ok(security.kit(app_id))
        })
    }

    pub(crate) fn api_security_kits(&self) -> Vec<ApiSecurityKit> {
        self.read(|world| world.api_security.iter().map(|(app_id, security)| security.kit(app_id)).collect())
    }
}

impl ApiSecurity {
    fn new(platform: PlatformSeal) -> Self {
        let (aes_key, app_key) = (None, None);
        Self { sn: console_number(), aes_key, app_key, platform, replaced: None, required: Vec::new() }
    }

    fn change(&mut self, change: Option<PlatformChange>, made: Option<PlatformSeal>) {
        match (change, made) {
            (Some(PlatformChange::Replace), Some(new)) => {
                self.replaced = Some(std::mem::replace(&mut self.platform, new));
            }
            (Some(PlatformChange::Finish), _) => self.replaced = None,
            _ => {}
        }
    }

    fn kit(&self, app_id: &str) -> ApiSecurityKit {
        let replaced = self.replaced.as_ref();
        ApiSecurityKit {
            app_id: app_id.to_owned(),
            sn: self.sn.clone(),
            aes_key: self.aes_key.clone(),
            app_public_key_pem: self.app_key.as_ref().map(PublicKey::pem),
            required: self.required.clone(),
            platform_serial: self.platform.serial.clone(),
            platform_certificate_pem: self.platform.certificate_pem.clone(),
            platform_public_key_pem: self.platform.key.public_pem(),
            replaced_serial: replaced.map(|seal| seal.serial.clone()),
            replaced_certificate_pem: replaced.map(|seal| seal.certificate_pem.clone()),
        }
    }
}
