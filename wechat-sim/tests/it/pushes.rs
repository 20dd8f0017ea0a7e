//! Message pushes: verified, signed, encrypted, sent again, broken on purpose.

use std::time::Duration;

use crate::push_shop::{Came, Echo, KEY, OLD_KEY, PushShop, settings};
use crate::support::{APP, Shop, shop, shop_with};
use serde_json::{Value, json};
use wechat_sim::{
    DeliveryState, Effect, Fault, PushBurst, PushFlaw, PushFormat, PushMode, PushSettings, Simulator,
};

pub const ALICE: &str = "oAlice";

pub async fn configured(mode: PushMode, format: PushFormat) -> (Shop, PushShop) {
    let (shop, receiver) = (shop().await, PushShop::start().await);
    shop.sim.configure_push(APP, settings(&receiver.url, mode, format)).await.unwrap();
    (shop, receiver)
}

pub fn hello() -> Value {
    json!({"MsgType": "text", "Content": "你好 & ]]>", "MsgId": 6_054_768_590_064_713_728_u64})
}

pub async fn done(shop: &Shop) {
    assert!(shop.sim.delivered_within(Duration::from_secs(10)).await, "{:?}", shop.sim.notifications());
}

#[tokio::test]
async fn an_address_is_verified_before_it_is_used() {
    let (shop, receiver) = (shop().await, PushShop::start().await);
    let body = |more: Value| {
        let mut body = json!({"app_id": APP, "url": receiver.url, "token": "AAAAA", "aes_key": KEY});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    assert_eq!(shop.control("push/verify", &json!({"app_id": APP})).await.0, 400);
    assert_eq!(shop.control("push", &body(json!({}))).await.0, 200);
    let wrong: [(Echo, &str); 5] = [
        (|_| (403, String::new()), "HTTP 403"),
        (|came| (200, format!("{}\n", came.parameter("echostr").unwrap())), "line feed"),
        (|came| (200, format!("\"{}\"", came.parameter("echostr").unwrap())), "in quotes"),
        (|came| (200, came.parameter("echostr").unwrap().replace('+', " ")), "blank of the +"),
        (|_| (200, "success".to_owned()), "instead of the echostr"),
    ];
    for (echo, reason) in wrong {
        *receiver.echo.lock().unwrap() = echo;
        for path in ["push", "push/verify"] {
            let fields = if path == "push" { body(json!({})) } else { json!({"app_id": APP}) };
            let (status, answer) = shop.control(path, &fields).await;
            assert!(status == 400 && answer["message"].as_str().unwrap().contains(reason), "{answer}");
        }
    }
    assert_eq!(shop.control("push", &body(json!({"verify": false}))).await.0, 200);
    for wrong in [
        json!({"token": "ab"}),
        json!({"token": "a-b-c"}),
        json!({"aes_key": "short"}),
        json!({"url": "ftp://a"}),
        json!({"mode": "sure"}),
        json!({"app_id": "wxnobody"}),
        json!({"oops": 1}),
    ] {
        let mut body = body(json!({"verify": false}));
        wrong.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        assert_eq!(shop.control("push", &body).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_plain_push_carries_the_signature_of_the_address() {
    let (shop, receiver) = configured(PushMode::Plain, PushFormat::Json).await;
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    let came = receiver.wait_for(1).await.remove(0);
    assert!(came.signed("signature", &[]));
    let names: Vec<&str> = came.query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["shop", "signature", "timestamp", "nonce", "openid"]);
    assert_eq!(came.parameter("openid"), Some(ALICE));
    assert_eq!(came.headers["content-type"], "application/json");
    let content = came.json();
    assert_eq!(content["FromUserName"], ALICE);
    assert!(content["ToUserName"].as_str().unwrap().starts_with("gh_"));
    assert_eq!(content["CreateTime"], shop.clock_secs());
    assert_eq!(content["MsgId"], 6_054_768_590_064_713_728_u64);
    done(&shop).await;
    assert_eq!(shop.sim.notifications()[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn stamps_do_not_move_with_life() {
    let (shop, receiver) = configured(PushMode::Plain, PushFormat::Json).await;
    shop.sim.advance(Duration::from_hours(24)).unwrap();
    shop.sim.send_push(APP, "", hello()).unwrap();
    let came = receiver.wait_for(1).await.remove(0);
    assert_eq!(came.parameter("timestamp"), Some(shop.clock_secs().to_string().as_str()));
    assert_eq!(came.json()["CreateTime"], shop.clock_secs() + 86_400);
}

#[tokio::test]
async fn a_secure_push_holds_nothing_but_what_is_encrypted() {
    for format in [PushFormat::Json, PushFormat::Xml] {
        let (shop, receiver) = configured(PushMode::Secure, format).await;
        shop.sim.send_push(APP, ALICE, hello()).unwrap();
        let came = receiver.wait_for(1).await.remove(0);
        assert_eq!(came.parameter("encrypt_type"), Some("aes"));
        assert!(came.signed("signature", &[]) && !came.text().contains("你好"));
        let opened = came.opened(KEY).unwrap();
        if format == PushFormat::Json {
            assert_eq!(came.json().as_object().unwrap().len(), 2);
            assert_eq!(serde_json::from_str::<Value>(&opened).unwrap()["Content"], "你好 & ]]>");
        } else {
            assert_eq!(came.headers["content-type"], "text/xml");
            assert!(came.text().starts_with("<xml><ToUserName><![CDATA[gh_"));
            assert!(opened.contains("<Content><![CDATA[你好 & ]]]]><![CDATA[>]]></Content>"), "{opened}");
        }
    }
}

#[tokio::test]
async fn a_compatible_push_is_plain_and_encrypted() {
    let (shop, receiver) = configured(PushMode::Compatible, PushFormat::Json).await;
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    let came = receiver.wait_for(1).await.remove(0);
    let opened: Value = serde_json::from_str(&came.opened(KEY).unwrap()).unwrap();
    let mut outside = came.json();
    outside.as_object_mut().unwrap().remove("Encrypt");
    assert_eq!(outside, opened);
}

#[tokio::test]
async fn a_list_has_the_shape_of_its_format() {
    let item = |id: &str| json!({"TemplateId": id, "SubscribeStatusString": "accept", "PopupScene": 0});
    let text = |id: &str| json!({"TemplateId": id, "SubscribeStatusString": "accept", "PopupScene": "0"});
    let event = "subscribe_msg_popup_event";
    let (shop, receiver) = configured(PushMode::Plain, PushFormat::Json).await;
    let send = |list: Value| shop.sim.send_event(APP, Some(ALICE), event, &json!({"List": list})).unwrap();
    send(json!([item("a")]));
    let single = receiver.wait_for(1).await.remove(0).json();
    assert_eq!(single["List"], text("a"));
    assert_eq!(single["CreateTime"], shop.clock_secs().to_string());
    send(json!([item("a"), item("b")]));
    assert_eq!(receiver.wait_for(2).await[1].json()["List"], json!([text("a"), text("b")]));
    let array = PushSettings {
        list_always_array: true,
        numbers_as_text: true,
        ..settings(&receiver.url, PushMode::Plain, PushFormat::Json)
    };
    shop.sim.set_push(APP, array).await.unwrap();
    send(json!([item("a")]));
    assert_eq!(receiver.wait_for(3).await[2].json()["List"], json!([text("a")]));
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    assert_eq!(receiver.wait_for(4).await[3].json()["MsgId"], "6054768590064713728");
    shop.sim.set_push(APP, settings(&receiver.url, PushMode::Plain, PushFormat::Xml)).await.unwrap();
    send(json!([item("a"), item("b")]));
    let xml = receiver.wait_for(5).await[4].text();
    let list = |id: &str| {
        format!(
            "<List><PopupScene>0</PopupScene><SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString>\
             <TemplateId><![CDATA[{id}]]></TemplateId></List>"
        )
    };
    let nested = format!("<SubscribeMsgPopupEvent>{}{}</SubscribeMsgPopupEvent></xml>", list("a"), list("b"));
    assert!(xml.ends_with(&nested), "{xml}");
}

#[tokio::test]
async fn every_event_of_the_protocol_can_be_sent() {
    let (shop, receiver) = configured(PushMode::Secure, PushFormat::Xml).await;
    let names = Simulator::push_events();
    assert!(names.len() > 25);
    let url = format!("{}/_control/push/events", shop.sim.base_url());
    let listed: Value = shop.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed["events"].as_array().unwrap().len(), names.len());
    for (count, name) in (1..).zip(&names) {
        shop.sim.send_event(APP, Some(ALICE), name, &Value::Null).unwrap();
        let opened = receiver.wait_for(count).await[count - 1].opened(KEY).unwrap();
        let kind = name.split(':').next().unwrap();
        assert!(opened.contains(&format!("<![CDATA[{kind}]]>")), "{opened}");
    }
    done(&shop).await;
    let fields = json!({"Content": "other", "MsgId": null});
    let body = json!({"app_id": APP, "openid": ALICE, "event": "text", "fields": fields});
    let id = shop.control("push/events", &body).await.1["id"].clone();
    let content = shop.sim.notifications().pop().unwrap().content;
    assert_eq!(
        (&content["Content"], content.get("MsgId"), id),
        (&json!("other"), None, json!(names.len() + 1))
    );
    assert_eq!(shop.control("push/events", &json!({"app_id": APP, "event": "never"})).await.0, 400);
    assert_eq!(shop.control("push/send", &json!({"app_id": "wxother", "message": {}})).await.0, 404);
    assert_eq!(shop.control("push/send", &json!({"app_id": APP, "message": 1})).await.0, 400);
}

#[tokio::test]
async fn a_push_is_tried_three_times_with_the_same_content() {
    let (shop, receiver) = configured(PushMode::Secure, PushFormat::Json).await;
    for _ in 0..5 {
        receiver.answer(500, "");
    }
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    done(&shop).await;
    let view = shop.sim.notifications().remove(0);
    assert_eq!((view.state, view.attempts.len()), (DeliveryState::GivenUp, 3));
    let came = receiver.all();
    assert!(came.len() == 3 && came.iter().all(|one| one.body == came[0].body));
    assert_ne!(came[0].parameter("nonce"), came[1].parameter("nonce"));
}

#[tokio::test]
async fn retries_can_keep_their_stamp() {
    let shop = shop_with(|settings| settings.push_retry_keeps_stamp = true).await;
    let receiver = PushShop::start().await;
    shop.sim.set_push(APP, settings(&receiver.url, PushMode::Secure, PushFormat::Json)).await.unwrap();
    shop.sim.pause_delivery();
    receiver.answer(500, "");
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    assert_eq!(shop.sim.deliver_now().await, [500]);
    shop.clock.advance_secs(60);
    assert_eq!(shop.sim.deliver_now().await, [200]);
    let came = receiver.all();
    assert_eq!(came[0].query, came[1].query);
    assert!(came[1].opened(KEY).is_ok());
}

#[tokio::test]
async fn each_flaw_is_the_one_that_was_asked_for() {
    let (shop, receiver) = configured(PushMode::Secure, PushFormat::Xml).await;
    let last = || receiver.all().pop().unwrap();
    for (flaw, found) in [
        ("wrong_app_id", "appid"),
        ("padding0", "padding"),
        ("padding33", "padding"),
        ("truncated_length", "length"),
        ("excessive_length", "length"),
        ("plain_in_secure", "not encrypted"),
        ("wrong_signature", "wrong signature"),
        ("unsigned", "wrong signature"),
    ] {
        receiver.answer(403, "refused");
        let body = json!({"app_id": APP, "from": ALICE, "message": hello(), "flaw": flaw});
        let (status, answer) = shop.control("push/flawed", &body).await;
        assert_eq!((status, answer), (200, json!({"status": 403, "body": "refused"})), "{flaw}");
        assert_eq!(last().opened(KEY), Err(found), "{flaw}");
        assert_eq!(last().parameter("signature").is_some(), flaw != "unsigned");
    }
    assert!(shop.sim.notifications().is_empty(), "each is sent once and forgotten");
    let send = |flaw| shop.sim.send_flawed_push(APP, ALICE, hello(), flaw);
    send(PushFlaw::WrongSignature).await.unwrap();
    assert!(last().signed("signature", &[]), "only msg_signature is wrong");
    send(PushFlaw::OldKey).await.unwrap();
    assert!(last().opened(KEY).is_err() && last().opened(KEY) != Err("wrong signature"));
    send(PushFlaw::Doctype).await.unwrap();
    assert!(last().opened(KEY).unwrap().starts_with("<!DOCTYPE"));
    send(PushFlaw::Stale).await.unwrap();
    assert!(last().opened(KEY).is_ok());
    assert_eq!(last().parameter("timestamp"), Some((shop.clock_secs() - 3600).to_string().as_str()));
    assert_eq!(send(PushFlaw::Echo).await.unwrap().0, 403);
    shop.sim.set_push(APP, settings(&receiver.url, PushMode::Plain, PushFormat::Json)).await.unwrap();
    for flaw in [PushFlaw::WrongAppId, PushFlaw::PlainInSecure, PushFlaw::Doctype] {
        assert!(send(flaw).await.is_err());
    }
    send(PushFlaw::WrongSignature).await.unwrap();
    assert!(!last().signed("signature", &[]));
}

#[tokio::test]
async fn a_key_is_rotated_with_the_old_one_in_use_for_a_while() {
    let (shop, receiver) = configured(PushMode::Secure, PushFormat::Json).await;
    let rotating = PushSettings {
        previous_aes_key: Some(OLD_KEY.to_owned()),
        sign_with_previous: true,
        ..settings(&receiver.url, PushMode::Secure, PushFormat::Json)
    };
    shop.sim.set_push(APP, rotating.clone()).await.unwrap();
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    assert!(receiver.wait_for(1).await[0].opened(OLD_KEY).is_ok());
    shop.sim.set_push(APP, PushSettings { sign_with_previous: false, ..rotating }).await.unwrap();
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    assert!(receiver.wait_for(2).await[1].opened(KEY).is_ok());
    shop.sim.send_flawed_push(APP, ALICE, hello(), PushFlaw::OldKey).await.unwrap();
    assert!(receiver.wait_for(3).await[2].opened(OLD_KEY).is_ok());
}

#[tokio::test]
async fn faults_of_notifications_befall_pushes() {
    let (shop, receiver) = configured(PushMode::Secure, PushFormat::Json).await;
    let faults = [
        (Effect::BadSignature, Some("wrong signature")),
        (Effect::UnknownSerial, Some("appid")),
        (Effect::Stale { secs: 600 }, None),
        (Effect::Unsigned, Some("wrong signature")),
        (Effect::Probe, Some("not encrypted")),
    ];
    for (count, (effect, found)) in (1..).zip(faults) {
        shop.sim.fault(Fault::new("notify:text", effect));
        shop.sim.send_push(APP, ALICE, hello()).unwrap();
        let came = receiver.wait_for(count).await.pop().unwrap();
        assert_eq!(came.opened(KEY).err(), found);
        done(&shop).await;
    }
    shop.sim.fault(Fault::new("notify:text", Effect::Repeat { times: 2 }));
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    done(&shop).await;
    assert_eq!(receiver.all().len(), 8);
}

#[tokio::test]
async fn events_of_one_second_come_out_of_order() {
    let (shop, receiver) = configured(PushMode::Plain, PushFormat::Json).await;
    let events = ["user_enter_tempsession", "debug_demo"].map(str::to_owned).to_vec();
    let body = json!({"app_id": APP, "openid": ALICE, "events": events, "reverse": true});
    assert_eq!(shop.control("push/burst", &body).await.1, json!({"notifications": [2, 1]}));
    let came: Vec<Value> = receiver.all().iter().map(Came::json).collect();
    assert_eq!(
        (&came[0]["Event"], &came[1]["Event"]),
        (&json!("debug_demo"), &json!("user_enter_tempsession"))
    );
    assert_eq!(came[0]["CreateTime"], came[1]["CreateTime"]);
    assert_eq!(came[0]["FromUserName"], came[1]["FromUserName"]);
    let spaced = PushBurst { app_id: APP.to_owned(), events, spacing_secs: 5, ..PushBurst::default() };
    shop.sim.send_burst(spaced).await.unwrap();
    let came: Vec<Value> = receiver.all().iter().map(Came::json).collect();
    assert_eq!(came[3]["CreateTime"].as_i64().unwrap() - came[2]["CreateTime"].as_i64().unwrap(), 5);
}
