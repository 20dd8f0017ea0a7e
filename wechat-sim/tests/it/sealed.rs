//! Members that travel encrypted, from the merchant's side.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wechat_sim::MerchantKit;

use crate::support::{Reply, Shop, der};

/// Seals a text for the platform.
pub fn seal(kit: &MerchantKit, text: &str) -> String {
    let key = PublicEncryptingKey::from_der(&der(&kit.public_key_pem)).unwrap();
    let key = OaepPublicEncryptingKey::new(key).unwrap();
    let mut out = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut out, None).unwrap();
    STANDARD.encode(out)
}

/// Opens what the platform sealed for the merchant.
pub fn unseal(kit: &MerchantKit, sealed: &Value) -> String {
    let key = PrivateDecryptingKey::from_pkcs8(&der(&kit.merchant_private_key_pem)).unwrap();
    let key = OaepPrivateDecryptingKey::new(key).unwrap();
    let data = STANDARD.decode(sealed.as_str().unwrap()).unwrap();
    let mut out = vec![0; key.min_output_size()];
    let text = key.decrypt(&OAEP_SHA1_MGF1SHA1, &data, &mut out, None).unwrap();
    String::from_utf8(text.to_vec()).unwrap()
}

/// A signed POST that may name the key its sealed members were sealed with.
pub async fn post_sealed(shop: &Shop, target: &str, body: &Value, serial: Option<&str>) -> Reply {
    let body = body.to_string();
    let authorization = shop.authorization("POST", target, &body, shop.clock_secs());
    let request = shop.http.post(format!("{}{target}", shop.sim.base_url()));
    let request = request.header("authorization", authorization).header("content-type", "application/json");
    let request =
        serial.into_iter().fold(request, |request, serial| request.header("wechatpay-serial", serial));
    let response = request.body(body).send().await.unwrap();
    Reply::of(response).await.unwrap()
}
