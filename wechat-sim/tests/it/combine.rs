//! Combined orders: paid at once or not at all.

use crate::support::{APP, MCHID, NOWHERE, Receiver, Reply, Shop, open, order, refund, rsa_sign, shop};
use serde_json::{Value, json};
use wechat_sim::{Effect, Fault, PayOptions, RequestPayment, TradeState};

const OTHER: &str = "1900000002";
const BASE: &str = "/v3/combine-transactions";

fn part(mchid: &str, number: &str, total: i64) -> Value {
    json!({
        "mchid": mchid, "out_trade_no": number, "description": format!("商品 {number}"), "attach": format!("附 {number}"),
        "amount": {"total_amount": total, "currency": "CNY"},
    })
}

fn whole(number: &str, parts: &[Value], notify_url: &str) -> Value {
    json!({
        "combine_appid": APP, "combine_mchid": MCHID, "combine_out_trade_no": number, "sub_orders": parts,
        "combine_payer_info": {"openid": "oUser"}, "notify_url": notify_url,
        "scene_info": {"payer_client_ip": "127.0.0.1", "device_id": "POS1:1"},
    })
}

fn two(number: &str, notify_url: &str) -> Value {
    whole(number, &[part(MCHID, "part-0001", 100), part(MCHID, "part-0002", 30)], notify_url)
}

async fn combine(shop: &Shop, product: &str, body: &Value) -> Reply {
    shop.call("POST", &format!("{BASE}/{product}"), &body.to_string()).await
}

async fn ticket(shop: &Shop, body: &Value) -> String {
    let reply = combine(shop, "jsapi", body).await;
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["prepay_id"].as_str().unwrap().to_owned()
}

async fn query(shop: &Shop, number: &str) -> Reply {
    shop.call("GET", &format!("{BASE}/out-trade-no/{number}"), "").await
}

async fn close(shop: &Shop, number: &str, parts: &[(&str, &str)]) -> Reply {
    let list: Vec<Value> =
        parts.iter().map(|(mchid, number)| json!({"mchid": mchid, "out_trade_no": number})).collect();
    let body = json!({"combine_appid": APP, "sub_orders": list});
    shop.call("POST", &format!("{BASE}/out-trade-no/{number}/close"), &body.to_string()).await
}

#[tokio::test]
async fn one_payment_pays_the_orders_of_several_merchants() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    shop.sim.merchant(OTHER).await;
    shop.sim.bind(APP, OTHER);
    let body =
        whole("whole-0001", &[part(MCHID, "part-0001", 100), part(OTHER, "part-0001", 30)], &receiver.url);
    let ticket = ticket(&shop, &body).await;
    let before = query(&shop, "whole-0001").await.json();
    assert_eq!(
        before,
        json!({
            "combine_appid": APP, "combine_mchid": MCHID, "combine_out_trade_no": "whole-0001",
            "scene_info": {"device_id": "POS1:1"},
            "sub_orders": [
                {"mchid": MCHID, "out_trade_no": "part-0001", "trade_state": "NOTPAY", "attach": "附 part-0001",
                 "amount": {"total_amount": 100, "currency": "CNY"}},
                {"mchid": OTHER, "out_trade_no": "part-0001", "trade_state": "NOTPAY", "attach": "附 part-0001",
                 "amount": {"total_amount": 30, "currency": "CNY"}},
            ],
        })
    );
    let paid = shop.sim.pay_prepay(&ticket).unwrap();
    assert_eq!((paid.out_trade_no.as_str(), paid.total, paid.paid_total), ("whole-0001", 130, 130));
    let after = query(&shop, "whole-0001").await.json();
    assert_eq!(after, paid.transaction);
    assert_eq!(after["combine_payer_info"], json!({"openid": "oUser"}));
    let ids: Vec<&str> =
        (0..2).map(|at| after["sub_orders"][at]["transaction_id"].as_str().unwrap()).collect();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(
        after["sub_orders"][1],
        json!({
            "mchid": OTHER, "out_trade_no": "part-0001", "trade_state": "SUCCESS", "attach": "附 part-0001",
            "trade_type": "JSAPI", "bank_type": "OTHERS", "success_time": paid.success_time,
            "transaction_id": ids[1], "promotion_detail": [],
            "amount": {"total_amount": 30, "currency": "CNY", "payer_amount": 30, "payer_currency": "CNY"},
        })
    );
    let booked: Vec<(String, i64)> =
        shop.sim.ledger().into_iter().map(|entry| (entry.mchid, entry.amount)).collect();
    assert_eq!(booked, [(MCHID.to_owned(), 100), (OTHER.to_owned(), 30)]);
    assert!(shop.sim.delivered_within(std::time::Duration::from_secs(5)).await);
    let came = receiver.wait_for(1).await;
    assert_eq!(came.len(), 1, "one notification for all");
    let envelope: Value = serde_json::from_slice(&came[0].1).unwrap();
    assert_eq!(envelope["event_type"], "TRANSACTION.SUCCESS");
    assert_eq!(envelope["resource"]["original_type"], "transaction");
    let plaintext: Value = serde_json::from_slice(&open(&shop.kit, &envelope["resource"])).unwrap();
    assert_eq!(plaintext, after);
    assert_eq!(shop.sim.notifications()[0].out_trade_no, "whole-0001");
}

#[tokio::test]
async fn each_product_is_answered_with_its_ticket() {
    let shop = shop().await;
    for (index, (product, member)) in
        [("jsapi", "prepay_id"), ("app", "prepay_id"), ("native", "code_url"), ("h5", "h5_url")]
            .iter()
            .enumerate()
    {
        let mut body = two(&format!("whole-000{index}"), NOWHERE);
        body["sub_orders"] =
            json!([part(MCHID, &format!("a-0000{index}"), 1), part(MCHID, &format!("b-0000{index}"), 2)]);
        if *product != "jsapi" {
            assert_eq!(combine(&shop, product, &body).await.field(), "/combine_payer_info");
            body.as_object_mut().unwrap().remove("combine_payer_info");
        }
        if *product == "h5" {
            assert_eq!(combine(&shop, product, &body).await.field(), "/scene_info/h5_info");
            body["scene_info"]["h5_info"] = json!({"type": "Wap"});
        }
        let reply = combine(&shop, product, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        let ticket = reply.json()[*member].as_str().unwrap().to_owned();
        let by = PayOptions { openid: Some("oUser".to_owned()), ..PayOptions::default() };
        shop.sim.pay_prepay_with(&ticket, &by).unwrap();
        let paid = query(&shop, &format!("whole-000{index}")).await.json();
        let kind = ["JSAPI", "APP", "NATIVE", "MWEB"][index];
        assert_eq!(
            (&paid["sub_orders"][1]["trade_type"], &paid["combine_payer_info"]["openid"]),
            (&json!(kind), &json!("oUser"))
        );
    }
}

#[tokio::test]
async fn parameters_of_the_whole_keep_to_their_limits() {
    let shop = shop().await;
    let long = |len: usize| json!("长".repeat(len));
    for (pointer, value) in [
        ("/combine_mchid", json!(OTHER)),
        ("/combine_out_trade_no", json!("short")),
        ("/sub_orders", json!([part(MCHID, "part-0001", 1)])),
        (
            "/sub_orders",
            json!((0..11).map(|at| part(MCHID, &format!("part-{at:04}"), 1)).collect::<Vec<_>>()),
        ),
        ("/sub_orders/1/attach", Value::Null),
        ("/sub_orders/1/attach", long(129)),
        ("/sub_orders/1/description", long(128)),
        ("/sub_orders/1/amount/total_amount", json!(1_000_000_001)),
        ("/sub_orders/1/amount/total_amount", json!(0)),
        ("/sub_orders/1/amount/currency", Value::Null),
        ("/sub_orders/1/out_trade_no", json!("part-0001")),
        ("/sub_orders/1/sub_mchid", json!(OTHER)),
        ("/scene_info/device_id", json!("x".repeat(17))),
        ("/scene_info/payer_client_ip", Value::Null),
        ("/notify_url", json!("http://shop.example/n")),
        ("/combine_payer_info", Value::Null),
        ("/time_expire", json!("tomorrow")),
        ("/surprise", json!(1)),
    ] {
        let mut body = two("whole-0001", NOWHERE);
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let members = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            drop(members.remove(name));
        } else {
            drop(members.insert(name.to_owned(), value));
        }
        let reply = combine(&shop, "jsapi", &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "PARAM_ERROR"), "{pointer}");
        assert_eq!(reply.field(), pointer);
    }
    assert!(shop.sim.orders().is_empty());
}

#[tokio::test]
async fn merchants_apps_and_openids_have_to_fit() {
    let shop = shop().await;
    let mut body = two("whole-0001", NOWHERE);
    body["combine_appid"] = json!("wxother");
    assert_eq!(combine(&shop, "jsapi", &body).await.code(), "APPID_MCHID_NOT_MATCH");
    let body = whole("whole-0001", &[part(MCHID, "part-0001", 1), part(OTHER, "part-0002", 1)], NOWHERE);
    let unknown = combine(&shop, "jsapi", &body).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "MCH_NOT_EXISTS"));
    shop.sim.merchant(OTHER).await;
    let unbound = combine(&shop, "jsapi", &body).await;
    assert_eq!((unbound.status, unbound.code().as_str()), (400, "APPID_MCHID_NOT_MATCH"));
    shop.sim.app("wxother", "s");
    shop.sim.login_code("wxother", Some("oElsewhere"));
    let mut body = two("whole-0001", NOWHERE);
    body["combine_payer_info"]["openid"] = json!("oElsewhere");
    let stranger = combine(&shop, "jsapi", &body).await;
    assert_eq!((stranger.status, stranger.code().as_str()), (500, "OPENID_MISMATCH"));
}

#[tokio::test]
async fn the_number_of_a_whole_belongs_to_one_set_of_parts() {
    let shop = shop().await;
    let first = ticket(&shop, &two("whole-0001", NOWHERE)).await;
    let again = ticket(&shop, &two("whole-0001", NOWHERE)).await;
    assert_ne!(first, again);
    assert_eq!(shop.sim.orders().len(), 2);
    let other = whole("whole-0001", &[part(MCHID, "part-0001", 100), part(MCHID, "part-0002", 31)], NOWHERE);
    let refused = combine(&shop, "jsapi", &other).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "OUT_TRADE_NO_USED"));
    let taken = combine(&shop, "jsapi", &two("whole-0002", NOWHERE)).await;
    assert_eq!(
        (taken.status, taken.code().as_str()),
        (403, "OUT_TRADE_NO_USED"),
        "the parts have these numbers"
    );
    assert_eq!(query(&shop, "whole-0002").await.code(), "ORDERNOTEXIST", "a refused whole leaves nothing");
    shop.prepaid("single-0001", 5, NOWHERE).await;
    let mixed = whole("whole-0003", &[part(MCHID, "part-0003", 1), part(MCHID, "single-0001", 5)], NOWHERE);
    assert_eq!(combine(&shop, "jsapi", &mixed).await.code(), "OUT_TRADE_NO_USED");
    assert!(shop.sim.order(MCHID, "part-0003").is_none(), "all or nothing");
    assert_eq!(shop.prepay(&order("part-0001", 100, NOWHERE)).await.code(), "INVALID_REQUEST");
    shop.sim.pay_prepay(&first).unwrap();
    assert_eq!(shop.sim.pay_prepay(&again).unwrap_err().code, "ORDERPAID");
    assert_eq!(combine(&shop, "jsapi", &two("whole-0001", NOWHERE)).await.code(), "OUT_TRADE_NO_USED");
}

#[tokio::test]
async fn a_new_code_of_a_whole_retires_its_own_older_one_only() {
    let shop = shop().await;
    let native = |number: &str, parts: [&str; 2]| {
        let mut body = whole(number, &parts.map(|name| part(MCHID, name, 1)), NOWHERE);
        body.as_object_mut().unwrap().remove("combine_payer_info");
        body
    };
    let mut single = order("number-0001", 7, NOWHERE);
    single.as_object_mut().unwrap().remove("payer");
    let reply = shop.call("POST", "/v3/pay/transactions/native", &single.to_string()).await;
    let single = reply.json()["code_url"].as_str().unwrap().to_owned();
    let body = native("number-0001", ["part-0001", "part-0002"]);
    let old = combine(&shop, "native", &body).await.json()["code_url"].as_str().unwrap().to_owned();
    let new = combine(&shop, "native", &body).await.json()["code_url"].as_str().unwrap().to_owned();
    assert!(shop.sim.pay_prepay(&old).is_err());
    assert_eq!(shop.sim.pay_prepay(&new).unwrap().total, 2);
    assert_eq!(shop.sim.pay_prepay(&single).unwrap().total, 7);
}

#[tokio::test]
async fn a_part_is_neither_paid_nor_closed_nor_found_alone() {
    let shop = shop().await;
    ticket(&shop, &two("whole-0001", NOWHERE)).await;
    assert_eq!(shop.sim.pay(MCHID, "part-0001").unwrap_err().code, "INVALID_REQUEST");
    assert_eq!(shop.close("part-0001").await.code(), "INVALID_REQUEST");
    assert_eq!(shop.query("part-0001").await.code(), "ORDER_NOT_EXIST");
    shop.sim.pay_combined(MCHID, "whole-0001").unwrap();
    assert_eq!(shop.query("part-0001").await.json()["trade_state"], "SUCCESS");
}

#[tokio::test]
async fn a_whole_is_closed_with_the_list_of_all_its_parts() {
    let shop = shop().await;
    let prepay_id = ticket(&shop, &two("whole-0001", NOWHERE)).await;
    let (first, second) = ((MCHID, "part-0001"), (MCHID, "part-0002"));
    for wrong in [
        &[first][..],
        &[first, first],
        &[first, second, second],
        &[first, (OTHER, "part-0002")],
        &[first, second, (MCHID, "part-0003")],
    ] {
        let reply = close(&shop, "whole-0001", wrong).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "INVALID_REQUEST"), "{wrong:?}");
    }
    let unknown = close(&shop, "whole-0009", &[first, second]).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "ORDERNOTEXIST"));
    for _ in 0..2 {
        let closed = close(&shop, "whole-0001", &[second, first]).await;
        assert_eq!((closed.status, closed.body.len()), (204, 0));
    }
    assert_eq!(query(&shop, "whole-0001").await.json()["sub_orders"][1]["trade_state"], "CLOSED");
    assert_eq!(shop.sim.pay_prepay(&prepay_id).unwrap_err().code, "ORDER_CLOSED");
    assert_eq!(combine(&shop, "jsapi", &two("whole-0001", NOWHERE)).await.code(), "ORDER_CLOSED");
    let late = PayOptions { even_if_closed: true, ..PayOptions::default() };
    shop.sim.pay_combined_with(MCHID, "whole-0001", &late).unwrap();
    let paid = close(&shop, "whole-0001", &[first, second]).await;
    assert_eq!((paid.status, paid.code().as_str()), (403, "TRADE_ERROR"));
}

#[tokio::test]
async fn a_whole_expires_after_seven_days_at_the_latest() {
    let shop = shop().await;
    let mut body = two("whole-0001", NOWHERE);
    body["time_expire"] = json!("2199-01-01T00:00:00+08:00");
    ticket(&shop, &body).await;
    shop.clock.advance_secs(7 * 24 * 3600 + 1);
    assert_eq!(shop.sim.pay_combined(MCHID, "whole-0001").unwrap_err().code, "INVALID_REQUEST");
    assert_eq!(combine(&shop, "jsapi", &body).await.code(), "INVALID_REQUEST");
    assert!(shop.sim.ledger().is_empty());
}

#[tokio::test]
async fn parts_are_refunded_one_by_one() {
    let shop = shop().await;
    ticket(&shop, &two("whole-0001", NOWHERE)).await;
    let early = shop.refund(&refund("part-0002", "r1", 30, 30)).await;
    assert_eq!(early.code(), "INVALID_REQUEST");
    shop.sim.pay_combined(MCHID, "whole-0001").unwrap();
    assert_eq!(shop.refund(&refund("part-0002", "r1", 30, 30)).await.status, 200);
    shop.clock.advance_secs(1);
    let parts = query(&shop, "whole-0001").await.json()["sub_orders"].clone();
    assert_eq!((&parts[0]["trade_state"], &parts[1]["trade_state"]), (&json!("SUCCESS"), &json!("REFUND")));
    assert_eq!(shop.refund(&refund("whole-0001", "r2", 1, 130)).await.status, 404, "the whole is no order");
}

#[tokio::test]
async fn a_coupon_is_spread_and_a_wrong_sum_shows_in_the_first_part() {
    let shop = shop().await;
    ticket(&shop, &two("whole-0001", NOWHERE)).await;
    let with = PayOptions { payer_total: Some(20), ..PayOptions::default() };
    let paid = shop.sim.pay_combined_with(MCHID, "whole-0001", &with).unwrap();
    let parts = &paid.transaction["sub_orders"];
    assert_eq!(
        (&parts[0]["amount"]["payer_amount"], &parts[1]["amount"]["payer_amount"]),
        (&json!(0), &json!(20))
    );
    assert_eq!(parts[1]["promotion_detail"][0]["amount"], 10);
    let body = whole("whole-0002", &[part(MCHID, "part-0003", 100), part(MCHID, "part-0004", 30)], NOWHERE);
    ticket(&shop, &body).await;
    let wrong = PayOptions { amount_total: Some(129), ..PayOptions::default() };
    let paid = shop.sim.pay_combined_with(MCHID, "whole-0002", &wrong).unwrap();
    assert_eq!((paid.total, paid.paid_total), (130, 129));
    assert_eq!(paid.transaction["sub_orders"][0]["amount"]["total_amount"], 99);
}

#[tokio::test]
async fn the_client_verifies_the_call_for_a_whole() {
    let shop = shop().await;
    let prepay_id = ticket(&shop, &two("whole-0001", NOWHERE)).await;
    let package = format!("prepay_id={prepay_id}");
    let mut call = RequestPayment {
        app_id: APP.to_owned(),
        time_stamp: "1700000000".to_owned(),
        nonce_str: "n".to_owned(),
        pay_sign: rsa_sign(&shop.kit, &format!("{APP}\n1700000000\nn\n{package}\n")),
        package,
        sign_type: "RSA".to_owned(),
    };
    call.nonce_str = "m".to_owned();
    let body = json!({"prepay_id": prepay_id, "request_payment": call});
    assert_eq!(shop.control("pay", &body).await.0, 400);
    call.nonce_str = "n".to_owned();
    let body = json!({"prepay_id": prepay_id, "request_payment": call});
    assert_eq!(shop.control("pay", &body).await.0, 200);
    let somebody = PayOptions { openid: Some("oOther".to_owned()), ..PayOptions::default() };
    let body = whole("whole-0002", &[part(MCHID, "part-0003", 1), part(MCHID, "part-0004", 3)], NOWHERE);
    let prepay_id = ticket(&shop, &body).await;
    assert!(shop.sim.pay_prepay_with(&prepay_id, &somebody).is_err(), "another person's phone");
}

#[tokio::test]
async fn a_whole_is_paid_by_number_and_on_its_sheet() {
    let shop = shop().await;
    ticket(&shop, &two("whole-0001", NOWHERE)).await;
    assert_eq!(shop.control("cancel", &json!({"combine_out_trade_no": "whole-0001"})).await.0, 200);
    let (status, paid) = shop.control("pay", &json!({"combine_out_trade_no": "whole-0001"})).await;
    assert_eq!((status, &paid["sub_orders"][0]["trade_state"]), (200, &json!("SUCCESS")));
    assert_eq!(shop.control("pay", &json!({"combine_out_trade_no": "whole-0009"})).await.0, 404);
    let foreign = json!({"combine_out_trade_no": "whole-0001", "mchid": OTHER});
    assert_eq!(shop.control("pay", &foreign).await.0, 404);
    let body = whole("whole-0002", &[part(MCHID, "part-0003", 1), part(MCHID, "part-0004", 3)], NOWHERE);
    let prepay_id = ticket(&shop, &body).await;
    let sheet = format!("{}/_control/sheet/{prepay_id}", shop.sim.base_url());
    let page = shop.http.get(&sheet).send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("¥0.04") && page.contains("商品 part-0003") && page.contains("商品 part-0004"),
        "{page}"
    );
    let page = shop.http.post(format!("{sheet}/pay")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("支付成功"), "{page}");
    assert_eq!(shop.sim.order(MCHID, "part-0004").unwrap().state, TradeState::Success);
}

#[tokio::test]
async fn foreign_wholes_do_not_exist() {
    let mut shop = shop().await;
    ticket(&shop, &two("whole-0001", NOWHERE)).await;
    shop.kit = shop.sim.merchant(OTHER).await;
    let seen = query(&shop, "whole-0001").await;
    assert_eq!((seen.status, seen.code().as_str()), (404, "ORDERNOTEXIST"));
    let list = [(MCHID, "part-0001"), (MCHID, "part-0002")];
    assert_eq!(close(&shop, "whole-0001", &list).await.code(), "ORDERNOTEXIST");
}

#[tokio::test]
async fn the_shopper_can_be_faster_than_the_answer() {
    let shop = shop().await;
    shop.sim.fault(Fault::new("combine_jsapi", Effect::PaidFirst));
    ticket(&shop, &two("whole-0001", NOWHERE)).await;
    assert_eq!(query(&shop, "whole-0001").await.json()["sub_orders"][0]["trade_state"], "SUCCESS");
}
