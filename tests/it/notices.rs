//! Shoppers are told what they allowed, once.

use crate::support::{APP, MCH, Person, TestApp, both, key};
use jishi::base::{CustomerId, OrderId};
use jishi::flow::notice::announce;
use jishi::mall::customer;
use jishi::mall::notice::Event;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use wechat_sim::{Effect, Fault, MessageView};

const OPENID: &str = "oTestShopperOfTheNotices0001";
/// A kind, its template, and what stands in it.
const PAID: &str = "tmpl-paid";
const REFUNDED: &str = "tmpl-refunded";
const SHIPPED: &str = "tmpl-shipped";
const DECIDED: &str = "tmpl-decided";
const CLOSING: &str = "tmpl-closing";

/// Puts the templates into the account at WeChat and into the mall.
async fn with_templates(app: &TestApp) {
    let operator = app.operator().await;
    let number = json!({ "value": "number" });
    for (kind, id, fields) in [
        (
            "paid",
            PAID,
            json!({ "character_string1": number, "amount2": { "value": "amount" },
            "time3": { "value": "time" }, "thing4": { "value": "goods" }, "thing5": { "text": "谢谢" } }),
        ),
        ("refunded", REFUNDED, json!({ "character_string1": number, "amount2": { "value": "amount" } })),
        (
            "shipped",
            SHIPPED,
            json!({ "thing1": { "value": "carrier" },
            "character_string2": { "value": "tracking_number" } }),
        ),
        (
            "after_sale_decided",
            DECIDED,
            json!({ "character_string1": number, "phrase2": { "value": "decision" } }),
        ),
        ("closing_soon", CLOSING, json!({ "time1": { "value": "time" }, "thing2": { "value": "goods" } })),
    ] {
        let lines = fields.as_object().unwrap().keys().map(|key| format!("{key}:{{{{{key}.DATA}}}}"));
        app.sim.template(APP, id, kind, &lines.collect::<Vec<_>>().join("\n")).unwrap();
        let input =
            json!({ "template_id": id, "fields": fields, "page": "pages/order?id={id}", "enabled": true });
        let answer = put(&operator, kind, &input).await;
        assert_eq!(answer.0, 200, "{}", answer.1);
    }
}

async fn put(operator: &Person, kind: &str, input: &Value) -> (u16, Value) {
    let path = format!("/admin/v1/notice-templates/{kind}");
    let answer = operator.send(Method::PUT, &path, Some(input.to_string()), None).await;
    (answer.status, answer.body)
}

/// The shopper of these tests, newly logged in: tokens end while the clock is put forward.
async fn me(app: &TestApp) -> Person {
    app.shopper_as(Some(OPENID)).await
}

/// The shopper taps, and the mini program tells us.
async fn allow(app: &TestApp, template: &str) {
    app.clock.advance(Duration::from_secs(2));
    let person = me(app).await;
    let results = app.sim.subscribe(APP, OPENID, &[template], "accept").unwrap();
    let told = person.post("/api/v1/me/notice-grants", json!({ "results": results })).await;
    assert_eq!(told.status, 204, "{}", told.body);
    settled(app).await;
}

/// What WeChat sends has come, and was handled.
async fn settled(app: &TestApp) {
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    app.run_jobs().await;
}

/// Buys one piece; WeChat's notification has come, its jobs have not run.
async fn buy(app: &TestApp, place: usize) -> String {
    let person = me(app).await;
    let (sku, _) = person.sku(place).await;
    let placed = person.order(&sku, 1, &person.address().await, &key()).await;
    let trade = placed.body["id"].as_str().unwrap().to_owned();
    assert_eq!(person.start_payment(&trade).await.status, 200);
    app.sim.pay(MCH, &app.out_trade_no(&trade).await).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    trade
}

fn letters(app: &TestApp) -> Vec<MessageView> {
    app.sim.messages().into_iter().filter(|message| message.openid == OPENID).collect()
}

async fn order_of(app: &TestApp, trade: &str) -> OrderId {
    me(app).await.trade(trade).await["orders"][0]["id"].as_str().unwrap().parse().unwrap()
}

/// State, reason and code of WeChat of each notice of a kind, oldest first.
async fn notices(app: &TestApp, kind: &str) -> Vec<Value> {
    let list = app.operator().await.get(&format!("/admin/v1/notices?kind={kind}")).await.body;
    let short = |row: &Value| json!([row["state"], row["reason"], row["wechat_code"]]);
    list["items"].as_array().unwrap().iter().rev().map(short).collect()
}

/// How many messages of a template may still be sent, as far as we know.
async fn left(app: &TestApp, template: &str) -> i64 {
    let mut db = app.mall.core.db.read().await.unwrap();
    let found: Option<(i64,)> = db
        .query(
            "select g.remaining from notice_grant g join customer c on c.tenant_id = g.tenant_id
               and c.id = g.customer_id where c.openid = $1 and g.template_id = $2",
        )
        .bind(OPENID)
        .bind(template)
        .optional()
        .await
        .unwrap();
    found.map_or(0, |(count,)| count)
}

async fn customer_id(app: &TestApp) -> CustomerId {
    let mut db = app.mall.core.db.read().await.unwrap();
    customer::by_openid(&mut db, app.tenant, OPENID).await.unwrap().expect("the shopper logged in")
}

both!(
    async fn a_paid_order_makes_one_message_and_none_without_a_grant(app) {
        with_templates(&app).await;
        allow(&app, PAID).await;
        assert_eq!(left(&app, PAID).await, 1, "told by the mini program and by WeChat, it is one accept");
        let trade = buy(&app, 0).await;
        settled(&app).await;
        let sent = letters(&app);
        assert_eq!(sent.len(), 1, "{sent:?}");
        let text = sent[0].content["text"].as_str().unwrap();
        let suffix = trade.strip_prefix("trade_").unwrap();
        assert!(text.contains(suffix) && text.contains("amount2:￥") && text.contains("谢谢"), "{text}");
        assert_eq!(sent[0].content["page"], format!("pages/order?id={trade}"));
        assert_eq!(left(&app, PAID).await, 0);
        buy(&app, 1).await;
        for _ in 0..3 {
            app.later(3600).await;
        }
        assert_eq!(letters(&app).len(), 1);
        assert_eq!(
            notices(&app, "paid").await,
            [json!(["sent", null, null]), json!(["skipped", "no_grant", null])]
        );
    }
);

both!(
    async fn a_paid_shipped_and_refunded_order_makes_one_message_of_each(app) {
        with_templates(&app).await;
        for template in [PAID, SHIPPED, DECIDED, REFUNDED] {
            allow(&app, template).await;
            allow(&app, template).await;
        }
        let trade = buy(&app, 0).await;
        settled(&app).await;
        let operator = app.operator().await;
        let (person, order) = (me(&app).await, me(&app).await.trade(&trade).await["orders"][0].clone());
        let id = order["id"].as_str().unwrap();
        let parcel = json!({ "kind": "express", "carrier_code": "ZTO", "tracking_no": "75312345678901" });
        let sent = operator.post_once(&format!("/admin/v1/orders/{id}/shipments"), parcel).await;
        assert_eq!(sent.status, 201, "{}", sent.body);
        let reasons = person.get("/api/v1/after-sale-reasons?kind=refund_only").await.body;
        let wish = json!({ "order_id": id, "kind": "refund_only", "reason_id": reasons["items"][0]["id"],
            "lines": [{ "line_id": order["lines"][0]["id"], "quantity": 1 }] });
        let case = person.post_once("/api/v1/after-sales", wish).await;
        assert_eq!(case.status, 201, "{}", case.body);
        let path = format!("/admin/v1/after-sales/{}/approve", case.body["id"].as_str().unwrap());
        assert_eq!(operator.post_once(&path, json!({})).await.status, 200);
        for _ in 0..5 {
            settled(&app).await;
            app.later(61).await;
        }
        let mut titles: Vec<_> = letters(&app).into_iter().map(|letter| letter.title).collect();
        titles.sort();
        assert_eq!(titles, ["after_sale_decided", "paid", "refunded", "shipped"]);
        assert_eq!(me(&app).await.trade(&trade).await["orders"][0]["state"], "refunded");
    }
);

both!(
    async fn whoever_is_refused_is_told(app) {
        with_templates(&app).await;
        allow(&app, DECIDED).await;
        let trade = buy(&app, 0).await;
        let (operator, person) = (app.operator().await, me(&app).await);
        let order = person.trade(&trade).await["orders"][0].clone();
        let reasons = person.get("/api/v1/after-sale-reasons?kind=cancel").await.body;
        let wish = json!({ "order_id": order["id"], "kind": "cancel", "reason_id": reasons["items"][0]["id"],
            "lines": [{ "line_id": order["lines"][0]["id"], "quantity": 1 }] });
        let case = person.post_once("/api/v1/after-sales", wish).await;
        let path = format!("/admin/v1/after-sales/{}/reject", case.body["id"].as_str().unwrap());
        assert_eq!(operator.post(&path, json!({ "reason": "已经打包" })).await.status, 200);
        settled(&app).await;
        let titles: Vec<_> = letters(&app).into_iter().map(|letter| letter.title).collect();
        assert_eq!(titles, ["after_sale_decided"]);
    }
);

both!(
    async fn of_two_notices_with_one_grant_one_is_sent(app) {
        with_templates(&app).await;
        allow(&app, PAID).await;
        buy(&app, 0).await;
        buy(&app, 1).await;
        // Both jobs are due: one look runs them at the same time.
        settled(&app).await;
        assert_eq!(letters(&app).len(), 1);
        let mut outcomes = notices(&app, "paid").await;
        outcomes.sort_by_key(ToString::to_string);
        assert_eq!(outcomes, [json!(["sent", null, null]), json!(["skipped", "no_grant", null])]);
    }
);

both!(
    async fn a_message_whose_answer_is_lost_is_not_sent_twice(app) {
        with_templates(&app).await;
        for effect in [
            Effect::Reset { after_work: true },
            Effect::Error { status: 500, code: String::new(), after_work: true },
            Effect::Html { status: 502, after_work: true },
            Effect::Error { status: 0, code: "-1".to_owned(), after_work: true },
        ] {
            let before = letters(&app).len();
            allow(&app, PAID).await;
            allow(&app, PAID).await;
            app.sim.fault(Fault::new("subscribe_send", effect.clone()));
            buy(&app, 0).await;
            for _ in 0..3 {
                app.later(3600).await;
            }
            app.sim.clear_faults();
            assert_eq!(letters(&app).len(), before + 1, "{effect:?}");
        }
        for notice in notices(&app, "paid").await {
            assert_eq!((&notice[0], &notice[1]), (&json!("failed"), &json!("unknown")));
        }
    }
);

both!(
    async fn a_worker_that_died_while_it_sent_is_not_followed_by_a_second_message(app) {
        with_templates(&app).await;
        allow(&app, PAID).await;
        buy(&app, 0).await;
        let mut tx = app.mall.core.db.begin().await.unwrap();
        let changed = tx.query("update notice set state = 'sending' where kind = 'paid'").execute().await;
        assert_eq!(changed.unwrap(), 1);
        tx.commit().await.unwrap();
        settled(&app).await;
        assert_eq!(letters(&app).len(), 0);
        assert_eq!(notices(&app, "paid").await, [json!(["failed", "unknown", null])]);
    }
);

both!(
    async fn what_wechat_refuses_is_recorded_and_not_tried_again(app) {
        with_templates(&app).await;
        let person = me(&app).await;
        // The mini program says so, WeChat knows nothing of it.
        let results = json!({ PAID: "accept", "tmpl-unknown": "accept", "errMsg": "requestSubscribeMessage:ok" });
        for count in [1, 2] {
            let told = person.post("/api/v1/me/notice-grants", json!({ "results": results })).await;
            assert_eq!((told.status, left(&app, PAID).await, left(&app, "tmpl-unknown").await), (204, count, 0));
        }
        let calls = || app.sim.requests().iter().filter(|call| call.operation == "subscribe_send").count();
        buy(&app, 0).await;
        for _ in 0..3 {
            app.later(3600).await;
        }
        assert_eq!((calls(), left(&app, PAID).await), (1, 0), "none of them was one");
        for code in ["45009", "41030", "47003", "40037"] {
            let before = calls();
            allow(&app, PAID).await;
            app.sim.fault(Fault::error("subscribe_send", 0, code));
            buy(&app, 0).await;
            for _ in 0..3 {
                app.later(3600).await;
            }
            assert_eq!(calls(), before + 1, "{code}");
            app.sim.clear_faults();
        }
        assert_eq!(left(&app, PAID).await, 4, "what was surely not sent used nothing up");
        assert_eq!(
            notices(&app, "paid").await,
            [
                json!(["skipped", "no_grant", "43101"]),
                json!(["failed", "quota", "45009"]),
                json!(["failed", "refused", "41030"]),
                json!(["failed", "refused", "47003"]),
                json!(["failed", "refused", "40037"]),
            ]
        );
        assert_eq!(letters(&app).len(), 0);
    }
);

both!(
    async fn what_passes_by_itself_is_tried_again(app) {
        with_templates(&app).await;
        allow(&app, PAID).await;
        for code in ["43108", "45011"] {
            app.sim.fault(Fault::error("subscribe_send", 0, code));
        }
        buy(&app, 0).await;
        for _ in 0..5 {
            app.later(60).await;
        }
        assert_eq!((letters(&app).len(), left(&app, PAID).await), (1, 0));
        assert_eq!(notices(&app, "paid").await, [json!(["sent", null, null])]);
    }
);

both!(
    async fn a_value_that_does_not_fit_is_named_and_nothing_is_sent(app) {
        with_templates(&app).await;
        let operator = app.operator().await;
        allow(&app, SHIPPED).await;
        let (one, other) = (buy(&app, 0).await, buy(&app, 1).await);
        let orders = [order_of(&app, &one).await, order_of(&app, &other).await];
        settled(&app).await;
        let now = app.mall.core.now();
        let shipped = |order_id: OrderId, tracking_number: &str| Event::Shipped {
            order_id,
            carrier: "一家名字长得二十个字都放不下的快递物流股份有限公司".to_owned(),
            tracking_number: tracking_number.to_owned(),
            shipped_at: now,
        };
        let customer = customer_id(&app).await;
        let twice = shipped(orders[1], "SF1");
        for event in [&shipped(orders[0], &"9".repeat(33)), &twice, &twice] {
            let mut tx = app.mall.core.db.begin().await.unwrap();
            announce(&mut tx, app.tenant, customer, event, now).await.unwrap();
            tx.commit().await.unwrap();
            settled(&app).await;
        }
        let list = operator.get("/admin/v1/notices?state=failed").await.body;
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
        assert_eq!(list["items"][0]["reason"], "bad_value");
        let detail = list["items"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with("character_string2:") && !detail.contains('9'), "{detail}");
        let sent = letters(&app);
        assert_eq!(sent.len(), 1, "the bad one used nothing up, the good one was announced twice");
        assert!(sent[0].content["text"].as_str().unwrap().contains("一家名字长得二十个字都放不下的快递物流…"));
    }
);

both!(
    async fn whoever_forgets_to_pay_is_reminded_once(app) {
        with_templates(&app).await;
        let person = me(&app).await;
        allow(&app, CLOSING).await;
        allow(&app, CLOSING).await;
        let (sku, _) = person.sku(0).await;
        let address = person.address().await;
        assert_eq!(person.order(&sku, 1, &address, &key()).await.status, 201);
        buy(&app, 1).await;
        app.later(1800 - 600 - 5).await;
        assert_eq!(letters(&app).len(), 0, "it is too early");
        app.later(10).await;
        app.later(3600).await;
        assert_eq!(letters(&app).len(), 1);
        assert_eq!(notices(&app, "closing_soon").await, [json!(["sent", null, null])]);
        // Cancelled between the reminder and its sending.
        let person = me(&app).await;
        let placed = person.order(&sku, 1, &address, &key()).await;
        app.clock.advance(Duration::from_secs(1205));
        app.sim.fault(Fault::error("subscribe_send", 0, "43108"));
        app.one_look().await;
        app.one_look().await;
        let person = me(&app).await;
        assert_eq!(person.cancel(placed.body["id"].as_str().unwrap()).await.status, 200);
        app.later(60).await;
        assert_eq!(notices(&app, "closing_soon").await[1], json!(["skipped", "outdated", null]));
        assert_eq!(letters(&app).len(), 1);
    }
);

both!(
    async fn money_that_went_back_makes_one_message(app) {
        with_templates(&app).await;
        let person = me(&app).await;
        allow(&app, REFUNDED).await;
        allow(&app, REFUNDED).await;
        let (sku, _) = person.sku(0).await;
        let placed = person.order(&sku, 1, &person.address().await, &key()).await;
        let trade = placed.body["id"].as_str().unwrap();
        assert_eq!(person.start_payment(trade).await.status, 200);
        let number = app.out_trade_no(trade).await;
        assert_eq!(person.cancel(trade).await.status, 200);
        let late = wechat_sim::PayOptions { even_if_closed: true, ..Default::default() };
        app.sim.pay_with(MCH, &number, &late).unwrap();
        settled(&app).await;
        for _ in 0..5 {
            app.later(61).await;
        }
        settled(&app).await;
        let sent = letters(&app);
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert_eq!(sent[0].title, "refunded");
        assert_eq!(notices(&app, "refunded").await, [json!(["sent", null, null])]);
        assert_eq!(notices(&app, "paid").await, Vec::<Value>::new());
    }
);

both!(
    async fn what_was_switched_off_is_not_sent(app) {
        with_templates(&app).await;
        let operator = app.operator().await;
        allow(&app, PAID).await;
        app.sim.change_subscription(APP, OPENID, Some(PAID), "reject").unwrap();
        settled(&app).await;
        buy(&app, 0).await;
        settled(&app).await;
        assert_eq!(notices(&app, "paid").await, [json!(["skipped", "no_grant", null])]);
        assert_eq!(left(&app, PAID).await, 1);
        allow(&app, PAID).await;
        let mut off = operator.get("/admin/v1/notice-templates/paid").await.body;
        off["enabled"] = false.into();
        for extra in ["kind", "updated_at"] {
            off.as_object_mut().unwrap().remove(extra);
        }
        assert_eq!(put(&operator, "paid", &off).await.0, 200);
        buy(&app, 0).await;
        settled(&app).await;
        assert_eq!(notices(&app, "paid").await[1], json!(["skipped", "no_template", null]));
        assert_eq!(letters(&app).len(), 0);
    }
);

both!(
    async fn templates_are_checked_before_they_are_used(app) {
        let operator = app.operator().await;
        let person = app.shopper().await;
        assert_eq!(operator.get("/admin/v1/notice-templates/paid").await.status, 404);
        assert_eq!(operator.get("/admin/v1/notice-templates/nonsense").await.status, 400);
        for fields in [
            json!({}),
            json!({ "thing1": { "value": "carrier" } }),
            json!({ "phrase1": { "value": "number" } }),
            json!({ "thing 1": { "value": "goods" } }),
            json!({ "amount1": { "text": "免费" } }),
            json!({ "thing1": { "value": "nonsense" } }),
        ] {
            let input = json!({ "template_id": "t", "fields": fields, "enabled": true });
            let (status, body) = put(&operator, "paid", &input).await;
            assert_eq!((status, &body["code"]), (422, &json!("invalid_body")), "{body}");
        }
        assert_eq!(operator.get("/admin/v1/notice-templates").await.body["items"], json!([]));
        for (kind, enabled) in [("paid", true), ("refunded", false)] {
            let fields = json!({ "amount1": { "value": "amount" } });
            let input = json!({ "template_id": kind, "fields": fields, "enabled": enabled });
            assert_eq!(put(&operator, kind, &input).await.0, 200);
        }
        let offers = person.get("/api/v1/notice-templates").await.body;
        assert_eq!(offers["items"], json!([{ "kind": "paid", "template_id": "paid", "long_term": false }]));
        let many: serde_json::Map<_, _> = (0..21).map(|n| (n.to_string(), json!("accept"))).collect();
        let told = person.post("/api/v1/me/notice-grants", json!({ "results": many })).await;
        assert_eq!(told.status, 422);
        assert_eq!(app.guest().get("/api/v1/notice-templates").await.status, 401);
    }
);
