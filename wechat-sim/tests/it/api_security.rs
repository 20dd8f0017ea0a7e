//! Signed and encrypted calls of the mini-program side.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::{Value, json};
use wechat_sim::{ApiSecurityKit, ApiSecurityOptions, Clock as _, PlatformChange};

use crate::support::{APP, SECRET, Shop, der, shop, shop_with};

const PHONE: &str = "/wxa/business/getuserphonenumber";
const KEY: [u8; 32] = [7; 32];

fn app_key(shop: &Shop) -> KeyPair {
    KeyPair::from_pkcs8(&der(&shop.kit.merchant_private_key_pem)).unwrap()
}

fn public_pem(key: &KeyPair) -> String {
    let spki: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki.as_ref()))
}

fn options(shop: &Shop) -> ApiSecurityOptions {
    ApiSecurityOptions {
        sn: Some("sn1".into()),
        aes_key: Some(STANDARD.encode(KEY)),
        app_public_key_pem: Some(public_pem(&app_key(shop))),
        ..ApiSecurityOptions::default()
    }
}

async fn secured(change: ApiSecurityOptions) -> (Shop, ApiSecurityKit, String) {
    let shop = shop().await;
    let all = ApiSecurityOptions { required: change.required, ..options(&shop) };
    let kit = shop.sim.set_api_security(APP, all).unwrap();
    let token = shop.token(APP, SECRET).await;
    (shop, kit, token)
}

/// How one call is protected.
#[derive(Clone)]
struct Call {
    url: String,
    app_id: String,
    at: i64,
    sn: &'static str,
    key: [u8; 32],
}

impl Call {
    fn new(shop: &Shop, path: &str) -> Self {
        let url = format!("https://api.weixin.qq.com{path}");
        Self { url, app_id: APP.into(), at: shop.clock.now_millis() / 1000, sn: "sn1", key: KEY }
    }

    fn aad(&self) -> Aad<String> {
        Aad::from(format!("{}|{}|{}|{}", self.url, self.app_id, self.at, self.sn))
    }

    fn message(&self, body: &str) -> String {
        format!("{}\n{}\n{}\n{body}", self.url, self.app_id, self.at)
    }

    fn seal(&self, mut content: Value) -> String {
        content["_n"] = json!("random");
        content["_appid"] = json!(self.app_id);
        content["_timestamp"] = json!(self.at);
        let mut data = content.to_string().into_bytes();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.key).unwrap());
        let nonce = Nonce::assume_unique_for_key([9; 12]);
        let tag = key.seal_in_place_separate_tag(nonce, self.aad(), &mut data).unwrap();
        let [iv, data, tag] = [&[9; 12][..], &data, tag.as_ref()].map(|bytes| STANDARD.encode(bytes));
        json!({"iv": iv, "data": data, "authtag": tag}).to_string()
    }

    fn open(&self, body: &[u8]) -> Value {
        let body: Value = serde_json::from_slice(body).unwrap();
        let [iv, mut data, tag] =
            ["iv", "data", "authtag"].map(|name| STANDARD.decode(body[name].as_str().unwrap()).unwrap());
        data.extend(tag);
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&iv).unwrap();
        serde_json::from_slice(key.open_in_place(nonce, self.aad(), &mut data).unwrap()).unwrap()
    }

    fn sign(&self, key: &KeyPair, body: &str) -> String {
        let mut out = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), self.message(body).as_bytes(), &mut out).unwrap();
        STANDARD.encode(out)
    }
}

type Headers = Vec<(&'static str, String)>;

fn headers(call: &Call, signature: String) -> Headers {
    vec![
        ("Wechatmp-AppId", call.app_id.clone()),
        ("Wechatmp-TimeStamp", call.at.to_string()),
        ("Wechatmp-Signature", signature),
    ]
}

async fn send(shop: &Shop, target: &str, headers: &Headers, body: &str) -> (HeaderMap, Vec<u8>) {
    let mut request = shop.http.post(format!("{}{target}", shop.sim.base_url())).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let response = request.send().await.unwrap();
    (response.headers().clone(), response.bytes().await.unwrap().to_vec())
}

/// Makes a protected call of a phone code.
async fn protected(shop: &Shop, token: &str, call: &Call, code: &str) -> (HeaderMap, Vec<u8>) {
    let body = call.seal(json!({"code": code}));
    let headers = headers(call, call.sign(&app_key(shop), &body));
    send(shop, &format!("{PHONE}?access_token={token}"), &headers, &body).await
}

fn errcode(body: &[u8]) -> i64 {
    let body: Value = serde_json::from_slice(body).unwrap();
    body["errcode"].as_i64().unwrap_or_default()
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// Whether the platform signed the answer, with the pair of headers that `suffix` names.
fn verifies(call: &Call, key_pem: &str, headers: &HeaderMap, suffix: &str, body: &[u8]) -> bool {
    let call = Call { at: text(headers, "wechatmp-timestamp").parse().unwrap(), ..call.clone() };
    let signature = STANDARD.decode(text(headers, &format!("wechatmp-signature{suffix}"))).unwrap();
    let message = call.message(std::str::from_utf8(body).unwrap());
    let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, der(key_pem));
    key.verify(message.as_bytes(), &signature).is_ok()
}

#[tokio::test]
async fn a_protected_call_is_opened_and_its_answer_sealed() {
    let (shop, kit, token) = secured(ApiSecurityOptions::default()).await;
    let call = Call::new(&shop, PHONE);
    let code = shop.sim.phone_code(APP, "13800138000");
    let (headers, body) = protected(&shop, &token, &call, &code).await;
    assert_eq!((text(&headers, "wechatmp-appid").as_str(), errcode(&body)), (APP, 0));
    assert_eq!(text(&headers, "wechatmp-serial"), kit.platform_serial);
    assert!(!headers.contains_key("wechatmp-serial-deprecated"));
    assert!(verifies(&call, &kit.platform_public_key_pem, &headers, "", &body));
    let answer = call.open(&body);
    assert_eq!(answer["phone_info"]["purePhoneNumber"], "13800138000");
    assert_eq!((&answer["_appid"], &answer["_timestamp"]), (&json!(APP), &json!(call.at)));
    let (headers, body) = protected(&shop, &token, &call, "none").await;
    assert!(verifies(&call, &kit.platform_public_key_pem, &headers, "", &body));
    assert_eq!(call.open(&body)["errcode"], 40029);
    let here = Call { url: format!("{}{PHONE}", shop.sim.base_url()), ..call };
    let (headers, body) = protected(&shop, &token, &here, "none").await;
    assert!(verifies(&here, &kit.platform_public_key_pem, &headers, "", &body));
}

#[tokio::test]
async fn parameters_of_the_query_are_protected_too() {
    let (shop, _, token) = secured(ApiSecurityOptions::default()).await;
    let path = "/cgi-bin/clear_quota";
    let call = Call::new(&shop, path);
    let body = call.seal(json!({"appid": APP}));
    let headers = headers(&call, call.sign(&app_key(&shop), &body));
    let (_, answer) = send(&shop, &format!("{path}?access_token={token}"), &headers, &body).await;
    assert_eq!(call.open(&answer)["errcode"], 0);
    let path = "/wxa/checksession";
    let call = Call::new(&shop, path);
    let body = call.seal(json!({"openid": "oNobody", "signature": "a", "sig_method": "hmac_sha256"}));
    let url = format!("{}{path}?access_token={token}", shop.sim.base_url());
    let mut request = shop.http.get(url).body(body.clone());
    for (name, value) in self::headers(&call, call.sign(&app_key(&shop), &body)) {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap().bytes().await.unwrap();
    assert_eq!(call.open(&answer)["errcode"], 40003);
}

#[tokio::test]
async fn what_is_wrong_with_the_protection_is_named() {
    let (shop, _, token) = secured(ApiSecurityOptions::default()).await;
    let (call, target) = (Call::new(&shop, PHONE), format!("{PHONE}?access_token={token}"));
    let body = call.seal(json!({"code": "none"}));
    let right = headers(&call, call.sign(&app_key(&shop), &body));
    for (index, expected) in [(0, 40233), (1, 40231), (2, 40232)] {
        let mut lacking = right.clone();
        lacking.remove(index);
        assert_eq!(errcode(&send(&shop, &target, &lacking, &body).await.1), expected);
    }
    let tampered = body.replacen("\"data\":\"", "\"data\":\"A", 1);
    assert_eq!(errcode(&send(&shop, &target, &right, &tampered).await.1), 40234);
    let plain = json!({"code": "none"}).to_string();
    let signed = headers(&call, call.sign(&app_key(&shop), &plain));
    assert_eq!(errcode(&send(&shop, &target, &signed, &plain).await.1), 40235);
    for (wrong, expected) in [
        (Call { key: [8; 32], ..call.clone() }, 40235),
        (Call { sn: "sn2", ..call.clone() }, 40235),
        (Call { app_id: "someone".into(), ..call.clone() }, 40236),
        (Call { app_id: "wxfedcba9876543210".into(), ..call.clone() }, 40237),
        (Call { at: call.at - 301, ..call.clone() }, 40240),
        (Call { url: "https://api.weixin.qq.com/wxa/other".into(), ..call.clone() }, 40234),
    ] {
        assert_eq!(errcode(&protected(&shop, &token, &wrong, "none").await.1), expected);
    }
}

#[tokio::test]
async fn keys_that_were_never_set_are_missed() {
    let shop = shop().await;
    let (token, call) = (shop.token(APP, SECRET).await, Call::new(&shop, PHONE));
    assert_eq!(errcode(&protected(&shop, &token, &call, "none").await.1), 40239);
    let only_public = ApiSecurityOptions { aes_key: None, ..options(&shop) };
    shop.sim.set_api_security(APP, only_public).unwrap();
    assert_eq!(errcode(&protected(&shop, &token, &call, "none").await.1), 40238);
    let fields = json!({"app_id": APP, "aes_key": STANDARD.encode(KEY)});
    let (status, kit) = shop.control("api_security", &fields).await;
    assert_eq!((status, &kit["sn"]), (200, &json!("sn1")));
    assert_eq!(call.open(&protected(&shop, &token, &call, "none").await.1)["errcode"], 40029);
    for wrong in [
        json!({"app_id": APP, "aes_key": "c2hvcnQ="}),
        json!({"app_id": APP, "app_public_key_pem": "no pem"}),
        json!({"app_id": APP, "required": ["/no/such/call"]}),
    ] {
        assert_eq!(shop.control("api_security", &wrong).await.0, 400, "{wrong}");
    }
    assert_eq!(shop.control("api_security", &json!({"app_id": "wxnobody"})).await.0, 404);
}

#[tokio::test]
async fn required_calls_are_refused_without_protection() {
    let required = Some(vec![PHONE.to_owned()]);
    let change = ApiSecurityOptions { required, ..ApiSecurityOptions::default() };
    let (shop, _, token) = secured(change).await;
    let body = json!({"code": "none"}).to_string();
    let target = format!("{PHONE}?access_token={token}");
    assert_eq!(errcode(&send(&shop, &target, &Headers::new(), &body).await.1), 40231);
    let call = Call::new(&shop, PHONE);
    assert_eq!(call.open(&protected(&shop, &token, &call, "none").await.1)["errcode"], 40029);
    let other = format!("/wxa/getpluginopenpid?access_token={token}");
    assert_eq!(errcode(&send(&shop, &other, &Headers::new(), &body).await.1), 1007);
    shop.control("api_security", &json!({"app_id": APP, "required": []})).await;
    assert_eq!(errcode(&send(&shop, &target, &Headers::new(), &body).await.1), 40029);
}

#[tokio::test]
async fn keys_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = Some(folder.path().join("state.db"));
    let first = shop_with(|settings| settings.state_path.clone_from(&state)).await;
    let kit = first.sim.set_api_security(APP, options(&first)).unwrap();
    first.sim.shutdown().await;
    let again = shop_with(|settings| settings.state_path.clone_from(&state)).await;
    let (token, call) = (again.token(APP, SECRET).await, Call::new(&again, PHONE));
    let (headers, body) = protected(&again, &token, &call, "none").await;
    assert!(verifies(&call, &kit.platform_public_key_pem, &headers, "", &body));
    assert_eq!(call.open(&body)["errcode"], 40029);
    again.sim.shutdown().await;
}

#[tokio::test]
async fn both_certificates_sign_while_one_replaces_the_other() {
    let (shop, old, token) = secured(ApiSecurityOptions::default()).await;
    let call = Call::new(&shop, PHONE);
    let change = |platform| ApiSecurityOptions { platform: Some(platform), ..Default::default() };
    let new = shop.sim.set_api_security(APP, change(PlatformChange::Replace)).unwrap();
    assert_eq!(new.replaced_serial.as_ref(), Some(&old.platform_serial));
    assert_ne!(new.platform_serial, old.platform_serial);
    let (headers, body) = protected(&shop, &token, &call, "none").await;
    assert_eq!(text(&headers, "wechatmp-serial"), new.platform_serial);
    assert_eq!(text(&headers, "wechatmp-serial-deprecated"), old.platform_serial);
    assert!(verifies(&call, &new.platform_public_key_pem, &headers, "", &body));
    assert!(verifies(&call, &old.platform_public_key_pem, &headers, "-deprecated", &body));
    shop.sim.set_api_security(APP, change(PlatformChange::Finish)).unwrap();
    let (headers, _) = protected(&shop, &token, &call, "none").await;
    assert_eq!(text(&headers, "wechatmp-serial"), new.platform_serial);
    assert!(!headers.contains_key("wechatmp-signature-deprecated"));
}
