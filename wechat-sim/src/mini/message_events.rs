//! What message pushes say about subscribe messages and service cards.

use serde_json::{Value, json};

use super::subscriptions::{Answers, OwnTemplate, Popup, Switch};
use super::{MiniCall, MiniServe, cards, subscribe, subscriptions, templates};
use crate::core::Core;
use crate::operation::Operation;
use crate::settings::Settings;
use crate::wire::Request;
use crate::world::{Parcel, PushFormat, PushMode, PushSettings};

fn core() -> Core {
    let core = Core::open(Settings::default()).unwrap();
    let push = PushSettings {
        url: "http://127.0.0.1:9/".to_owned(),
        token: "t".to_owned(),
        aes_key: "a".repeat(43),
        mode: PushMode::Secure,
        format: PushFormat::Json,
        ..PushSettings::default()
    };
    core.set(|world, _| world.apps.entry("wx1").push = Some(push));
    for id in ["T-a", "T-b"] {
        let own = json!({"app_id": "wx1", "id": id, "title": id, "content": "名称:{{thing1.DATA}}"});
        let own: OwnTemplate = serde_json::from_value(own).unwrap();
        subscriptions::put_template(&core, own).unwrap();
    }
    core
}

fn call(core: &Core, operation: &Operation<MiniServe>, body: &Value) -> Value {
    let request = Request { body: body.to_string().into(), ..Request::default() };
    let call = MiniCall { core, request: &request, app_id: "wx1".to_owned() };
    match (operation.serve.serve)(&call).unwrap() {
        super::Given::Json(answer) => answer,
        file @ super::Given::File(_) => panic!("{file:?}"),
    }
}

/// The events of that name, without what all events have.
fn events(core: &Core, name: &str) -> Vec<Value> {
    let contents = core
        .read(|world| world.deliveries.values().map(|delivery| delivery.parcel.clone()).collect::<Vec<_>>());
    let mut found = Vec::new();
    for parcel in contents {
        let Parcel::Push { app_id, mut content } = parcel else { panic!("this is no push") };
        assert_eq!((app_id.as_str(), &content["MsgType"]), ("wx1", &json!("event")));
        assert_eq!(content["FromUserName"], "oAlice");
        if content["Event"] == name {
            let members = content.as_object_mut().unwrap();
            members.retain(|name, _| {
                !["MsgType", "Event", "ToUserName", "FromUserName", "CreateTime"].contains(&name.as_str())
            });
            found.push(content);
        }
    }
    found
}

fn ask(core: &Core) {
    let answers = Answers::Each([("T-b".to_owned(), "reject".to_owned())].into());
    let template_ids = vec!["T-a".to_owned(), "T-b".to_owned()];
    let popup = Popup { app_id: "wx1".to_owned(), openid: "oAlice".to_owned(), template_ids, answers };
    subscriptions::ask(core, &popup).unwrap();
}

#[test]
fn the_answers_of_the_pop_up_are_pushed() {
    let core = core();
    ask(&core);
    let row =
        |id: &str, word: &str| json!({"TemplateId": id, "SubscribeStatusString": word, "PopupScene": "0"});
    let expected = json!({"List": [row("T-a", "accept"), row("T-b", "reject")]});
    assert_eq!(events(&core, "subscribe_msg_popup_event"), [expected]);
}

#[test]
fn only_a_refusal_of_the_notification_centre_is_pushed() {
    let core = core();
    for status in ["accept", "reject"] {
        let switch = Switch {
            app_id: "wx1".to_owned(),
            openid: "oAlice".to_owned(),
            template_id: Some("T-a".to_owned()),
            status: status.to_owned(),
        };
        subscriptions::switch(&core, &switch).unwrap();
    }
    let expected = json!({"List": [{"TemplateId": "T-a", "SubscribeStatusString": "reject"}]});
    assert_eq!(events(&core, "subscribe_msg_change_event"), [expected]);
}

#[test]
fn the_result_of_a_send_is_pushed_with_the_number_of_the_answer() {
    let core = core();
    ask(&core);
    let body = json!({"touser": "oAlice", "template_id": "T-a", "data": {"thing1": {"value": "杯"}}});
    let sent = call(&core, &subscribe::OPERATIONS[0], &body);
    let row = json!({
        "TemplateId": "T-a", "MsgID": sent["msgid"].to_string(), "ErrorCode": "0", "ErrorStatus": "success",
    });
    assert_eq!(events(&core, "subscribe_msg_sent_event"), [json!({"List": [row]})]);
}

#[test]
fn a_card_that_cannot_be_shown_is_pushed() {
    let core = core();
    let number = cards::press(&core, "wx1", "oAlice", 1003).unwrap();
    let set = |status: i64| {
        let content = json!({"cur_status": status, "wxa_path_query": ""}).to_string();
        let body =
            json!({"openid": "oAlice", "notify_type": 1003, "notify_code": number, "content_json": content});
        call(&core, &cards::OPERATIONS[0], &body);
    };
    set(1);
    let add = json!({"tid": "10000019", "kidList": [], "sceneDesc": "配送"});
    call(&core, &templates::OPERATIONS[3], &add);
    set(2);
    cards::set_state(&core, "wx1", &number, 10).unwrap();
    set(3);
    let failed = |status: i64, ret: i64, text: &str| {
        json!({
            "openid": "oAlice", "notify_code": number, "notify_type": 1003, "card_status": status,
            "fail_ret": ret, "fail_msg": text,
        })
    };
    let expected = [failed(1, -1003, "template is not added"), failed(3, -1004, "user reject message")];
    assert_eq!(events(&core, "notify_service_msg_send_result"), expected);
}
