//! Uploads of shipping and what they show.

use serde_json::{Value, json};

use crate::mini_calls::{bought, events, mini, mini_as, take_pushes};
use crate::support::{APP, MCHID, Shop, refund, shop, shop_with};

const UPLOAD: &str = "/wxa/sec/order/upload_shipping_info";
const COMBINED: &str = "/wxa/sec/order/upload_combined_shipping_info";
const GET: &str = "/wxa/sec/order/get_order";
const LIST: &str = "/wxa/sec/order/get_order_list";

pub fn parcel(number: &str) -> Value {
    json!({"tracking_no": number, "express_company": "STO", "item_desc": "袜子*1"})
}

/// One parcel by express, uploaded in the second `at` of a minute.
pub fn upload(id: &str, number: &str, at: u32) -> Value {
    json!({
        "order_key": {"order_number_type": 2, "transaction_id": id},
        "logistics_type": 1, "delivery_mode": 1, "shipping_list": [parcel(number)],
        "upload_time": format!("2026-01-15T13:29:{at:02}.120+08:00"), "payer": {"openid": "oUser"},
    })
}

fn split(id: &str, numbers: &[&str], last: bool, at: u32) -> Value {
    let mut body = upload(id, "", at);
    body["delivery_mode"] = json!(2);
    body["is_all_delivered"] = json!(last);
    body["shipping_list"] = numbers.iter().map(|number| parcel(number)).collect();
    body
}

pub async fn code(shop: &Shop, path: &str, body: &Value) -> i64 {
    mini(shop, path, body).await["errcode"].as_i64().unwrap()
}

pub async fn order(shop: &Shop, id: &str) -> Value {
    mini(shop, GET, &json!({"transaction_id": id})).await["order"].clone()
}

#[tokio::test]
async fn a_payment_is_shipped_and_shows_it() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    let mut before = order(&shop, &id).await;
    let paid_at = before["pay_time"].take();
    assert!(paid_at.is_number() && before["trade_create_time"].take().is_number());
    assert_eq!(
        before,
        json!({
            "transaction_id": id, "merchant_id": MCHID, "sub_merchant_id": "",
            "merchant_trade_no": "order-0001", "description": "", "paid_amount": 100, "openid": "oUser",
            "trade_create_time": null, "pay_time": null, "order_state": 1, "in_complaint": false,
            "shipping": {},
        })
    );
    let done = mini(&shop, UPLOAD, &upload(&id, "T1", 1)).await;
    assert_eq!(done, json!({"errcode": 0, "errmsg": "ok"}));
    let named = json!({"merchant_id": MCHID, "merchant_trade_no": "order-0001"});
    let mut after = mini(&shop, GET, &named).await["order"].clone();
    assert_eq!((&after["order_state"], &after["description"]), (&json!(2), &json!("袜子*1")));
    let uploaded = after["shipping"]["shipping_list"][0]["upload_time"].take();
    assert_eq!(uploaded, paid_at);
    assert_eq!(
        after["shipping"],
        json!({
            "delivery_mode": 1, "logistics_type": 1, "finish_shipping": true, "finish_shipping_count": 1,
            "goods_desc": "袜子*1",
            "shipping_list": [{
                "tracking_no": "T1", "express_company": "STO", "goods_desc": "袜子*1", "upload_time": null,
            }],
        })
    );
}

#[tokio::test]
async fn every_rule_of_an_upload_has_its_code() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    let good = upload(&id, "T1", 1);
    let item = "/shipping_list/0";
    for (pointer, value, wanted) in [
        ("/order_key/order_number_type", json!(3), 268_485_194),
        ("/order_key/transaction_id", json!(""), 268_485_195),
        ("/order_key", json!({"order_number_type": 1, "out_trade_no": "a"}), 268_485_196),
        ("/order_key", json!({"order_number_type": 1, "mchid": MCHID}), 268_485_197),
        ("/order_key/transaction_id", json!("4200000000"), 10_060_001),
        ("/logistics_type", json!(5), 10_060_005),
        ("/delivery_mode", json!(3), 268_485_224),
        ("/delivery_mode", json!(2), 10_060_007),
        ("/upload_time", json!("2026-01-15 13:29:35"), 268_485_216),
        ("/payer/openid", json!("oOther"), 10_060_031),
        ("/payer/openid", json!(""), 10_060_014),
        ("/shipping_list", json!([]), 268_485_228),
        ("/shipping_list", json!([parcel("a"), parcel("b")]), 268_485_228),
        (&format!("{item}/tracking_no"), json!(""), 268_485_226),
        (&format!("{item}/express_company"), json!(""), 268_485_227),
        (&format!("{item}/express_company"), json!("A".repeat(129)), 10_060_025),
        (&format!("{item}/tracking_no"), json!("A".repeat(129)), 10_060_026),
        (&format!("{item}/item_desc"), json!(""), 10_060_008),
        (&format!("{item}/item_desc"), json!("字".repeat(121)), 10_060_009),
        (&format!("{item}/express_company"), json!("SF"), 10_060_014),
        (&format!("{item}/item_desc"), json!(5), 47001),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(code(&shop, UPLOAD, &body).await, wanted, "{pointer} {body}");
    }
    let mut many = split(&id, &[], false, 1);
    many["shipping_list"] = (0..16).map(|number| parcel(&number.to_string())).collect();
    assert_eq!(code(&shop, UPLOAD, &many).await, 10_060_024);
    many["logistics_type"] = json!(2);
    assert_eq!(code(&shop, UPLOAD, &many).await, 10_060_006);
    assert_eq!(order(&shop, &id).await["order_state"], 1, "nothing was taken");
    let mut by_number = good;
    by_number["order_key"] = json!({"order_number_type": 1, "mchid": MCHID, "out_trade_no": "order-0001"});
    assert_eq!(code(&shop, UPLOAD, &by_number).await, 0);
}

#[tokio::test]
async fn sf_needs_a_masked_contact() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    let mut body = upload(&id, "SF1", 1);
    body["shipping_list"][0]["express_company"] = json!("SF");
    body["shipping_list"][0]["contact"] = json!({"receiver_contact": "13800138000"});
    assert_eq!(code(&shop, UPLOAD, &body).await, 10_060_014);
    let contact = json!({"receiver_contact": "138****8000"});
    body["shipping_list"][0]["contact"] = contact.clone();
    assert_eq!(code(&shop, UPLOAD, &body).await, 0);
    assert_eq!(order(&shop, &id).await["shipping"]["shipping_list"][0]["contact"], contact);
}

#[tokio::test]
async fn goods_without_express_need_no_number() {
    let shop = shop().await;
    for (number, kind) in [("order-0001", 2), ("order-0002", 3), ("order-0003", 4)] {
        let id = bought(&shop, number).await;
        let mut body = upload(&id, "", 1);
        body["logistics_type"] = json!(kind);
        body["shipping_list"] = json!([{"item_desc": "会员卡"}]);
        assert_eq!(code(&shop, UPLOAD, &body).await, 0);
        let shipping = order(&shop, &id).await["shipping"].clone();
        assert_eq!(shipping["logistics_type"], kind);
        assert!(shipping["shipping_list"][0].get("tracking_no").is_none());
    }
}

#[tokio::test]
async fn parcels_come_one_after_another() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    assert_eq!(code(&shop, UPLOAD, &split(&id, &["T1", "T2"], false, 1)).await, 0);
    let partly = order(&shop, &id).await;
    assert_eq!((&partly["order_state"], &partly["shipping"]["finish_shipping"]), (&json!(1), &json!(false)));
    assert_eq!(partly["shipping"]["finish_shipping_count"], 0);
    assert_eq!(code(&shop, UPLOAD, &split(&id, &["T2"], false, 2)).await, 10_060_023);
    assert_eq!(code(&shop, UPLOAD, &split(&id, &["T3"], true, 1)).await, 10_060_014, "not later");
    assert_eq!(code(&shop, UPLOAD, &split(&id, &["T3"], true, 3)).await, 0);
    let whole = order(&shop, &id).await;
    assert_eq!(whole["shipping"]["shipping_list"].as_array().unwrap().len(), 3);
    assert_eq!((&whole["order_state"], &whole["shipping"]["finish_shipping_count"]), (&json!(2), &json!(1)));
    assert_eq!(whole["description"], "袜子*1;袜子*1;袜子*1");
    assert_eq!(code(&shop, UPLOAD, &split(&id, &["T3"], true, 3)).await, 10_060_023, "a repeated call");
    let numbers: Vec<String> = (10..25).map(|number| number.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let other = bought(&shop, "order-0002").await;
    assert_eq!(code(&shop, UPLOAD, &split(&other, &numbers, false, 1)).await, 0);
    assert_eq!(code(&shop, UPLOAD, &split(&other, &["T1"], false, 2)).await, 10_060_024);
}

#[tokio::test]
async fn a_payment_is_shipped_again_once() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T1", 1)).await, 0);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T1", 2)).await, 10_060_023, "nothing changed");
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T2", 1)).await, 10_060_014, "not later");
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T2", 2)).await, 0);
    let again = order(&shop, &id).await["shipping"].clone();
    assert_eq!(
        (&again["finish_shipping_count"], &again["shipping_list"][0]["tracking_no"]),
        (&json!(2), &json!("T2"))
    );
    assert_eq!(again["shipping_list"].as_array().unwrap().len(), 1);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T3", 3)).await, 10_060_003);
    assert_eq!(code(&shop, UPLOAD, &split(&id, &["T3"], false, 3)).await, 10_060_002);
}

#[tokio::test]
async fn another_mode_uses_the_chance_too() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    assert_eq!(code(&shop, UPLOAD, &split(&id, &["T1"], false, 1)).await, 0);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T1", 2)).await, 0);
    assert_eq!(order(&shop, &id).await["shipping"]["finish_shipping_count"], 2);
    let mut other = upload(&id, "T1", 3);
    other["logistics_type"] = json!(4);
    assert_eq!(code(&shop, UPLOAD, &other).await, 10_060_003);
}

#[tokio::test]
async fn a_refunded_payment_is_not_shipped() {
    let shop = shop().await;
    let (id, part) = (bought(&shop, "order-0001").await, bought(&shop, "order-0002").await);
    shop.refund(&refund("order-0001", "refund-1", 100, 100)).await;
    shop.refund(&refund("order-0002", "refund-2", 99, 100)).await;
    shop.clock.advance_secs(1);
    assert_eq!(order(&shop, &id).await["order_state"], 5);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T1", 1)).await, 10_060_004);
    assert_eq!(order(&shop, &part).await["order_state"], 1);
    assert_eq!(code(&shop, UPLOAD, &upload(&part, "T1", 1)).await, 0);
}

#[tokio::test]
async fn a_payment_is_seen_after_a_while_and_by_its_app_alone() {
    let shop = shop_with(|settings| settings.shipping_lag = std::time::Duration::from_secs(5)).await;
    let id = bought(&shop, "order-0001").await;
    shop.clock.advance_millis(4999);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T1", 1)).await, 10_060_001);
    assert_eq!(code(&shop, GET, &json!({"transaction_id": id})).await, 10_060_001);
    assert_eq!(mini(&shop, LIST, &json!({})).await["order_list"], json!([]));
    shop.clock.advance_millis(1);
    assert_eq!(code(&shop, UPLOAD, &upload(&id, "T1", 1)).await, 0);
    shop.sim.app("wxother", "s");
    let other = ("wxother", "s");
    assert_eq!(mini_as(&shop, other, GET, &json!({"transaction_id": id})).await["errcode"], 10_060_001);
    assert_eq!(mini_as(&shop, other, UPLOAD, &upload(&id, "T1", 1)).await["errcode"], 10_060_001);
    assert_eq!(mini_as(&shop, other, LIST, &json!({})).await["order_list"], json!([]));
    assert_eq!(code(&shop, GET, &json!({"merchant_id": MCHID})).await, 10_060_014);
    shop.prepaid("order-0002", 100, crate::support::NOWHERE).await;
    let unpaid = json!({"merchant_id": MCHID, "merchant_trade_no": "order-0002"});
    assert_eq!(code(&shop, GET, &unpaid).await, 10_060_001);
}

#[tokio::test]
async fn payments_are_listed_page_by_page() {
    let shop = shop().await;
    let mut ids = Vec::new();
    for number in ["order-0001", "order-0002", "order-0003"] {
        ids.push(bought(&shop, number).await);
        shop.clock.advance_secs(1);
    }
    code(&shop, UPLOAD, &upload(&ids[1], "T1", 1)).await;
    let first = mini(&shop, LIST, &json!({"page_size": 2})).await;
    assert_eq!((&first["errcode"], &first["has_more"]), (&json!(0), &json!(true)));
    let numbers = |page: &Value| -> Vec<String> {
        let orders = page["order_list"].as_array().unwrap().iter();
        orders.map(|order| order["transaction_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(numbers(&first), ids[..2]);
    assert_eq!(first["order_list"][0], order(&shop, &ids[0]).await);
    let next = json!({"page_size": 2, "last_index": first["last_index"]});
    let second = mini(&shop, LIST, &next).await;
    assert_eq!((numbers(&second).as_slice(), &second["has_more"]), (&ids[2..], &json!(false)));
    let paid_at = first["order_list"][1]["pay_time"].clone();
    let range = json!({"pay_time_range": {"begin_time": paid_at, "end_time": paid_at}});
    assert_eq!(numbers(&mini(&shop, LIST, &range).await), ids[1..2]);
    assert_eq!(numbers(&mini(&shop, LIST, &json!({"order_state": 2})).await), ids[1..2]);
    assert!(numbers(&mini(&shop, LIST, &json!({"openid": "oOther"})).await).is_empty());
    for (body, wanted) in [
        (json!({"last_index": "nonsense"}), 10_060_011),
        (json!({"page_size": 0}), 10_060_014),
        (json!({"order_state": 7}), 10_060_014),
        (json!({"pay_time_range": 5}), 47001),
    ] {
        assert_eq!(code(&shop, LIST, &body).await, wanted, "{body}");
    }
}

#[tokio::test]
async fn a_single_payment_is_no_combined_one() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    let mut body = upload(&id, "T1", 1);
    assert_eq!(code(&shop, COMBINED, &body).await, 10_060_014);
    body["sub_orders"] = json!([upload(&id, "T1", 1)]);
    assert_eq!(code(&shop, COMBINED, &body).await, 10_060_001);
    body["order_key"] = json!({"order_number_type": 1, "mchid": MCHID, "out_trade_no": "order-0001"});
    assert_eq!(code(&shop, COMBINED, &body).await, 268_485_194, "the kinds of numbers agree");
}

#[tokio::test]
async fn apps_are_asked_about_themselves() {
    let shop = shop().await;
    take_pushes(&shop).await;
    let (managed, confirmed) =
        ("/wxa/sec/order/is_trade_managed", "/wxa/sec/order/is_trade_management_confirmation_completed");
    let me = json!({"appid": APP});
    assert_eq!(mini(&shop, managed, &me).await["is_trade_managed"], false);
    let body = json!({"app_id": APP, "managed": true});
    assert_eq!(shop.control("apps/trade_managed", &body).await.0, 200);
    assert_eq!(
        mini(&shop, managed, &me).await,
        json!({"errcode": 0, "errmsg": "ok", "is_trade_managed": true})
    );
    assert_eq!(mini(&shop, confirmed, &me).await, json!({"errcode": 0, "errmsg": "ok", "completed": true}));
    assert_eq!(events(&shop, "trade_manage_remind_access_api").len(), 1);
    for path in [managed, confirmed] {
        assert_eq!(code(&shop, path, &json!({})).await, 40097);
        assert_eq!(code(&shop, path, &json!({"appid": "wxother"})).await, 40013);
    }
    assert_eq!(shop.control("apps/trade_managed", &json!({"app_id": "wxno", "managed": true})).await.0, 404);
    assert_eq!(shop.control("shipping/controlled", &json!({"app_id": APP})).await.0, 200);
    assert!(events(&shop, "wxa_trade_controlled")[0]["msg"].is_string());
}

#[tokio::test]
async fn messages_lead_to_a_page_of_the_app() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    let path = "/wxa/sec/order/set_msg_jump_path";
    assert_eq!(code(&shop, path, &json!({})).await, 47001);
    assert_eq!(code(&shop, path, &json!({"path": "pages/order?a=1"})).await, 0);
    let url = format!("{}/_control/shipping", shop.sim.base_url());
    let seen: Value = shop.http.get(url).send().await.unwrap().json().await.unwrap();
    let wanted =
        format!("pages/order?a=1&transaction_id={id}&merchant_id={MCHID}&merchant_trade_no=order-0001");
    assert_eq!(seen["shipping"][0]["jump_path"], wanted);
}

#[tokio::test]
async fn another_kind_of_trade_is_asked_for_once() {
    let shop = shop().await;
    let path = "/wxa/sec/order/setwxatradetypecgi";
    let material = |kind: i64| json!({"type": kind, "media_id": "m"});
    let wish = |materials: Vec<Value>| json!({"trade_type": 2, "material_list": materials, "reason": "电商"});
    assert_eq!(code(&shop, path, &wish(vec![material(2); 4])).await, 40097);
    assert_eq!(code(&shop, path, &wish(vec![material(1); 11])).await, 40097);
    let mut other = wish(vec![material(1)]);
    other["trade_type"] = json!(5);
    assert_eq!(code(&shop, path, &other).await, 40097);
    assert_eq!(code(&shop, path, &wish(vec![material(1), material(2)])).await, 0);
    assert_eq!(code(&shop, path, &wish(vec![material(1)])).await, 268_486_048);
}

#[tokio::test]
async fn a_brand_is_audited() {
    let shop = shop().await;
    let (apply, status) = ("/wxa/sec/famousbrand/apply", "/wxa/sec/famousbrand/get_status");
    assert_eq!(mini(&shop, status, &json!({})).await["progress"]["status"], 0);
    let brand = |kind: i64| json!({"Application": {"apply_for": 1, "audit_info": {"brand_name": "袜", "brand_type": kind}}});
    for body in [json!({}), brand(4), brand(7), brand(9), json!({"Application": {"apply_for": 1}})] {
        assert_eq!(code(&shop, apply, &body).await, 10_210_001, "{body}");
    }
    assert_eq!(code(&shop, apply, &brand(3)).await, 0);
    assert_eq!(code(&shop, apply, &brand(3)).await, 10_210_002);
    let refused = json!({"app_id": APP, "refused": "材料不足"});
    assert_eq!(shop.control("apps/brand", &refused).await.0, 200);
    let got = mini(&shop, status, &json!({})).await;
    assert_eq!(
        (&got["progress"]["status"], &got["application"]["audit_info"]["audit_reason"]),
        (&json!(2), &json!("材料不足"))
    );
    assert_eq!(code(&shop, apply, &json!({"Application": {"apply_for": 2}})).await, 0);
}
