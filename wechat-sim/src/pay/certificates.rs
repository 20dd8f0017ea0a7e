//! `GET /v3/certificates`

use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::core::Core;
use crate::crypto::{random_alphanumeric, seal};

pub(crate) fn serve(core: &Core, mchid: &str) -> Result<Value, Refusal> {
    core.read(|world| {
        let merchant = world.merchants.get(mchid).ok_or_else(|| Refusal::sign("商户号不存在"))?;
        let (platform, nonce) = (&merchant.keys.platform, random_alphanumeric::<12>());
        let sealed = seal(&merchant.keys.api_v3_key, &nonce, "certificate", platform.pem.as_bytes());
        Ok(json!({"data": [{
            "serial_no": platform.serial,
            "effective_time": platform.effective_time,
            "expire_time": platform.expire_time,
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": sealed,
            },
        }]}))
    })
}
