//! Money that cannot go back the way it came: who sends it where, and what the books say then.

use crate::bought::{Bought, PATIENT, buy, see_through};
use crate::support::{MCH, Person, TestApp, both};
use serde_json::{Value, json};
use wechat_sim::{Fault, NotificationOptions, RefundStatus};

const CARD: &str = "6222020000000001234";

fn to_card() -> Value {
    json!({ "to": "shopper", "bank_type": "ICBC_DEBIT", "bank_account": CARD, "real_name": "李四" })
}

/// The path of the only refund of the order, which WeChat calls abnormal.
async fn abnormal(app: &TestApp, bought: &Bought) -> String {
    see_through(app, 1).await;
    let refunds = bought.refunds().await;
    assert_eq!((refunds.len(), &refunds[0]["state"]), (1, &json!("abnormal")), "{refunds:?}");
    app.sim.refund_outcome(RefundStatus::Success);
    format!("/admin/v1/refunds/{}", refunds[0]["id"].as_str().unwrap())
}

/// An order all of whose money goes back, and cannot; and the path of its refund.
async fn stuck(app: &TestApp, place: usize) -> (Bought, String) {
    let bought = buy(app, &[(place, 1)]).await;
    app.sim.refund_outcome(RefundStatus::Abnormal);
    assert_eq!(bought.give_back(bought.total).await.status, 201);
    let path = abnormal(app, &bought).await;
    (bought, path)
}

async fn redirect(who: &Person, path: &str, way: Value) -> (u16, Value) {
    let answer = who.post_once(&format!("{path}/redirect"), way).await;
    (answer.status, answer.body)
}

async fn balance(operator: &Person, account: &str) -> i64 {
    let balances = operator.get("/admin/v1/ledger/balances").await.body;
    let found = balances["items"].as_array().unwrap().iter().find(|item| item["account"] == account);
    found.map_or(0, |item| item["balance"].as_i64().unwrap())
}

async fn told_of_refunds(operator: &Person) -> usize {
    let notices = operator.get("/admin/v1/notices?limit=100").await.body;
    notices["items"].as_array().unwrap().iter().filter(|notice| notice["kind"] == "refunded").count()
}

const FOR_TWO: &[(&str, &str)] =
    &[("JISHI_AFTER_SALE__SECOND_PERSON_ABOVE", "100"), ("JISHI_SECURITY__ACCESS_TOKEN", "9999999")];

both!(
    with FOR_TWO;
    async fn whoever_decided_a_large_refund_may_not_also_say_where_it_goes(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        let other = app.operator_named("other").await;
        app.sim.refund_outcome(RefundStatus::Abnormal);
        let case = bought.give_back(bought.total).await.body["id"].as_str().unwrap().to_owned();
        let decided = other.post_once(&format!("/admin/v1/after-sales/{case}/approve"), json!({})).await;
        assert_eq!((decided.status, &decided.body["state"]), (200, &json!("refunding")), "{}", decided.body);
        let path = abnormal(&app, &bought).await;
        let (status, refused) = redirect(&other, &path, to_card()).await;
        assert_eq!((status, &refused["code"]), (409, &json!("second_person_needed")), "{refused}");
        let file = other.get(&path).await.body;
        assert_eq!((&file["state"], &file["actions"]), (&json!("abnormal"), &json!([])), "{file}");
        let taken = bought.operator.post(&format!("{path}/take"), json!({ "note": "已联系顾客" })).await.body;
        let (status, file) = redirect(&bought.operator, &path, to_card()).await;
        assert_eq!((status, &file["redirected_to"]), (200, &json!("shopper")), "{file}");
        let (took, sent) = (&file["actions"][0], &file["actions"][1]);
        assert_eq!((&took["kind"], &took["note"]), (&json!("take"), &json!("已联系顾客")), "{file}");
        assert_eq!((&sent["kind"], &sent["operator_id"]), (&json!("redirect"), &taken["operator_id"]), "{file}");
        assert_eq!((&sent["card_tail"], &sent["answer"]), (&json!("1234"), &json!("accepted")), "{file}");
        let path = format!("/admin/v1/orders/{}/timeline", bought.order);
        let story = bought.operator.get_in("en", &path).await;
        let acts = story["items"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "operator");
        let acts: Vec<_> = acts.map(|entry| (&entry["title"], &entry["operator_id"])).collect();
        let (took, sent) = (json!("A refund was taken in hand"), json!("A refund was sent to a card of the shopper"));
        assert_eq!(acts, [(&took, &taken["operator_id"]), (&sent, &taken["operator_id"])], "{story}");
        assert!(!story.to_string().contains(CARD) && !file.to_string().contains(CARD));
        see_through(&app, 1).await;
        assert_eq!(bought.refunds().await[0]["state"], "succeeded");
        assert_eq!((balance(&other, "owed_to_customers").await, balance(&other, "suspense").await), (0, 0));
        assert_eq!(told_of_refunds(&other).await, 1);
    }
);

both!(
    with PATIENT;
    async fn money_that_went_to_the_merchant_is_still_owed(app) {
        let (bought, path) = stuck(&app, 0).await;
        let (status, file) = redirect(&bought.operator, &path, json!({ "to": "merchant" })).await;
        assert_eq!((status, &file["redirected_to"]), (200, &json!("merchant")), "{file}");
        see_through(&app, 1).await;
        assert_eq!(bought.refunds().await[0]["state"], "succeeded");
        let operator = &bought.operator;
        assert_eq!(balance(operator, "owed_to_customers").await, -bought.total);
        assert_eq!(balance(operator, "suspense").await, bought.total);
        assert_eq!(balance(operator, "wechat").await, 0);
        assert_eq!(told_of_refunds(operator).await, 0);
        let sides = json!([
            { "account": "owed_to_customers", "amount": bought.total },
            { "account": "suspense", "amount": -bought.total },
        ]);
        let paid = json!({ "entries": sides, "note": "已银行转账给顾客" });
        assert_eq!(operator.post_once("/admin/v1/ledger/corrections", paid).await.status, 201);
        assert_eq!((balance(operator, "owed_to_customers").await, balance(operator, "suspense").await), (0, 0));
    }
);

both!(
    with PATIENT;
    async fn a_redirection_whose_answer_is_lost_is_asked_about_within_a_minute(app) {
        let (bought, path) = stuck(&app, 0).await;
        app.sim.notifications_off();
        app.sim.fault(Fault::error("refund_abnormal", 500, "SYSTEM_ERROR").always().after_work());
        let (status, lost) = redirect(&bought.operator, &path, json!({ "to": "merchant" })).await;
        assert_eq!((status, &lost["code"]), (502, &json!("wechat_unavailable")), "{lost}");
        app.sim.clear_faults();
        let file = bought.operator.get(&path).await.body;
        let intent = &file["actions"][0];
        assert_eq!((&intent["way"], &intent["answer"]), (&json!("merchant"), &json!("none")), "{file}");
        let (status, elsewhere) = redirect(&bought.operator, &path, to_card()).await;
        assert_eq!((status, &elsewhere["code"]), (409, &json!("refund_not_abnormal")), "{elsewhere}");
        app.later(61).await;
        app.later(61).await;
        let file = bought.operator.get(&path).await.body;
        assert_eq!((&file["state"], &file["redirected_to"]), (&json!("succeeded"), &json!("merchant")), "{file}");
        assert_eq!(file["actions"][0]["answer"], "accepted", "{file}");
        let jobs = bought.operator.get("/admin/v1/jobs?kind=drive_refund").await.body;
        assert_eq!(jobs["items"].as_array().unwrap().len(), 1, "{jobs}");
    }
);

both!(
    async fn a_redirection_that_wechat_refuses_leaves_the_refund_as_it_was(app) {
        let (bought, path) = stuck(&app, 0).await;
        let card = |bank: &str, number: &str| {
            json!({ "to": "shopper", "bank_type": bank, "bank_account": number, "real_name": "李四" })
        };
        for number in ["1234567", "6222 0200 0000 0000", "六二二二零二零零零零零零", &CARD.repeat(2)] {
            let (status, wrong) = redirect(&bought.operator, &path, card("ICBC_DEBIT", number)).await;
            assert_eq!((status, &wrong["code"]), (422, &json!("invalid_body")), "{wrong}");
        }
        let (status, refused) = redirect(&bought.operator, &path, card("NO_BANK", CARD)).await;
        assert_eq!((status, &refused["code"]), (502, &json!("wechat_unavailable")), "{refused}");
        let file = bought.operator.get(&path).await.body;
        assert_eq!((&file["state"], &file["redirected_to"]), (&json!("abnormal"), &Value::Null), "{file}");
        assert_eq!(file["actions"][0]["answer"], "refused", "{file}");
        assert_eq!(redirect(&bought.operator, &path, json!({ "to": "merchant" })).await.0, 200);
    }
);

both!(
    async fn an_old_word_of_an_abnormal_refund_does_not_take_its_redirection_back(app) {
        let (bought, path) = stuck(&app, 0).await;
        let seen = app.sim.refunds().remove(0);
        let report = json!({
            "mchid": MCH, "out_trade_no": seen.out_trade_no, "transaction_id": seen.transaction_id,
            "out_refund_no": seen.out_refund_no, "refund_id": seen.refund_id, "refund_status": "ABNORMAL",
            "amount": { "total": seen.total, "refund": seen.refund, "payer_total": seen.total, "payer_refund": seen.refund },
        });
        assert_eq!(redirect(&bought.operator, &path, to_card()).await.0, 200);
        let plain = NotificationOptions::default();
        let (headers, body) = app.sim.signed_notification(MCH, "REFUND.ABNORMAL", "refund", &report, &plain);
        let url = format!("{}/callbacks/wechat/main/refunds", app.url);
        let answer = reqwest::Client::new().post(url).headers(headers).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 204);
        assert_eq!(bought.refunds().await[0]["state"], "submitted");
        app.run_jobs().await;
        assert_eq!(bought.refunds().await[0]["state"], "submitted");
        see_through(&app, 1).await;
        assert_eq!(bought.refunds().await[0]["state"], "succeeded");
    }
);

both!(
    async fn a_retry_keeps_who_wanted_it(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        app.sim.refund_outcome(RefundStatus::Closed);
        assert_eq!(bought.give_back(bought.total).await.status, 201);
        see_through(&app, 5).await;
        app.sim.refund_outcome(RefundStatus::Success);
        let path = format!("/admin/v1/refunds/{}/retry", bought.refunds().await[0]["id"].as_str().unwrap());
        let retried = bought.operator.post_once(&path, json!({})).await;
        let action = &retried.body["actions"][0];
        assert_eq!((retried.status, &action["kind"]), (200, &json!("retry")), "{}", retried.body);
        assert_eq!(action["refund_id"], retried.body["id"]);
        assert!(action["operator_id"].is_string());
        see_through(&app, 2).await;
    }
);
