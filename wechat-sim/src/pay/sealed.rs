//! Members that travel encrypted.

use serde_json::Value;

use super::PayCall;
use super::refusal::Refusal;
use crate::crypto::PublicKey;

impl PayCall<'_> {
    /// The text in a member that the merchant encrypted with the key of the platform named by
    /// `Wechatpay-Serial`.
    pub(crate) fn unsealed(&self, pointer: &str, ciphertext: &str) -> Result<String, Refusal> {
        let serial = self.request.header("wechatpay-serial").unwrap_or_default();
        let key = self.core.read(|world| {
            world.merchants.get(&self.mchid).and_then(|merchant| merchant.platform_key(serial).cloned())
        });
        let key = key.ok_or_else(|| {
            let message = "Http头Wechatpay-Serial缺失或不正确，无法解密敏感信息";
            Refusal::new(400, "PARAM_ERROR", message)
                .explained(format!("Wechatpay-Serial {serial:?} names no key of the platform"))
        })?;
        // Opening takes a millisecond: not while the state is locked.
        let opened = key.open_oaep(ciphertext).and_then(|bytes| String::from_utf8(bytes).ok());
        opened.filter(|text| !text.is_empty()).ok_or_else(|| {
            Refusal::body(pointer, &Value::from(ciphertext), "解密失败")
                .explained("not encrypted with the named key, by RSAES-OAEP with SHA-1")
        })
    }

    /// A text for the merchant's eyes only.
    pub(crate) fn sealed(&self, text: &str) -> Option<String> {
        let key: Option<PublicKey> = self.core.read(|world| {
            world.merchants.get(&self.mchid).map(|merchant| merchant.keys.merchant.key.clone())
        });
        key?.seal_oaep(text.as_bytes())
    }
}
