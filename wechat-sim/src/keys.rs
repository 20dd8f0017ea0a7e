//! The keys and certificates of a merchant, on both sides of the wire.

use anyhow::Context as _;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SerialNumber, date_time_ymd};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::crypto::certificate::Certificate;
use crate::crypto::{PublicKey, SigningKey, hex, random, random_alphanumeric, random_digits};
use crate::wire::text;

/// What a merchant of the simulator is configured with, as it would be downloaded from the console.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct MerchantKit {
    /// The merchant's number.
    pub mchid: String,
    /// Serial of the merchant's API certificate, upper-case hex.
    pub merchant_serial: String,
    /// The merchant's private key, PKCS#8 PEM; empty when the merchant brought its own certificate.
    pub merchant_private_key_pem: String,
    /// The merchant's API certificate, PEM.
    pub merchant_certificate_pem: String,
    /// The 32 letters that notifications are encrypted with.
    pub api_v3_key: String,
    /// `PUB_KEY_ID_…`
    pub public_key_id: String,
    /// The WeChat Pay public key of this merchant, PEM.
    pub public_key_pem: String,
    /// The platform certificate of this merchant, PEM.
    pub platform_certificate_pem: String,
    /// Serial of the platform certificate, upper-case hex.
    pub platform_serial: String,
}

impl std::fmt::Debug for MerchantKit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MerchantKit")
            .field("mchid", &self.mchid)
            .field("merchant_serial", &self.merchant_serial)
            .field("public_key_id", &self.public_key_id)
            .field("platform_serial", &self.platform_serial)
            .finish_non_exhaustive()
    }
}

/// A key pair with its self-signed certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Certified {
    pub(crate) key: SigningKey,
    pub(crate) serial: String,
    pub(crate) pem: String,
    pub(crate) effective_time: String,
    pub(crate) expire_time: String,
    /// Known, but it does not sign yet.
    #[serde(default)]
    pub(crate) announced: bool,
}

/// A key of the platform with its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlatformKey {
    /// `PUB_KEY_ID_…`
    pub(crate) id: String,
    pub(crate) key: SigningKey,
    /// Known, but it does not sign yet.
    #[serde(default)]
    pub(crate) announced: bool,
}

impl PlatformKey {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let key = SigningKey::try_from(new_pair()?.serialize_pem()).map_err(anyhow::Error::msg)?;
        Ok(Self { id: format!("PUB_KEY_ID_{}", random_digits::<34>()), key, announced: false })
    }
}

/// What the platform knows of a merchant's API certificate, and the private key where the simulator made it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MerchantSide {
    pub(crate) serial: String,
    pub(crate) pem: String,
    pub(crate) key: PublicKey,
    pub(crate) private: Option<SigningKey>,
}

impl From<Certified> for MerchantSide {
    fn from(certified: Certified) -> Self {
        let key = certified.key.public();
        Self { serial: certified.serial, pem: certified.pem, key, private: Some(certified.key) }
    }
}

impl MerchantSide {
    /// A merchant that brings the certificate it has.
    pub(crate) fn brought(pem: &str, now: i64) -> Result<Self, String> {
        let certificate = Certificate::from_pem(pem)?;
        if !(certificate.not_before..=certificate.not_after).contains(&now) {
            return Err("the certificate is not valid at this time".to_owned());
        }
        Ok(Self { serial: certificate.serial, pem: pem.to_owned(), key: certificate.key, private: None })
    }
}

/// All keys of one merchant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MerchantKeys {
    pub(crate) merchant: MerchantSide,
    /// Oldest first; the last one signs that is not only announced.
    pub(crate) platforms: Vec<Certified>,
    /// Oldest first; the last one signs that is not only announced.
    pub(crate) public_keys: Vec<PlatformKey>,
    pub(crate) api_v3_key: String,
}

impl MerchantKeys {
    /// Makes the three key pairs side by side: they are the slow part of starting a simulator.
    pub(crate) async fn generate(mchid: &str, now: i64) -> anyhow::Result<Self> {
        let (owner, platform) = (format!("merchant {mchid}"), format!("platform of {mchid}"));
        let merchant = spawn_blocking(move || Certified::new(&owner, now));
        let platform = spawn_blocking(move || Certified::new(&platform, now));
        let public_key = spawn_blocking(PlatformKey::new);
        Ok(Self {
            merchant: merchant.await??.into(),
            platforms: vec![platform.await??],
            public_keys: vec![public_key.await??],
            api_v3_key: random_alphanumeric::<32>(),
        })
    }

    /// The certificate the platform signs with.
    pub(crate) fn platform(&self) -> &Certified {
        let signing = self.platforms.iter().rfind(|platform| !platform.announced);
        signing.unwrap_or_else(|| self.newest_platform())
    }

    /// The certificate that signs, or the one that will.
    pub(crate) fn newest_platform(&self) -> &Certified {
        self.platforms.last().expect("a merchant has a platform certificate")
    }

    /// The public key the platform signs with.
    pub(crate) fn public_key(&self) -> &PlatformKey {
        let signing = self.public_keys.iter().rfind(|key| !key.announced);
        signing.unwrap_or_else(|| self.newest_public_key())
    }

    /// The public key that signs, or the one that will.
    pub(crate) fn newest_public_key(&self) -> &PlatformKey {
        self.public_keys.last().expect("a merchant has a public key of the platform")
    }

    /// Lets announced certificates sign.
    pub(crate) fn activate_platforms(&mut self) {
        self.platforms.iter_mut().for_each(|platform| platform.announced = false);
    }

    /// Lets announced public keys sign.
    pub(crate) fn activate_public_keys(&mut self) {
        self.public_keys.iter_mut().for_each(|key| key.announced = false);
    }

    pub(crate) fn kit(&self, mchid: &str) -> MerchantKit {
        let private = self.merchant.private.as_ref();
        MerchantKit {
            mchid: mchid.to_owned(),
            merchant_serial: self.merchant.serial.clone(),
            merchant_private_key_pem: private.map(SigningKey::private_pem).unwrap_or_default(),
            merchant_certificate_pem: self.merchant.pem.clone(),
            api_v3_key: self.api_v3_key.clone(),
            public_key_id: self.public_key().id.clone(),
            public_key_pem: self.public_key().key.public_pem(),
            platform_certificate_pem: self.platform().pem.clone(),
            platform_serial: self.platform().serial.clone(),
        }
    }
}

fn new_pair() -> anyhow::Result<KeyPair> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).context("an RSA key could not be made")
}

impl Certified {
    /// Five years around `now`, as WeChat's certificates have.
    pub(crate) fn new(name: &str, now: i64) -> anyhow::Result<Self> {
        let pair = new_pair()?;
        let year = text::year(now);
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("wechat-sim {name}"));
        params.not_before = date_time_ymd(year - 1, 1, 1);
        params.not_after = date_time_ymd(year + 4, 1, 1);
        let serial = new_serial();
        params.serial_number = Some(SerialNumber::from(serial.clone()));
        Ok(Self {
            pem: params.self_signed(&pair)?.pem(),
            key: SigningKey::try_from(pair.serialize_pem()).map_err(anyhow::Error::msg)?,
            serial: hex(&serial),
            effective_time: format!("{}-01-01T08:00:00+08:00", year - 1),
            expire_time: format!("{}-01-01T08:00:00+08:00", year + 4),
            announced: false,
        })
    }
}

/// Twenty bytes, positive, and without a leading zero that some form of the number would drop.
fn new_serial() -> Vec<u8> {
    let mut bytes = random::<20>();
    bytes[0] = bytes[0] & 0x3f | 0x40;
    bytes.to_vec()
}
