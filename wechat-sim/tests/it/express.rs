//! The logistics assistant.

use serde_json::{Value, json};

use crate::mini_calls::{events, mini, mini_as, mini_get, take_pushes};
use crate::support::{Shop, shop};

const BUSINESS: &str = "/cgi-bin/express/business";

async fn call(shop: &Shop, path: &str, body: &Value) -> Value {
    mini(shop, &format!("{BUSINESS}/{path}"), body).await
}

fn order(number: &str, delivery_id: &str, biz_id: &str) -> Value {
    json!({
        "order_id": number, "openid": "oUser", "delivery_id": delivery_id, "biz_id": biz_id, "add_source": 0,
        "sender": {"name": "张三", "mobile": "13600000000"},
        "receiver": {"name": "李四", "mobile": "13700000000"},
        "cargo": {"count": 1, "weight": 1.2, "space_x": 20.5, "space_y": 15, "space_z": 10,
            "detail_list": [{"name": "袜子", "count": 1}]},
        "shop": {"wxa_path": "pages/order", "img_url": "https://a.cn/1.jpg", "goods_name": "袜子",
            "goods_count": 1},
        "insured": {"use_insured": 0, "insured_value": 0},
        "service": {"service_type": 0, "service_name": "标准快递"},
    })
}

#[tokio::test]
async fn accounts_are_bound_and_have_a_quota() {
    let shop = shop().await;
    let account = json!({"type": "bind", "biz_id": "b1", "delivery_id": "YTO", "password": "p"});
    assert_eq!(call(&shop, "account/bind", &account).await, json!({"errcode": 0, "errmsg": "ok"}));
    let all = mini_get(&shop, &format!("{BUSINESS}/account/getall")).await;
    assert_eq!((&all["count"], &all["list"][0]["biz_id"]), (&json!(1), &json!("b1")));
    let named = json!({"delivery_id": "YTO", "biz_id": "b1"});
    let before = call(&shop, "quota/get", &named).await["quota_num"].as_i64().unwrap();
    let made = call(&shop, "order/add", &order("o1", "YTO", "b1")).await;
    assert!(made["waybill_id"].is_string(), "{made}");
    assert_eq!(call(&shop, "order/add", &order("o1", "YTO", "b1")).await, made, "the same order");
    assert_eq!(call(&shop, "quota/get", &named).await["quota_num"], before - 1);
    let unbind = json!({"type": "unbind", "biz_id": "b1", "delivery_id": "YTO"});
    assert_eq!(call(&shop, "account/bind", &unbind).await["errcode"], 0);
    assert_eq!(call(&shop, "quota/get", &named).await["errcode"], 9_300_525);
    assert_eq!(call(&shop, "order/add", &order("o2", "YTO", "b1")).await["errcode"], 9_300_525);
    let carriers = mini_get(&shop, &format!("{BUSINESS}/delivery/getall")).await;
    assert_eq!(carriers["count"], carriers["data"].as_array().unwrap().len());
}

#[tokio::test]
async fn orders_are_refused_with_their_codes() {
    let shop = shop().await;
    for (pointer, value, code) in [
        ("/delivery_id", json!("NONE"), 9_300_503),
        ("/service/service_type", json!(9), 9_300_510),
        ("/shop/goods_name", json!(""), 9_300_535),
        ("/order_id", json!("a".repeat(513)), 9_300_526),
        ("/add_source", json!(1), 930_561),
        ("/add_source", json!(2), 9_300_536),
        ("/sender/mobile", json!(""), 930_561),
        ("/cargo", json!(null), 47001),
    ] {
        let mut body = order("o1", "TEST", "test_biz_id");
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(call(&shop, "order/add", &body).await["errcode"], code, "{pointer}");
    }
}

#[tokio::test]
async fn the_path_of_a_test_order_moves_and_is_pushed() {
    let shop = shop().await;
    take_pushes(&shop).await;
    let made = call(&shop, "order/add", &order("o1", "TEST", "test_biz_id")).await;
    let named = json!({"order_id": "o1", "delivery_id": "TEST", "waybill_id": made["waybill_id"]});
    let mut seen = call(&shop, "order/get", &named).await;
    assert!(seen["print_html"].take().is_string());
    assert_eq!((&seen["order_status"], &seen["waybill_data"]), (&json!(0), &made["waybill_data"]));
    assert_eq!(call(&shop, "path/get", &named).await["path_item_num"], 0);
    let mut step = named.clone();
    step["biz_id"] = json!("test_biz_id");
    step["action_time"] = json!(1_546_924_840);
    step["action_type"] = json!(100_001);
    step["action_msg"] = json!("揽件成功");
    assert_eq!(call(&shop, "test_update_order", &step).await, json!({"errcode": 0, "errmsg": "ok"}));
    let path = call(&shop, "path/get", &named).await;
    let item = json!({"action_time": 1_546_924_840, "action_type": 100_001, "action_msg": "揽件成功"});
    assert_eq!(path["path_item_list"], json!([item]));
    let told = events(&shop, "add_express_path").remove(0);
    assert_eq!((&told["WayBillId"], &told["OrderId"]), (&made["waybill_id"], &json!("o1")));
    assert_eq!((&told["Count"], &told["Actions"][0]["ActionMsg"]), (&json!(1), &json!("揽件成功")));
    assert_eq!(call(&shop, "order/cancel", &named).await["errcode"], 9_300_501, "it is on its way");
    step["action_type"] = json!(5);
    assert_eq!(call(&shop, "test_update_order", &step).await["errcode"], 930_561);
    shop.sim.app("wxother", "s");
    let path = format!("{BUSINESS}/order/get");
    assert_eq!(mini_as(&shop, ("wxother", "s"), &path, &named).await["errcode"], 9_300_559);
}

#[tokio::test]
async fn orders_are_cancelled_and_fetched_together() {
    let shop = shop().await;
    let made = call(&shop, "order/add", &order("o1", "TEST", "test_biz_id")).await;
    let named = json!({"order_id": "o1", "delivery_id": "TEST", "waybill_id": made["waybill_id"]});
    let unknown = json!({"order_id": "o2", "delivery_id": "TEST"});
    assert_eq!(call(&shop, "order/cancel", &named).await["delivery_resultcode"], 0);
    let got = call(&shop, "order/batchget", &json!({"order_list": [named, unknown]})).await;
    assert_eq!(got["order_list"][0]["order_status"], 1);
    assert_eq!(got["order_list"][1]["errcode"], 9_300_559);
    let printer = json!({"openid": "oPrinter", "update_type": "bind"});
    assert_eq!(call(&shop, "printer/update", &printer).await["errcode"], 0);
    let printers = mini_get(&shop, &format!("{BUSINESS}/printer/getall")).await;
    assert_eq!(
        printers,
        json!({"errcode": 0, "errmsg": "ok", "count": 1, "openid": ["oPrinter"], "tagid_list": []})
    );
}
