//! `GET /v3/certificates`, and how the platform changes its keys.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::{PayCall, PayServe, Reply, get};
use crate::core::Core;
use crate::crypto::{random_alphanumeric, seal};
use crate::keys::{Certified, PlatformKey};
use crate::operation::Operation;
use crate::world::Merchant;

pub(crate) const NAME: &str = "certificates";
pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[get(NAME, "/v3/certificates", certificates)];

fn certificates(call: &PayCall<'_>) -> Reply {
    call.core.read(|world| {
        let merchant = world.merchants.get(&call.mchid).ok_or_else(|| Refusal::sign("商户号不存在"))?;
        if merchant.without_certificates {
            return Err(Refusal::new(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请使用微信支付公钥"));
        }
        let data: Vec<Value> =
            merchant.keys.platforms.iter().map(|platform| entry(merchant, platform)).collect();
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

/// Makes a new certificate and a new public key for a merchant; from here on the platform signs with them. The
/// former ones stay known.
pub(crate) fn rotate(core: &Core, mchid: &str) -> anyhow::Result<()> {
    let (certificate, key) =
        (Certified::new(&format!("platform of {mchid}"), core.now())?, PlatformKey::new()?);
    core.change(|world, _| {
        if let Some(merchant) = world.merchants.get_mut(mchid) {
            merchant.keys.platforms.push(certificate);
            merchant.keys.public_keys.push(key);
        }
        Ok(())
    })
}
