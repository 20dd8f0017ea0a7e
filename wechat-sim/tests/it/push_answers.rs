//! What receivers answer to message pushes.

use std::time::Duration;

use crate::push_shop::{PushShop, sealed_answer, settings};
use crate::pushes::{ALICE, configured, done, hello};
use crate::support::{APP, Shop, shop_with};
use serde_json::{Value, json};
use wechat_sim::{DeliveryState, PushFormat, PushMode, Said};

#[tokio::test]
async fn only_the_documented_answers_are_answers() {
    let (shop, receiver) = configured(PushMode::Plain, PushFormat::Json).await;
    for (status, body, wrong) in [
        (200, "", None),
        (200, "success", None),
        (204, "", Some("HTTP 204")),
        (500, "success", Some("HTTP 500")),
        (200, "\"success\"", Some("no JSON object")),
        (200, "{\"code\":0}", Some("without MsgType")),
        (200, "<html></html>", Some("no JSON")),
        (200, "success\n", Some("no JSON")),
    ] {
        receiver.answer(status, body);
        let id = shop.sim.send_push(APP, ALICE, hello()).unwrap();
        done(&shop).await;
        let view = shop.sim.notifications().into_iter().find(|view| view.id == id).unwrap();
        assert_eq!(view.state, DeliveryState::Delivered);
        assert_eq!(view.attempts.len(), if wrong.is_some() { 2 } else { 1 }, "{body}");
        let error = view.attempts[0].error.clone();
        assert_eq!(error.is_some(), wrong.is_some(), "{error:?}");
        assert!(error.unwrap_or_default().contains(wrong.unwrap_or_default()), "{body}");
    }
    receiver.answer(200, &" ".repeat(70_000));
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    done(&shop).await;
    let error = shop.sim.notifications().pop().unwrap().attempts[0].error.clone();
    assert!(error.unwrap().contains("64 KiB"));
}

#[tokio::test]
async fn an_xml_answer_that_attacks_is_refused_at_once() {
    let (shop, receiver) = configured(PushMode::Plain, PushFormat::Xml).await;
    let level = |level: usize| format!("<!ENTITY a{level} \"{}\">", format!("&a{};", level - 1).repeat(10));
    let entities = (1..12).map(level).collect::<Vec<_>>().concat();
    for attack in [
        format!("<!DOCTYPE x [<!ENTITY a0 \"lol\">{entities}]><xml><MsgType>&a11;</MsgType></xml>"),
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><xml><MsgType>&x;</MsgType></xml>".to_owned(),
        format!("{}{}", "<xml>".repeat(5_000), "</xml>".repeat(5_000)),
        "<xml><MsgType></xml>".to_owned(),
        "<xml><MsgType>&nothing;</MsgType></xml>".to_owned(),
    ] {
        receiver.answer(200, &attack);
        let start = std::time::Instant::now();
        shop.sim.send_push(APP, ALICE, hello()).unwrap();
        done(&shop).await;
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        let error = shop.sim.notifications().pop().unwrap().attempts[0].error.clone();
        assert!(error.is_some(), "{attack:.60}");
    }
}

/// What hands a conversation over.
fn transfer(shop: &Shop) -> Value {
    json!({
        "ToUserName": ALICE, "FromUserName": shop.sim.notifications()[0].content["ToUserName"],
        "CreateTime": 1_713_424_427, "MsgType": "transfer_customer_service",
    })
}

#[tokio::test]
async fn an_encrypted_answer_is_verified_and_decrypted() {
    let (shop, receiver) = configured(PushMode::Secure, PushFormat::Json).await;
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    done(&shop).await;
    let good = sealed_answer(PushFormat::Json, &transfer(&shop).to_string());
    let text = json!({
        "ToUserName": ALICE, "FromUserName": transfer(&shop)["FromUserName"], "CreateTime": 1,
        "MsgType": "text", "Content": "hi",
    });
    for (answer, wrong) in [
        (good.clone(), None),
        (transfer(&shop).to_string(), Some("without encryption")),
        (good.replace("1713424427", "1713424428"), Some("does not verify")),
        (sealed_answer(PushFormat::Json, "hello"), Some("no message")),
        (sealed_answer(PushFormat::Json, &text.to_string()), Some("custom/send")),
        (sealed_answer(PushFormat::Xml, "<xml></xml>"), Some("no JSON")),
    ] {
        receiver.answer(200, &answer);
        shop.sim.send_push(APP, ALICE, hello()).unwrap();
        done(&shop).await;
        let error = shop.sim.notifications().pop().unwrap().attempts[0].error.clone();
        assert_eq!(error.is_some(), wrong.is_some(), "{error:?}");
        assert!(error.unwrap_or_default().contains(wrong.unwrap_or_default()));
    }
    receiver.answer(200, &good);
    shop.sim.send_event(APP, Some(ALICE), "debug_demo", &Value::Null).unwrap();
    done(&shop).await;
    let error = shop.sim.notifications().pop().unwrap().attempts[0].error.clone();
    assert!(error.unwrap().contains("to an event"));
}

#[tokio::test]
async fn an_xml_answer_hands_the_conversation_over() {
    let (shop, receiver) = configured(PushMode::Secure, PushFormat::Xml).await;
    let say = || shop.sim.say(APP, ALICE, &Said::Text("hi".to_owned())).unwrap();
    say();
    done(&shop).await;
    let original_id = transfer(&shop)["FromUserName"].as_str().unwrap().to_owned();
    let message = format!(
        "<xml><ToUserName><![CDATA[{ALICE}]]></ToUserName><FromUserName>{original_id}</FromUserName>\
         <CreateTime>1</CreateTime><MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>"
    );
    receiver.answer(200, &sealed_answer(PushFormat::Xml, &message));
    assert!(!say().to_staff);
    done(&shop).await;
    assert_eq!(shop.sim.notifications()[1].attempts[0].error, None);
    let during = say();
    assert!(during.to_staff && during.notification.is_none());
    shop.sim.advance(Duration::from_secs(1799)).unwrap();
    shop.sim.staff_says(APP, ALICE, Some("您好")).unwrap();
    assert_eq!(shop.sim.messages()[0].title, "您好");
    shop.sim.advance(Duration::from_secs(1799)).unwrap();
    assert!(say().to_staff);
    shop.sim.advance(Duration::from_secs(1)).unwrap();
    assert!(!say().to_staff, "after 30 minutes without a word of staff messages come back");
    receiver.wait_for(3).await;
}

#[tokio::test]
async fn messages_as_answers_can_be_allowed() {
    let shop = shop_with(|settings| settings.passive_replies = true).await;
    let receiver = PushShop::start().await;
    shop.sim.set_push(APP, settings(&receiver.url, PushMode::Plain, PushFormat::Json)).await.unwrap();
    shop.sim.send_push(APP, ALICE, hello()).unwrap();
    done(&shop).await;
    let mut answer = transfer(&shop);
    answer["MsgType"] = json!("text");
    for (name, value, wrong) in [
        ("Content", json!("hi"), None),
        ("CreateTime", json!("now"), Some("CreateTime")),
        ("FromUserName", json!("gh_other"), Some("original id")),
        ("ToUserName", json!("oBob"), Some("the sender")),
    ] {
        answer[name] = value;
        receiver.answer(200, &answer.to_string());
        shop.sim.send_push(APP, ALICE, hello()).unwrap();
        done(&shop).await;
        let error = shop.sim.notifications().pop().unwrap().attempts[0].error.clone();
        assert_eq!(error.is_some(), wrong.is_some(), "{error:?}");
        assert!(error.unwrap_or_default().contains(wrong.unwrap_or_default()));
    }
}
