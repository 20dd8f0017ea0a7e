//! Profit sharing: receivers, shares, returns.

use crate::sealed::{post_sealed, seal, unseal};
use crate::support::{APP, MCHID, NOWHERE, Reply, Shop, order, refund, refused, says, shop, shop_with};
use serde_json::{Value, json};
use wechat_sim::{EntryKind, ShareResult};

const BASE: &str = "/v3/profitsharing";
pub const STORE: &str = "1900000009";
pub const DAY: i64 = 86_400;

impl Shop {
    pub async fn ask(&self, rest: &str, body: &Value) -> Reply {
        self.call("POST", &format!("{BASE}/{rest}"), &body.to_string()).await
    }

    pub async fn look(&self, rest: &str) -> Reply {
        self.call("GET", &format!("{BASE}/{rest}"), "").await
    }

    pub async fn add_person(&self, openid: &str) {
        let reply = self.ask("receivers/add", &person(openid)).await;
        assert_eq!(reply.status, 200, "{:?}", reply.json());
    }

    pub async fn add_store(&self) -> Reply {
        let mut body = person(STORE);
        body["type"] = json!("MERCHANT_ID");
        body["name"] = json!(seal(&self.kit, "某某连锁店"));
        post_sealed(self, &format!("{BASE}/receivers/add"), &body, Some(&self.kit.public_key_id)).await
    }

    pub async fn unsplit(&self, transaction: &str) -> i64 {
        self.look(&format!("transactions/{transaction}/amounts")).await.json()["unsplit_amount"]
            .as_i64()
            .unwrap()
    }
}

fn person(openid: &str) -> Value {
    json!({"appid": APP, "type": "PERSONAL_OPENID", "account": openid, "relation_type": "STAFF"})
}

pub fn to(kind: &str, account: &str, amount: i64) -> Value {
    json!({"type": kind, "account": account, "amount": amount, "description": "佣金"})
}

pub fn wish(transaction: &str, number: &str, receivers: &[Value], unfreeze: bool) -> Value {
    json!({
        "appid": APP, "transaction_id": transaction, "out_order_no": number, "receivers": receivers,
        "unfreeze_unsplit": unfreeze,
    })
}

/// A shop with a paid order of 1000 fen whose money is frozen, a minute later; and its transaction.
pub async fn frozen() -> (Shop, String) {
    let shop = shop().await;
    let transaction = frozen_order(&shop, "order-0001").await;
    shop.clock.advance_secs(60);
    (shop, transaction)
}

async fn frozen_order(shop: &Shop, number: &str) -> String {
    let mut body = order(number, 1000, NOWHERE);
    body["settle_info"] = json!({"profit_sharing": true});
    assert_eq!(shop.prepay(&body).await.status, 200);
    shop.sim.pay(MCHID, number).unwrap().transaction_id
}

#[tokio::test]
async fn a_share_reaches_its_receiver_after_a_while() {
    let (shop, transaction) = frozen().await;
    shop.add_person("oStaff").await;
    let body = wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 100)], false);
    let reply = shop.ask("orders", &body).await;
    let first = reply.json();
    assert_eq!((reply.status, &first["state"]), (200, &json!("PROCESSING")), "{first}");
    let share = &first["receivers"][0];
    assert_eq!((&share["result"], share.get("fail_reason")), (&json!("PENDING"), None));
    assert_eq!(share["finish_time"], "1970-01-01T08:00:00+08:00");
    assert_eq!(shop.ask("orders", &body).await.json(), first);
    shop.clock.advance_secs(2);
    let query = format!("orders/P1?transaction_id={transaction}");
    let done = shop.look(&query).await.json();
    let share = &done["receivers"][0];
    assert_eq!((&done["state"], &share["result"]), (&json!("FINISHED"), &json!("SUCCESS")));
    assert_eq!((&done["order_id"], &done["out_order_no"]), (&first["order_id"], &json!("P1")));
    assert_eq!((&share["amount"], &share["description"]), (&json!(100), &json!("佣金")));
    assert_eq!(share["detail_id"], first["receivers"][0]["detail_id"]);
    assert_eq!(shop.unsplit(&transaction).await, 900);
    let booked = shop.sim.ledger();
    let entry = booked.iter().find(|entry| entry.kind == EntryKind::Sharing).unwrap();
    assert_eq!((entry.amount, entry.cash, entry.openid.as_str()), (-100, -100, "oStaff"));
    assert_eq!(entry.transaction_id, transaction);
    assert_eq!(shop.look("orders/P1?transaction_id=4200").await.status, 404);
    assert_eq!(shop.look("orders/P1").await.field(), "transaction_id");
}

#[tokio::test]
async fn a_number_with_other_parameters_is_refused() {
    let (shop, transaction) = frozen().await;
    shop.add_person("oStaff").await;
    shop.ask("orders", &wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 100)], false)).await;
    let other = wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 101)], false);
    assert_eq!(refused(&shop.ask("orders", &other).await), says(400, "INVALID_REQUEST"));
    let unfreeze = json!({"transaction_id": transaction, "out_order_no": "P1", "description": "完结"});
    assert_eq!(refused(&shop.ask("orders/unfreeze", &unfreeze).await), says(400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn only_frozen_money_can_be_shared_and_only_after_a_minute() {
    let shop = shop().await;
    shop.prepaid("order-0002", 1000, NOWHERE).await;
    let plain = shop.sim.pay(MCHID, "order-0002").unwrap().transaction_id;
    let receivers = [to("PERSONAL_OPENID", "oStaff", 100)];
    let reply = shop.ask("orders", &wish(&plain, "P1", &receivers, false)).await;
    assert_eq!(refused(&reply), says(400, "INVALID_REQUEST"));
    assert!(reply.json()["message"].as_str().unwrap().contains("271643175"));
    assert_eq!(shop.ask("orders", &wish("4200", "P1", &receivers, false)).await.status, 404);
    let transaction = frozen_order(&shop, "order-0001").await;
    shop.clock.advance_secs(59);
    let body = wish(&transaction, "P1", &receivers, false);
    let early = shop.ask("orders", &body).await;
    assert_eq!(refused(&early), says(400, "INVALID_REQUEST"));
    assert!(early.json()["message"].as_str().unwrap().contains("请稍后再试"));
    shop.clock.advance_secs(1);
    assert_eq!(shop.ask("orders", &body).await.status, 200);
}

#[tokio::test]
async fn the_ratio_counts_all_requests_of_an_order() {
    let (shop, transaction) = frozen().await;
    shop.add_person("oStaff").await;
    let ask =
        |number: &str, amount| wish(&transaction, number, &[to("PERSONAL_OPENID", "oStaff", amount)], false);
    assert_eq!(shop.ask("orders", &ask("P1", 200)).await.status, 200);
    assert_eq!(refused(&shop.ask("orders", &ask("P2", 50)).await), says(429, "FREQUENCY_LIMITED"));
    shop.clock.advance_secs(1);
    let over = shop.ask("orders", &ask("P2", 101)).await;
    assert_eq!(refused(&over), says(403, "RULE_LIMIT"));
    assert!(over.json()["message"].as_str().unwrap().contains("271643173"));
    assert_eq!(shop.ask("orders", &ask("P2", 100)).await.status, 200);
    let (status, terms) = shop.control("sharing/terms", &json!({"mchid": MCHID, "max_ratio": 10_000})).await;
    assert_eq!((status, &terms["max_ratio"]), (200, &json!(10_000)));
    shop.clock.advance_secs(1);
    assert_eq!(refused(&shop.ask("orders", &ask("P3", 701)).await), says(403, "NOT_ENOUGH"));
    assert_eq!(shop.ask("orders", &ask("P3", 700)).await.status, 200);
    shop.clock.advance_secs(1);
    let none = shop.ask("orders", &ask("P4", 1)).await;
    assert_eq!(refused(&none), says(403, "NOT_ENOUGH"));
    assert!(none.json()["message"].as_str().unwrap().contains("271643176"));
    assert_eq!(shop.control("sharing/terms", &json!({"mchid": MCHID, "max_ratio": 99})).await.0, 400);
    assert_eq!(shop.control("sharing/terms", &json!({"mchid": MCHID, "no_such": 1})).await.0, 400);
}

#[tokio::test]
async fn receivers_that_were_not_added_fail_alone_or_are_refused() {
    let (shop, transaction) = frozen().await;
    shop.add_person("oStaff").await;
    let receivers = [to("PERSONAL_OPENID", "oStaff", 100), to("PERSONAL_OPENID", "oStranger", 100)];
    shop.ask("orders", &wish(&transaction, "P1", &receivers, false)).await;
    shop.clock.advance_secs(2);
    let done = shop.look(&format!("orders/P1?transaction_id={transaction}")).await.json();
    assert_eq!(done["state"], "FINISHED");
    assert_eq!(done["receivers"][0]["result"], "SUCCESS");
    assert_eq!(done["receivers"][1]["result"], "CLOSED");
    assert_eq!(done["receivers"][1]["fail_reason"], "NO_RELATION");
    assert_eq!(shop.unsplit(&transaction).await, 900);
    let strict = shop_with(|settings| settings.refuse_unrelated_receivers = true).await;
    let transaction = frozen_order(&strict, "order-0001").await;
    strict.clock.advance_secs(60);
    let reply = strict.ask("orders", &wish(&transaction, "P1", &receivers, false)).await;
    assert_eq!(refused(&reply), says(400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn sharing_parameters_keep_to_their_rules() {
    let (shop, transaction) = frozen().await;
    let staff = || to("PERSONAL_OPENID", "oStaff", 1);
    let fine = wish(&transaction, "P1", &[staff()], false);
    for (pointer, member, value) in [
        ("/receivers/1/account", "receivers", json!([staff(), staff()])),
        ("/receivers", "receivers", json!([])),
        ("/receivers", "receivers", json!(vec![staff(); 51])),
        ("/receivers/0/type", "receivers", json!([to("PERSONAL_SUB_OPENID", "oStaff", 1)])),
        ("/receivers/0/amount", "receivers", json!([to("PERSONAL_OPENID", "oStaff", 0)])),
        ("/out_order_no", "out_order_no", json!("P 1")),
        ("/unfreeze_unsplit", "unfreeze_unsplit", json!("true")),
        ("/sub_mchid", "sub_mchid", json!("19")),
    ] {
        let mut body = fine.clone();
        body[member] = value;
        let reply = shop.ask("orders", &body).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", pointer));
    }
    let mut body = fine.clone();
    body.as_object_mut().unwrap().remove("appid");
    assert_eq!(shop.ask("orders", &body).await.field(), "/appid");
    let to_itself = wish(&transaction, "P1", &[to("MERCHANT_ID", MCHID, 1)], true);
    assert_eq!(shop.ask("orders", &to_itself).await.field(), "/receivers/0/account");
    let to_itself = wish(&transaction, "P1", &[to("MERCHANT_ID", MCHID, 1)], false);
    assert_eq!(shop.ask("orders", &to_itself).await.status, 200);
    shop.clock.advance_secs(2);
    let done = shop.look(&format!("orders/P1?transaction_id={transaction}")).await.json();
    assert_eq!(done["receivers"][0]["result"], "SUCCESS");
    assert!(shop.sim.ledger().iter().all(|entry| entry.kind != EntryKind::Sharing));
}

#[tokio::test]
async fn unfreezing_ends_the_sharing_of_an_order() {
    let (shop, transaction) = frozen().await;
    let body = json!({"transaction_id": transaction, "out_order_no": "P9", "description": "解冻全部"});
    let reply = shop.ask("orders/unfreeze", &body).await;
    let share = &reply.json()["receivers"][0];
    assert_eq!((&share["type"], &share["account"]), (&json!("MERCHANT_ID"), &json!(MCHID)));
    assert_eq!((&share["amount"], &share["description"]), (&json!(1000), &json!("解冻全部")));
    assert_eq!(shop.unsplit(&transaction).await, 0);
    assert_eq!(shop.ask("orders/unfreeze", &body).await.json(), reply.json());
    let more = wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 1)], false);
    let ended = shop.ask("orders", &more).await;
    assert_eq!(refused(&ended), says(400, "INVALID_REQUEST"));
    assert!(ended.json()["message"].as_str().unwrap().contains("268588428"));
    shop.clock.advance_secs(2);
    let done = shop.look(&format!("orders/P9?transaction_id={transaction}")).await.json();
    assert_eq!((&done["state"], &done["receivers"][0]["result"]), (&json!("FINISHED"), &json!("SUCCESS")));
}

#[tokio::test]
async fn a_share_can_unfreeze_the_rest() {
    let (shop, transaction) = frozen().await;
    shop.add_person("oStaff").await;
    shop.ask("orders", &wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 100)], true)).await;
    assert_eq!(shop.unsplit(&transaction).await, 0);
    shop.clock.advance_secs(2);
    let more = wish(&transaction, "P2", &[to("PERSONAL_OPENID", "oStaff", 1)], false);
    assert!(shop.ask("orders", &more).await.json()["message"].as_str().unwrap().contains("268588428"));
}

#[tokio::test]
async fn after_thirty_days_the_money_is_free() {
    let (shop, transaction) = frozen().await;
    shop.clock.advance_secs(30 * DAY - 61);
    assert_eq!(shop.unsplit(&transaction).await, 1000);
    shop.clock.advance_secs(1);
    assert_eq!(shop.unsplit(&transaction).await, 0);
    let late = wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 1)], false);
    let reply = shop.ask("orders", &late).await;
    assert_eq!(refused(&reply), says(400, "INVALID_REQUEST"));
    assert!(reply.json()["message"].as_str().unwrap().contains("268588427"));
}

#[tokio::test]
async fn outcomes_of_shares_can_be_set() {
    let (shop, transaction) = frozen().await;
    shop.add_person("oStaff").await;
    let bad = json!({"account": "oStaff", "result": "CLOSED", "fail_reason": "NO_SUCH"});
    assert_eq!(shop.control("sharing/outcome", &bad).await.0, 400);
    let hang = json!({"account": "oStaff", "result": "PENDING"});
    assert_eq!(shop.control("sharing/outcome", &hang).await.0, 200);
    shop.ask("orders", &wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 100)], false)).await;
    shop.clock.advance_secs(60);
    let query = format!("orders/P1?transaction_id={transaction}");
    assert_eq!(shop.look(&query).await.json()["state"], "PROCESSING");
    let reason = Some("RECEIVER_HIGH_RISK");
    shop.sim.share_outcome("oStaff", Some(ShareResult::Closed), reason).unwrap();
    let done = shop.look(&query).await.json();
    assert_eq!(done["receivers"][0]["fail_reason"], "RECEIVER_HIGH_RISK");
    assert_eq!(shop.unsplit(&transaction).await, 1000);
}

#[tokio::test]
async fn receivers_are_added_with_sealed_names() {
    let shop = shop().await;
    let reply = shop.add_store().await;
    let body = reply.json();
    assert_eq!(reply.status, 200, "{body}");
    assert_eq!((&body["type"], &body["account"]), (&json!("MERCHANT_ID"), &json!(STORE)));
    assert_eq!(body["relation_type"], "STAFF");
    assert_eq!(unseal(&shop.kit, &body["name"]), "某某连锁店");
    shop.sim.real_name(STORE, Some("另一家店")).unwrap();
    assert_eq!(refused(&shop.add_store().await), says(400, "INVALID_REQUEST"));
    let target = format!("{BASE}/receivers/add");
    let mut named = person("oStaff");
    named["name"] = json!(seal(&shop.kit, "张三"));
    assert_eq!(refused(&shop.ask("receivers/add", &named).await), says(400, "PARAM_ERROR"));
    let other = post_sealed(&shop, &target, &named, Some(&shop.kit.platform_serial)).await;
    assert_eq!((refused(&other), other.field().as_str()), (says(400, "PARAM_ERROR"), "/name"));
    assert_eq!(post_sealed(&shop, &target, &named, Some(&shop.kit.public_key_id)).await.status, 200);
}

#[tokio::test]
async fn receivers_keep_to_their_rules_and_can_be_deleted() {
    let (shop, transaction) = frozen().await;
    for (pointer, member, value) in [
        ("/name", "type", json!("MERCHANT_ID")),
        ("/relation_type", "relation_type", json!("FRIEND")),
        ("/custom_relation", "relation_type", json!("CUSTOM")),
        ("/custom_relation", "custom_relation", json!("代理商")),
        ("/account", "account", json!("o".repeat(65))),
    ] {
        let mut body = person("oStaff");
        body[member] = value;
        let reply = shop.ask("receivers/add", &body).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", pointer));
    }
    let mut foreign = person("oStaff");
    foreign["appid"] = json!("wxffffffffffffffff");
    assert_eq!(shop.ask("receivers/add", &foreign).await.code(), "APPID_MCHID_NOT_MATCH");
    shop.add_person("oStaff").await;
    shop.add_person("oStaff").await;
    let delete = json!({"appid": APP, "type": "PERSONAL_OPENID", "account": "oStaff"});
    for _ in 0..2 {
        let gone = shop.ask("receivers/delete", &delete).await;
        assert_eq!(
            (gone.status, gone.json()),
            (200, json!({"type": "PERSONAL_OPENID", "account": "oStaff"}))
        );
    }
    shop.ask("orders", &wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 1)], false)).await;
    shop.clock.advance_secs(2);
    let done = shop.look(&format!("orders/P1?transaction_id={transaction}")).await.json();
    assert_eq!(done["receivers"][0]["fail_reason"], "NO_RELATION");
}

#[tokio::test]
async fn a_person_receives_200_000_yuan_a_month() {
    let shop = shop().await;
    let mut body = order("order-0001", 100_000_000, NOWHERE);
    body["settle_info"] = json!({"profit_sharing": true});
    shop.prepay(&body).await;
    let transaction = shop.sim.pay(MCHID, "order-0001").unwrap().transaction_id;
    shop.clock.advance_secs(60);
    shop.add_person("oStaff").await;
    for (number, amount, reason) in
        [("P1", 19_999_999, Value::Null), ("P2", 2, json!("RECEIVER_RECEIPT_LIMIT")), ("P3", 1, Value::Null)]
    {
        let body = wish(&transaction, number, &[to("PERSONAL_OPENID", "oStaff", amount)], false);
        assert_eq!(shop.ask("orders", &body).await.status, 200);
        shop.clock.advance_secs(2);
        let done = shop.look(&format!("orders/{number}?transaction_id={transaction}")).await.json();
        assert_eq!(done["receivers"][0]["fail_reason"], reason, "{done}");
    }
}

#[tokio::test]
async fn an_order_is_shared_fifty_times() {
    let (shop, transaction) = frozen().await;
    for number in 0..51 {
        let body = wish(&transaction, &format!("P{number}"), &[to("MERCHANT_ID", MCHID, 1)], false);
        let reply = shop.ask("orders", &body).await;
        let expected = if number < 50 { says(200, "") } else { says(403, "RULE_LIMIT") };
        assert_eq!(refused(&reply), expected, "{number}");
        shop.clock.advance_secs(2);
    }
}

#[tokio::test]
async fn refunds_take_from_what_is_frozen() {
    let (shop, transaction) = frozen().await;
    assert_eq!(shop.refund(&refund("order-0001", "r1", 600, 1000)).await.status, 200);
    assert_eq!(shop.unsplit(&transaction).await, 400);
}
