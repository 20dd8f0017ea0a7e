//! Sessions, unionids, and what clients get encrypted.

use aws_lc_rs::cipher::{AES_128, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use wechat_sim::{AppOptions, EncryptedKind, ShopperOptions};

use crate::support::{APP, MCHID, NOWHERE, SECRET, Shop, order, shop, shop_with};

const OTHER: &str = "wxfedcba9876543210";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn proof(session_key: &str) -> String {
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, session_key.as_bytes()), b"").as_ref())
}

async fn login_of(shop: &Shop, app_id: &str, secret: &str, openid: &str) -> Value {
    let code = shop.sim.login_code(app_id, Some(openid)).code;
    let target = format!(
        "/sns/jscode2session?appid={app_id}&secret={secret}&js_code={code}&grant_type=authorization_code"
    );
    fetch(shop, &target).await
}

async fn login(shop: &Shop, openid: &str) -> String {
    login_of(shop, APP, SECRET, openid).await["session_key"].as_str().unwrap().to_owned()
}

async fn fetch(shop: &Shop, target: &str) -> Value {
    shop.http.get(format!("{}{target}", shop.sim.base_url())).send().await.unwrap().json().await.unwrap()
}

async fn get(shop: &Shop, path: &str, query: &str) -> Value {
    let token = shop.token(APP, SECRET).await;
    fetch(shop, &format!("{path}?access_token={token}&{query}")).await
}

async fn post(shop: &Shop, path: &str, body: &Value) -> Value {
    let token = shop.token(APP, SECRET).await;
    let url = format!("{}{path}?access_token={token}", shop.sim.base_url());
    shop.http.post(url).json(body).send().await.unwrap().json().await.unwrap()
}

fn signed(openid: &str, session_key: &str) -> String {
    format!("openid={openid}&signature={}&sig_method=hmac_sha256", proof(session_key))
}

async fn check(shop: &Shop, query: &str) -> Value {
    get(shop, "/wxa/checksession", query).await["errcode"].clone()
}

#[tokio::test]
async fn a_session_is_checked_with_its_key() {
    let shop = shop().await;
    let first = login(&shop, "oAlice").await;
    let answer = get(&shop, "/wxa/checksession", &signed("oAlice", &first)).await;
    assert_eq!(answer, json!({"errcode": 0, "errmsg": "ok"}));
    let second = login(&shop, "oAlice").await;
    assert_ne!(first, second);
    assert_eq!(check(&shop, &signed("oAlice", &first)).await, 87009);
    assert_eq!(check(&shop, &signed("oAlice", &second)).await, 0);
    assert_eq!(check(&shop, &signed("oNobody", &second)).await, 40003);
    assert_eq!(check(&shop, &format!("openid=oAlice&signature={}", proof(&second))).await, 87008);
    assert_eq!(check(&shop, "openid=oAlice&sig_method=hmac_sha256").await, 40097);
    let ended = ShopperOptions { openid: Some("oAlice".into()), end_session: true, ..Default::default() };
    assert!(!shop.sim.set_shopper(APP, ended).has_session);
    assert_eq!(check(&shop, &signed("oAlice", &second)).await, 87009);
}

#[tokio::test]
async fn a_lost_session_and_a_kept_key_follow_the_settings() {
    let shop = shop_with(|settings| {
        settings.lost_session_errcode = 87007;
        settings.keep_session_key = true;
    })
    .await;
    let first = login(&shop, "oAlice").await;
    assert_eq!(login(&shop, "oAlice").await, first);
    shop.control("shoppers", &json!({"app_id": APP, "openid": "oAlice", "end_session": true})).await;
    assert_eq!(check(&shop, &signed("oAlice", &first)).await, 87007);
}

#[tokio::test]
async fn a_session_key_is_reset_but_not_often() {
    let shop = shop().await;
    let first = login(&shop, "oAlice").await;
    let path = "/wxa/resetusersessionkey";
    let answer = get(&shop, path, &signed("oAlice", &first)).await;
    let second = answer["session_key"].as_str().unwrap().to_owned();
    assert_eq!(answer, json!({"errcode": 0, "errmsg": "ok", "openid": "oAlice", "session_key": second}));
    assert_eq!(STANDARD.decode(&second).unwrap().len(), 16);
    assert_eq!(check(&shop, &signed("oAlice", &first)).await, 87009);
    assert_eq!(get(&shop, path, &signed("oAlice", &first)).await["errcode"], 87009);
    let mut current = second;
    let mut resets = 1;
    loop {
        let answer = get(&shop, path, &signed("oAlice", &current)).await;
        let Some(next) = answer["session_key"].as_str() else {
            assert_eq!(answer["errcode"], 45011);
            break;
        };
        (current, resets) = (next.to_owned(), resets + 1);
    }
    assert_eq!(resets, 10);
    assert_eq!(check(&shop, &signed("oAlice", &current)).await, 0);
    shop.clock.advance_secs(60);
    assert_eq!(get(&shop, path, &signed("oAlice", &current)).await["errcode"], 0);
    shop.control("shoppers", &json!({"app_id": APP, "openid": "oAlice", "end_session": true})).await;
    assert_eq!(get(&shop, path, &signed("oAlice", &current)).await["errcode"], 87007);
}

#[tokio::test]
async fn logins_are_rationed_and_refused_to_suspects() {
    let shop = shop().await;
    for _ in 0..100 {
        login(&shop, "oAlice").await;
    }
    assert_eq!(login_of(&shop, APP, SECRET, "oAlice").await["errcode"], 45011);
    login(&shop, "oBob").await;
    shop.clock.advance_secs(60);
    let key = login(&shop, "oAlice").await;
    let (status, view) =
        shop.control("shoppers", &json!({"app_id": APP, "openid": "oAlice", "high_risk": true})).await;
    assert_eq!((status, &view["high_risk"]), (200, &json!(true)));
    assert_eq!(login_of(&shop, APP, SECRET, "oAlice").await["errcode"], 40226);
    assert_eq!(check(&shop, &signed("oAlice", &key)).await, 0);
    shop.control("shoppers", &json!({"app_id": APP, "openid": "oAlice", "high_risk": false})).await;
    let key = login(&shop, "oAlice").await;
    shop.control("shoppers", &json!({"app_id": APP, "openid": "oAlice", "banned": true})).await;
    assert_eq!(login_of(&shop, APP, SECRET, "oAlice").await["errcode"], 40226);
    assert_eq!(check(&shop, &signed("oAlice", &key)).await, 87009);
    assert_eq!(shop.control("shoppers", &json!({"app_id": "wxnobody"})).await.0, 404);
}

/// Two apps of one open platform.
async fn platform() -> Shop {
    let shop = shop().await;
    shop.sim.app(OTHER, "s");
    for app in [APP, OTHER] {
        let (status, view) = shop.control("apps", &json!({"app_id": app, "open_platform": "shops"})).await;
        assert_eq!((status, &view["open_platform"]), (200, &json!("shops")));
    }
    shop
}

#[tokio::test]
async fn a_person_has_one_unionid_in_all_apps_of_a_platform() {
    let shop = platform().await;
    for (app, openid) in [(APP, "oAlice"), (OTHER, "oA2")] {
        shop.control("shoppers", &json!({"app_id": app, "openid": openid, "person": "alice"})).await;
    }
    let here = login_of(&shop, APP, SECRET, "oAlice").await;
    let there = login_of(&shop, OTHER, "s", "oA2").await;
    assert_eq!(here["unionid"].as_str().unwrap().len(), 28);
    assert_eq!(here["unionid"], there["unionid"]);
    assert_ne!(login_of(&shop, OTHER, "s", "oBob").await["unionid"], there["unionid"]);
    assert_ne!(login_of(&shop, OTHER, "s", "oAlice").await["unionid"], there["unionid"]);
    shop.sim.set_app(OTHER, AppOptions { open_platform: Some("others".into()), ..AppOptions::default() });
    let elsewhere = login_of(&shop, OTHER, "s", "oA2").await;
    assert!(elsewhere["unionid"].is_string());
    assert_ne!(elsewhere["unionid"], here["unionid"]);
    shop.sim.set_app(OTHER, AppOptions { open_platform: Some(String::new()), ..AppOptions::default() });
    assert!(login_of(&shop, OTHER, "s", "oA2").await.get("unionid").is_none());
}

#[tokio::test]
async fn a_payer_is_known_for_five_minutes() {
    let shop = platform().await;
    let reply = shop.prepay(&order("order-0001", 100, NOWHERE)).await;
    assert_eq!(reply.status, 200);
    let path = "/wxa/getpaidunionid";
    let by_number = format!("openid=oUser&mch_id={MCHID}&out_trade_no=order-0001");
    assert_eq!(get(&shop, path, &by_number).await["errcode"], 89300);
    let paid = shop.sim.pay(MCHID, "order-0001").unwrap();
    let transaction = paid.transaction["transaction_id"].as_str().unwrap();
    let by_id = format!("openid=oUser&transaction_id={transaction}");
    let unionid = login_of(&shop, APP, SECRET, "oUser").await["unionid"].clone();
    let expected = json!({"errcode": 0, "errmsg": "ok", "unionid": unionid});
    assert_eq!(get(&shop, path, &by_number).await, expected);
    assert_eq!(get(&shop, path, &by_id).await, expected);
    assert_eq!(get(&shop, path, &by_id.replace("oUser", "oBob")).await["errcode"], 40003);
    login(&shop, "oBob").await;
    assert_eq!(get(&shop, path, &by_id.replace("oUser", "oBob")).await["errcode"], 89300);
    assert_eq!(get(&shop, path, "openid=oUser").await["errcode"], 89300);
    assert_eq!(get(&shop, path, &format!("transaction_id={transaction}")).await["errcode"], 40003);
    let foreign = shop.token(OTHER, "s").await;
    let foreign = fetch(&shop, &format!("{path}?access_token={foreign}&{by_id}")).await;
    assert_eq!(foreign["errcode"], 40003);
    shop.clock.advance_secs(300);
    assert_eq!(get(&shop, path, &by_id).await["errcode"], 89300);
    shop.sim.set_app(APP, AppOptions { open_platform: Some(String::new()), ..AppOptions::default() });
    assert_eq!(get(&shop, path, &by_id).await["errcode"], 89002);
}

fn decrypt(session_key: &str, data: &Value) -> Value {
    let text = |name: &str| STANDARD.decode(data[name].as_str().unwrap()).unwrap();
    let key = UnboundCipherKey::new(&AES_128, &STANDARD.decode(session_key).unwrap()).unwrap();
    let iv: [u8; 16] = text("iv").try_into().unwrap();
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let mut bytes = text("encryptedData");
    let plain = PaddedBlockDecryptingKey::cbc_pkcs7(key).unwrap().decrypt(&mut bytes, context).unwrap();
    serde_json::from_slice(plain).unwrap()
}

#[tokio::test]
async fn clients_get_encrypted_phone_numbers_and_their_digests_are_known() {
    let shop = shop().await;
    let ask = json!({"app_id": APP, "openid": "oAlice", "kind": "phone"});
    assert_eq!(shop.control("encrypted_data", &ask).await.0, 400);
    let key = login(&shop, "oAlice").await;
    assert_eq!(shop.control("encrypted_data", &ask).await.0, 400);
    shop.control("shoppers", &json!({"app_id": APP, "openid": "oAlice", "phone": "13800138000"})).await;
    let (status, data) = shop.control("encrypted_data", &ask).await;
    assert_eq!(status, 200, "{data}");
    assert_eq!(data.as_object().unwrap().len(), 2);
    let made_at = wechat_sim::Clock::now_millis(&*shop.clock) / 1000;
    let expected = json!({
        "phoneNumber": "13800138000", "purePhoneNumber": "13800138000", "countryCode": "86",
        "watermark": {"appid": APP, "timestamp": made_at},
    });
    assert_eq!(decrypt(&key, &data), expected);

    let text = data["encryptedData"].as_str().unwrap();
    let path = "/wxa/business/checkencryptedmsg";
    let bytes = STANDARD.decode(text).unwrap();
    for bytes in [text.as_bytes(), &bytes] {
        let body = json!({"encrypted_msg_hash": hex(digest(&SHA256, bytes).as_ref())});
        let expected = json!({"errcode": 0, "errmsg": "ok", "vaild": true, "create_time": made_at});
        assert_eq!(post(&shop, path, &body).await, expected);
    }
    let body = json!({"encrypted_msg_hash": hex(digest(&SHA256, b"other").as_ref())});
    assert_eq!(post(&shop, path, &body).await["errcode"], 1);
    assert_eq!(post(&shop, path, &json!({"encrypted_msg_hash": "abc"})).await["errcode"], 40097);
    assert_eq!(post(&shop, path, &json!({})).await["errcode"], 47001);
    shop.sim.app(OTHER, "s");
    let body = json!({"encrypted_msg_hash": hex(digest(&SHA256, text.as_bytes()).as_ref())});
    let foreign = format!("{}{path}?access_token={}", shop.sim.base_url(), shop.token(OTHER, "s").await);
    let foreign: Value = shop.http.post(foreign).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(foreign["errcode"], 1);
    shop.clock.advance_secs(3 * 86_400);
    assert_eq!(post(&shop, path, &body).await["errcode"], 1);
}

#[tokio::test]
async fn clients_get_user_info_with_a_signature() {
    let shop = platform().await;
    let session = login_of(&shop, APP, SECRET, "oAlice").await;
    let key = session["session_key"].as_str().unwrap();
    let data = Map::from_iter([("city".to_owned(), json!("杭州"))]);
    let made = shop.sim.encrypted_data(APP, "oAlice", EncryptedKind::UserInfo, data).unwrap();
    let plain = decrypt(key, &serde_json::to_value(&made).unwrap());
    assert_eq!((&plain["openId"], &plain["unionId"]), (&json!("oAlice"), &session["unionid"]));
    assert_eq!(plain["watermark"]["appid"], APP);
    let raw = made.raw_data.unwrap();
    let seen: Value = serde_json::from_str(&raw).unwrap();
    assert_eq!((&seen["city"], seen.get("openId"), seen.get("unionId")), (&json!("杭州"), None, None));
    let expected = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{raw}{key}").as_bytes()).as_ref());
    assert_eq!(made.signature.unwrap(), expected);
    let share = shop.sim.encrypted_data(APP, "oAlice", EncryptedKind::Share, Map::new()).unwrap();
    assert!(decrypt(key, &serde_json::to_value(&share).unwrap())["openGId"].is_string());
    let hash = hex(digest(&SHA256, share.encrypted_data.as_bytes()).as_ref());
    let known = post(&shop, "/wxa/business/checkencryptedmsg", &json!({"encrypted_msg_hash": hash})).await;
    assert_eq!(known["errcode"], 1, "only phone numbers are remembered");
}

#[tokio::test]
async fn client_and_server_see_the_same_encryption_keys() {
    let shop = shop().await;
    let key = login(&shop, "oAlice").await;
    let path = "/wxa/business/getuserencryptkey";
    for version in 1..=4 {
        let (_, client) = shop.control("user_keys", &json!({"app_id": APP, "openid": "oAlice"})).await;
        let list = get(&shop, path, &signed("oAlice", &key)).await["key_info_list"].clone();
        let newest = &list[0];
        assert_eq!((&client["encryptKey"], &client["iv"]), (&newest["encrypt_key"], &newest["iv"]));
        assert_eq!((&newest["version"], &newest["expire_in"]), (&json!(version), &json!(3600)));
        assert_eq!(list.as_array().unwrap().len(), version.min(3));
        if version > 1 {
            assert_eq!((&list[1]["version"], &list[1]["expire_in"]), (&json!(version - 1), &json!(0)));
        }
        shop.clock.advance_secs(3600);
    }
    assert_eq!(get(&shop, path, &signed("oAlice", "wrong")).await["errcode"], 87009);
    assert_eq!(get(&shop, path, "openid=oAlice&signature=a&sig_method=md5").await["errcode"], 87008);
}

#[tokio::test]
async fn a_plugin_learns_its_own_name_of_a_user() {
    let shop = shop().await;
    let code = |openid: &str| shop.sim.plugin_code(APP, openid);
    let ask = |code: String| {
        let shop = &shop;
        async move { post(shop, "/wxa/getpluginopenpid", &json!({"code": code})).await }
    };
    let (_, made) = shop.control("plugin_codes", &json!({"app_id": APP, "openid": "oAlice"})).await;
    let used = made["code"].as_str().unwrap().to_owned();
    let first = ask(used.clone()).await;
    assert_eq!(first["openpid"].as_str().unwrap().len(), 28);
    assert_eq!(first, json!({"errcode": 0, "errmsg": "ok", "openpid": first["openpid"]}));
    assert_eq!(ask(used).await["errcode"], 1007);
    assert_eq!(ask(code("oAlice")).await["openpid"], first["openpid"]);
    assert_ne!(ask(code("oBob")).await["openpid"], first["openpid"]);
    assert_eq!(ask("none".into()).await["errcode"], 1007);
    shop.sim.app(OTHER, "s");
    assert_eq!(ask(shop.sim.plugin_code(OTHER, "oAlice")).await["errcode"], 1005);
    assert_eq!(post(&shop, "/wxa/getpluginopenpid", &json!({})).await["errcode"], 1001);
    let late = code("oAlice");
    shop.clock.advance_secs(300);
    assert_eq!(ask(late).await["errcode"], 1007);
}
