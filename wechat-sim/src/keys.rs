//! The keys and certificates of a merchant, on both sides of the wire.

use anyhow::Context as _;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SerialNumber, date_time_ymd};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use crate::crypto::{SigningKey, hex, random, random_alphanumeric, random_digits};
use crate::text;

/// What a merchant of the simulator is configured with, as it would be downloaded from the console.
#[derive(Clone, PartialEq, Eq)]
pub struct MerchantKit {
    /// The merchant's number.
    pub mchid: String,
    /// Serial of the merchant's API certificate, upper-case hex.
    pub merchant_serial: String,
    /// The merchant's private key, PKCS#8 PEM.
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
}

/// All keys of one merchant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MerchantKeys {
    pub(crate) merchant: Certified,
    pub(crate) platform: Certified,
    pub(crate) public_key: SigningKey,
    pub(crate) public_key_id: String,
    pub(crate) api_v3_key: String,
}

impl MerchantKeys {
    /// Makes the three key pairs side by side: they are the slow part of starting a simulator.
    pub(crate) async fn generate(mchid: &str, now: i64) -> anyhow::Result<Self> {
        let (owner, platform) = (format!("merchant {mchid}"), format!("platform of {mchid}"));
        let merchant = spawn_blocking(move || certify(&owner, now));
        let platform = spawn_blocking(move || certify(&platform, now));
        let public_key =
            spawn_blocking(|| SigningKey::try_from(new_pair()?.serialize_pem()).map_err(anyhow::Error::msg));
        Ok(Self {
            merchant: merchant.await??,
            platform: platform.await??,
            public_key: public_key.await??,
            public_key_id: format!("PUB_KEY_ID_{}", random_digits::<34>()),
            api_v3_key: random_alphanumeric::<32>(),
        })
    }

    pub(crate) fn kit(&self, mchid: &str) -> MerchantKit {
        MerchantKit {
            mchid: mchid.to_owned(),
            merchant_serial: self.merchant.serial.clone(),
            merchant_private_key_pem: self.merchant.key.private_pem(),
            merchant_certificate_pem: self.merchant.pem.clone(),
            api_v3_key: self.api_v3_key.clone(),
            public_key_id: self.public_key_id.clone(),
            public_key_pem: self.public_key.public_pem(),
            platform_certificate_pem: self.platform.pem.clone(),
            platform_serial: self.platform.serial.clone(),
        }
    }
}

fn new_pair() -> anyhow::Result<KeyPair> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).context("an RSA key could not be made")
}

/// Five years around `now`, as WeChat's certificates have.
fn certify(name: &str, now: i64) -> anyhow::Result<Certified> {
    let pair = new_pair()?;
    let year = text::year(now);
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("wechat-sim {name}"));
    params.not_before = date_time_ymd(year - 1, 1, 1);
    params.not_after = date_time_ymd(year + 4, 1, 1);
    let serial = new_serial();
    params.serial_number = Some(SerialNumber::from(serial.clone()));
    Ok(Certified {
        pem: params.self_signed(&pair)?.pem(),
        key: SigningKey::try_from(pair.serialize_pem()).map_err(anyhow::Error::msg)?,
        serial: hex(&serial),
        effective_time: format!("{}-01-01T08:00:00+08:00", year - 1),
        expire_time: format!("{}-01-01T08:00:00+08:00", year + 4),
    })
}

/// Twenty bytes, positive, and without a leading zero that some form of the number would drop.
fn new_serial() -> Vec<u8> {
    let mut bytes = random::<20>();
    bytes[0] = bytes[0] & 0x3f | 0x40;
    bytes.to_vec()
}
