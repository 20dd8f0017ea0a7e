//! What shoppers ask back, and what operators say to it.

use crate::bought::{Bought, PATIENT, buy, complete, see_through};
use crate::support::{TestApp, both};
use jishi::base::{Clock as _, MerchantId, SkuId};
use reqwest::Method;
use serde_json::{Value, json};

const DAY: u64 = 86_400;

fn address() -> Value {
    json!({ "name": "退货仓", "phone": "02188886666", "province": "上海市", "city": "上海市",
        "district": "青浦区", "detail": "华新镇仓库三号门" })
}

both!(
    async fn an_order_that_was_not_sent_is_cancelled_in_full(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let stock = app.stock(&bought.lines[0].1).await;
        let asked = bought.person.get_in("en", &format!("/api/v1/orders/{}/refundable", bought.order)).await;
        assert_eq!(
            asked["lines"][0]["actions"],
            json!([{ "kind": "cancel", "text": "Cancellation", "quantity": 2, "worth": bought.total }])
        );
        let case = bought.asked("cancel", bought.all()).await;
        let page = bought.case(&case).await;
        assert_eq!((&page["state"], &page["worth"]), (&json!("requested"), &json!(bought.total)));
        assert_eq!((&page["actions"], &page["state_text"]), (&json!(["withdraw"]), &json!("待商家处理")));
        assert!(!page["lines"][0]["title"].as_str().unwrap().is_empty());
        assert_eq!(bought.file(&case).await["actions"], json!(["approve", "reject"]));
        assert_eq!(bought.decide(&case, "approve", json!({ "amount": bought.total - 1 })).await.status, 422);
        let approved = bought.decide(&case, "approve", json!({})).await;
        assert_eq!((approved.status, &approved.body["state"]), (200, &json!("refunding")), "{}", approved.body);
        assert!(!bought.ship_some(&app, &[1]).await, "nothing is left to send");
        see_through(&app, 1).await;
        assert_eq!(bought.state().await, "refunded");
        let file = bought.file(&case).await;
        assert_eq!((&file["state"], &file["amount"]), (&json!("done"), &json!(bought.total)));
        assert_eq!(file["refunds"][0]["state"], "succeeded");
        let steps: Vec<_> = file["history"].as_array().unwrap().iter().map(|step| step["to_state"].clone()).collect();
        assert_eq!(steps, ["requested", "refunding", "done"]);
        assert_eq!(app.sim.refunds()[0].refund, bought.total);
        assert_eq!(app.stock(&bought.lines[0].1).await, stock, "goods go back only when an operator says so");
        assert_eq!(file["actions"], json!(["restock"]));
        let too_many = bought.decide(&case, "restock", json!({ "lines": bought.some(0, 3) })).await;
        assert_eq!((too_many.status, too_many.code()), (422, "invalid_body"));
        let back = bought.decide(&case, "restock", json!({ "lines": bought.some(0, 1) })).await;
        assert_eq!((back.status, &back.body["lines"][0]["restocked"]), (200, &json!(1)), "{}", back.body);
        assert_eq!(app.stock(&bought.lines[0].1).await, (stock.0 + 1, stock.1));
        let again = bought.decide(&case, "restock", json!({ "lines": bought.some(0, 1) })).await;
        assert_eq!((again.status, again.code()), (409, "pieces_not_left"));
        assert_eq!(app.stock(&bought.lines[0].1).await, (stock.0 + 1, stock.1));
    }
);

both!(
    with &[("JISHI_TRADE__REDUCE_FROM", "1000"), ("JISHI_TRADE__REDUCE_BY", "997"),
        ("JISHI_TRADE__FREE_FREIGHT_FROM", "99999999"), ("JISHI_TRADE__FREIGHT", "801"),
        ("JISHI_AFTER_SALE__SECOND_PERSON_ABOVE", "0")];
    async fn parts_with_discount_and_freight_sum_to_what_was_paid(app) {
        let bought = buy(&app, &[(0, 3), (5, 1), (11, 7)]).await;
        let page = bought.page().await;
        assert_eq!((&page["discount"], &page["freight"]), (&json!(997), &json!(801)));
        let mut sum = 0;
        for (line, quantity) in [(0, 1), (2, 3), (1, 1), (2, 1), (0, 2), (2, 3)] {
            let case = bought.asked("cancel", bought.some(line, quantity)).await;
            let approved = bought.decide(&case, "approve", json!({ "restock": true })).await;
            assert_eq!(approved.status, 200, "{}", approved.body);
            assert_eq!(approved.body["lines"][0]["restocked"], quantity);
            sum += approved.body["amount"].as_i64().unwrap();
        }
        assert_eq!(sum, bought.total);
        see_through(&app, 6).await;
        assert_eq!(bought.state().await, "refunded");
        assert_eq!(app.sim.refunds().iter().map(|refund| refund.refund).sum::<i64>(), bought.total);
        for (_, sku, _) in &bought.lines {
            assert_eq!(app.stock(sku).await, (1000, 0));
        }
    }
);

both!(
    async fn goods_come_back_and_the_money_goes(app) {
        let bought = buy(&app, &[(0, 2), (5, 1)]).await;
        assert!(bought.ship(&app).await);
        let before = app.stock(&bought.lines[0].1).await;
        let case = bought.asked("return_refund", bought.some(0, 1)).await;
        let homeless = bought.decide(&case, "approve", json!({})).await;
        assert_eq!((homeless.status, homeless.code()), (409, "return_address_missing"));
        assert_eq!(bought.operator.get("/admin/v1/return-address").await.status, 404);
        let put = bought.operator.send(Method::PUT, "/admin/v1/return-address", Some(address().to_string()), None);
        assert_eq!(put.await.status, 200);
        assert_eq!(bought.operator.get("/admin/v1/return-address").await.body, address());
        let early = bought.act(&case, "return-shipment", json!({ "carrier": "SF", "tracking_no": "SF1" })).await;
        assert_eq!((early.status, early.code()), (409, "after_sale_state"));
        assert_eq!(bought.decide(&case, "approve", json!({ "restock": true })).await.status, 422);
        assert_eq!(bought.decide(&case, "approve", json!({})).await.body["state"], "approved");
        let page = bought.case(&case).await;
        assert_eq!(page["return_address"], address());
        assert_eq!(page["actions"], json!(["return_shipment", "withdraw"]));
        assert_eq!(bought.decide(&case, "receive", json!({})).await.code(), "after_sale_state");
        let sent = bought.act(&case, "return-shipment", json!({ "carrier": "SF", "tracking_no": "SF1" })).await;
        assert_eq!((sent.status, &sent.body["state"]), (200, &json!("returned")), "{}", sent.body);
        assert_eq!(bought.act(&case, "withdraw", json!({})).await.code(), "after_sale_state");
        assert_eq!(bought.file(&case).await["actions"], json!(["accept", "reject", "receive"]));
        assert_eq!(bought.decide(&case, "receive", json!({})).await.status, 200);
        assert_eq!(bought.decide(&case, "restock", json!({ "lines": bought.some(0, 1) })).await.status, 409);
        let accepted = bought.decide(&case, "accept", json!({ "restock": true })).await;
        assert_eq!((accepted.status, &accepted.body["state"]), (200, &json!("refunding")), "{}", accepted.body);
        assert_eq!(app.stock(&bought.lines[0].1).await, (before.0 + 1, before.1));
        see_through(&app, 1).await;
        assert_eq!(bought.case(&case).await["state"], "done");
        let order = bought.page().await;
        assert_eq!((&order["state"], &order["refunded"]), (&json!("shipped"), &accepted.body["amount"]));
    }
);

both!(
    async fn an_operator_may_give_less_and_never_more(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        assert!(bought.ship(&app).await);
        let case = bought.asked("refund_only", bought.some(0, 2)).await;
        for amount in [json!(-1), json!(0), json!(bought.total + 1), json!(1.5), json!("1")] {
            let answer = bought.decide(&case, "approve", json!({ "amount": amount })).await;
            assert_eq!((answer.status, answer.code()), (422, "invalid_body"), "{amount}");
        }
        let approved = bought.decide(&case, "approve", json!({ "amount": 100 })).await;
        assert_eq!((&approved.body["amount"], &approved.body["worth"]), (&json!(100), &json!(bought.total)));
        see_through(&app, 1).await;
        assert_eq!(bought.page().await["refunded"], 100);
        assert_eq!(bought.decide(&case, "restock", json!({ "lines": bought.some(0, 1) })).await.status, 409);
        assert_eq!(bought.decide(&case, "reject", json!({ "reason": "no" })).await.code(), "after_sale_state");
        assert_eq!(bought.ask("refund_only", bought.some(0, 1)).await.code(), "pieces_not_left");
    }
);

both!(
    async fn what_is_refused_or_withdrawn_can_be_asked_for_again(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let case = bought.asked("cancel", bought.all()).await;
        assert_eq!(bought.ask("cancel", bought.some(0, 1)).await.code(), "pieces_not_left");
        assert!(!bought.ship(&app).await, "what is to be cancelled is not sent");
        let refused = bought.decide(&case, "reject", json!({ "reason": "已经打包" })).await;
        assert_eq!((refused.status, &refused.body["state"]), (200, &json!("rejected")));
        assert_eq!(bought.case(&case).await["reject_reason"], "已经打包");
        let case = bought.asked("cancel", bought.all()).await;
        assert_eq!(bought.act(&case, "withdraw", json!({})).await.body["state"], "cancelled");
        assert_eq!(bought.act(&case, "withdraw", json!({})).await.code(), "after_sale_state");
        assert_eq!(bought.decide(&case, "approve", json!({})).await.code(), "after_sale_state");
        assert!(bought.ship(&app).await);
        assert_eq!(bought.ask("cancel", bought.some(0, 1)).await.code(), "order_not_refundable");
        bought.operator.send(Method::PUT, "/admin/v1/return-address", Some(address().to_string()), None).await;
        let case = bought.asked("return_refund", bought.all()).await;
        bought.decide(&case, "approve", json!({})).await;
        bought.act(&case, "return-shipment", json!({ "carrier": "SF", "tracking_no": "SF2" })).await;
        let refused = bought.decide(&case, "reject", json!({ "reason": "商品有使用痕迹" })).await;
        assert_eq!(refused.body["state"], "rejected");
        assert_eq!(bought.decide(&case, "restock", json!({ "lines": bought.some(0, 1) })).await.status, 409);
        let states = bought.person.get("/api/v1/after-sales?state=rejected").await.body;
        assert_eq!(states["items"].as_array().unwrap().len(), 2);
        assert_eq!(app.sim.refunds().len(), 0);
    }
);

both!(
    with PATIENT;
    async fn whoever_does_nothing_is_decided_for(app) {
        let bought = buy(&app, &[(0, 3)]).await;
        assert!(bought.ship(&app).await);
        bought.operator.send(Method::PUT, "/admin/v1/return-address", Some(address().to_string()), None).await;
        let money = bought.asked("refund_only", bought.some(0, 1)).await;
        let first = bought.asked("return_refund", bought.some(0, 1)).await;
        let second = bought.asked("return_refund", bought.some(0, 1)).await;
        app.later(3 * DAY - 60).await;
        assert_eq!(bought.case(&money).await["state"], "requested");
        app.later(61).await;
        assert_eq!(bought.case(&first).await["state"], "approved");
        assert_eq!(bought.case(&second).await["state"], "approved");
        see_through(&app, 1).await;
        assert_eq!(bought.case(&money).await["state"], "done");
        bought.act(&second, "return-shipment", json!({ "carrier": "SF", "tracking_no": "SF3" })).await;
        app.later(7 * DAY).await;
        assert_eq!(bought.case(&first).await["state"], "cancelled", "nothing was sent back");
        assert_eq!(bought.case(&second).await["state"], "returned");
        app.later(3 * DAY).await;
        see_through(&app, 1).await;
        let file = bought.file(&second).await;
        assert_eq!((&file["state"], &file["amount"]), (&json!("done"), &file["worth"]));
        assert_eq!(file["history"][3]["actor"], "system");
        let late = bought.decide(&second, "receive", json!({})).await;
        assert_eq!((late.status, &late.body["actions"]), (200, &json!(["restock"])), "{}", late.body);
        assert_eq!(bought.ask("refund_only", bought.some(0, 1)).await.status, 201);
    }
);

both!(
    with &[("JISHI_SECURITY__ACCESS_TOKEN", "9999999"), ("JISHI_AFTER_SALE__SECOND_PERSON_ABOVE", "100"),
        ("JISHI_AFTER_SALE__AUTO_APPROVE_CANCEL", "true")];
    async fn a_large_amount_takes_two_operators(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let other = app.operator_named("other").await;
        let case = bought.asked("cancel", bought.all()).await;
        assert_eq!(bought.case(&case).await["state"], "requested", "too much to be approved by itself");
        app.later(3 * DAY + 1).await;
        assert_eq!(bought.case(&case).await["state"], "requested", "too much for a time-out");
        let path = format!("/admin/v1/after-sales/{case}/approve");
        let first = bought.operator.post_once(&path, json!({})).await;
        assert_eq!((first.status, &first.body["state"]), (200, &json!("requested")), "{}", first.body);
        assert_eq!(first.body["actions"], json!(["second_consent", "reject"]));
        let same = bought.operator.post_once(&path, json!({})).await;
        assert_eq!((same.status, same.code()), (409, "second_person_needed"));
        let seen = other.get(&format!("/admin/v1/after-sales/{case}")).await.body;
        assert_eq!(seen["actions"], json!(["approve", "second_consent", "reject"]));
        assert_eq!(app.sim.refunds().len(), 0);
        assert_eq!(bought.act(&case, "withdraw", json!({})).await.status, 200);
        assert_eq!(bought.file(&case).await["first_consent_by"], Value::Null);

        let case = bought.asked("cancel", bought.all()).await;
        let path = format!("/admin/v1/after-sales/{case}/approve");
        assert_eq!(bought.operator.post_once(&path, json!({})).await.body["state"], "requested");
        let second = other.post_once(&path, json!({ "restock": true })).await;
        assert_eq!((&second.body["state"], &second.body["lines"][0]["restocked"]), (&json!("refunding"), &json!(2)));
        see_through(&app, 1).await;
        assert_eq!(bought.state().await, "refunded");
    }
);

both!(
    with &[("JISHI_AFTER_SALE__SECOND_PERSON_ABOVE", "100")];
    async fn another_amount_begins_the_two_consents_anew(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        let other = app.operator_named("other").await;
        let given = bought.give_back(500).await;
        assert_eq!((given.status, &given.body["state"]), (201, &json!("requested")), "{}", given.body);
        let id = given.body["id"].as_str().unwrap();
        assert_eq!(bought.person.get(&format!("/api/v1/after-sales/{id}")).await.status, 404);
        assert_eq!(bought.person.get("/api/v1/after-sales").await.body["items"], json!([]));
        assert_eq!(bought.give_back(100).await.body["state"], "refunding", "one is enough for little");
        let path = format!("/admin/v1/after-sales/{id}/approve");
        let less = other.post_once(&path, json!({ "amount": 400 })).await;
        assert_eq!((&less.body["state"], &less.body["first_consent_amount"]), (&json!("requested"), &json!(400)));
        assert_eq!(other.post_once(&path, json!({ "amount": 400 })).await.code(), "second_person_needed");
        let agreed = bought.operator.post_once(&path, json!({ "amount": 400 })).await;
        assert_eq!((&agreed.body["state"], &agreed.body["amount"]), (&json!("refunding"), &json!(400)));
        see_through(&app, 2).await;
        assert_eq!(bought.page().await["refunded"], 500);
        let seen = bought.person.get("/api/v1/after-sales").await.body;
        assert_eq!((&seen["items"][1]["kind"], &seen["items"][1]["actions"]), (&json!("goodwill"), &json!([])));
    }
);

both!(
    with &[("JISHI_AFTER_SALE__AUTO_APPROVE_CANCEL", "true")];
    async fn a_plain_cancellation_needs_nobody_where_the_shop_says_so(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let answer = bought.ask("cancel", bought.some(0, 1)).await;
        assert_eq!((answer.status, &answer.body["state"]), (201, &json!("refunding")), "{}", answer.body);
        see_through(&app, 1).await;
        assert_eq!(bought.case(answer.body["id"].as_str().unwrap()).await["state"], "done");
        let partly = buy(&app, &[(1, 2)]).await;
        assert!(partly.ship_some(&app, &[1]).await);
        assert_eq!(partly.ask("cancel", partly.some(0, 1)).await.body["state"], "requested");
    }
);

both!(
    async fn what_was_given_already_is_not_given_again(app) {
        let bought = buy(&app, &[(0, 2)]).await;
        let case = bought.asked("cancel", bought.some(0, 2)).await;
        assert_eq!(bought.give_back(300).await.status, 201);
        let approved = bought.decide(&case, "approve", json!({})).await;
        assert_eq!(approved.body["amount"], bought.total - 300, "{}", approved.body);
        see_through(&app, 2).await;
        assert_eq!(bought.state().await, "refunded");
        let more = bought.give_back(1).await;
        assert_eq!((more.status, more.code()), (409, "refund_exceeds_paid"));
        let other = buy(&app, &[(1, 1)]).await;
        let case = other.asked("cancel", other.all()).await;
        assert_eq!(other.give_back(other.total).await.status, 201);
        let nothing = other.decide(&case, "approve", json!({})).await;
        assert_eq!((&nothing.body["state"], &nothing.body["amount"]), (&json!("done"), &json!(0)));
        see_through(&app, 1).await;
        assert_eq!(app.sim.refunds().len(), 3);
    }
);

both!(
    async fn a_completed_order_gives_back_only_what_an_operator_gives(app) {
        let bought = buy(&app, &[(0, 1)]).await;
        assert!(bought.ship(&app).await);
        complete(&app, &bought.order).await;
        assert_eq!(bought.state().await, "completed");
        assert_eq!(bought.ask("refund_only", bought.all()).await.code(), "order_not_refundable");
        let refundable = bought.person.get(&format!("/api/v1/orders/{}/refundable", bought.order)).await.body;
        assert_eq!(refundable["lines"][0]["actions"], json!([]));
        assert_eq!(bought.give_back(300).await.status, 201);
        see_through(&app, 1).await;
        assert_eq!(bought.page().await["refunded"], 300);
        let balances = bought.operator.get("/admin/v1/ledger/balances").await.body;
        let of = |account: &str| {
            let found = balances["items"].as_array().unwrap().iter().find(|item| item["account"] == account);
            found.map(|item| item["balance"].as_i64().unwrap())
        };
        assert_eq!(of("merchant_payable"), Some(300 - bought.total), "{balances}");
        assert_eq!((of("owed_to_customers"), of("wechat")), (Some(0), Some(bought.total - 300)));
    }
);

/// Gives the `place`-th product to a second merchant, at this price.
async fn sell_elsewhere(app: &TestApp, place: usize, price: i64) {
    let sku: SkuId = app.guest().sku(place).await.0.parse().unwrap();
    let merchant = MerchantId::fresh(app.clock.now());
    let mut tx = app.mall.core.db.begin().await.unwrap();
    tx.query("insert into merchant (tenant_id, id, name, created_at) values ($1, $2, '别家', $3)")
        .bind(app.tenant)
        .bind(merchant)
        .bind(app.clock.now())
        .execute()
        .await
        .unwrap();
    tx.query(
        "update product set merchant_id = $3
         where tenant_id = $1 and id = (select product_id from sku where tenant_id = $1 and id = $2)",
    )
    .bind(app.tenant)
    .bind(sku)
    .bind(merchant)
    .execute()
    .await
    .unwrap();
    tx.query("update sku set price = $3 where tenant_id = $1 and id = $2")
        .bind(app.tenant)
        .bind(sku)
        .bind(price)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn orders_of_one_trade_are_given_back_each_by_itself(app) {
        sell_elsewhere(&app, 0, 10_000).await;
        let bought = buy(&app, &[(0, 1), (1, 2)]).await;
        let trade = bought.person.trade(&bought.trade).await;
        let of = |order: &Value| Bought::of(bought.person.clone(), bought.operator.clone(), &bought.trade, order);
        let (mut orders, rest): (Vec<_>, Vec<_>) =
            trade["orders"].as_array().unwrap().iter().map(of).partition(|order| order.total == 10_000);
        orders.extend(rest);
        let [whole, other] = orders.as_slice() else { panic!("one order of each merchant: {trade}") };
        assert_eq!(trade["total"], whole.total + other.total);
        let foreign = other.ask("cancel", whole.all()).await;
        assert_eq!((foreign.status, foreign.code()), (422, "invalid_body"));
        let case = whole.asked("cancel", whole.all()).await;
        assert_eq!(whole.decide(&case, "approve", json!({ "restock": true })).await.status, 200);
        let more = whole.give_back(1).await;
        assert_eq!((more.status, more.code()), (409, "refund_exceeds_paid"), "the other order's money is not its");
        assert_eq!(other.give_back(1).await.status, 201);
        see_through(&app, 2).await;
        assert_eq!((whole.state().await.as_str(), other.state().await.as_str()), ("refunded", "paid"));
        assert_eq!(app.sim.refunds().iter().map(|refund| refund.refund).sum::<i64>(), whole.total + 1);
        assert_eq!(app.stock(&whole.lines[0].1).await, (1000, 0));
    }
);
