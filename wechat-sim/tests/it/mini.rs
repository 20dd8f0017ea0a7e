//! Login codes, access tokens and phone numbers.

use crate::support::{APP, SECRET, Shop, shop};
use serde_json::{Value, json};

async fn login(shop: &Shop, appid: &str, secret: &str, code: &str) -> Value {
    let url = format!(
        "{}/sns/jscode2session?appid={appid}&secret={secret}&js_code={code}&grant_type=authorization_code",
        shop.sim.base_url()
    );
    shop.http.get(url).send().await.unwrap().json().await.unwrap()
}

async fn legacy(shop: &Shop, secret: &str) -> Value {
    let url = format!(
        "{}/cgi-bin/token?grant_type=client_credential&appid={APP}&secret={secret}",
        shop.sim.base_url()
    );
    shop.http.get(url).send().await.unwrap().json().await.unwrap()
}

async fn stable(shop: &Shop, force: bool) -> Value {
    let body = json!({
        "grant_type": "client_credential", "appid": APP, "secret": SECRET, "force_refresh": force,
    });
    let url = format!("{}/cgi-bin/stable_token", shop.sim.base_url());
    shop.http.post(url).json(&body).send().await.unwrap().json().await.unwrap()
}

async fn phone(shop: &Shop, token: &Value, code: &str) -> Value {
    let token = token["access_token"].as_str().unwrap_or_default();
    let url = format!("{}/wxa/business/getuserphonenumber?access_token={token}", shop.sim.base_url());
    shop.http.post(url).json(&json!({"code": code})).send().await.unwrap().json().await.unwrap()
}

/// The error code a token is refused with; 40029 (of the code) means that the token was accepted.
async fn token_state(shop: &Shop, token: &Value) -> i64 {
    phone(shop, token, "no-such-code").await["errcode"].as_i64().unwrap()
}

#[tokio::test]
async fn a_login_code_is_used_once() {
    let shop = shop().await;
    let code = shop.sim.login_code(APP, Some("oAlice"));
    let session = login(&shop, APP, SECRET, &code.code).await;
    assert_eq!(session["openid"], "oAlice");
    assert_eq!(session["session_key"].as_str().unwrap().len(), 24);
    assert!(session.get("errcode").is_none());
    assert_eq!(login(&shop, APP, SECRET, &code.code).await["errcode"], 40163);
}

#[tokio::test]
async fn logins_are_refused_with_their_codes() {
    let shop = shop().await;
    shop.sim.app("wxother", "s");
    let code = shop.sim.login_code(APP, None);
    assert_eq!(login(&shop, "wxnobody", SECRET, &code.code).await["errcode"], 40013);
    assert_eq!(login(&shop, APP, "wrong", &code.code).await["errcode"], 40125);
    assert_eq!(login(&shop, "wxother", "s", &code.code).await["errcode"], 40013);
    assert_eq!(login(&shop, APP, SECRET, "").await["errcode"], 41008);
    assert_eq!(login(&shop, APP, SECRET, "never").await["errcode"], 40029);
    shop.clock.advance_secs(300);
    assert_eq!(login(&shop, APP, SECRET, &code.code).await["errcode"], 40029);
}

#[tokio::test]
async fn a_legacy_token_is_displaced_after_its_grace() {
    let shop = shop().await;
    let first = legacy(&shop, SECRET).await;
    assert_eq!(first["expires_in"], 7200);
    let second = legacy(&shop, SECRET).await;
    assert_ne!(first, second);
    assert_eq!(token_state(&shop, &first).await, 40029);
    shop.clock.advance_secs(300);
    assert_eq!(token_state(&shop, &first).await, 40001);
    assert_eq!(token_state(&shop, &second).await, 40029);
    let third = legacy(&shop, SECRET).await;
    let fourth = legacy(&shop, SECRET).await;
    assert_eq!(token_state(&shop, &second).await, 40001);
    assert_eq!(token_state(&shop, &third).await, 40029);
    shop.clock.advance_secs(7200);
    assert_eq!(token_state(&shop, &fourth).await, 42001);
    assert_eq!(legacy(&shop, "wrong").await["errcode"], 40001);
}

#[tokio::test]
async fn a_stable_token_stays_until_its_end_is_near() {
    let shop = shop().await;
    let first = stable(&shop, false).await;
    legacy(&shop, SECRET).await;
    shop.clock.advance_secs(6000);
    let again = stable(&shop, false).await;
    assert_eq!((&again["access_token"], &again["expires_in"]), (&first["access_token"], &json!(1200)));
    shop.clock.advance_secs(900);
    let next = stable(&shop, false).await;
    assert_ne!(next["access_token"], first["access_token"]);
    assert_eq!(token_state(&shop, &first).await, 40029);
    shop.clock.advance_secs(300);
    assert_eq!(token_state(&shop, &first).await, 42001);
    assert_eq!(token_state(&shop, &next).await, 40029);
}

#[tokio::test]
async fn a_forced_refresh_kills_the_old_token_and_is_rationed() {
    let shop = shop().await;
    let first = stable(&shop, false).await;
    let forced = stable(&shop, true).await;
    assert_eq!(token_state(&shop, &first).await, 40001);
    assert_eq!(token_state(&shop, &forced).await, 40029);
    assert_eq!(stable(&shop, true).await["errcode"], 45011);
    for _ in 1..20 {
        shop.clock.advance_secs(30);
        assert!(stable(&shop, true).await["access_token"].is_string());
    }
    shop.clock.advance_secs(30);
    assert_eq!(stable(&shop, true).await["errcode"], 45009);
}

#[tokio::test]
async fn the_token_endpoint_names_what_is_wrong() {
    let shop = shop().await;
    let url = format!("{}/cgi-bin/stable_token", shop.sim.base_url());
    let got: Value = shop.http.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(got["errcode"], 43002);
    for (body, errcode) in [
        (json!({"grant_type": "other", "appid": APP, "secret": SECRET}), 40002),
        (json!({"grant_type": "client_credential", "secret": SECRET}), 41002),
        (json!({"grant_type": "client_credential", "appid": APP}), 41004),
        (json!({"grant_type": "client_credential", "appid": APP, "secret": "x"}), 40125),
        (json!({"grant_type": "client_credential", "appid": "x", "secret": "x"}), 40013),
    ] {
        let got: Value = shop.http.post(&url).json(&body).send().await.unwrap().json().await.unwrap();
        assert_eq!(got["errcode"], errcode, "{body}");
    }
}

#[tokio::test]
async fn a_phone_code_is_used_once_with_a_good_token() {
    let shop = shop().await;
    let token = stable(&shop, false).await;
    let code = shop.sim.phone_code(APP, "13800138000");
    assert_eq!(phone(&shop, &json!({"access_token": "x"}), &code).await["errcode"], 40014);
    assert_eq!(phone(&shop, &json!({}), &code).await["errcode"], 41001);
    let info = phone(&shop, &token, &code).await["phone_info"].clone();
    assert_eq!((&info["purePhoneNumber"], &info["countryCode"]), (&json!("13800138000"), &json!("86")));
    assert_eq!(info["watermark"]["appid"], APP);
    assert_eq!(phone(&shop, &token, &code).await["errcode"], 40163);
}
