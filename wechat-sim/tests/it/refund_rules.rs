//! What refunds keep to, and what is done about those that go wrong.

use std::time::Duration;

use serde_json::{Value, json};
use wechat_sim::{EntryKind, PayOptions, RefundOutcome, RefundStatus, Settings};

use crate::sealed::{post_sealed, seal};
use crate::support::{MCHID, NOWHERE, Receiver, Reply, Shop, open, order, refund, shop_with};

async fn paid(change: impl FnOnce(&mut Settings)) -> Shop {
    let shop = shop_with(change).await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    shop.sim.pay(MCHID, "order-0001").unwrap();
    shop
}

async fn seen(shop: &Shop, number: &str) -> Value {
    shop.call("GET", &format!("/v3/refund/domestic/refunds/{number}"), "").await.json()
}

/// Calls with the header that names the key of sealed members.
async fn apply(shop: &Shop, refund_id: &str, body: &Value, serial: Option<&str>) -> Reply {
    let target = format!("/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund");
    post_sealed(shop, &target, body, serial).await
}

fn to_card(shop: &Shop, number: &str) -> Value {
    json!({
        "out_refund_no": number, "type": "USER_BANK_CARD", "bank_type": "CMB_DEBIT",
        "bank_account": seal(&shop.kit, "6214830000000403"),
        "real_name": seal(&shop.kit, "张三"),
    })
}

/// A refund that could not be delivered, and its number at the platform.
async fn abnormal(shop: &Shop, number: &str, notify_url: &str) -> String {
    shop.sim.refund_outcome(RefundStatus::Abnormal);
    let mut body = refund("order-0001", number, 40, 100);
    body["notify_url"] = json!(notify_url);
    let reply = shop.refund(&body).await.json();
    shop.clock.advance_secs(1);
    assert_eq!(seen(shop, number).await["status"], "ABNORMAL");
    shop.sim.refund_outcome(RefundOutcome::Success);
    reply["refund_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_abnormal_refund_goes_to_a_card_of_the_shopper() {
    let (shop, receiver) = (paid(|_| {}).await, Receiver::start(&[]).await);
    let id = abnormal(&shop, "r1", &receiver.url).await;
    receiver.wait_for(1).await;
    let serial = shop.kit.public_key_id.clone();
    let reply = apply(&shop, &id, &to_card(&shop, "r1"), Some(&serial)).await;
    let answer = reply.json();
    assert_eq!((reply.status, &answer["status"]), (200, &json!("PROCESSING")), "{answer}");
    assert_eq!(
        (&answer["channel"], &answer["user_received_account"]),
        (&json!("OTHER_BANKCARD"), &json!("招商银行借记卡0403"))
    );
    let again = apply(&shop, &id, &to_card(&shop, "r1"), Some(&serial)).await;
    assert_eq!(again.json(), answer, "sealed anew, but the same");
    let mut other = to_card(&shop, "r1");
    other["bank_type"] = json!("ICBC_DEBIT");
    assert_eq!(apply(&shop, &id, &other, Some(&serial)).await.code(), "INVALID_REQUEST");
    shop.clock.advance_secs(1);
    assert_eq!(seen(&shop, "r1").await["status"], "SUCCESS");
    let came = receiver.wait_for(2).await;
    let envelope: Value = serde_json::from_slice(&came[1].1).unwrap();
    assert_eq!(envelope["event_type"], "REFUND.SUCCESS");
    let plaintext: Value = serde_json::from_slice(&open(&shop.kit, &envelope["resource"])).unwrap();
    assert_eq!(plaintext["user_received_account"], "招商银行借记卡0403");
    let booked = shop.sim.ledger();
    assert_eq!((booked.len(), booked[1].amount, booked[1].cash), (2, -40, -40), "booked once");
}

#[tokio::test]
async fn an_abnormal_refund_to_the_merchant_gives_the_shopper_nothing() {
    let shop = paid(|_| {}).await;
    let id = abnormal(&shop, "r1", NOWHERE).await;
    let body = json!({"out_refund_no": "r1", "type": "MERCHANT_BANK_CARD"});
    let reply = apply(&shop, &id, &body, None).await;
    assert_eq!((reply.status, &reply.json()["user_received_account"]), (200, &json!("商户银行账户")));
    shop.clock.advance_secs(1);
    assert_eq!(seen(&shop, "r1").await["status"], "SUCCESS");
    let last = shop.sim.ledger().pop().unwrap();
    assert_eq!((last.kind, last.amount, last.cash), (EntryKind::Refund, -40, 0));
}

#[tokio::test]
async fn an_abnormal_refund_is_applied_for_as_documented() {
    let mut shop = paid(|_| {}).await;
    let id = abnormal(&shop, "r1", NOWHERE).await;
    let serial = shop.kit.public_key_id.clone();
    let certificate = seal(&shop.kit, "no digits");
    for (pointer, member, value) in [
        ("/type", "type", json!("CASH")),
        ("/bank_type", "bank_type", json!("CMB_CREDIT")),
        ("/bank_account", "bank_account", json!("6214830000000403")),
        ("/bank_account", "bank_account", json!(certificate)),
        ("/real_name", "real_name", json!("")),
        ("/extra", "extra", json!(1)),
    ] {
        let mut body = to_card(&shop, "r1");
        body[member] = value;
        let reply = apply(&shop, &id, &body, Some(&serial)).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", pointer));
    }
    for member in ["bank_type", "bank_account", "real_name"] {
        let mut body = to_card(&shop, "r1");
        body.as_object_mut().unwrap().remove(member);
        assert_eq!(apply(&shop, &id, &body, Some(&serial)).await.field(), format!("/{member}"));
    }
    let body = to_card(&shop, "r1");
    for wrong in [None, Some("PUB_KEY_ID_0"), Some(shop.kit.platform_serial.as_str())] {
        let reply = apply(&shop, &id, &body, wrong).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "PARAM_ERROR"), "{wrong:?}");
    }
    for (id, number) in [("503000", "r1"), (id.as_str(), "r2")] {
        let reply = apply(&shop, id, &to_card(&shop, number), Some(&serial)).await;
        assert_eq!((reply.status, reply.code().as_str()), (404, "RESOURCE_NOT_EXISTS"));
    }
    let fine = shop.refund(&refund("order-0001", "r3", 1, 100)).await.json();
    let fine = fine["refund_id"].as_str().unwrap();
    assert_eq!(apply(&shop, fine, &to_card(&shop, "r3"), Some(&serial)).await.code(), "INVALID_REQUEST");
    shop.kit = shop.sim.merchant("1900000002").await;
    let foreign = json!({"out_refund_no": "r1", "type": "MERCHANT_BANK_CARD"});
    assert_eq!(apply(&shop, &id, &foreign, None).await.status, 404);
}

#[tokio::test]
async fn an_order_takes_fifty_refunds() {
    let shop = paid(|_| {}).await;
    for number in 0..50 {
        assert_eq!(shop.refund(&refund("order-0001", &format!("r{number}"), 1, 100)).await.status, 200);
    }
    assert_eq!(shop.refund(&refund("order-0001", "r50", 1, 100)).await.code(), "INVALID_REQUEST");
}

#[tokio::test]
async fn refunds_of_one_order_keep_their_distance() {
    let shop = paid(|settings| settings.refund_spacing = Duration::from_mins(1)).await;
    shop.prepaid("order-0002", 100, NOWHERE).await;
    shop.sim.pay(MCHID, "order-0002").unwrap();
    assert_eq!(shop.refund(&refund("order-0001", "r1", 1, 100)).await.status, 200);
    let soon = shop.refund(&refund("order-0001", "r2", 1, 100)).await;
    assert_eq!((soon.status, soon.code().as_str()), (429, "FREQUENCY_LIMITED"));
    assert_eq!(shop.refund(&refund("order-0001", "r1", 1, 100)).await.status, 200, "the same is no other");
    assert_eq!(shop.refund(&refund("order-0002", "r3", 1, 100)).await.status, 200);
    shop.clock.advance_secs(60);
    assert_eq!(shop.refund(&refund("order-0001", "r2", 1, 100)).await.status, 200);
}

#[tokio::test]
async fn too_many_refused_refunds_stop_all() {
    let shop = paid(|settings| settings.failing_refunds_per_second = Some(6)).await;
    for _ in 0..6 {
        assert_eq!(shop.refund(&refund("order-0009", "r1", 1, 100)).await.status, 404);
    }
    let stopped = shop.refund(&refund("order-0001", "r1", 1, 100)).await;
    assert_eq!((stopped.status, stopped.code().as_str()), (429, "FREQUENCY_LIMITED"));
    shop.clock.advance_secs(1);
    assert_eq!(shop.refund(&refund("order-0001", "r1", 1, 100)).await.status, 200);
}

#[tokio::test]
async fn a_merchant_without_money_refunds_after_a_top_up_with_the_same_number() {
    let shop = paid(|settings| settings.refund_from_balance = true).await;
    shop.prepaid("order-0002", 1000, NOWHERE).await;
    shop.sim.pay(MCHID, "order-0002").unwrap();
    assert_eq!(shop.sim.balance(MCHID), 100 + 1000 - 1 - 6);
    let (status, answer) = shop.control("balance", &json!({"mchid": MCHID, "amount": -100})).await;
    assert_eq!((status, answer), (200, json!({"mchid": MCHID, "balance": 993})));
    let whole = refund("order-0002", "r1", 1000, 1000);
    let refused = shop.refund(&whole).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "NOT_ENOUGH"));
    assert_eq!(shop.query("order-0002").await.json()["trade_state"], "SUCCESS");
    assert_eq!(shop.control("balance", &json!({"mchid": MCHID, "amount": 1})).await.1["balance"], 994);
    assert_eq!(shop.refund(&whole).await.status, 200, "the fee comes back");
    assert_eq!(shop.sim.balance(MCHID), 0, "also while it is under way");
    shop.clock.advance_secs(1);
    assert_eq!((seen(&shop, "r1").await["status"].as_str(), shop.sim.balance(MCHID)), (Some("SUCCESS"), 0));
    assert_eq!(shop.refund(&refund("order-0001", "r2", 1, 100)).await.code(), "NOT_ENOUGH");
    let kinds: Vec<EntryKind> = shop.sim.ledger().iter().map(|entry| entry.kind).skip(2).collect();
    assert_eq!(kinds, [EntryKind::Withdrawal, EntryKind::TopUp, EntryKind::Refund]);
    assert_eq!(shop.sim.top_up(MCHID, 5).unwrap(), 5);
    assert_eq!(shop.sim.top_up(MCHID, -6).unwrap_err().code, "NOT_ENOUGH");
    assert_eq!(shop.control("balance", &json!({"mchid": "1900000009"})).await.0, 404);
}

#[tokio::test]
async fn money_of_the_merchant_does_not_matter_by_default() {
    let shop = paid(|_| {}).await;
    shop.sim.top_up(MCHID, -99).unwrap();
    assert_eq!(shop.refund(&refund("order-0001", "r1", 100, 100)).await.status, 200);
}

#[tokio::test]
async fn the_account_of_a_shopper_can_be_closed() {
    let shop = paid(|_| {}).await;
    let whole = refund("order-0001", "r1", 100, 100);
    shop.sim.refund_outcome(RefundOutcome::UserAccountAbnormal);
    let refused = shop.refund(&whole).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "USER_ACCOUNT_ABNORMAL"));
    assert!(shop.sim.refunds().is_empty());
    let (status, switched) = shop.control("faults", &json!({"refund_outcome": "SUCCESS"})).await;
    assert_eq!((status, &switched["refund_outcome"]), (200, &json!("SUCCESS")));
    assert_eq!(shop.refund(&whole).await.status, 200);
    let (_, switched) = shop.control("faults", &json!({"refund_outcome": "USER_ACCOUNT_ABNORMAL"})).await;
    assert_eq!(switched["refund_outcome"], "USER_ACCOUNT_ABNORMAL");
    assert_eq!(shop.refund(&whole).await.status, 200, "a refund that was accepted stays accepted");
    assert_eq!(shop.control("faults", &json!({"refund_outcome": "PROCESSING"})).await.0, 400);
}

fn with_goods(number: &str) -> Value {
    let mut body = order(number, 100, NOWHERE);
    body["detail"] = json!({"goods_detail": [
        {"merchant_goods_id": "sock-1", "quantity": 2, "unit_price": 40},
        {"merchant_goods_id": "cap-1", "wechatpay_goods_id": "1001", "quantity": 1, "unit_price": 20},
    ]});
    body
}

#[tokio::test]
async fn goods_are_given_back_as_they_were_ordered() {
    let shop = paid(|_| {}).await;
    assert_eq!(shop.prepay(&with_goods("order-0002")).await.status, 200);
    shop.sim.pay(MCHID, "order-0002").unwrap();
    let sock = |price: i64, amount: i64, quantity: i64| json!({"merchant_goods_id": "sock-1", "unit_price": price, "refund_amount": amount, "refund_quantity": quantity});
    let cap = |id: &str| {
        json!({
            "merchant_goods_id": "cap-1", "wechatpay_goods_id": id, "unit_price": 20, "refund_amount": 20,
            "refund_quantity": 1,
        })
    };
    let back = |order: &str, number: &str, sum: i64, goods: Value| {
        let mut body = refund(order, number, sum, 100);
        body["goods_detail"] = goods;
        body
    };
    for (why, wrong) in [
        ("no such price", json!([sock(41, 41, 1)])),
        ("too many", json!([sock(40, 40, 3)])),
        ("too many in two lines", json!([sock(40, 20, 1), sock(40, 20, 2)])),
        ("more money than the refund", json!([sock(40, 41, 1)])),
        ("another number at the platform", json!([cap("1002")])),
        (
            "never ordered",
            json!([{"merchant_goods_id": "shoe", "unit_price": 40, "refund_amount": 40, "refund_quantity": 1}]),
        ),
    ] {
        let reply = shop.refund(&back("order-0002", "r1", 40, wrong)).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "INVALID_REQUEST"), "{why}");
    }
    assert_eq!(
        shop.refund(&back("order-0001", "r1", 40, json!([sock(40, 40, 1)]))).await.code(),
        "INVALID_REQUEST"
    );
    assert_eq!(
        shop.refund(&back("order-0002", "r1", 60, json!([sock(40, 40, 1), cap("1001")]))).await.status,
        200
    );
    assert_eq!(
        shop.refund(&back("order-0002", "r2", 40, json!([sock(40, 40, 2)]))).await.code(),
        "INVALID_REQUEST"
    );
    assert_eq!(shop.refund(&back("order-0002", "r2", 40, json!([sock(40, 40, 1)]))).await.status, 200);
}

#[tokio::test]
async fn the_answer_shows_sources_and_coupons() {
    let shop = shop_with(|_| {}).await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    let with = PayOptions { payer_total: Some(70), ..PayOptions::default() };
    shop.sim.pay_with(MCHID, "order-0001", &with).unwrap();
    let coupon = shop.query("order-0001").await.json()["promotion_detail"][0]["coupon_id"].clone();
    let from = json!([{"account": "AVAILABLE", "amount": 10}, {"account": "UNAVAILABLE", "amount": 5}]);
    let mut body = refund("order-0001", "r1", 15, 100);
    body["amount"]["from"] = from.clone();
    let answer = shop.refund(&body).await.json();
    assert_eq!(
        answer,
        json!({
            "refund_id": answer["refund_id"], "out_refund_no": "r1", "transaction_id": answer["transaction_id"],
            "out_trade_no": "order-0001", "channel": "ORIGINAL", "user_received_account": "支付用户零钱",
            "create_time": answer["create_time"], "status": "PROCESSING", "funds_account": "AVAILABLE",
            "amount": {
                "total": 100, "refund": 15, "from": from, "payer_total": 70, "payer_refund": 10,
                "settlement_refund": 15, "settlement_total": 100, "discount_refund": 5, "currency": "CNY",
            },
            "promotion_detail": [{
                "promotion_id": coupon, "scope": "GLOBAL", "type": "CASH", "amount": 30, "refund_amount": 5,
            }],
        })
    );
    let rest = shop.refund(&refund("order-0001", "r2", 85, 100)).await.json();
    assert_eq!(
        (&rest["amount"]["payer_refund"], &rest["promotion_detail"][0]["refund_amount"]),
        (&json!(60), &json!(25))
    );
}

#[tokio::test]
async fn orders_older_than_a_year_are_not_refunded() {
    let shop = paid(|_| {}).await;
    shop.clock.advance_secs(365 * 24 * 3600);
    assert_eq!(shop.refund(&refund("order-0001", "r1", 1, 100)).await.status, 200);
    shop.clock.advance_secs(1);
    assert_eq!(shop.refund(&refund("order-0001", "r2", 1, 100)).await.code(), "INVALID_REQUEST");
}
