//! What WeChat's mini-program platform pushes: verified, kept once, answered in time, handled once.

use crate::support::{APP, Person, TestApp, both};
use jishi::flow::Mall;
use jishi::flow::messages::HandleMessage;
use jishi::flow::wechat::Gateways;
use jishi::infra::jobs::Job as _;
use jishi::mall::media::Verdict;
use jishi::mall::message::{self, Content};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wechat_sdk::push::{EncodingAesKey, MessagePush};
use wechat_sdk::{AppId, Secret};
use wechat_sim::{Effect, Fault, MessageView, PushFlaw, PushFormat, PushMode, PushSettings, Said};

const OPENID: &str = "oTestShopperOfThePushes000001";
const TOKEN: &str = "aTokenOfTheTests";
const KEY: &str = "testEncodingAesKeyOfTheSimulator0123456789A";
const FORMER: &str = "formerEncodingAesKeyOfTheSimulator01234567A";

/// An instance with these pushes, which the simulator is set up for; the echo was checked.
async fn set_up(app: &TestApp, mode: PushMode, format: PushFormat) {
    let (id, token) = (AppId::new(APP).unwrap(), Secret::new(TOKEN));
    let push = match mode {
        PushMode::Plain => MessagePush::plain(id, token).unwrap(),
        _ => MessagePush::secure(id, token, EncodingAesKey::new(KEY).unwrap())
            .unwrap()
            .former_key(EncodingAesKey::new(FORMER).unwrap()),
    };
    let mut gateway = (*app.mall.gateways.by_app(None).unwrap()).clone();
    gateway.push.as_mut().unwrap().push = push;
    let url = app.serve(Mall { gateways: Gateways::new(vec![gateway]), ..app.mall.clone() }).await;
    let settings = PushSettings {
        url: format!("{url}/callbacks/wechat/main/messages"),
        token: TOKEN.to_owned(),
        aes_key: KEY.to_owned(),
        mode,
        format,
        previous_aes_key: Some(FORMER.to_owned()),
        ..PushSettings::default()
    };
    app.sim.configure_push(APP, settings).await.unwrap();
}

/// What WeChat sends has come and was taken, and was handled.
async fn settled(app: &TestApp) {
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    app.run_jobs().await;
}

/// Sends one push, an hour late but sound; gives status and body of the answer.
async fn send(app: &TestApp, message: Value) -> (u16, String) {
    flawed(app, message, PushFlaw::Stale).await
}

async fn flawed(app: &TestApp, message: Value, flaw: PushFlaw) -> (u16, String) {
    let (status, body) = app.sim.send_flawed_push(APP, OPENID, message, flaw).await.unwrap();
    (status, String::from_utf8(body).unwrap())
}

fn text(content: &str, number: u64) -> Value {
    json!({ "MsgType": "text", "Content": content, "MsgId": number })
}

async fn inbox(operator: &Person) -> Vec<Value> {
    operator.get("/admin/v1/messages?limit=100").await.body["items"].as_array().unwrap().clone()
}

/// Kind, state and detail of each message, oldest first.
async fn kinds(operator: &Person) -> Vec<Value> {
    let short = |row: &Value| json!([row["kind"], row["state"], row["detail"]]);
    inbox(operator).await.iter().rev().map(short).collect()
}

fn letters(app: &TestApp) -> Vec<MessageView> {
    app.sim.messages().into_iter().filter(|message| message.openid == OPENID).collect()
}

both!(
    async fn every_mode_and_format_is_understood_and_answered(app) {
        let operator = app.operator().await;
        let _known = app.shopper_as(Some(OPENID)).await;
        for mode in [PushMode::Plain, PushMode::Compatible, PushMode::Secure] {
            for format in [PushFormat::Json, PushFormat::Xml] {
                set_up(&app, mode, format).await;
                app.clock.advance(Duration::from_mins(1));
                let before = inbox(&operator).await.len();
                let said = app.sim.say(APP, OPENID, &Said::Text("在吗？]]>".to_owned())).unwrap();
                app.sim.send_event(APP, Some(OPENID), "user_enter_tempsession", &json!({})).unwrap();
                // The simulator takes only answers that are as WeChat wants them.
                assert!(app.sim.delivered_within(Duration::from_secs(10)).await, "{mode:?} {format:?} {said:?}");
                app.sim.staff_ends(APP, OPENID).unwrap();
                let (status, body) = send(&app, text("在吗？", 1 + before as u64)).await;
                assert_eq!(status, 200);
                let plain = body.contains("transfer_customer_service");
                assert_eq!((plain, body.contains("Encrypt")), (mode == PushMode::Plain, mode != PushMode::Plain));
                app.run_jobs().await;
                assert_eq!(inbox(&operator).await.len(), before + 3, "{mode:?} {format:?}");
            }
        }
        for row in inbox(&operator).await {
            assert_eq!((&row["state"], &row["times"]), (&json!("handled"), &json!(1)), "{row}");
        }
    }
);

both!(
    async fn what_is_forged_or_foreign_leaves_nothing(app) {
        let operator = app.operator().await;
        for (mode, format) in [
            (PushMode::Secure, PushFormat::Xml),
            (PushMode::Secure, PushFormat::Json),
            (PushMode::Plain, PushFormat::Xml),
            (PushMode::Plain, PushFormat::Json),
        ] {
            set_up(&app, mode, format).await;
            let secure = mode == PushMode::Secure;
            for (flaw, applies, wanted) in [
                (PushFlaw::WrongAppId, secure, 401),
                (PushFlaw::Padding0, secure, 401),
                (PushFlaw::Padding33, secure, 401),
                (PushFlaw::TruncatedLength, secure, 401),
                (PushFlaw::ExcessiveLength, secure, 401),
                (PushFlaw::PlainInSecure, secure, 401),
                (PushFlaw::WrongSignature, true, 401),
                (PushFlaw::Unsigned, true, 401),
                (PushFlaw::Doctype, format == PushFormat::Xml, 422),
                (PushFlaw::Echo, true, 401),
            ] {
                if applies {
                    let (status, body) = flawed(&app, text("在吗？", 7), flaw).await;
                    assert_eq!(status, wanted, "{flaw:?} {mode:?} {format:?} {body}");
                    assert!(!body.contains("success"), "{body}");
                }
            }
        }
        let url = format!("{}/callbacks/wechat", app.url);
        let client = reqwest::Client::new();
        for (path, wanted) in [("nobody/messages", 404), ("main/messages", 401)] {
            let answer = client.post(format!("{url}/{path}")).body("<xml/>").send().await.unwrap();
            assert_eq!(answer.status(), wanted, "{path}");
            assert_eq!(client.get(format!("{url}/{path}")).send().await.unwrap().status(), wanted, "{path}");
        }
        let huge = client.post(format!("{url}/main/messages")).body("x".repeat(300_000)).send().await.unwrap();
        assert_eq!(huge.status(), 413);
        assert_eq!(inbox(&operator).await, Vec::<Value>::new());
    }
);

both!(
    async fn the_key_before_is_good_while_it_is_changed(app) {
        set_up(&app, PushMode::Secure, PushFormat::Json).await;
        let (status, _) = flawed(&app, text("在吗？", 7), PushFlaw::OldKey).await;
        assert_eq!(status, 200);
    }
);

both!(
    async fn a_push_that_comes_again_is_kept_and_handled_once(app) {
        let operator = app.operator().await;
        let _known = app.shopper_as(Some(OPENID)).await;
        for _ in 0..2 {
            let together = (0..5).map(|_| send(&app, text("我的订单到哪了", 2_u64.pow(61) + 1)));
            for (status, body) in futures_util::future::join_all(together).await {
                assert_eq!((status, body.as_str()), (200, "success"));
            }
            app.run_jobs().await;
        }
        let rows = inbox(&operator).await;
        assert_eq!((rows.len(), &rows[0]["times"]), (1, &json!(10)));
        // WeChat refuses it: nobody wrote to the simulator's customer service. It was tried once.
        let calls = app.sim.requests().into_iter().filter(|call| call.target.contains("custom/send")).count();
        assert_eq!(calls, 1);
        assert_eq!(kinds(&operator).await[0][1], "handled");
    }
);

both!(
    async fn several_workers_answer_a_question_once(app) {
        let operator = app.operator().await;
        let (status, _) = send(&app, text("我的订单到哪了", 7)).await;
        assert_eq!(status, 200);
        let message_id = inbox(&operator).await[0]["id"].as_str().unwrap().parse().unwrap();
        let job = HandleMessage { tenant_id: app.tenant, message_id };
        let calls = || app.sim.requests().into_iter().filter(|call| call.target.contains("custom/send")).count();
        let work = (0..5).map(|_| job.clone().run(&app.mall));
        futures_util::future::join_all(work).await;
        assert_eq!(calls(), 1);
        let told = kinds(&operator).await;
        app.run_jobs().await;
        assert_eq!((calls(), kinds(&operator).await), (1, told), "what is handled stays as it is");
    }
);

both!(
    async fn a_worker_that_died_while_it_answered_is_not_followed_by_a_second_answer(app) {
        let operator = app.operator().await;
        let (status, _) = send(&app, text("我的订单到哪了", 7)).await;
        assert_eq!(status, 200);
        let mut tx = app.mall.core.db.begin().await.unwrap();
        let sql = "update message set state = 'answering' where tenant_id = $1";
        tx.query(sql).bind(app.tenant).execute().await.unwrap();
        tx.commit().await.unwrap();
        app.run_jobs().await;
        assert!(app.sim.requests().iter().all(|call| !call.target.contains("custom/send")));
        assert_eq!(kinds(&operator).await, [json!(["text", "handled", "unknown"])]);
    }
);

both!(
    async fn questions_about_orders_are_answered_once_and_all_else_goes_to_the_staff(app) {
        let operator = app.operator().await;
        let (sku, _) = app.guest().sku(0).await;
        let person = app.shopper_as(Some(OPENID)).await;
        let title = person.get("/api/v1/products?limit=100").await.body["items"][0]["title"].clone();
        let placed = person.order(&sku, 2, &person.address().await, &crate::support::key()).await;
        assert_eq!(placed.status, 201);
        app.sim.say(APP, OPENID, &Said::Text("请问我的订单到哪了？".to_owned())).unwrap();
        settled(&app).await;
        let answers = letters(&app);
        assert_eq!(answers.len(), 1, "{answers:?}");
        let words = answers[0].content.to_string();
        let title: String = title.as_str().unwrap().chars().take(8).collect();
        assert!(words.contains(&title) && words.contains("等2件") && words.contains("待付款"), "{words}");
        // The answer is lost on its way back; it is not written again.
        app.sim.fault(Fault::new("custom_send", Effect::Reset { after_work: true }));
        app.sim.say(APP, OPENID, &Said::Text("退款呢".to_owned())).unwrap();
        settled(&app).await;
        app.later(300).await;
        app.later(300).await;
        assert_eq!(letters(&app).len(), 2);
        app.sim.say(APP, OPENID, &Said::Text("你好".to_owned())).unwrap();
        settled(&app).await;
        assert_eq!(letters(&app).len(), 2);
        assert_eq!(
            kinds(&operator).await,
            [
                json!(["text", "handled", "answered"]),
                json!(["text", "handled", "unknown"]),
                json!(["text", "handled", null]),
            ]
        );
        let again = app.sim.say(APP, OPENID, &Said::Text("还在吗".to_owned())).unwrap();
        assert!(again.to_staff, "the staff has the conversation");
    }
);

both!(
    async fn a_stranger_learns_of_no_orders(app) {
        app.sim.say(APP, "oNeverLoggedIn000000000000001", &Said::Text("订单".to_owned())).unwrap();
        settled(&app).await;
        let words = app.sim.messages()[0].content.to_string();
        assert!(words.contains("没有找到您的订单"), "{words}");
    }
);

both!(
    async fn whoever_takes_a_consent_back_is_forgotten(app) {
        let operator = app.operator().await;
        let person = app.shopper_as(Some(OPENID)).await;
        let stranger = app.shopper().await;
        for who in [&person, &stranger] {
            let profile = json!({ "nickname": "张三", "avatar_url": "https://example.com/a.png" });
            who.send(reqwest::Method::PUT, "/api/v1/me", Some(profile.to_string()), None).await;
            let code = app.sim.phone_code(APP, "13800138000");
            assert_eq!(who.post("/api/v1/me/phone", json!({ "code": code })).await.status, 204);
            who.address().await;
        }
        app.sim.send_event(APP, Some(OPENID), "user_authorization_revoke", &json!({})).unwrap();
        settled(&app).await;
        let me = person.get("/api/v1/me").await.body;
        assert_eq!((&me["nickname"], &me["avatar_url"], &me["phone"]), (&Value::Null, &Value::Null, &Value::Null));
        let addresses = |person: Person| async move {
            person.get("/api/v1/me/addresses").await.body["items"].as_array().unwrap().len()
        };
        assert_eq!(addresses(person.clone()).await, 1);
        app.sim.send_event(APP, Some(OPENID), "user_authorization_cancellation", &json!({})).unwrap();
        app.sim.send_event(APP, Some("oNobody"), "user_authorization_revoke", &json!({})).unwrap();
        settled(&app).await;
        assert_eq!(addresses(person).await, 0);
        assert_eq!(stranger.get("/api/v1/me").await.body["nickname"], "张三");
        assert_eq!(addresses(stranger).await, 1);
        let details: Vec<_> = kinds(&operator).await.iter().map(|row| row[2].clone()).collect();
        assert_eq!(details.iter().filter(|detail| **detail == "forgotten").count(), 2);
        assert!(details.contains(&json!("no such shopper")));
    }
);

both!(
    async fn the_first_verdict_about_a_medium_is_kept(app) {
        let risky = json!({ "trace_id": "risky", "result": { "suggest": "risky", "label": 20002 } });
        let again = json!({ "trace_id": "risky", "result": { "suggest": "pass", "label": 100 } });
        let gone = json!({ "trace_id": "gone", "errcode": -1008, "result": { "suggest": "pass", "label": 100 } });
        for event in [risky, again, json!({ "trace_id": "good" }), gone] {
            app.sim.send_event(APP, None, "wxa_media_check", &event).unwrap();
            settled(&app).await;
        }
        let mut db = app.mall.core.db.read().await.unwrap();
        let sql = "select trace_id, verdict, label from media_check order by trace_id";
        let found: Vec<(String, Verdict, Option<i64>)> = db.query(sql).all().await.unwrap();
        let row = |trace: &str, verdict, label| (trace.to_owned(), verdict, label);
        let good = row("good", Verdict::Pass, Some(100));
        assert_eq!(found, [row("gone", Verdict::Failed, None), good, row("risky", Verdict::Risky, Some(20002))]);
    }
);

both!(
    async fn every_event_of_the_protocol_is_taken_and_kept(app) {
        let operator = app.operator().await;
        let _known = app.shopper_as(Some(OPENID)).await;
        let events = wechat_sim::Simulator::push_events();
        for event in &events {
            app.sim.send_event(APP, Some(OPENID), event, &json!({})).unwrap();
        }
        settled(&app).await;
        let rows = kinds(&operator).await;
        assert_eq!(rows.len(), events.len());
        for row in &rows {
            assert_eq!(row[1], "handled", "{row}");
        }
        let only = operator.get("/admin/v1/messages?kind=trade_manage_order_settlement").await.body;
        assert_eq!(only["items"].as_array().unwrap().len(), 2);
        assert!(!operator.get("/admin/v1/messages").await.body.to_string().contains("请问什么时候发货"));
    }
);

both!(
    async fn a_database_that_is_busy_delays_no_answer(app) {
        let content = Content { from: None, at: None, body: "{}".to_owned() };
        let mut tx = app.mall.core.db.begin().await.unwrap();
        let (vault, now) = (&app.mall.core.vault, app.mall.core.now());
        // Whoever writes down the same message has to wait for this one.
        message::receive(&mut tx, vault, app.tenant, ("message:42", "text"), &content, now).await.unwrap();
        let started = Instant::now();
        let (status, body) = send(&app, text("在吗？", 42)).await;
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        assert_eq!(status, 503, "{body}");
        drop(tx);
        assert_eq!(send(&app, text("在吗？", 42)).await.0, 200);
        app.run_jobs().await;
        assert_eq!(kinds(&app.operator().await).await, [json!(["text", "handled", null])]);
    }
);

both!(
    async fn what_was_said_is_sealed_and_forgotten_in_time(app) {
        assert_eq!(send(&app, text("我住在长安街一号", 5)).await.0, 200);
        let stored = async || {
            let mut db = app.mall.core.db.read().await.unwrap();
            let row: (Option<String>,) = db.query("select payload_sealed from message").one().await.unwrap();
            row.0
        };
        assert!(!stored().await.expect("a payload").contains("长安街"));
        app.run_jobs().await;
        jishi::flow::sweep::schedule(&app.mall).await.unwrap();
        app.one_look().await;
        assert!(stored().await.is_some());
        app.clock.advance(Duration::from_hours(31 * 24));
        app.one_look().await;
        assert_eq!(stored().await, None);
        assert_eq!(send(&app, text("我住在长安街一号", 5)).await.0, 200);
        assert_eq!(inbox(&app.operator().await).await[0]["times"], 2);
        let mut tx = app.mall.core.db.begin().await.unwrap();
        tx.query("delete from job").execute().await.unwrap();
        tx.commit().await.unwrap();
    }
);
