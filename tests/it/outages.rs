//! WeChat is slow, silent or gone; Redis forgets; keys come twice.

use crate::support::{MCH, TestApp, both, key};
use jishi::flow::shipping_events::{self, ShippingEvent};
use jishi::infra::idempotency::{self, Key};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use wechat_sim::{Fault, RefundStatus};

fn broken(operation: &str) -> Fault {
    refused(operation, 500, "SYSTEM_ERROR")
}

fn refused(operation: &str, status: u16, code: &str) -> Fault {
    Fault::error(operation, status, code).always()
}

/// The work is done, but nobody is told.
fn lost(operation: &str) -> Fault {
    broken(operation).after_work()
}

fn slow(operation: &str, delay_ms: u64) -> Fault {
    Fault::delay(operation, Duration::from_millis(delay_ms))
}

/// A closed trade whose money came all the same.
async fn paid_after_close(app: &TestApp, place: usize) -> (String, String) {
    let (sku, _) = app.guest().sku(place).await;
    let (person, trade) = app.ordered(&sku).await;
    assert_eq!(person.start_payment(&trade).await.status, 200);
    let number = app.out_trade_no(&trade).await;
    assert_eq!(person.cancel(&trade).await.status, 200);
    let late = wechat_sim::PayOptions { even_if_closed: true, ..Default::default() };
    app.sim.pay_with(MCH, &number, &late).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    (trade, number)
}

async fn payments(app: &TestApp) -> Vec<Value> {
    app.operator().await.get("/admin/v1/payments").await.body["items"].as_array().unwrap().clone()
}

async fn refunds(app: &TestApp) -> Vec<Value> {
    app.operator().await.get("/admin/v1/refunds").await.body["items"].as_array().unwrap().clone()
}

both!(
    async fn a_slow_wechat_holds_up_nobody_else(app) {
        let (sku, _) = app.guest().sku(0).await;
        let (person, trade) = app.ordered(&sku).await;
        app.sim.fault(slow("prepay_jsapi", 2000));
        let paying = tokio::spawn(async move { person.start_payment(&trade).await });
        while app.sim.orders().is_empty() && !paying.is_finished() {
            // As often as it likes: whoever orders meanwhile is served.
            app.ordered(&sku).await;
            if app.stock(&sku).await.1 > 3 {
                break;
            }
        }
        assert!(!paying.is_finished(), "the orders had to wait for WeChat");
        assert_eq!(paying.await.unwrap().status, 200);
    }
);

both!(
    async fn a_prepay_whose_answer_is_lost_is_repeated_with_the_same_number(app) {
        let (sku, _) = app.guest().sku(1).await;
        let (person, trade) = app.ordered(&sku).await;
        app.sim.fault(lost("prepay_jsapi"));
        let answer = person.start_payment(&trade).await;
        assert_eq!((answer.status, answer.code()), (502, "wechat_unavailable"));
        app.sim.clear_faults();
        assert_eq!(person.start_payment(&trade).await.status, 200);
        assert_eq!(app.sim.orders().len(), 1);
        app.sim.pay(MCH, &app.out_trade_no(&trade).await).unwrap();
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        assert_eq!(person.trade(&trade).await["state"], "paid");
    }
);

both!(
    async fn a_refund_whose_answer_is_lost_goes_back_once(app) {
        app.sim.fault(lost("refund"));
        app.sim.fault(broken("refund_query"));
        let (_, number) = paid_after_close(&app, 2).await;
        app.run_jobs().await;
        assert_eq!(refunds(&app).await[0]["state"], "created");
        app.later(60).await;
        app.sim.clear_faults();
        app.later(600).await;
        app.later(600).await;
        assert_eq!(refunds(&app).await[0]["state"], "succeeded");
        let given: Vec<_> = app.sim.refunds();
        assert_eq!(given.len(), 1);
        assert_eq!(given[0].refund, app.sim.order(MCH, &number).unwrap().total);
    }
);

both!(
    async fn a_refund_without_call_back_is_found_by_asking(app) {
        paid_after_close(&app, 3).await;
        app.sim.notifications_off();
        app.run_jobs().await;
        app.later(61).await;
        app.later(61).await;
        assert_eq!(refunds(&app).await[0]["state"], "succeeded");
        let ledger = app.operator().await.get("/admin/v1/ledger").await.body;
        let kinds: Vec<_> = ledger["items"].as_array().unwrap().iter().map(|item| item["kind"].clone()).collect();
        assert_eq!(kinds, [json!("refund"), json!("unwanted_payment")], "{ledger}");
    }
);

both!(
    async fn stock_stays_reserved_until_wechat_confirmed_the_close(app) {
        let (sku, _) = app.guest().sku(4).await;
        let (person, trade) = app.ordered(&sku).await;
        person.start_payment(&trade).await;
        app.sim.fault(broken("close"));
        let answer = person.cancel(&trade).await;
        assert_eq!((answer.status, answer.code()), (502, "wechat_unavailable"));
        assert_eq!(person.start_payment(&trade).await.code(), "trade_not_payable");
        app.later(1801).await;
        assert_eq!(app.stock(&sku).await.1, 1, "it could still be paid");
        let page = app.operator().await.get(&format!("/admin/v1/trades/{trade}")).await.body;
        assert_eq!((&page["state"], &page["closing"]), (&json!("unpaid"), &json!(true)));
        app.sim.clear_faults();
        app.later(3600).await;
        assert_eq!(app.stock(&sku).await.1, 0);
        let page = app.operator().await.get(&format!("/admin/v1/trades/{trade}")).await.body;
        assert_eq!(page["state"], "closed");
    }
);

both!(
    async fn wechat_is_down_and_nobody_learns_more_than_that(app) {
        let person = app.shopper().await;
        let code = app.sim.login_code(crate::support::APP, None).code;
        app.sim.fault(broken("code2session"));
        let answer = app.guest().post("/api/v1/auth/login", json!({ "code": code })).await;
        assert_eq!((answer.status, answer.code()), (502, "wechat_unavailable"));
        assert!(!answer.body.to_string().contains("127.0.0.1"), "{}", answer.body);
        let (sku, _) = app.guest().sku(0).await;
        assert_eq!(person.order(&sku, 1, &person.address().await, &key()).await.status, 201);
    }
);

both!(
    async fn a_payment_key_gives_the_same_answer_again(app) {
        let (sku, _) = app.guest().sku(5).await;
        let (person, trade) = app.ordered(&sku).await;
        let path = format!("/api/v1/trades/{trade}/payment");
        let once = key();
        let pay = |key: String| {
            let (person, path) = (person.clone(), path.clone());
            async move { person.send(Method::POST, &path, None, Some(&key)).await }
        };
        app.sim.fault(broken("prepay_jsapi"));
        assert_eq!(pay(once.clone()).await.code(), "wechat_unavailable");
        app.sim.clear_faults();
        app.sim.fault(slow("prepay_jsapi", 1000));
        let asks = futures_util::future::join_all((0..8).map(|_| pay(once.clone()))).await;
        let (done, others): (Vec<_>, Vec<_>) = asks.into_iter().partition(|answer| answer.status == 200);
        assert!(others.iter().all(|answer| (answer.status, answer.code()) == (409, "idempotency_in_flight")));
        assert!(!done.is_empty() && !others.is_empty(), "{} done", done.len());
        let first = &done[0];
        assert!(done.iter().all(|answer| answer.body == first.body));
        assert_eq!(pay(once.clone()).await.body, first.body);
        assert_ne!(pay(key()).await.body["nonceStr"], first.body["nonceStr"]);
        let cancel = format!("/api/v1/trades/{trade}/cancel");
        let other = person.send(Method::POST, &cancel, None, Some(&once)).await;
        assert_eq!((other.status, other.code()), (422, "idempotency_key_reused"));
        let once = key();
        let closed = person.send(Method::POST, &cancel, None, Some(&once)).await;
        assert_eq!((closed.status, &closed.body["state_text"]), (200, &json!("已关闭")));
        assert_eq!(person.send(Method::POST, &cancel, None, Some(&once)).await.body, closed.body);
    }
);

both!(
    async fn a_key_whose_holder_died_is_free_again_in_time(app) {
        let core = &app.mall.core;
        let owner = uuid::Uuid::new_v4();
        let key =
            Key { tenant_id: app.tenant, owner_id: owner, key: key(), fingerprint: "the same".to_owned() };
        let never = idempotency::once::<()>(core, Some(&key), std::future::pending());
        assert!(tokio::time::timeout(Duration::from_millis(500), never).await.is_err());
        let work = || async { Ok(json!({ "done": true })) };
        let early = idempotency::once(core, Some(&key), work()).await.unwrap_err();
        assert_eq!(early.code(), Some(jishi::base::Code::IdempotencyInFlight));
        app.clock.advance(Duration::from_secs(121));
        let late = idempotency::once(core, Some(&key), work()).await.unwrap();
        assert_eq!(late.0, r#"{"done":true}"#);
    }
);

both!(
    async fn cancelling_while_a_payment_starts_shows_nobody_a_sheet(app) {
        let (sku, _) = app.guest().sku(6).await;
        let (person, trade) = app.ordered(&sku).await;
        app.sim.fault(slow("prepay_jsapi", 1000));
        // WeChat says that it knows no such order, but that arrives after the prepay has.
        app.sim.fault(slow("query", 4000).after_work());
        let starting = {
            let (person, trade) = (person.clone(), trade.clone());
            tokio::spawn(async move { person.start_payment(&trade).await })
        };
        while payments(&app).await.is_empty() && !starting.is_finished() {
            tokio::task::yield_now().await;
        }
        let cancelled = person.cancel(&trade).await;
        assert_eq!((cancelled.status, &cancelled.body["state"]), (200, &json!("closed")));
        let started = starting.await.unwrap();
        assert_eq!((started.status, started.code()), (409, "trade_not_payable"));
        assert_eq!(app.stock(&sku).await.1, 0);
    }
);

both!(
    async fn a_shown_sheet_is_not_closed_by_an_unsigned_not_found(app) {
        let (sku, _) = app.guest().sku(7).await;
        let (person, trade) = app.ordered(&sku).await;
        assert_eq!(person.start_payment(&trade).await.status, 200);
        let unknown = refused("query", 404, "ORDER_NOT_EXIST");
        app.sim.fault(unknown);
        app.sim.fault(broken("close"));
        assert_eq!(person.cancel(&trade).await.code(), "wechat_unavailable");
        assert_eq!(app.stock(&sku).await.1, 1, "the shopper may be paying");
        let number = app.out_trade_no(&trade).await;
        app.sim.pay(MCH, &number).unwrap();
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        assert_eq!(person.trade(&trade).await["state"], "paid");
    }
);

both!(
    async fn a_trade_whose_time_is_over_closes_although_wechat_forgot_it(app) {
        let (sku, _) = app.guest().sku(7).await;
        let (person, trade) = app.ordered(&sku).await;
        person.start_payment(&trade).await;
        app.sim.fault(refused("query", 404, "ORDER_NOT_EXIST"));
        app.later(1801).await;
        assert_eq!(app.stock(&sku).await.1, 1);
        app.later(130).await;
        app.later(600).await;
        assert_eq!(app.stock(&sku).await.1, 0);
    }
);

both!(
    async fn a_shopper_who_comes_back_has_wechat_asked(app) {
        let (sku, _) = app.guest().sku(8).await;
        let (person, trade) = app.ordered(&sku).await;
        person.start_payment(&trade).await;
        let path = format!("/api/v1/trades/{trade}/payment/confirm");
        app.sim.fault(broken("query"));
        let early = person.post(&path, json!({})).await;
        assert_eq!((early.status, &early.body["state"]), (200, &json!("unpaid")));
        app.sim.clear_faults();
        app.sim.notifications_off();
        app.sim.pay(MCH, &app.out_trade_no(&trade).await).unwrap();
        let soon = person.post(&path, json!({})).await;
        assert_eq!(soon.body["state"], "unpaid", "not asked again within three seconds");
        app.clock.advance(Duration::from_secs(4));
        let now = person.post(&path, json!({})).await;
        assert_eq!((now.status, &now.body["state"]), (200, &json!("paid")));
        assert_eq!(app.shopper().await.post(&path, json!({})).await.status, 404);
    }
);

both!(
    async fn a_number_that_wechat_closed_gives_way_to_a_new_one(app) {
        let (sku, _) = app.guest().sku(9).await;
        let (person, trade) = app.ordered(&sku).await;
        app.sim.fault(lost("prepay_jsapi"));
        assert_eq!(person.start_payment(&trade).await.status, 502);
        app.sim.clear_faults();
        let spent = Fault::error("prepay_jsapi", 403, "ORDER_CLOSED");
        app.sim.fault(spent);
        let first = app.out_trade_no(&trade).await;
        assert_eq!(person.start_payment(&trade).await.code(), "wechat_unavailable");
        assert_eq!(person.start_payment(&trade).await.status, 200);
        let second = app.out_trade_no(&trade).await;
        assert_ne!(first, second);
        app.sim.pay(MCH, &second).unwrap();
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        assert_eq!(person.trade(&trade).await["state"], "paid");
    }
);

both!(
    async fn a_refused_refund_says_why_and_goes_on_when_it_can(app) {
        app.sim.fault(refused("refund", 403, "NOT_ENOUGH"));
        paid_after_close(&app, 2).await;
        app.run_jobs().await;
        let waiting = refunds(&app).await;
        assert_eq!(waiting[0]["state"], "created");
        assert!(waiting[0]["last_error"].as_str().unwrap().contains("NOT_ENOUGH"), "{waiting:?}");
        app.sim.clear_faults();
        app.later(60).await;
        app.later(61).await;
        assert_eq!(refunds(&app).await[0]["state"], "succeeded");
        assert_eq!(app.sim.refunds().len(), 1);
    }
);

both!(
    async fn a_trade_paid_twice_gives_one_payment_back(app) {
        let (sku, _) = app.guest().sku(1).await;
        let (person, trade) = app.ordered(&sku).await;
        app.sim.fault(lost("prepay_jsapi"));
        assert_eq!(person.start_payment(&trade).await.status, 502);
        app.sim.clear_faults();
        let first = app.out_trade_no(&trade).await;
        app.sim.fault(Fault::error("prepay_jsapi", 403, "ORDER_CLOSED"));
        assert_eq!(person.start_payment(&trade).await.status, 502);
        assert_eq!(person.start_payment(&trade).await.status, 200);
        let second = app.out_trade_no(&trade).await;
        app.sim.pay(MCH, &second).unwrap();
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        let late = wechat_sim::PayOptions { even_if_closed: true, ..Default::default() };
        app.sim.pay_with(MCH, &first, &late).unwrap();
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        app.run_jobs().await;
        app.later(61).await;
        let given = app.sim.refunds();
        assert_eq!((given.len(), &given[0].out_trade_no), (1, &first));
        assert_eq!(person.trade(&trade).await["state"], "paid");
        assert_eq!(refunds(&app).await[0]["reason"], "paid_twice");
        // What WeChat tells of the money that went back is not about the goods.
        let order = person.trade(&trade).await["orders"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/admin/v1/orders/{order}/shipments");
        assert_eq!(app.operator().await.post_once(&path, json!({ "kind": "local" })).await.status, 201);
        let told = json!({ "merchant_trade_no": first, "confirm_receive_method": 1 });
        let told = ShippingEvent::Settled(serde_json::from_value(told).unwrap());
        let mut tx = app.mall.core.db.begin().await.unwrap();
        shipping_events::handle(&app.mall, &mut tx, app.tenant, told).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(person.trade(&trade).await["orders"][0]["state"], "shipped");
    }
);

both!(
    async fn a_refund_that_wechat_closed_is_tried_with_a_new_number(app) {
        app.sim.refund_outcome(RefundStatus::Closed);
        paid_after_close(&app, 2).await;
        app.sim.notifications_off();
        for _ in 0..20 {
            if refunds(&app).await.len() == 1 {
                app.clock.advance(Duration::from_secs(61));
                app.one_look().await;
            }
        }
        assert_eq!(refunds(&app).await.len(), 2);
        app.sim.refund_outcome(RefundStatus::Success);
        app.later(61).await;
        app.later(61).await;
        let known = refunds(&app).await;
        let states: Vec<_> = known.iter().map(|refund| refund["state"].as_str().unwrap()).collect();
        assert!(states.contains(&"succeeded"), "{states:?}");
        assert_eq!(states.iter().filter(|state| **state == "succeeded").count(), 1);
        assert_eq!(app.sim.refunds().iter().filter(|refund| refund.status == RefundStatus::Success).count(), 1);
    }
);

both!(
    async fn an_abnormal_refund_waits_for_a_person_and_is_looked_at_daily(app) {
        app.sim.refund_outcome(RefundStatus::Abnormal);
        paid_after_close(&app, 3).await;
        app.later(61).await;
        app.later(61).await;
        assert_eq!(refunds(&app).await[0]["state"], "abnormal");
        let jobs = app.operator().await.get("/admin/v1/jobs?kind=drive_refund").await.body;
        assert_eq!(jobs["items"].as_array().unwrap().len(), 1, "{jobs}");
    }
);

both!(
    async fn what_nobody_needs_is_swept(app) {
        jishi::flow::sweep::schedule(&app.mall).await.unwrap();
        jishi::flow::sweep::schedule(&app.mall).await.unwrap();
        let (sku, _) = app.guest().sku(0).await;
        let person = app.shopper().await;
        let (address, key) = (person.address().await, key());
        let first = person.order(&sku, 1, &address, &key).await.body;
        app.run_jobs().await;
        assert_eq!(person.order(&sku, 1, &address, &key).await.body, first);
        app.later(3 * 86_400 + 1).await;
        let mut db = app.mall.core.db.read().await.unwrap();
        let kept: i64 = db.query("select count(*) from idempotency").scalar().await.unwrap();
        let sweeps: i64 =
            db.query("select count(*) from job where kind = 'sweep'").scalar().await.unwrap();
        assert_eq!((kept, sweeps), (0, 1));
    }
);

/// Only PostgreSQL's tests have a Redis. Others use it meanwhile; they must not mind either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_everything_costs_nothing() {
    let (Some(app), Ok(redis)) = (TestApp::postgres(&[]).await, std::env::var("TEST_REDIS_URL")) else {
        return;
    };
    let port: u16 = redis.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let person = app.shopper().await;
    for phone in ["13900000001", "13900000002"] {
        let code = app.sim.phone_code(crate::support::APP, phone);
        assert_eq!(person.post("/api/v1/me/phone", json!({ "code": code })).await.status, 204);
        flush(port).await;
    }
    let (sku, _) = person.sku(0).await;
    let (person, trade) = app.ordered(&sku).await;
    flush(port).await;
    assert_eq!(person.start_payment(&trade).await.status, 200);
    flush(port).await;
    app.sim.pay(MCH, &app.out_trade_no(&trade).await).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    assert_eq!(person.trade(&trade).await["state"], "paid");
    app.books().add_up().await;
}

async fn flush(port: u16) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut redis = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    redis.write_all(b"FLUSHALL\r\n").await.unwrap();
    let mut answer = [0; 5];
    redis.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"+OK\r\n");
}
