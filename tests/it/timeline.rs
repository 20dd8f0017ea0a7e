//! The whole story of an order, told in order.

use crate::bought::{PATIENT, buy, see_through};
use crate::support::{MCH, Person, TestApp, both};
use jishi::base::{Clock as _, OrderId, TradeId};
use jishi::flow::calls::About;
use serde_json::{Value, json};
use std::time::Duration;
use wechat_sdk::mini::login::CodeToSession;
use wechat_sim::{Effect, Fault};

const LATE: u64 = 5;

async fn order_of(person: &Person, trade: &str) -> String {
    person.trade(trade).await["orders"][0]["id"].as_str().unwrap().to_owned()
}

/// A trade whose first answer from WeChat was lost, that was closed by its shopper and paid all the same,
/// and whose money went back. Some seconds lie between the steps. Gives its order and the shopper.
async fn told(app: &TestApp) -> (String, Person) {
    let (sku, _) = app.guest().sku(2).await;
    let (person, trade) = app.ordered(&sku).await;
    let order = order_of(&person, &trade).await;
    app.clock.advance(Duration::from_secs(LATE));
    app.sim.fault(Fault::error("prepay_jsapi", 500, "SYSTEM_ERROR").always().after_work());
    assert_eq!(person.start_payment(&trade).await.status, 502);
    app.sim.clear_faults();
    app.clock.advance(Duration::from_secs(LATE));
    assert_eq!(person.start_payment(&trade).await.status, 200);
    let number = app.out_trade_no(&trade).await;
    app.clock.advance(Duration::from_secs(LATE));
    assert_eq!(person.cancel(&trade).await.status, 200);
    app.clock.advance(Duration::from_secs(LATE));
    let late = wechat_sim::PayOptions { even_if_closed: true, ..Default::default() };
    app.sim.pay_with(MCH, &number, &late).unwrap();
    assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
    app.sim.notifications_off();
    for _ in 0..3 {
        app.later(61).await;
    }
    app.later(3600).await;
    (order, person)
}

/// The entries, and that they stand in the order of time.
async fn timeline(app: &TestApp, order: &str) -> Vec<Value> {
    let path = format!("/admin/v1/orders/{order}/timeline");
    let page = app.operator().await.get_in("en", &path).await;
    let items = page["items"].as_array().unwrap_or_else(|| panic!("{page}")).clone();
    let times: Vec<_> = items.iter().map(|item| item["at"].as_str().unwrap().to_owned()).collect();
    assert!(times.is_sorted(), "{times:?}");
    items
}

/// The places of these titles, which must come in this order.
fn in_order(items: &[Value], titles: &[&str]) {
    let mut rest = items.iter().map(|item| item["title"].as_str().unwrap());
    for title in titles {
        let found = rest.any(|told| told.starts_with(title));
        let all: Vec<_> = items.iter().map(|item| format!("{} {}", item["at"], item["title"])).collect();
        assert!(found, "{title:?} is missing, or comes too early:\n{}", all.join("\n"));
    }
}

both!(
    async fn an_order_tells_its_whole_story(app) {
        let (order, person) = told(&app).await;
        let items = timeline(&app, &order).await;
        in_order(&items, &[
            "Placed: To pay",
            "The job close_trade: put on the list",
            "A payment was started: ¥",
            "We asked WeChat jsapi_prepay: nobody knows how it ended",
            "The job poll_payment: put on the list",
            "WeChat took the payment up: ¥",
            "We asked WeChat jsapi_prepay: done",
            "We asked WeChat close_transaction: done",
            "The trade: To pay → Closed",
            "The order: To pay → Closed",
            "WeChat collected ¥",
            "WeChat told us TRANSACTION.SUCCESS: taken",
            "A refund was decided: ¥",
            "Booked: ¥",
            "The job drive_refund: put on the list",
            "We asked WeChat create_refund: done",
            "We asked WeChat query_refund: done",
            "The money went back: ¥",
            "Booked: ¥",
            "The job drive_refund: done",
            "The job close_trade: done",
        ]);
        let path = format!("/admin/v1/orders/{order}/timeline");
        let chinese = app.operator().await.get(&path).await.body;
        assert!(chinese["items"][0]["title"].as_str().unwrap().starts_with("下单"), "{chinese}");
        assert_eq!(person.get(&path).await.status, 401);
        let nobody = OrderId::fresh(app.clock.now());
        let missing = app.operator().await.get(&format!("/admin/v1/orders/{nobody}/timeline")).await;
        assert_eq!(missing.status, 404, "{}", missing.body);
    }
);

both!(
    with PATIENT;
    async fn what_follows_a_payment_is_told_with_whoever_did_it(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let case = bought.asked("cancel", bought.some(0, 1)).await;
        assert_eq!(bought.decide(&case, "approve", json!({ "restock": true })).await.status, 200);
        see_through(&app, 1).await;
        assert!(bought.ship(&app).await);
        app.later(60).await;
        app.later(86_400).await;
        let items = timeline(&app, &bought.order).await;
        in_order(&items, &[
            "WeChat collected ¥",
            "Placed: To pay",
            "The order: To pay → To ship",
            "A refund was decided: ¥",
            "An after-sale was opened: Cancellation",
            "Cancellation: Waiting for the shop → Refund on its way",
            "Cancellation: restocked",
            "The message after_sale_decided: not sent",
            "WeChat told us REFUND.SUCCESS: taken",
            "The money went back: ¥",
            "Cancellation: Refund on its way → Refunded",
            "The order: To ship → On its way",
            "Goods were sent: 中通快递",
            "We asked WeChat get_shipping_order: done",
            "We asked WeChat upload_shipping_info: done",
            "We asked WeChat query_trace: done",
        ]);
        let told: Vec<_> = items.iter().map(|item| item["title"].as_str().unwrap()).collect();
        for job in ["remind_unpaid", "upload_shipping", "send_notice", "drive_refund"] {
            for end in ["put on the list", "done"] {
                assert!(told.contains(&&*format!("The job {job}: {end}")), "{job} {end}: {told:#?}");
            }
        }
        for job in ["auto_receive", "remind_receipt", "refresh_trace", "time_out_after_sale"] {
            assert!(told.contains(&&*format!("The job {job}: put on the list")), "{job}: {told:#?}");
        }
        let sent = |title: &&&str| title.starts_with("The message ");
        let sends = |title: &&&str| **title == "The job send_notice: done";
        assert_eq!(told.iter().filter(sends).count(), told.iter().filter(sent).count());
        let by = |kind| items.iter().filter(move |item| item["kind"] == kind && item["actor"] == "operator");
        for kind in ["after_sale", "move", "shipment"] {
            assert!(by(kind).count() > 0, "{kind}");
            assert!(by(kind).all(|item| item["operator_id"].is_string()), "{kind}");
        }
    }
);

both!(
    async fn every_call_is_found_at_wechat_by_its_number(app) {
        let (order, _) = told(&app).await;
        let items = timeline(&app, &order).await;
        let calls: Vec<_> = items.iter().filter(|item| item["kind"] == "call").collect();
        let journal = app.sim.requests();
        for call in &calls {
            let number = call["details"]["request_id"].as_str().unwrap_or_else(|| panic!("{call}"));
            let there = journal.iter().find(|request| {
                request.answer_headers.iter().any(|(name, value)| name == "request-id" && value == number)
            });
            let there = there.unwrap_or_else(|| panic!("WeChat does not know {call}"));
            assert_eq!(call["details"]["status"], json!(there.status));
        }
        let lost = calls.iter().find(|call| call["details"]["outcome"] == "unknown").unwrap();
        assert_eq!((&lost["details"]["code"], &lost["details"]["status"]), (&json!("SYSTEM_ERROR"), &json!(500)));
        assert!(lost["ids"][1].as_str().unwrap().starts_with("payment_"), "{lost}");
        let ledger: Vec<_> = items.iter().filter(|item| item["kind"] == "ledger").collect();
        assert_eq!(ledger.len(), 2);
        for booked in ledger {
            let entries = booked["details"]["entries"].as_array().unwrap();
            assert_eq!(entries.iter().map(|entry| entry["amount"].as_i64().unwrap()).sum::<i64>(), 0, "{booked}");
        }
    }
);

both!(
    async fn a_call_without_an_answer_is_told_as_such(app) {
        let (sku, _) = app.guest().sku(3).await;
        let (person, trade) = app.ordered(&sku).await;
        app.sim.fault(Fault::new("prepay_jsapi", Effect::Reset { after_work: true }).always());
        assert_eq!(person.start_payment(&trade).await.status, 502);
        app.sim.clear_faults();
        let items = timeline(&app, &order_of(&person, &trade).await).await;
        let call = items.iter().find(|item| item["kind"] == "call").unwrap();
        let details = &call["details"];
        assert_eq!((&details["outcome"], &details["code"]), (&json!("unknown"), &json!("NO_ANSWER")));
        assert_eq!((&details["status"], &details["request_id"]), (&json!(null), &json!(null)));
        assert_eq!(call["actor"], "system");
    }
);

both!(
    async fn an_answer_that_is_not_believed_keeps_its_number(app) {
        let (sku, _) = app.guest().sku(3).await;
        let (person, trade) = app.ordered(&sku).await;
        app.sim.fault(Fault::new("prepay_jsapi", Effect::Unsigned).always());
        assert_eq!(person.start_payment(&trade).await.status, 502);
        app.sim.clear_faults();
        let items = timeline(&app, &order_of(&person, &trade).await).await;
        let details = &items.iter().find(|item| item["kind"] == "call").unwrap()["details"];
        assert_eq!((&details["outcome"], &details["code"]), (&json!("unknown"), &json!("UNTRUSTED")));
        assert_eq!(details["status"], 200);
        assert!(details["request_id"].is_string(), "{details}");
    }
);

both!(
    async fn a_refusal_of_the_mini_program_api_is_told_with_its_number(app) {
        let (sku, _) = app.guest().sku(3).await;
        let (person, trade) = app.ordered(&sku).await;
        let gateway = app.mall.gateways.of(app.tenant).unwrap();
        let id: TradeId = trade.parse().unwrap();
        let about = About { subject: id.uuid(), trade: Some(id) };
        let refused = gateway.mini(&app.mall.core, about, &CodeToSession::new("no such code")).await;
        let refused = refused.unwrap_err().api().unwrap().request_id.clone();
        let items = timeline(&app, &order_of(&person, &trade).await).await;
        let call = items.iter().find(|item| item["kind"] == "call").unwrap();
        let details = &call["details"];
        assert_eq!((&details["outcome"], &details["code"]), (&json!("refused"), &json!("40029")));
        assert_eq!(details["request_id"], json!(refused.unwrap()));
        assert_eq!(call["ids"][1], trade);
    }
);

async fn alter(app: &TestApp, sql: &'static str) {
    let mut tx = app.mall.core.db.begin().await.unwrap();
    tx.query(sql).execute().await.unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn a_call_that_cannot_be_written_down_counts_all_the_same(app) {
        let (sku, _) = app.guest().sku(3).await;
        let (person, trade) = app.ordered(&sku).await;
        alter(&app, "alter table wechat_call rename to away").await;
        assert_eq!(person.start_payment(&trade).await.status, 200);
        alter(&app, "alter table away rename to wechat_call").await;
        app.sim.pay(MCH, &app.out_trade_no(&trade).await).unwrap();
        assert!(app.sim.delivered_within(Duration::from_secs(10)).await);
        assert_eq!(person.trade(&trade).await["state"], "paid");
        let items = timeline(&app, &order_of(&person, &trade).await).await;
        assert!(items.iter().all(|item| item["kind"] != "call"), "{items:?}");
    }
);
