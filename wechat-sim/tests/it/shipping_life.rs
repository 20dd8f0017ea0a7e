//! Receipt, settlement and reminders of shipping.

use serde_json::{Value, json};

use crate::mini_calls::{bought, events, mini, take_pushes};
use crate::shipping::{code, order, upload};
use crate::support::{APP, MCHID, Shop, refund, shop};

const UPLOAD: &str = "/wxa/sec/order/upload_shipping_info";
const REMIND: &str = "/wxa/sec/order/notify_confirm_receive";
const SPECIAL: &str = "/wxa/sec/order/opspecialorder";
const SETTLEMENT: &str = "trade_manage_order_settlement";
const DAY: i64 = 24 * 3600;

async fn shipped(shop: &Shop, number: &str) -> String {
    let id = bought(shop, number).await;
    assert_eq!(code(shop, UPLOAD, &upload(&id, "T1", 1)).await, 0);
    id
}

async fn state(shop: &Shop, id: &str) -> i64 {
    order(shop, id).await["order_state"].as_i64().unwrap()
}

fn common(mut event: Value) -> Value {
    for name in ["ToUserName", "FromUserName", "CreateTime"] {
        assert!(!event[name].is_null(), "{name}");
        event.as_object_mut().unwrap().remove(name);
    }
    event
}

#[tokio::test]
async fn the_shopper_confirms_and_the_money_comes() {
    let shop = shop().await;
    take_pushes(&shop).await;
    let id = shipped(&shop, "order-0001").await;
    let now = order(&shop, &id).await["pay_time"].as_i64().unwrap();
    let mut wanted = json!({
        "MsgType": "event", "Event": SETTLEMENT, "transaction_id": id, "merchant_id": MCHID,
        "sub_merchant_id": "", "merchant_trade_no": "order-0001", "pay_time": now, "shipped_time": now,
    });
    let mut first = common(events(&shop, SETTLEMENT).remove(0));
    let estimated = first["estimated_settlement_time"].as_i64().unwrap();
    assert!((now + 10 * DAY..=now + 10 * DAY + 2).contains(&estimated));
    first.as_object_mut().unwrap().remove("estimated_settlement_time");
    assert_eq!(first, wanted);
    shop.clock.advance_secs(60);
    shop.sim.confirm_receipt(&id).unwrap();
    assert_eq!(state(&shop, &id).await, 3);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T2", 2)).await, 10_060_004);
    shop.clock.advance_secs(1);
    assert_eq!(state(&shop, &id).await, 4);
    wanted["confirm_receive_method"] = json!(1);
    wanted["confirm_receive_time"] = json!(now + 60);
    wanted["settlement_time"] = json!(now + 61);
    assert_eq!(common(events(&shop, SETTLEMENT).remove(1)), wanted);
    let named = json!({"mchid": MCHID, "out_trade_no": "order-0001"});
    assert_eq!(shop.control("shipping/confirm", &named).await.0, 400, "only once");
    shop.clock.advance_secs(11 * DAY);
    assert_eq!(events(&shop, SETTLEMENT).len(), 2);
}

#[tokio::test]
async fn receipt_is_confirmed_by_itself_at_last() {
    let shop = shop().await;
    take_pushes(&shop).await;
    let (parcel, virtual_goods) = (shipped(&shop, "order-0001").await, bought(&shop, "order-0002").await);
    let mut body = upload(&virtual_goods, "", 1);
    body["logistics_type"] = json!(3);
    assert_eq!(code(&shop, UPLOAD, &body).await, 0);
    shop.clock.advance_secs(2 * DAY);
    assert_eq!((state(&shop, &parcel).await, state(&shop, &virtual_goods).await), (2, 3));
    shop.clock.advance_secs(8 * DAY);
    assert_eq!((state(&shop, &parcel).await, state(&shop, &virtual_goods).await), (3, 4));
    shop.clock.advance_secs(1);
    assert_eq!(state(&shop, &parcel).await, 4);
    let last = events(&shop, SETTLEMENT).pop().unwrap();
    assert_eq!((&last["transaction_id"], &last["confirm_receive_method"]), (&json!(parcel), &json!(2)));
}

#[tokio::test]
async fn shipping_again_begins_the_time_of_the_shopper_anew() {
    let shop = shop().await;
    let id = shipped(&shop, "order-0001").await;
    shop.clock.advance_secs(9 * DAY);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T2", 2)).await, 0);
    shop.clock.advance_secs(9 * DAY);
    assert_eq!(state(&shop, &id).await, 2);
    shop.clock.advance_secs(DAY);
    assert_eq!(state(&shop, &id).await, 3);
}

#[tokio::test]
async fn a_complaint_holds_the_money() {
    let shop = shop().await;
    let (early, late) = (shipped(&shop, "order-0001").await, shipped(&shop, "order-0002").await);
    shop.sim.complaint_about(&early, true).unwrap();
    assert_eq!(shop.control("shipping/complaint", &json!({"transaction_id": late})).await.0, 200);
    assert_eq!(order(&shop, &early).await["in_complaint"], true);
    shop.sim.confirm_receipt(&early).unwrap();
    shop.clock.advance_secs(11 * DAY);
    assert_eq!((state(&shop, &early).await, state(&shop, &late).await), (6, 2));
    for id in [&early, &late] {
        let over = json!({"transaction_id": id, "in_complaint": false});
        assert_eq!(shop.control("shipping/complaint", &over).await.0, 200);
    }
    assert_eq!((state(&shop, &early).await, state(&shop, &late).await), (4, 3));
    shop.clock.advance_secs(1);
    assert_eq!(state(&shop, &late).await, 4);
}

#[tokio::test]
async fn a_refund_ends_the_waiting() {
    let shop = shop().await;
    take_pushes(&shop).await;
    let id = shipped(&shop, "order-0001").await;
    shop.refund(&refund("order-0001", "refund-1", 100, 100)).await;
    shop.clock.advance_secs(11 * DAY);
    assert_eq!(state(&shop, &id).await, 5);
    assert_eq!(events(&shop, SETTLEMENT).len(), 1);
    assert!(shop.sim.confirm_receipt(&id).is_err());
}

#[tokio::test]
async fn the_shopper_is_reminded_once_of_a_parcel() {
    let shop = shop().await;
    let unshipped = bought(&shop, "order-0002").await;
    let id = shipped(&shop, "order-0001").await;
    let now = order(&shop, &id).await["pay_time"].as_i64().unwrap();
    let wish = |id: &str, at: i64| json!({"transaction_id": id, "received_time": at});
    assert_eq!(code(&shop, REMIND, &wish("4200", now + 60)).await, 10_060_001);
    assert_eq!(code(&shop, REMIND, &wish(&unshipped, now + 60)).await, 10_060_028);
    assert_eq!(code(&shop, REMIND, &wish(&id, now)).await, 10_060_029);
    assert_eq!(code(&shop, REMIND, &json!({"transaction_id": id})).await, 47001);
    assert_eq!(mini(&shop, REMIND, &wish(&id, now + 60)).await, json!({"errcode": 0, "errmsg": "ok"}));
    assert_eq!(code(&shop, REMIND, &wish(&id, now + 60)).await, 10_060_030);
    let mut body = upload(&unshipped, "", 1);
    body["logistics_type"] = json!(4);
    assert_eq!(code(&shop, UPLOAD, &body).await, 0);
    assert_eq!(code(&shop, REMIND, &wish(&unshipped, now + 60)).await, 10_060_032);
}

#[tokio::test]
async fn a_managed_app_is_reminded_daily_until_it_ships() {
    let shop = shop().await;
    take_pushes(&shop).await;
    shop.sim.trade_managed(APP, true).unwrap();
    let access = || events(&shop, "trade_manage_remind_access_api").len();
    assert_eq!(access(), 1, "it agreed");
    let id = bought(&shop, "order-0001").await;
    assert_eq!(access(), 2, "its first payment");
    bought(&shop, "order-0002").await;
    assert_eq!(access(), 2);
    shop.clock.advance_secs(DAY);
    assert_eq!(access(), 3);
    shop.clock.advance_secs(DAY);
    assert_eq!(access(), 4);
    assert!(events(&shop, "trade_manage_remind_shipping").is_empty(), "it never shipped");
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T1", 1)).await, 0);
    shop.clock.advance_secs(DAY);
    assert_eq!(access(), 4);
}

#[tokio::test]
async fn an_app_that_ships_is_reminded_of_what_waits() {
    let shop = shop().await;
    take_pushes(&shop).await;
    shop.sim.trade_managed(APP, true).unwrap();
    shipped(&shop, "order-0001").await;
    let id = bought(&shop, "order-0002").await;
    let now = order(&shop, &id).await["pay_time"].clone();
    let (presale, test) = (bought(&shop, "order-0003").await, bought(&shop, "order-0004").await);
    let late = now.as_i64().unwrap() + 20 * DAY;
    let wish = json!({"order_id": presale, "type": 1, "delay_to": late});
    assert_eq!(mini(&shop, SPECIAL, &wish).await, json!({"errcode": 0, "errmsg": "ok"}));
    assert_eq!(code(&shop, SPECIAL, &json!({"order_id": "order-0004", "type": 2})).await, 0);
    shop.clock.advance_secs(2 * DAY - 1);
    assert!(events(&shop, "trade_manage_remind_shipping").is_empty());
    shop.clock.advance_secs(1);
    let told = events(&shop, "trade_manage_remind_shipping");
    assert_eq!(told.len(), 1);
    let mut told = common(told[0].clone());
    assert!(told["msg"].take().is_string());
    assert_eq!(
        told,
        json!({
            "MsgType": "event", "Event": "trade_manage_remind_shipping", "transaction_id": id,
            "merchant_id": MCHID, "sub_merchant_id": "", "merchant_trade_no": "order-0002", "pay_time": now,
            "msg": null,
        })
    );
    shop.clock.advance_secs(19 * DAY);
    let told = events(&shop, "trade_manage_remind_shipping");
    assert_eq!((told.len(), &told[1]["transaction_id"]), (2, &json!(presale)));
    assert_eq!(state(&shop, &test).await, 1);
}

#[tokio::test]
async fn special_orders_have_their_rules() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    let now = order(&shop, &id).await["pay_time"].as_i64().unwrap();
    let wish = |kind: i64, delay: Value| json!({"order_id": id, "type": kind, "delay_to": delay});
    assert_eq!(code(&shop, SPECIAL, &wish(3, json!(null))).await, 268_546_000);
    for delay in [json!(null), json!(now + 14 * DAY), json!(now + 331 * DAY)] {
        assert_eq!(code(&shop, SPECIAL, &wish(1, delay)).await, 268_546_001);
    }
    assert_eq!(code(&shop, SPECIAL, &json!({"order_id": "order-9", "type": 2})).await, 268_546_002);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T1", 1)).await, 0);
    assert_eq!(code(&shop, SPECIAL, &wish(2, json!(null))).await, 268_546_002, "it is shipped");
}
