//! What WeChat pushes: only what is provably WeChat's is taken, and XML says the same as JSON.

use std::sync::Arc;

use serde_json::{Value, json};
use wechat_sdk::push::{
    ConfirmReceive, Decision, EncodingAesKey, Format, MessagePush, Push, PushContent, PushError, PushQuery,
    Reply, Subscription,
};
use wechat_sdk::{AppId, Environment, Secret};

use crate::support::*;

const APP: &str = "wxba5fad812f8e6fb9";
const TOKEN: &str = "AAAAA";
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OTHER_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn key(text: &str) -> EncodingAesKey {
    EncodingAesKey::new(text).unwrap()
}

fn secure() -> MessagePush {
    MessagePush::secure(AppId::new(APP).unwrap(), Secret::new(TOKEN), key(KEY)).unwrap()
}

fn plain() -> MessagePush {
    MessagePush::plain(AppId::new(APP).unwrap(), Secret::new(TOKEN)).unwrap()
}

fn sorted_sha1(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    sha1(parts.concat().as_bytes())
}

/// As WeChat encrypts, written with another padding code than the crate's.
fn encrypted(key: &str, app: &str, message: &str) -> String {
    use aes::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
    use base64::Engine;
    use base64::alphabet::STANDARD;
    use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&STANDARD, lenient);
    let key = engine.decode(format!("{key}=")).unwrap();
    let mut text = b"0123456789abcdef".to_vec();
    text.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    text.extend(message.bytes().chain(app.bytes()));
    let missing = 32 - text.len() % 32;
    text.resize(text.len() + missing, u8::try_from(missing).unwrap());
    let length = text.len();
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &key[..16]).unwrap();
    engine.encode(cipher.encrypt_padded::<NoPadding>(&mut text, length).unwrap())
}

/// Query and body of a push in secure mode.
fn sealed(key: &str, app: &str, message: &str) -> (PushQuery, String) {
    let encrypt = encrypted(key, app, message);
    let signature = sorted_sha1(&[TOKEN, "1714112445", "n1", &encrypt]);
    let query = format!("timestamp=1714112445&nonce=n1&encrypt_type=aes&msg_signature={signature}");
    let body = if message.starts_with('<') {
        format!(
            "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"
        )
    } else {
        json!({"ToUserName": "gh_1", "Encrypt": encrypt}).to_string()
    };
    (PushQuery::parse(&query), body)
}

fn open(message: &str) -> Push {
    let (query, body) = sealed(KEY, APP, message);
    secure().open(&query, body.as_bytes()).unwrap()
}

#[test]
fn the_url_is_verified_as_published() {
    let vector = vector("push-url-verify-official");
    let (input, expected) = (&vector["input"], &vector["expected"]);
    let query = format!(
        "signature={}&timestamp={}&nonce={}&echostr={}",
        text(&expected["signature"]),
        text(&input["timestamp"]),
        text(&input["nonce"]),
        text(&input["echostr"])
    );
    for push in [secure(), plain()] {
        assert_eq!(push.echo(&PushQuery::parse(&query)).unwrap(), text(&expected["response_body"]));
        let forged = query.replace("signature=f", "signature=e");
        assert_eq!(push.echo(&PushQuery::parse(&forged)), Err(PushError::Signature));
    }
    assert!(matches!(plain().echo(&PushQuery::parse("")), Err(PushError::MissingParameter("echostr"))));
}

#[test]
fn a_push_in_the_clear_is_checked_but_not_authentic() {
    let vector = vector("push-plain-signature-official");
    let query = format!(
        "signature={}&timestamp={}&nonce={}",
        text(&vector["expected"]["signature"]),
        text(&vector["input"]["timestamp"]),
        text(&vector["input"]["nonce"])
    );
    let body = br#"{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1,"MsgType":"text","Content":"hi","MsgId":1}"#;
    let push = plain().open(&PushQuery::parse(&query), body).unwrap();
    assert!(!push.is_authentic());
    let downgraded = secure().open(&PushQuery::parse(&query), body).unwrap_err();
    assert_eq!(downgraded, PushError::NotEncrypted);
}

#[test]
fn the_published_push_is_opened() {
    let vector = vector("push-secure-decrypt-official");
    let query = vector["input"]["query"].as_object().unwrap();
    let query: Vec<_> =
        query.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
    let query = PushQuery::parse(&query.join("&"));
    let body = text(&vector["input"]["body"]);
    let push = secure().open(&query, body.as_bytes()).unwrap();
    assert_eq!(push.bytes(), text(&vector["expected"]["msg"]).as_bytes());
    assert_eq!(
        (push.event(), push.from_user_name()),
        (Some("debug_demo"), Some("o9AgO5Kd5ggOC-bXrbNODIiE3bGY"))
    );
    assert_eq!(push.content().unwrap(), PushContent::Other);
    assert!(push.is_authentic());
    let other = MessagePush::secure(AppId::new("wx1").unwrap(), Secret::new(TOKEN), key(KEY)).unwrap();
    assert_eq!(other.open(&query, body.as_bytes()).unwrap_err(), PushError::OtherApp);
}

/// Vectors of other SDKs: `push-decrypt-easywechat`, `push-encrypt-wechatpy`, `push-encrypted-echostr-wechatpy`;
/// `push-secure-reply-official` and `push-encrypt-wxjava-1` are tested beside the code.
#[test]
fn what_other_sdks_wrote_is_opened() {
    let easy = vector("push-decrypt-easywechat");
    let input = &easy["input"];
    let app = AppId::new(text(&input["appid"])).unwrap();
    let push =
        MessagePush::secure(app, Secret::new(text(&input["token"])), key(text(&input["encoding_aes_key"])))
            .unwrap();
    let query = format!(
        "timestamp={}&nonce={}&msg_signature={}",
        text(&input["timestamp"]),
        text(&input["nonce"]),
        text(&easy["expected"]["msg_signature"])
    );
    let body = format!("<xml><Encrypt><![CDATA[{}]]></Encrypt></xml>", text(&input["Encrypt"]));
    let opened = push.open(&PushQuery::parse(&query), body.as_bytes()).unwrap();
    assert_eq!(opened.bytes(), text(&easy["expected"]["msg"]).as_bytes());
    assert_eq!(opened.key(), "message:12345");

    let py = vector("push-encrypt-wechatpy");
    let input = &py["input"];
    let app = AppId::new(text(&input["appid"])).unwrap();
    let push =
        MessagePush::secure(app, Secret::new(text(&input["token"])), key(text(&input["encoding_aes_key"])))
            .unwrap();
    let query = format!(
        "timestamp={}&nonce={}&msg_signature={}",
        text(&input["timestamp"]),
        text(&input["nonce"]),
        text(&py["expected"]["MsgSignature"])
    );
    let opened = push.open(&PushQuery::parse(&query), text(&py["expected"]["xml"]).as_bytes()).unwrap();
    assert_eq!(opened.bytes(), text(&input["msg"]).as_bytes());

    let echo = &vector("push-encrypted-echostr-wechatpy")["input"];
    let signature =
        sorted_sha1(&["123456", text(&echo["timestamp"]), text(&echo["nonce"]), text(&echo["echostr"])]);
    assert_eq!(signature, text(&vector("push-encrypted-echostr-wechatpy")["expected"]["msg_signature"]));
}

#[test]
fn keys_with_bits_that_do_not_count_are_taken() {
    for known in vector("push-encoding-aes-key-trailing-bits")["expected"].as_array().unwrap() {
        assert!(EncodingAesKey::new(known["key"].as_str().unwrap()).is_ok(), "{known}");
    }
    for bad in ["", "short", &"A".repeat(44), &"!".repeat(43), &"茶".repeat(43)] {
        assert!(EncodingAesKey::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn nothing_that_was_tampered_with_is_taken() {
    let message = r#"{"MsgType":"event","Event":"x"}"#;
    let (query, body) = sealed(KEY, APP, message);
    assert!(secure().open(&query, body.as_bytes()).is_ok());
    let (_, foreign) = sealed(KEY, "wx1", message);
    assert_eq!(secure().open(&query, foreign.as_bytes()).unwrap_err(), PushError::Signature);
    let (query_of_other, other) = sealed(KEY, "wx1", message);
    assert_eq!(secure().open(&query_of_other, other.as_bytes()).unwrap_err(), PushError::OtherApp);
    let (wrong_key_query, wrong_key) = sealed(OTHER_KEY, APP, message);
    assert_eq!(secure().open(&wrong_key_query, wrong_key.as_bytes()).unwrap_err(), PushError::Decrypt);
    // The signature of the query, which does not cover the body, is not enough.
    let signature = sorted_sha1(&[TOKEN, "1714112445", "n1"]);
    let weak = PushQuery::parse(&format!("timestamp=1714112445&nonce=n1&signature={signature}"));
    assert_eq!(
        secure().open(&weak, body.as_bytes()).unwrap_err(),
        PushError::MissingParameter("msg_signature")
    );
    for (body, error) in [
        (&b"\xff\xfe"[..], PushError::Malformed("not UTF-8")),
        (b"", PushError::Malformed("neither XML nor JSON")),
        (b"[]", PushError::NotEncrypted),
        (b"<xml><Encrypt>", PushError::Malformed("not well-formed XML")),
        (&vec![b' '; 600_000], PushError::TooLong),
    ] {
        assert_eq!(secure().open(&query, body).unwrap_err(), error);
    }
}

#[test]
fn the_former_key_still_opens() {
    let (query, body) = sealed(OTHER_KEY, APP, r#"{"MsgType":"event","Event":"x"}"#);
    assert!(secure().open(&query, body.as_bytes()).is_err());
    assert!(secure().former_key(key(OTHER_KEY)).open(&query, body.as_bytes()).is_ok());
}

/// A list of one is an object in JSON, and an element without repetition in XML.
#[test]
fn xml_and_json_say_the_same() {
    let one_json = r#"{"FromUserName":"o1","CreateTime":"1610969440","MsgType":"event","Event":"subscribe_msg_popup_event",
        "List":{"TemplateId":"T1","SubscribeStatusString":"accept","PopupScene":"0"}}"#;
    let one_xml = "<xml><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1610969440</CreateTime>\
        <MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe_msg_popup_event]]></Event>\
        <SubscribeMsgPopupEvent><List><TemplateId><![CDATA[T1]]></TemplateId>\
        <SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString><PopupScene>0</PopupScene></List>\
        </SubscribeMsgPopupEvent></xml>";
    for message in [one_json, one_xml] {
        let push = open(message);
        let PushContent::SubscriptionAnswered(answered) = push.content().unwrap() else { panic!("{push:?}") };
        assert_eq!(
            PushContent::read(push.bytes()).unwrap(),
            push.content().unwrap(),
            "also when it was stored"
        );
        assert_eq!((push.create_time(), answered.list.len()), (Some(1_610_969_440), 1));
        let only = &answered.list[0];
        assert_eq!((only.template_id.as_str(), only.popup_scene), ("T1", Some(0)));
        assert_eq!(only.subscribe_status_string, Some(Decision::Accept));
    }
    let two_json = r#"{"MsgType":"event","Event":"subscribe_msg_sent_event","List":[
        {"TemplateId":"T1","MsgID":"1700827132819554304","ErrorCode":"0","ErrorStatus":"success"},
        {"TemplateId":"T2","MsgID":2,"ErrorCode":1,"ErrorStatus":"x"}]}"#;
    let two_xml = "<xml><MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent>\
        <List><TemplateId>T1</TemplateId><MsgID>1700827132819554304</MsgID><ErrorCode>0</ErrorCode></List>\
        <List><TemplateId>T2</TemplateId><MsgID>2</MsgID><ErrorCode>1</ErrorCode></List></SubscribeMsgSentEvent></xml>";
    for message in [two_json, two_xml] {
        let push = open(message);
        let PushContent::SubscriptionSent(sent) = push.content().unwrap() else { panic!("{push:?}") };
        assert_eq!(sent.list.iter().map(Subscription::is_delivered).collect::<Vec<_>>(), [true, false]);
        assert_eq!(sent.list[0].msg_id.as_deref(), Some("1700827132819554304"));
    }
}

#[test]
fn the_events_of_a_shop_are_read() {
    let settled = open(
        r#"{"MsgType":"event","Event":"trade_manage_order_settlement","transaction_id":"42000","merchant_id":"1900000001",
        "merchant_trade_no":"S20260102030405001","pay_time":1,"shipped_time":"2","confirm_receive_method":2,
        "confirm_receive_time":3,"settlement_time":4,"new_member":5}"#,
    );
    let PushContent::OrderSettled(order) = settled.content().unwrap() else { panic!("{settled:?}") };
    assert_eq!(
        (order.shipped_time, order.confirm_receive_method),
        (Some(2), Some(ConfirmReceive::Automatic))
    );
    assert_eq!(order.extra.get("new_member"), Some(&json!(5)));
    let checked = open(
        r#"{"MsgType":"event","Event":"wxa_media_check","appid":"wx1","trace_id":"t1","version":2,"errcode":0,
        "errmsg":"ok","result":{"suggest":"risky","label":20002},"detail":[{"strategy":"s","errcode":0,"label":20002}]}"#,
    );
    let PushContent::MediaChecked(check) = checked.content().unwrap() else { panic!("{checked:?}") };
    assert_eq!((check.errcode, check.result.unwrap().label, check.detail.len()), (Some(0), Some(20002), 1));
    let text = open(
        "<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId></xml>",
    );
    let PushContent::Text(message) = text.content().unwrap() else { panic!("{text:?}") };
    assert_eq!((message.content.expose(), text.key().as_str()), ("hi", "message:7"));
    assert!(!format!("{text:?} {message:?}").contains("hi"), "messages of users are not printed");
    let others = [
        ("user_enter_tempsession", "EnteredChat"),
        ("subscribe_msg_change_event", "SubscriptionChanged"),
        ("notify_service_msg_send_result", "CardFailed"),
        ("wxa_trade_controlled", "TradeControlled"),
        ("trade_manage_remind_access_api", "RemindAccess"),
        ("trade_manage_remind_shipping", "RemindShipping"),
        ("user_info_modified", "UserInfoModified"),
        ("user_authorization_revoke", "ConsentRevoked"),
        ("user_authorization_cancellation", "AccountClosed"),
        ("wxa_punish_event", "Other"),
    ];
    for (event, expected) in others {
        let push =
            open(&json!({"MsgType": "event", "Event": event, "OpenID": "o1", "AppID": ""}).to_string());
        let content = format!("{:?}", push.content().unwrap());
        assert!(content.starts_with(expected), "{event}: {content}");
    }
}

#[test]
fn an_event_is_known_again_and_another_one_is_not_taken_for_it() {
    let event = |time: i64| json!({"MsgType": "event", "Event": "x", "CreateTime": time}).to_string();
    assert_eq!(open(&event(1)).key(), open(&event(1)).key());
    assert_ne!(open(&event(1)).key(), open(&event(2)).key());
    assert!(open(&event(1)).key().len() <= 80);
}

fn environment() -> Environment {
    let net = Net::new(|_, _| panic!("nothing is to be sent"));
    Environment::over(net).with_clock(Watch::at(1_713_424_427)).with_random(Arc::new(Counting::default()))
}

#[test]
fn answers_are_written_as_the_push_was() {
    let message = r#"{"ToUserName":"gh_1","FromUserName":"o1","MsgType":"text","Content":"hi","MsgId":1}"#;
    let in_xml =
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o]]>1</FromUserName><MsgType>text</MsgType></xml>";
    for message in [message, in_xml] {
        let push = open(message);
        assert_eq!(secure().reply(&push, &Reply::Success, &environment()).unwrap().body, "success");
        let reply = secure().reply(&push, &Reply::ToStaff, &environment()).unwrap();
        // What we wrote is opened by the same rules as what WeChat writes.
        let read = if push.format() == Format::Json {
            serde_json::from_str(&reply.body).unwrap()
        } else {
            assert_eq!(reply.content_type, "text/xml");
            let part = |name: &str| {
                let rest = reply.body.split_once(&format!("<{name}>")).unwrap().1.split_once("</").unwrap().0;
                rest.trim_start_matches("<![CDATA[").trim_end_matches("]]>").to_owned()
            };
            json!({"Encrypt": part("Encrypt"), "MsgSignature": part("MsgSignature"), "Nonce": part("Nonce"), "TimeStamp": 1_713_424_427})
        };
        let query = format!(
            "timestamp={}&nonce={}&msg_signature={}",
            read["TimeStamp"],
            read["Nonce"].as_str().unwrap(),
            read["MsgSignature"].as_str().unwrap()
        );
        let body: Value = json!({"Encrypt": read["Encrypt"]});
        let opened = secure().open(&PushQuery::parse(&query), body.to_string().as_bytes()).unwrap();
        assert_eq!(opened.msg_type(), "transfer_customer_service");
        assert_eq!(opened.to_user_name(), push.from_user_name());
    }
    let event = open(r#"{"ToUserName":"gh_1","FromUserName":"o1","MsgType":"event","Event":"x"}"#);
    assert!(secure().reply(&event, &Reply::ToStaff, &environment()).is_err());
}

#[test]
fn tokens_that_everybody_knows_are_refused() {
    for bad in ["", "ab", "with blank", "t\u{f6}ken", &"a".repeat(33)] {
        let app = || AppId::new(APP).unwrap();
        assert!(MessagePush::secure(app(), Secret::new(bad), key(KEY)).is_err(), "{bad:?}");
        assert!(MessagePush::plain(app(), Secret::new(bad)).is_err(), "{bad:?}");
    }
}

/// Before the signature is checked only the encrypted part is looked at.
#[test]
fn what_nobody_signed_is_not_kept() {
    let (query, body) = sealed(KEY, APP, r#"{"MsgType":"event","Event":"x"}"#);
    let encrypt = serde_json::from_str::<Value>(&body).unwrap()["Encrypt"].as_str().unwrap().to_owned();
    let crowd = r#"{"a":{"b":[1,2,3]}},"#.repeat(10_000);
    let json = format!("{{\"x\":[{crowd}0],\"Encrypt\":\"{encrypt}\"}}");
    assert!(secure().open(&query, json.as_bytes()).is_ok());
    let xml = format!(
        "<xml>{}<Encrypt><![CDATA[{encrypt}]]></Encrypt><Encrypt>2</Encrypt></xml>",
        "<a/>".repeat(10_000)
    );
    assert!(secure().open(&query, xml.as_bytes()).is_ok());
    for bad in ["<xml><a><Encrypt>x</Encrypt></a></xml>", "<xml></xml>", "{}", r#"{"Encrypt":[1]}"#] {
        assert_eq!(secure().open(&query, bad.as_bytes()).unwrap_err(), PushError::NotEncrypted, "{bad}");
    }
    for bad in ["<xml><Encrypt>x</xml>", "<!DOCTYPE a><xml/>", r#"{"Encrypt":"#] {
        assert!(matches!(secure().open(&query, bad.as_bytes()), Err(PushError::Malformed(_))), "{bad}");
    }
}
