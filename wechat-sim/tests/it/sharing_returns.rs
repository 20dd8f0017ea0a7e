//! Shares of merchants that are registered here: what they hear, and what they give back.

use crate::sharing::{DAY, STORE, frozen, to, wish};
use crate::support::{APP, MCHID, NOWHERE, Receiver, Shop, open, refused, says};
use serde_json::{Value, json};
use wechat_sim::{EntryKind, ReturnResult};

/// A share of 200 fen to a merchant that is registered here and hears of it.
async fn shared_with_store(url: &str) -> (Shop, String, wechat_sim::MerchantKit) {
    let (shop, transaction) = frozen().await;
    let store = shop.sim.merchant(STORE).await;
    shop.sim.merchant_terms(STORE, &json!({"sharing_notify_url": url})).unwrap();
    assert_eq!(shop.add_store().await.status, 200);
    shop.ask("orders", &wish(&transaction, "P1", &[to("MERCHANT_ID", STORE, 200)], false)).await;
    shop.clock.advance_secs(2);
    assert_eq!(shop.look(&format!("orders/P1?transaction_id={transaction}")).await.status, 200);
    (shop, transaction, store)
}

fn back(number: &str, amount: i64) -> Value {
    json!({
        "out_order_no": "P1", "out_return_no": number, "return_mchid": STORE, "amount": amount, "description": "退",
    })
}

#[tokio::test]
async fn a_merchant_hears_of_its_share_and_of_its_return() {
    let receiver = Receiver::start(&[]).await;
    let (shop, transaction, store) = shared_with_store(&receiver.url).await;
    let came = receiver.wait_for(1).await;
    let envelope: Value = serde_json::from_slice(&came[0].1).unwrap();
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "profitsharing");
    assert_eq!(envelope["summary"], "分账");
    let text: Value = serde_json::from_slice(&open(&store, &envelope["resource"])).unwrap();
    assert_eq!((&text["mchid"], &text["transaction_id"]), (&json!(MCHID), &json!(transaction)));
    assert_eq!(text["out_order_no"], "P1");
    assert_eq!(text["receiver"], to("MERCHANT_ID", STORE, 200));
    assert!(text["success_time"].is_string() && text["order_id"].is_string());
    let given = shop.ask("return-orders", &back("R1", 150)).await.json();
    assert_eq!((&given["result"], &given["amount"]), (&json!("SUCCESS"), &json!(150)), "{given}");
    let came = receiver.wait_for(2).await;
    let envelope: Value = serde_json::from_slice(&came[1].1).unwrap();
    let text: Value = serde_json::from_slice(&open(&store, &envelope["resource"])).unwrap();
    assert_eq!((&envelope["summary"], &text["order_id"]), (&json!("分账回退"), &given["return_id"]));
    let moved: Vec<_> =
        shop.sim.ledger().into_iter().filter(|entry| entry.kind != EntryKind::Payment).collect();
    let moved: Vec<_> = moved.iter().map(|entry| (entry.mchid.as_str(), entry.amount, entry.cash)).collect();
    assert_eq!(moved, [(MCHID, -200, 0), (STORE, 200, 0), (MCHID, 150, 0), (STORE, -150, 0)]);
}

#[tokio::test]
async fn returns_stay_within_what_was_shared() {
    let (shop, transaction, _) = shared_with_store(NOWHERE).await;
    let given = shop.ask("return-orders", &back("R1", 150)).await.json();
    assert_eq!(shop.ask("return-orders", &back("R1", 150)).await.json(), given);
    assert_eq!(refused(&shop.ask("return-orders", &back("R1", 10)).await), says(400, "INVALID_REQUEST"));
    assert_eq!(refused(&shop.ask("return-orders", &back("R2", 51)).await), says(403, "NOT_ENOUGH"));
    assert_eq!(shop.look("return-orders/R1?out_order_no=P1").await.json(), given);
    assert_eq!(shop.look("return-orders/R1?out_order_no=P2").await.status, 404);
    let mut body = back("R3", 1);
    body["return_mchid"] = json!(MCHID);
    assert_eq!(shop.ask("return-orders", &body).await.field(), "/return_mchid");
    body["return_mchid"] = json!("1900000077");
    assert_eq!(refused(&shop.ask("return-orders", &body).await), says(400, "INVALID_REQUEST"));
    body = back("R3", 1);
    body.as_object_mut().unwrap().remove("out_order_no");
    assert_eq!(shop.ask("return-orders", &body).await.field(), "/order_id");
    body["order_id"] = given["order_id"].clone();
    assert_eq!(shop.ask("return-orders", &body).await.status, 200);
    shop.sim.merchant_terms(STORE, &json!({"refuses_returns": true})).unwrap();
    assert_eq!(refused(&shop.ask("return-orders", &back("R4", 1)).await), says(403, "NO_AUTH"));
    shop.sim.merchant_terms(STORE, &json!({"refuses_returns": false})).unwrap();
    shop.clock.advance_secs(181 * DAY);
    assert_eq!(refused(&shop.ask("return-orders", &back("R4", 1)).await), says(400, "INVALID_REQUEST"));
    assert_eq!(shop.unsplit(&transaction).await, 0);
}

#[tokio::test]
async fn a_return_can_fail_or_hang_for_five_days() {
    let (shop, _, _) = shared_with_store(NOWHERE).await;
    let fail = json!({"account": STORE, "result": "FAILED", "fail_reason": "BALANCE_NOT_ENOUGH"});
    assert_eq!(shop.control("sharing/return_outcome", &fail).await.0, 200);
    let failed = shop.ask("return-orders", &back("R1", 200)).await.json();
    assert_eq!((&failed["result"], &failed["fail_reason"]), (&json!("FAILED"), &json!("BALANCE_NOT_ENOUGH")));
    shop.sim.return_outcome(STORE, Some(ReturnResult::Processing), None).unwrap();
    assert_eq!(shop.ask("return-orders", &back("R2", 100)).await.json()["result"], "PROCESSING");
    assert_eq!(shop.ask("return-orders", &back("R3", 100)).await.json()["result"], "PROCESSING");
    assert_eq!(refused(&shop.ask("return-orders", &back("R4", 1)).await), says(403, "NOT_ENOUGH"));
    shop.clock.advance_secs(5 * DAY);
    let closed = shop.look("return-orders/R2?out_order_no=P1").await.json();
    assert_eq!((&closed["result"], &closed["fail_reason"]), (&json!("FAILED"), &json!("TIME_OUT_CLOSED")));
    assert_eq!(shop.ask("return-orders", &back("R5", 100)).await.json()["result"], "PROCESSING");
    shop.sim.return_outcome(STORE, None, None).unwrap();
    assert_eq!(shop.look("return-orders/R5?out_order_no=P1").await.json()["result"], "SUCCESS");
}

#[tokio::test]
async fn another_merchant_sees_and_shares_nothing() {
    let (mut shop, transaction, store) = shared_with_store(NOWHERE).await;
    shop.kit = store;
    shop.sim.bind(APP, STORE);
    assert_eq!(shop.look(&format!("orders/P1?transaction_id={transaction}")).await.status, 404);
    assert_eq!(shop.look(&format!("transactions/{transaction}/amounts")).await.status, 404);
    let body = wish(&transaction, "P1", &[to("PERSONAL_OPENID", "oStaff", 1)], false);
    assert_eq!(refused(&shop.ask("orders", &body).await), says(404, "RESOURCE_NOT_EXISTS"));
    assert_eq!(shop.look("return-orders/R1?out_order_no=P1").await.status, 404);
}
