//! Logging in, session keys, phone numbers, tokens, quotas, and calls that are protected besides TLS.

use std::time::Duration;

use serde_json::{Map, json};
use wechat_sdk::mini::ApiKeys;
use wechat_sdk::mini::access_token::{GetAccessToken, GetStableAccessToken};
use wechat_sdk::mini::client_data::{open_encrypted_data, raw_data_is_genuine};
use wechat_sdk::mini::login::{CheckSessionKey, CodeToSession, ResetUserSessionKey, Session};
use wechat_sdk::mini::openapi::{ClearQuota, GetApiQuota, GetRidInfo};
use wechat_sdk::mini::user::{
    CheckEncryptedData, GetPaidUnionId, GetPhoneNumber, GetPluginOpenPid, GetUserEncryptKey,
};
use wechat_sdk::{MchId, MiniProgram, OpenId, Secret, UnionId};
use wechat_sim::{ApiSecurityOptions, AppOptions, EncryptedKind, PlatformChange, ShopperOptions};

use crate::support::{APP, APP_SECRET, MCHID, Shop, app, shop, trade_no};

async fn session(shop: &Shop, openid: Option<&str>) -> Session {
    shop.ask(CodeToSession::new(shop.sim.login_code(APP, openid).code)).await
}

#[tokio::test]
async fn a_code_logs_in_once_and_its_session_is_checked_and_reset() {
    let shop = shop().await;
    let login = shop.sim.login_code(APP, None);
    let first = shop.ask(CodeToSession::new(login.code.as_str())).await;
    assert_eq!((first.openid.as_str(), first.extra.is_empty()), (login.openid.as_str(), true));
    assert_eq!(shop.no(CodeToSession::new(login.code)).await, 40163);
    assert_eq!(shop.no(CodeToSession::new("nobody")).await, 40029);

    shop.ask(CheckSessionKey::new(first.openid.clone(), &first.session_key)).await;
    let second = session(&shop, Some(first.openid.as_str())).await;
    assert_eq!(second.openid, first.openid);
    assert_eq!(shop.no(CheckSessionKey::new(first.openid.clone(), &first.session_key)).await, 87009);
    let reset = shop.ask(ResetUserSessionKey::new(second.openid.clone(), &second.session_key)).await;
    assert_ne!(reset.session_key.expose(), second.session_key.expose());
    shop.ask(CheckSessionKey::new(reset.openid.clone(), &reset.session_key)).await;
    assert_eq!(shop.no(CheckSessionKey::new(reset.openid, &second.session_key)).await, 87009);
}

#[tokio::test]
async fn a_phone_number_is_told_once_for_a_code() {
    let shop = shop().await;
    let code = shop.sim.phone_code(APP, "13800138000");
    let told = shop.ask(GetPhoneNumber::new(code.as_str())).await.phone_info;
    assert_eq!((told.pure_phone_number.expose(), told.country_code.as_str()), ("13800138000", "86"));
    assert_eq!(told.watermark.unwrap().appid, Some(app()));
    let error = shop.mini.send(&GetPhoneNumber::new(code)).await.unwrap_err();
    // Both numbers of a used code mean the same.
    assert!(matches!(error.api().unwrap().code.number(), Some(40029 | 40163)), "{error}");
    // The number in the message is good for asking what was wrong.
    let rid = error.api().unwrap().request_id.clone().expect("a rid");
    let asked = shop.ask(GetRidInfo::new(rid)).await.request;
    assert!(asked.response_body.unwrap().expose().contains("errcode"));
}

#[tokio::test]
async fn data_of_the_client_is_opened_and_checked() {
    let shop = shop().await;
    let session = session(&shop, None).await;
    let options = ShopperOptions {
        openid: Some(session.openid.as_str().to_owned()),
        phone: Some("13800138000".to_owned()),
        ..ShopperOptions::default()
    };
    shop.sim.set_shopper(APP, options);
    let made =
        shop.sim.encrypted_data(APP, session.openid.as_str(), EncryptedKind::Phone, Map::new()).unwrap();
    let key = &session.session_key;
    let opened = open_encrypted_data(&app(), key, &made.iv, &made.encrypted_data).unwrap();
    assert_eq!(opened.get("phoneNumber").unwrap(), &json!("13800138000"));
    let profile = Map::from_iter([("nickName".to_owned(), json!("小明"))]);
    let profile =
        shop.sim.encrypted_data(APP, session.openid.as_str(), EncryptedKind::UserInfo, profile).unwrap();
    let (raw, signature) = (profile.raw_data.unwrap(), profile.signature.unwrap());
    assert!(raw_data_is_genuine(key, &raw, &signature) && !raw_data_is_genuine(key, "{}", &signature));
    let check = shop.ask(CheckEncryptedData::new(&made.encrypted_data)).await;
    assert!(check.valid && check.extra.is_empty());
    assert_eq!(shop.no(CheckEncryptedData::new("another")).await, 1);

    let keys = shop.ask(GetUserEncryptKey::new(session.openid.clone(), &session.session_key)).await;
    let own = shop.sim.user_key(APP, session.openid.as_str()).unwrap();
    assert!(keys.key_info_list.iter().any(|key| key.encrypt_key.expose() == own.encrypt_key));
}

#[tokio::test]
async fn who_paid_is_known_by_a_union_id() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let account = AppOptions { open_platform: Some("open-1".to_owned()), ..AppOptions::default() };
    shop.sim.set_app(APP, account).unwrap();
    let options = ShopperOptions {
        openid: Some(payer.as_str().to_owned()),
        unionid: Some("uShopper1".to_owned()),
        ..ShopperOptions::default()
    };
    shop.sim.set_shopper(APP, options);
    let paid = shop.bought(&payer, shop.order("union-0001", 100), "union-0001").await;
    let union = UnionId::new("uShopper1").unwrap();
    let by_id = GetPaidUnionId::by_transaction_id(payer.clone(), crate::support::transaction(&paid));
    assert_eq!(shop.ask(by_id).await.unionid, union);
    let mchid = MchId::new(MCHID).unwrap();
    let by_number = GetPaidUnionId::by_out_trade_no(payer.clone(), mchid, trade_no("union-0001"));
    assert_eq!(shop.ask(by_number).await.unionid, union);
    assert_eq!(session(&shop, Some(payer.as_str())).await.unionid, Some(union));
    let plugin = shop.sim.plugin_code(APP, payer.as_str());
    assert!(!shop.ask(GetPluginOpenPid::new(plugin)).await.openpid.is_empty());
}

#[tokio::test]
async fn tokens_are_stable_until_they_are_forced() {
    let shop = shop().await;
    let own = shop.mini.access_token().await.unwrap();
    let stable = shop.ask(GetStableAccessToken::new()).await;
    assert_eq!((stable.access_token.expose(), stable.expires_in > 0), (own.expose(), true));
    let forced = shop.ask(GetStableAccessToken::new().force_refresh(true)).await;
    assert_ne!(forced.access_token.expose(), own.expose());
    let other_kind = shop.ask(GetAccessToken::new()).await;
    assert_ne!(other_kind.access_token.expose(), forced.access_token.expose());
    // The client notices at its next call that its token was replaced elsewhere.
    shop.sim.invalidate_tokens(APP);
    shop.ask(GetPhoneNumber::new(shop.sim.phone_code(APP, "13800138000"))).await;

    let wrong =
        MiniProgram::builder(app(), Secret::new("another")).base_url(shop.sim.base_url()).build().unwrap();
    let error = wrong.access_token().await.unwrap_err();
    assert_eq!(error.api().unwrap().code.number(), Some(40125));
}

#[tokio::test]
async fn quotas_are_used_up_asked_for_and_cleared() {
    let shop = shop().await;
    let path = "/wxa/business/getuserphonenumber";
    assert!(shop.sim.limit(APP, path, Some(2), None));
    let code = || shop.sim.phone_code(APP, "13800138000");
    for _ in 0..2 {
        shop.ask(GetPhoneNumber::new(code())).await;
    }
    assert_eq!(shop.no(GetPhoneNumber::new(code())).await, 45009);
    let quota = shop.ask(GetApiQuota::new(path)).await.quota.unwrap();
    assert_eq!((quota.daily_limit, quota.remain), (Some(2), Some(0)));
    shop.ask(ClearQuota::new()).await;
    shop.ask(GetPhoneNumber::new(code())).await;
}

fn protected_client(shop: &Shop, required: &[&str]) -> MiniProgram {
    let options = ApiSecurityOptions {
        sn: Some("sn1".to_owned()),
        aes_key: Some("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned()),
        // Any pair of keys will do: here the merchant's.
        app_public_key_pem: Some(public_half(shop)),
        required: Some(required.iter().map(|path| (*path).to_owned()).collect()),
        platform: None,
    };
    let kit = shop.sim.set_api_security(APP, options).unwrap();
    let keys = ApiKeys::new(
        &Secret::new(kit.aes_key.unwrap()),
        kit.sn,
        &shop.kit.merchant_private_key_pem,
        &kit.platform_certificate_pem,
        kit.platform_serial,
    );
    MiniProgram::builder(app(), Secret::new(APP_SECRET))
        .base_url(shop.sim.base_url())
        .api_keys(keys.unwrap())
        .build()
        .unwrap()
}

fn public_half(shop: &Shop) -> String {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::signature::KeyPair as _;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let lines = shop.kit.merchant_private_key_pem.lines().filter(|line| !line.starts_with("---"));
    let der = STANDARD.decode(lines.collect::<String>()).unwrap();
    let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(&der).unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let text = STANDARD.encode(public.as_ref());
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
}

#[tokio::test]
async fn a_protected_call_is_opened_on_both_sides() {
    let shop = shop().await;
    let path = "/wxa/business/getuserphonenumber";
    let client = protected_client(&shop, &[path]);
    let code = || shop.sim.phone_code(APP, "13800138000");
    shop.no(GetPhoneNumber::new(code())).await;
    let told = client.send_protected(&GetPhoneNumber::new(code())).await.unwrap();
    assert_eq!(told.phone_info.pure_phone_number.expose(), "13800138000");
    let sent = &shop.sim.requests()[0].request_body;
    assert!(sent.contains("authtag") && !sent.contains("code"), "{sent}");

    // A refusal is encrypted as well, and a token that died is replaced.
    let error = client.send_protected(&GetPhoneNumber::new("nobody")).await.unwrap_err();
    assert_eq!(error.api().unwrap().code.number(), Some(40029));
    shop.sim.invalidate_tokens(APP);
    client.send_protected(&GetPhoneNumber::new(code())).await.unwrap();
}

#[tokio::test]
async fn the_certificate_of_the_protection_is_replaced_while_calls_go_on() {
    let shop = shop().await;
    let client = protected_client(&shop, &[]);
    let call = || GetPhoneNumber::new(shop.sim.phone_code(APP, "13800138000"));
    client.send_protected(&call()).await.unwrap();
    let replace = |change| ApiSecurityOptions { platform: Some(change), ..ApiSecurityOptions::default() };
    shop.sim.set_api_security(APP, replace(PlatformChange::Replace)).unwrap();
    client.send_protected(&call()).await.expect("answers are signed with both");
    shop.sim.set_api_security(APP, replace(PlatformChange::Finish)).unwrap();
    let error = client.send_protected(&call()).await.unwrap_err();
    assert!(matches!(error, wechat_sdk::Error::Untrusted(_)), "{error}");
}

#[tokio::test]
async fn a_session_belongs_to_one_person_of_one_app() {
    let shop = shop().await;
    let session = session(&shop, None).await;
    let stranger = OpenId::new("oNobody").unwrap();
    let wrong = shop.no(CheckSessionKey::new(stranger, &session.session_key)).await;
    assert!(wrong == 40003 || wrong == 87009, "{wrong}");
    shop.sim.advance(Duration::from_hours(1)).unwrap();
    shop.ask(CheckSessionKey::new(session.openid, &session.session_key)).await;
}
