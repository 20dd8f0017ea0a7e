//! How much may go back by whose word, and what becomes of orders whose money cannot go back, or is gone.

use crate::bought::{Bought, PATIENT, buy, see_through};
use crate::support::{TestApp, both, key};
use jishi::base::SkuId;
use reqwest::Method;
use serde_json::{Value, json};
use wechat_sim::RefundStatus;

const DAY: u64 = 86_400;

/// One piece goes back by itself, two take two operators.
const PIECE: i64 = 400;
const FEW: &[(&str, &str)] = &[
    ("JISHI_SECURITY__ACCESS_TOKEN", "9999999"),
    ("JISHI_TRADE__FREIGHT", "0"),
    ("JISHI_AFTER_SALE__SECOND_PERSON_ABOVE", "500"),
    ("JISHI_AFTER_SALE__AUTO_APPROVE_CANCEL", "true"),
];

/// Buys so many pieces at 4 yuan each.
async fn buy_cheap(app: &TestApp, pieces: i64) -> Bought {
    let sku: SkuId = app.guest().sku(0).await.0.parse().unwrap();
    let mut tx = app.mall.core.db.begin().await.unwrap();
    let price = tx.query("update sku set price = $3 where tenant_id = $1 and id = $2");
    price.bind(app.tenant).bind(sku).bind(PIECE).execute().await.unwrap();
    tx.commit().await.unwrap();
    let bought = buy(app, &[(0, pieces)]).await;
    assert_eq!(bought.total, pieces * PIECE);
    bought
}

both!(
    with FEW;
    async fn one_operator_does_not_give_in_parts_what_takes_two(app) {
        let bought = buy_cheap(&app, 3).await;
        let other = app.operator_named("other").await;
        for (amount, state) in [(300, "refunding"), (200, "refunding"), (1, "requested")] {
            assert_eq!(bought.give_back(amount).await.body["state"], state, "{amount}");
        }
        let waiting = bought.operator.get("/admin/v1/after-sales?state=requested").await.body;
        let path = format!("/admin/v1/after-sales/{}/approve", waiting["items"][0]["id"].as_str().unwrap());
        assert_eq!(bought.operator.post_once(&path, json!({})).await.code(), "second_person_needed");
        assert_eq!(other.post_once(&path, json!({})).await.body["state"], "refunding");
        see_through(&app, 3).await;
        assert_eq!(bought.page().await["refunded"], 501);
        assert_eq!(bought.give_back(1).await.body["state"], "requested", "what went back counts as well");
    }
);

both!(
    with FEW;
    async fn a_case_that_waits_for_a_second_operator_is_not_emptied_by_the_first(app) {
        let bought = buy_cheap(&app, 2).await;
        assert!(bought.ship(&app).await);
        let case = bought.asked("refund_only", bought.all()).await;
        assert_eq!(bought.decide(&case, "approve", json!({})).await.body["state"], "requested");
        assert_eq!(bought.give_back(500).await.body["state"], "refunding");
        for code in [Value::Null, json!("second_person_needed")] {
            let again = bought.decide(&case, "approve", json!({})).await;
            assert_eq!(again.body["code"], code, "{}", again.body);
        }
        see_through(&app, 1).await;
        assert_eq!(app.sim.refunds().len(), 1);
        assert_eq!(bought.case(&case).await["state"], "requested");
    }
);

both!(
    with FEW;
    async fn nobody_empties_an_order_piece_by_piece_where_no_operator_looks(app) {
        let bought = buy_cheap(&app, 3).await;
        for state in ["refunding", "requested", "requested"] {
            assert_eq!(bought.ask("cancel", bought.some(0, 1)).await.body["state"], state);
        }
        let sent = buy_cheap(&app, 3).await;
        assert!(sent.ship(&app).await);
        for _ in 0..3 {
            sent.asked("refund_only", sent.some(0, 1)).await;
        }
        app.later(4 * DAY).await;
        see_through(&app, 2).await;
        let given: Vec<_> = app.sim.refunds().iter().map(|refund| refund.refund).collect();
        assert_eq!(given, [PIECE, PIECE], "one piece of each order");
    }
);

/// A case whose refunds WeChat closes, every one.
async fn given_up(app: &TestApp, bought: &Bought, case: &str, approval: Value) {
    app.sim.refund_outcome(RefundStatus::Closed);
    let approved = bought.decide(case, "approve", approval).await;
    assert_eq!((approved.status, &approved.body["state"]), (200, &json!("refunding")), "{}", approved.body);
    let early = bought.decide(case, "settle", json!({ "note": "早" })).await;
    assert_eq!((early.status, early.code()), (409, "after_sale_state"), "a refund is on its way");
    see_through(app, 5).await;
    app.sim.refund_outcome(RefundStatus::Success);
    let file = bought.file(case).await;
    assert_eq!(file["state"], "refunding");
    assert!(file["actions"].as_array().unwrap().contains(&json!("settle")), "{file}");
}

async fn settled(bought: &Bought, case: &str) -> Value {
    let settled = bought.decide(case, "settle", json!({ "note": "银行转账" })).await;
    assert_eq!((settled.status, &settled.body["state"]), (200, &json!("done")), "{}", settled.body);
    assert_eq!((&settled.body["amount"], &settled.body["state_text"]), (&json!(0), &json!("已完结")));
    let last = settled.body["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["reason"], &last["actor"]), (&json!("银行转账"), &json!("operator")));
    settled.body
}

async fn payable(bought: &Bought) -> i64 {
    let balances = bought.operator.get("/admin/v1/ledger/balances").await.body;
    let found =
        balances["items"].as_array().unwrap().iter().find(|item| item["account"] == "merchant_payable");
    found.map_or(0, |item| -item["balance"].as_i64().unwrap())
}

both!(
    with PATIENT;
    async fn what_wechat_never_gives_back_holds_no_order_for_ever(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        assert!(bought.ship(&app).await);
        let case = bought.asked("refund_only", bought.some(0, 1)).await;
        given_up(&app, &bought, &case, json!({})).await;
        app.later(30 * DAY).await;
        assert_ne!(bought.state().await, "completed", "an open case holds it");
        let file = settled(&bought, &case).await;
        assert_eq!(bought.decide(&case, "settle", json!({ "note": "再次" })).await.code(), "after_sale_state");
        let retry = format!("/admin/v1/refunds/{}/retry", file["refunds"][0]["id"].as_str().unwrap());
        assert_eq!(bought.operator.post_once(&retry, json!({})).await.code(), "after_sale_state");
        let again = bought.ask("refund_only", bought.some(0, 2)).await;
        assert_eq!((again.status, again.code()), (409, "pieces_not_left"), "it was settled");
        app.later(DAY).await;
        app.later(8 * DAY).await;
        assert_eq!((bought.state().await.as_str(), payable(&bought).await), ("completed", bought.total));
        assert_eq!(bought.give_back(100).await.status, 201);
        see_through(&app, 1).await;
        assert_eq!(payable(&bought).await, bought.total - 100);
    }
);

both!(
    with PATIENT;
    async fn an_order_of_which_nothing_is_sent_ends_when_its_money_was_settled_otherwise(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let case = bought.asked("cancel", bought.all()).await;
        given_up(&app, &bought, &case, json!({ "restock": true })).await;
        assert_eq!(bought.give_back(100).await.body["state"], "refunding");
        settled(&bought, &case).await;
        assert_eq!(bought.state().await, "paid", "some of its money is on its way");
        see_through(&app, 1).await;
        assert_eq!((bought.state().await.as_str(), payable(&bought).await), ("completed", bought.total - 100));
        assert_eq!(bought.page().await["refunded"], 100);
        assert_eq!(app.stock(&bought.lines[0].1).await, (1000, 0));
        let other = buy(&app, &[(1, 1)]).await;
        let case = other.asked("cancel", other.all()).await;
        given_up(&app, &other, &case, json!({})).await;
        settled(&other, &case).await;
        assert_eq!(other.state().await, "completed");
    }
);

/// The operator asks in the shopper's place.
async fn open(bought: &Bought, lines: Value) -> (u16, Value) {
    let wish = bought.wish("cancel", lines).await;
    let opened = bought.operator.post_once("/admin/v1/after-sales", wish).await;
    (opened.status, opened.body)
}

both!(
    async fn goods_stay_here_when_all_their_money_goes_back(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let stock = app.stock(&bought.lines[0].1).await;
        assert_eq!(bought.give_back(bought.total).await.body["state"], "refunding");
        let path = format!("/admin/v1/orders/{}/shipments", bought.order);
        let parcel = json!({ "kind": "express", "carrier_code": "ZTO", "tracking_no": "73100000000001" });
        let sent = bought.operator.post_once(&path, parcel).await;
        assert_eq!((sent.status, sent.code()), (409, "order_not_shippable"), "{}", sent.body);
        see_through(&app, 1).await;
        assert_eq!(bought.state().await, "refunded");
        assert_eq!(bought.ask("cancel", bought.all()).await.code(), "order_not_refundable");
        let (status, opened) = open(&bought, bought.all()).await;
        assert_eq!((status, &opened["state"]), (201, &json!("requested")), "{opened}");
        assert_eq!(opened["history"][0]["actor"], "operator");
        assert_eq!(open(&bought, bought.some(0, 1)).await.1["code"], "pieces_not_left");
        let case = opened["id"].as_str().unwrap();
        let approved = bought.decide(case, "approve", json!({ "restock": true })).await;
        assert_eq!((&approved.body["state"], &approved.body["amount"]), (&json!("done"), &json!(0)));
        assert_eq!(app.stock(&bought.lines[0].1).await, (stock.0 + 2, stock.1));
        assert_eq!(bought.state().await, "refunded");
        assert_eq!(app.sim.refunds().len(), 1);
    }
);

both!(
    async fn an_operator_cancels_what_cannot_be_sent(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let wish = bought.wish("cancel", bought.some(0, 1)).await;
        let (path, once) = ("/admin/v1/after-sales", key());
        let send = |person: &crate::support::Person, key: Option<&str>| {
            let (person, wish, key) = (person.clone(), wish.to_string(), key.map(str::to_owned));
            async move { person.send(Method::POST, path, Some(wish), key.as_deref()).await }
        };
        assert_eq!(send(&bought.operator, None).await.code(), "idempotency_key_required");
        assert_eq!(send(&bought.person, Some(&once)).await.status, 401);
        assert_eq!(send(&app.operator_of_another_tenant().await, Some(&once)).await.status, 404);
        let opened = send(&bought.operator, Some(&once)).await;
        assert_eq!(opened.status, 201, "{}", opened.body);
        assert_eq!(send(&bought.operator, Some(&once)).await.body, opened.body);
        let case = opened.body["id"].as_str().unwrap();
        assert_eq!(bought.case(case).await["state"], "requested");
        assert_eq!(bought.decide(case, "approve", json!({ "restock": true })).await.body["state"], "refunding");
        assert!(bought.ship(&app).await, "the rest is sent");
        see_through(&app, 1).await;
        assert_eq!((bought.state().await.as_str(), bought.case(case).await["state"].as_str()), ("shipped", Some("done")));
    }
);
