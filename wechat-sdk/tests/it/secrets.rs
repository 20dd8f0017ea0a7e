//! Nothing that can be printed shows a secret.

use serde_json::{Value, json};
use wechat_sdk::mini::Token;
use wechat_sdk::mini::login::{CodeToSession, Session};
use wechat_sdk::mini::user::{GetPhoneNumber, PhoneNumber};
use wechat_sdk::pay::transactions::QueryByOutTradeNo;
use wechat_sdk::{ApiV3Key, MchId, Merchant, MerchantKey, OutTradeNo, Secret};

use crate::support::*;

const SESSION_KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";
const ACCESS_TOKEN: &str = "99_the-access-token";
const CODE: &str = "033abcdefghijk";

/// Lines of the key's PEM are as secret as the whole.
fn secrets() -> Vec<&'static str> {
    let key =
        pem("pay_doc_merchant_private_key").lines().filter(|line| !line.contains("---") && line.len() > 8);
    [APP_SECRET, API_V3, SESSION_KEY, ACCESS_TOKEN, CODE, "13580006666"].into_iter().chain(key).collect()
}

fn check(shown: &str) {
    assert!(!shown.is_empty());
    for secret in secrets() {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    assert!(!shown.contains("signature=\""), "a signed header is in {shown}");
}

#[test]
fn values_do_not_print_secrets() {
    let session: Session =
        serde_json::from_value(json!({"openid": "o", "session_key": SESSION_KEY})).unwrap();
    let phone = json!({"phone_info": {"phoneNumber": "13580006666", "purePhoneNumber": "13580006666",
        "countryCode": "86"}});
    let phone: PhoneNumber = serde_json::from_value(phone).unwrap();
    let key: MerchantKey = merchant_key();
    let api_v3 = ApiV3Key::new(API_V3).unwrap();
    check(&format!("{session:?} {phone:?} {key:?} {api_v3:?} {:?}", Secret::new(APP_SECRET)));
    check(&format!("{:?}", Token { value: Secret::new(ACCESS_TOKEN), expires_at: 1 }));
    check(&format!("{:?} {:?}", CodeToSession::new(CODE), GetPhoneNumber::new(CODE)));
    check(&format!("{:?}", Merchant::builder(MchId::new(MCHID).unwrap(), key, api_v3)));
}

#[tokio::test]
async fn clients_requests_and_errors_do_not_print_secrets() {
    let net = Net::new(|_, request| match request.uri().path() {
        "/cgi-bin/stable_token" => answer(200, &json!({"access_token": ACCESS_TOKEN, "expires_in": 7200})),
        "/sns/jscode2session" => answer(200, &json!({"openid": [], "session_key": SESSION_KEY})),
        path if path.starts_with("/v3/") => {
            answer(401, &json!({"code": "SIGN_ERROR", "message": "签名错误"}))
        }
        _ => answer(200, &json!({"errcode": 40001, "errmsg": "invalid credential"})),
    });
    let watch = Watch::at(NOW);
    let (mini, merchant) = (mini_builder(&net, &watch), merchant_builder(&net, &watch));
    check(&format!("{mini:?} {merchant:?}"));
    let (mini, merchant) = (mini.build().unwrap(), merchant.build().unwrap());
    let login = mini.send(&CodeToSession::new(CODE)).await.unwrap_err();
    let phone = mini.send(&GetPhoneNumber::new(CODE)).await.unwrap_err();
    let query = QueryByOutTradeNo::new(OutTradeNo::new("S20260102030405001").unwrap());
    let query = merchant.send(&query).await.unwrap_err();
    check(&format!("{mini:?} {merchant:?} {login:?} {login} {phone:?} {phone} {query:?} {query}"));
    let signed = net.seen().into_iter().find(|request| request.uri().path().starts_with("/v3/")).unwrap();
    check(&format!("{signed:?}"));
}

/// The address of a login carries the `AppSecret`, and HTTP clients like to put addresses into errors.
#[tokio::test]
async fn a_broken_connection_does_not_print_the_address() {
    let settings = wechat_sdk::HttpSettings::default();
    let environment = wechat_sdk::Environment::system(settings).unwrap();
    let net = Net::new(|_, _| answer(200, &Value::Null));
    let mini =
        mini_builder(&net, &Watch::at(NOW)).environment(environment).base_url("http://127.0.0.1:1").build();
    let error = mini.unwrap().send(&CodeToSession::new(CODE)).await.unwrap_err();
    check(&format!("{error:?} {error} {:?}", std::error::Error::source(&error)));
    assert_eq!(error.outcome(), wechat_sdk::Outcome::NotDone);
}
