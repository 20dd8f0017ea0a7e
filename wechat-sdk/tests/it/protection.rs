//! Encrypted and signed calls of the mini-program API, against a WeChat that opens and signs by itself.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use wechat_sdk::mini::ApiKeys;
use wechat_sdk::mini::user::GetPhoneNumber;
use wechat_sdk::{Error, MiniProgram, Outcome, Secret, VerifyError, mini_call};

use crate::support::*;

const APP: &str = "wxd678efh567hg6787";
const PLATFORM: &str = "7f0a";

/// Keys of the platform and a certificate about them, self-made.
struct Platform {
    key: RsaKeyPair,
    certificate: String,
}

static PLATFORM_KEY: LazyLock<Platform> = LazyLock::new(|| {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["wechat".to_owned()]).unwrap().self_signed(&pair).unwrap();
    Platform { key: RsaKeyPair::from_pkcs8(pair.serialized_der()).unwrap(), certificate: certificate.pem() }
});

fn symmetric() -> &'static str {
    text(&vector("mp-apisec-request-encrypt")["input"]["key"])
}

fn symmetric_number() -> &'static str {
    text(&vector("mp-apisec-request-encrypt")["input"]["key_sn"])
}

fn keys() -> ApiKeys {
    let (symmetric, own) = (Secret::new(symmetric()), pem("mp_apisec_app_private_key"));
    ApiKeys::new(&symmetric, symmetric_number(), own, &PLATFORM_KEY.certificate, PLATFORM).unwrap()
}

fn sealer() -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &STANDARD.decode(symmetric()).unwrap()).unwrap())
}

fn part(value: &Value, name: &str) -> Vec<u8> {
    STANDARD.decode(value[name].as_str().unwrap()).unwrap()
}

/// Opens a request as WeChat does; panics if anything about it is wrong.
fn opened(request: &Request<Bytes>) -> Value {
    let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    let place = format!("https://api.weixin.qq.com{}", request.uri().path());
    let (app, at) = (header("wechatmp-appid"), header("wechatmp-timestamp"));
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    let message = format!("{place}\n{app}\n{at}\n{body}");
    let own = RsaKeyPair::from_der(&der(pem("mp_apisec_app_private_key"))).unwrap();
    let public = aws_lc_rs::signature::KeyPair::public_key(&own).as_ref().to_vec();
    let signature = STANDARD.decode(header("wechatmp-signature")).unwrap();
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public).verify(message.as_bytes(), &signature).unwrap();
    let sealed: Value = serde_json::from_str(&body).unwrap();
    let mut data = [part(&sealed, "data"), part(&sealed, "authtag")].concat();
    let nonce = Nonce::try_assume_unique_for_key(&part(&sealed, "iv")).unwrap();
    let aad = format!("{place}|{app}|{at}|{}", symmetric_number());
    let plain = sealer().open_in_place(nonce, Aad::from(aad.as_bytes()), &mut data).unwrap();
    let members: Value = serde_json::from_slice(plain).unwrap();
    assert_eq!((members["_appid"].as_str(), members["_timestamp"].to_string()), (Some(APP), at));
    assert!(!members["_n"].as_str().unwrap().is_empty());
    members
}

fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

/// How WeChat may be wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Late,
    Unsigned,
    Tampered,
    OtherApp,
    Replaced,
    UnknownSerial,
}

/// Writes an answer as WeChat does.
#[expect(clippy::unnecessary_wraps, reason = "it is what a network gives")]
fn answered(path: &str, mut members: Value, fault: Fault) -> Answer {
    let at = NOW - if fault == Fault::Late { 301 } else { 1 };
    let app = if fault == Fault::OtherApp { "wx1" } else { APP };
    members["_appid"] = app.into();
    members["_timestamp"] = at.into();
    members["_n"] = "random".into();
    let place = format!("https://api.weixin.qq.com{path}");
    let mut data = members.to_string().into_bytes();
    let aad = format!("{place}|{APP}|{at}|{}", symmetric_number());
    let nonce = Nonce::assume_unique_for_key(*b"0123456789ab");
    let tag = sealer().seal_in_place_separate_tag(nonce, Aad::from(aad.as_bytes()), &mut data).unwrap();
    let [iv, data, authtag] = [&b"0123456789ab"[..], &data, tag.as_ref()].map(|bytes| STANDARD.encode(bytes));
    let mut body = json!({"iv": iv, "data": data, "authtag": authtag}).to_string();
    let mut signature = vec![0; PLATFORM_KEY.key.public_modulus_len()];
    let message = format!("{place}\n{APP}\n{at}\n{body}");
    PLATFORM_KEY.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    if fault == Fault::Tampered {
        body.push(' ');
    }
    let mut answer = Response::builder().header("Wechatmp-AppId", APP).header("Wechatmp-TimeStamp", at);
    let signature = STANDARD.encode(signature);
    answer = match fault {
        Fault::Unsigned => answer,
        Fault::UnknownSerial => answer.header("Wechatmp-Serial", "1").header("Wechatmp-Signature", signature),
        Fault::Replaced => answer
            .header("Wechatmp-Serial", "new")
            .header("Wechatmp-Signature", "AAAA")
            .header("Wechatmp-Serial-Deprecated", PLATFORM)
            .header("Wechatmp-Signature-Deprecated", signature),
        _ => answer.header("Wechatmp-Serial", PLATFORM).header("Wechatmp-Signature", signature),
    };
    Ok(answer.body(body.into()).unwrap())
}

fn client(fault: Fault) -> (Arc<Net>, MiniProgram) {
    let net = Net::new(move |_, request| match request.uri().path() {
        "/cgi-bin/stable_token" => answer(200, &json!({"access_token": "t1", "expires_in": 7200})),
        path => {
            assert_eq!(opened(request)["code"], "the code");
            let phone =
                json!({"phoneNumber": "13580006666", "purePhoneNumber": "13580006666", "countryCode": "86"});
            answered(path, json!({"errcode": 0, "phone_info": phone}), fault)
        }
    });
    let mini = mini_builder(&net, &Watch::at(NOW)).api_keys(keys()).build().unwrap();
    (net, mini)
}

#[tokio::test]
async fn calls_travel_sealed_in_both_directions() {
    for fault in [Fault::None, Fault::Replaced] {
        let (net, mini) = client(fault);
        let phone = mini.send_protected(&GetPhoneNumber::new("the code")).await.unwrap();
        assert_eq!(phone.phone_info.pure_phone_number.expose(), "13580006666");
        let request = &net.seen()[1];
        assert_eq!(request.uri().query(), Some("access_token=t1"));
        assert!(!String::from_utf8_lossy(request.body()).contains("the code"));
    }
}

#[tokio::test]
async fn an_answer_that_wechat_did_not_provably_write_is_not_taken() {
    let cases = [
        (Fault::Late, VerifyError::Stale(301)),
        (Fault::Unsigned, VerifyError::MissingHeader("Wechatmp-Serial")),
        (Fault::Tampered, VerifyError::Signature),
        (Fault::OtherApp, VerifyError::Malformed),
        (Fault::UnknownSerial, VerifyError::UnknownSerial("1".to_owned())),
    ];
    for (fault, expected) in cases {
        let (_, mini) = client(fault);
        let error = mini.send_protected(&GetPhoneNumber::new("the code")).await.unwrap_err();
        assert!(matches!(&error, Error::Untrusted(found) if *found == expected), "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

#[tokio::test]
async fn a_refusal_in_the_clear_is_a_refusal_and_a_refused_token_is_renewed() {
    let net = Net::new(|number, request| match (number, request.uri().path()) {
        (_, "/cgi-bin/stable_token") => {
            answer(200, &json!({"access_token": format!("t{number}"), "expires_in": 7200}))
        }
        (1, _) => answer(200, &json!({"errcode": 40001, "errmsg": "invalid credential"})),
        _ => answer(200, &json!({"errcode": 40234, "errmsg": "bad signature"})),
    });
    let mini = mini_builder(&net, &Watch::at(NOW)).api_keys(keys()).build().unwrap();
    let error = mini.send_protected(&GetPhoneNumber::new("c")).await.unwrap_err();
    assert!(error.has_code("40234") && error.outcome() == Outcome::NotDone, "{error}");
    assert_eq!(net.count("/wxa/business/getuserphonenumber"), 2);
    let without = mini_builder(&net, &Watch::at(NOW)).build().unwrap();
    assert!(matches!(without.send_protected(&GetPhoneNumber::new("c")).await, Err(Error::Config(_))));
}

/// The published sample has its members in an order of its own; what must be met is that its body opens.
#[tokio::test]
async fn the_published_samples_are_met() {
    let sample = vector("mp-apisec-request-encrypt");
    let input = &sample["input"];
    let body: Value = serde_json::from_str(text(&sample["expected"]["post_body"])).unwrap();
    let mut data = [part(&body, "data"), part(&body, "authtag")].concat();
    let nonce = Nonce::try_assume_unique_for_key(&part(&body, "iv")).unwrap();
    let plain = sealer().open_in_place(nonce, Aad::from(text(&input["aad"]).as_bytes()), &mut data).unwrap();
    assert_eq!(plain, text(&input["plaintext"]).as_bytes());
    let place = "https://api.weixin.qq.com/wxa/getuserriskrank";
    assert!(text(&input["aad"]).starts_with(place));

    let sample = vector("mp-apisec-request-sign");
    let own = RsaKeyPair::from_der(&der(pem("mp_apisec_app_private_key"))).unwrap();
    let public = aws_lc_rs::signature::KeyPair::public_key(&own).as_ref().to_vec();
    let signature = STANDARD.decode(text(&sample["expected"]["valid_signature"])).unwrap();
    let message = text(&sample["input"]["message"]);
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public).verify(message.as_bytes(), &signature).unwrap();
    assert!(message.starts_with(place) && !message.ends_with('\n'));
}

/// Members that the sample has, so that what we would send for it is the sample but for the order of members.
#[mini_call(POST "/wxa/getuserriskrank", Read -> serde_json::Value, page = "https://example.com/", caller = "appid")]
struct RiskRank {
    openid: String,
    scene: i64,
    client_ip: String,
}

#[tokio::test]
async fn our_request_opens_to_the_published_members() {
    let net = Net::new(|_, request| match request.uri().path() {
        "/cgi-bin/stable_token" => answer(200, &json!({"access_token": "t1", "expires_in": 7200})),
        path => {
            let members = opened(request);
            assert_eq!(members["client_ip"], "127.0.0.1");
            assert_eq!((members["scene"].as_i64(), members["appid"].as_str()), (Some(0), Some(APP)));
            answered(path, json!({"errcode": 0, "risk_rank": 1}), Fault::None)
        }
    });
    let mini = mini_builder(&net, &Watch::at(NOW)).api_keys(keys()).build().unwrap();
    let rank = RiskRank::new("oEWzBfmdLqhFS2mTXCo2E4Y9gJAM", 0, "127.0.0.1");
    assert_eq!(mini.send_protected(&rank).await.unwrap()["risk_rank"], 1);
}

/// The answer of the documentation is signed with the certificate printed beside it.
#[tokio::test]
async fn the_published_answer_is_verified() {
    let input = &vector("mp-apisec-response-verify")["input"];
    let own = pem("mp_apisec_app_private_key");
    let (certificate, number) = (text(&input["certificate_pem"]), text(&input["serial"]));
    let keys = ApiKeys::new(&Secret::new(symmetric()), symmetric_number(), own, certificate, number).unwrap();
    let mut lines = text(&input["message"]).splitn(4, '\n');
    let [place, app, at, body] = std::array::from_fn(|_| lines.next().unwrap());
    assert_eq!(place, "https://api.weixin.qq.com/wxa/getuserriskrank");
    let net = Net::new(move |_, request| match request.uri().path() {
        "/cgi-bin/stable_token" => answer(200, &json!({"access_token": "t1", "expires_in": 7200})),
        _ => Ok(Response::builder()
            .header("Wechatmp-AppId", app)
            .header("Wechatmp-TimeStamp", at)
            .header("Wechatmp-Serial", number)
            .header("Wechatmp-Signature", text(&input["signature"]))
            .body(body.into())
            .unwrap()),
    });
    let watch = Watch::at(at.parse().unwrap());
    let mini = MiniProgram::builder(wechat_sdk::AppId::new(app).unwrap(), Secret::new(APP_SECRET))
        .environment(environment(&net, &watch))
        .api_keys(keys)
        .build()
        .unwrap();
    let rank = mini.send_protected(&RiskRank::new("o1", 0, "127.0.0.1")).await.unwrap();
    assert_eq!(rank["_appid"], app, "{rank}");
}
