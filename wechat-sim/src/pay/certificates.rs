//! `GET /v3/certificates`, and how the platform changes its keys.

use serde::Serialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{PayCall, PayServe, Reply, get};
use crate::core::Core;
use crate::crypto::{random_alphanumeric, seal};
use crate::keys::{Certified, MerchantKit, PlatformKey};
use crate::operation::Operation;
use crate::wire::text;
use crate::world::{Merchant, Rotated, Task, World};

pub(crate) const NAME: &str = "certificates";
pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[get(NAME, "/v3/certificates", certificates)];

fn certificates(call: &PayCall<'_>) -> Reply {
    let now = call.core.now();
    call.core.read(|world| {
        let merchant = world.merchants.get(&call.mchid).ok_or_else(|| Refusal::sign("商户号不存在"))?;
        if merchant.without_certificates {
            return Err(Refusal::new(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请使用微信支付公钥"));
        }
        let valid = merchant.keys.platforms.iter().filter(|platform| platform.expires_at() > now);
        let data: Vec<Value> = valid.map(|platform| entry(merchant, platform)).collect();
        if data.is_empty() {
            return Err(Refusal::new(403, "NOT_ENOUGH", "平台证书已过期"));
        }
        Ok(json!({"data": data}).into())
    })
}

fn entry(merchant: &Merchant, platform: &Certified) -> Value {
    let nonce = random_alphanumeric::<12>();
    json!({
        "serial_no": platform.serial,
        "effective_time": platform.effective_time,
        "expire_time": platform.expire_time,
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": seal(&merchant.keys.api_v3_key, &nonce, "certificate", platform.pem.as_bytes()),
        },
    })
}

impl Certified {
    /// In milliseconds since 1970.
    fn expires_at(&self) -> i64 {
        text::parse_rfc3339(&self.expire_time).unwrap_or(i64::MAX)
    }
}

/// The keys of the platform after some were made: those that sign, and those that will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Successor {
    /// What signs.
    #[serde(flatten)]
    pub kit: MerchantKit,
    /// Serial of the newest platform certificate, whether or not it signs.
    pub newest_platform_serial: String,
    /// The newest platform certificate, PEM.
    pub newest_platform_certificate_pem: String,
    /// The newest `PUB_KEY_ID_…`, whether or not it signs.
    pub newest_public_key_id: String,
    /// The newest public key, PEM.
    pub newest_public_key_pem: String,
}

/// Makes a new certificate and a new public key for a merchant; from here on the platform signs with them. The
/// former ones stay known.
pub(crate) fn rotate(core: &Core, mchid: &str) -> anyhow::Result<()> {
    Ok(rotate_with(core, mchid, Rotated::Both, false).map(drop)?)
}

/// Makes new keys, which sign from now on or, when they are only announced, later.
pub(crate) fn rotate_with(
    core: &Core,
    mchid: &str,
    what: Rotated,
    announced: bool,
) -> Result<Successor, Refusal> {
    let certificate = (what != Rotated::PublicKey)
        .then(|| Certified::new(&format!("platform of {mchid}"), core.now()))
        .transpose()
        .map_err(|error| not_made(&error))?;
    let public_key = (what != Rotated::Certificate)
        .then(PlatformKey::new)
        .transpose()
        .map_err(|error| not_made(&error))?;
    core.change(|world, _| {
        let merchant = world.merchants.get_mut(mchid).ok_or_else(Refusal::no_merchant)?;
        let signing_until = merchant.keys.platform().expires_at();
        if let Some(made) = certificate {
            merchant.keys.platforms.push(Certified { announced, ..made });
        }
        if let Some(made) = public_key {
            merchant.keys.public_keys.push(PlatformKey { announced, ..made });
        }
        let successor = successor(mchid, merchant);
        if announced {
            // At the latest when the certificate expires, the next one signs.
            world.agenda.add(signing_until, Task::SucceedCertificate(mchid.to_owned()));
        }
        Ok(successor)
    })
}

fn not_made(error: &anyhow::Error) -> Refusal {
    Refusal::new(500, "SYSTEM_ERROR", &error.to_string())
}

fn successor(mchid: &str, merchant: &Merchant) -> Successor {
    let (certificate, public_key) = (merchant.keys.newest_platform(), merchant.keys.newest_public_key());
    Successor {
        kit: merchant.keys.kit(mchid),
        newest_platform_serial: certificate.serial.clone(),
        newest_platform_certificate_pem: certificate.pem.clone(),
        newest_public_key_id: public_key.id.clone(),
        newest_public_key_pem: public_key.key.public_pem(),
    }
}

/// Lets the announced keys sign.
pub(crate) fn activate(core: &Core, mchid: &str) -> Result<MerchantKit, Refusal> {
    core.change(|world, _| {
        let merchant = world.merchants.get_mut(mchid).ok_or_else(Refusal::no_merchant)?;
        merchant.keys.activate_platforms();
        merchant.keys.activate_public_keys();
        Ok(merchant.keys.kit(mchid))
    })
}

/// Lets the announced certificate sign if the one that signs has expired.
pub(crate) fn succeed(world: &mut World, mchid: &str, now: i64) {
    let Some(merchant) = world.merchants.get_mut(mchid) else { return };
    if merchant.keys.platform().expires_at() <= now {
        merchant.keys.activate_platforms();
    }
}
