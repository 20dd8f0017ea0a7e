//! Logistics messages, queries and goods that go back.

use serde_json::{Value, json};

use crate::mini_calls::{bought, mini, mini_as, visit};
use crate::support::{APP, SECRET, shop};

const OPEN_MSG: &str = "/cgi-bin/express/delivery/open_msg";
const RETURN: &str = "/cgi-bin/express/delivery/no_worry_return";

fn waybill(trans_id: &str) -> Value {
    json!({
        "openid": "oUser", "receiver_phone": "13800138000", "waybill_id": "SF1234567890",
        "trans_id": trans_id, "order_detail_path": "pages/order",
        "goods_info": {"detail_list": [{"goods_name": "袜子", "goods_img_url": "https://a.cn/1.jpg"}]},
    })
}

#[tokio::test]
async fn carriers_are_listed() {
    let shop = shop().await;
    let got = mini(&shop, &format!("{OPEN_MSG}/get_delivery_list"), &json!({})).await;
    let list = got["delivery_list"].as_array().unwrap();
    assert_eq!(got["count"], list.len());
    assert!(list.len() >= 30 && list.contains(&json!({"delivery_id": "STO", "delivery_name": "申通快递"})));
}

#[tokio::test]
async fn a_waybill_is_followed() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    for (hand_over, query) in [("follow_waybill", "query_follow_trace"), ("trace_waybill", "query_trace")] {
        let answer = mini(&shop, &format!("{OPEN_MSG}/{hand_over}"), &waybill(&id)).await;
        let token = answer["waybill_token"].clone();
        assert_eq!(answer, json!({"errcode": 0, "errmsg": "ok", "waybill_token": token}));
        let again = mini(&shop, &format!("{OPEN_MSG}/{hand_over}"), &waybill(&id)).await;
        assert_eq!(again["waybill_token"], token, "the same waybill");
        shop.sim.move_waybill("SF1234567890", 0).unwrap();
        let ask = json!({"waybill_token": token, "openid": "oUser"});
        let path = format!("{OPEN_MSG}/{query}");
        assert_eq!(
            mini(&shop, &path, &ask).await,
            json!({
                "errcode": 0, "errmsg": "ok",
                "waybill_info": {"status": 0, "waybill_id": "SF1234567890"},
                "shop_info": {"goods_info": waybill(&id)["goods_info"]},
                "delivery_info": {"delivery_id": "SF", "delivery_name": "顺丰速运"},
            })
        );
        let body = json!({"waybill_id": "SF1234567890", "status": 4});
        assert_eq!(shop.control("waybills/move", &body).await.0, 200);
        assert_eq!(mini(&shop, &path, &ask).await["waybill_info"]["status"], 4);
    }
    assert_eq!(shop.control("waybills/move", &json!({"waybill_id": "a", "status": 50})).await.0, 400);
}

#[tokio::test]
async fn waybills_are_refused_with_their_codes() {
    let shop = shop().await;
    visit(&shop, APP, SECRET, "oAlice").await;
    let id = bought(&shop, "order-0001").await;
    let path = format!("{OPEN_MSG}/follow_waybill");
    for (pointer, value, code) in [
        ("/openid", json!("oAlice"), 9_300_534),
        ("/openid", json!("oNobody"), 40003),
        ("/trans_id", json!("4200"), 40097),
        ("/receiver_phone", json!(""), 47001),
        ("/goods_info/detail_list", json!([]), 47001),
        ("/goods_info/detail_list/0/goods_name", json!("字".repeat(61)), 40097),
    ] {
        let mut body = waybill(&id);
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(mini(&shop, &path, &body).await["errcode"], code, "{pointer}");
    }
    let token = mini(&shop, &path, &waybill(&id)).await["waybill_token"].clone();
    let query = format!("{OPEN_MSG}/query_follow_trace");
    let code = |answer: Value| answer["errcode"].as_i64().unwrap();
    assert_eq!(code(mini(&shop, &query, &json!({"waybill_token": "x"})).await), 9_300_507);
    let ask = json!({"waybill_token": token, "openid": "oAlice"});
    assert_eq!(code(mini(&shop, &query, &ask).await), 9_300_534);
    shop.sim.app("wxother", "s");
    assert_eq!(code(mini_as(&shop, ("wxother", "s"), &query, &ask).await), 9_300_507);
    let carrier = "/cgi-bin/express/delivery/userquery";
    assert_eq!(code(mini(&shop, carrier, &json!({"phone": "1"})).await), 150_004);
}

#[tokio::test]
async fn the_goods_of_a_waybill_change_some_times() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    let token =
        mini(&shop, &format!("{OPEN_MSG}/trace_waybill"), &waybill(&id)).await["waybill_token"].clone();
    let goods = json!({"detail_list": [{"goods_name": "帽子", "goods_img_url": "https://a.cn/2.jpg"}]});
    let body = json!({"waybill_token": token, "goods_info": goods});
    let path = format!("{OPEN_MSG}/update_waybill_goods");
    assert_eq!(mini(&shop, &path, &body).await, json!({"errcode": 0, "errmsg": "ok"}));
    let seen = mini(&shop, &format!("{OPEN_MSG}/query_trace"), &json!({"waybill_token": token})).await;
    assert_eq!(seen["shop_info"]["goods_info"], goods);
    for _ in 1..10 {
        mini(&shop, &path, &body).await;
    }
    assert_eq!(mini(&shop, &path, &body).await["errcode"], 9_300_560);
    let unknown = json!({"waybill_token": "x", "goods_info": goods});
    assert_eq!(mini(&shop, &path, &unknown).await["errcode"], 9_300_507);
}

fn goods_return(number: &str, pay_id: &str) -> Value {
    json!({
        "shop_order_id": number, "openid": "oUser", "order_path": "pages/back", "order_price": 100,
        "wx_pay_id": pay_id, "biz_addr": {"name": "张三", "mobile": "13600000000"},
        "goods_list": [{"name": "袜子", "url": "https://a.cn/1.jpg"}],
    })
}

#[tokio::test]
async fn goods_go_back() {
    let shop = shop().await;
    let id = bought(&shop, "order-0001").await;
    let path = |name: &str| format!("{RETURN}/{name}");
    for (pointer, value, code) in [
        ("/shop_order_id", json!(""), 40097),
        ("/biz_addr", json!(null), 40097),
        ("/wx_pay_id", json!(""), 9_300_569),
        ("/wx_pay_id", json!("4200"), 9_300_570),
        ("/goods_list", json!([]), 47001),
    ] {
        let mut body = goods_return("back-1", &id);
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(mini(&shop, &path("add"), &body).await["errcode"], code, "{pointer}");
    }
    let made = mini(&shop, &path("add"), &goods_return("back-1", &id)).await;
    let ask = json!({"return_id": made["return_id"]});
    assert_eq!(mini(&shop, &path("add"), &goods_return("back-1", &id)).await["errcode"], 9_300_522);
    assert_eq!(mini(&shop, &path("get"), &ask).await["status"], 0);
    let return_id = made["return_id"].as_str().unwrap();
    shop.sim.fill_return(return_id, 1, "JT1", "JTSD").unwrap();
    shop.sim.move_waybill("JT1", 2).unwrap();
    assert_eq!(
        mini(&shop, &path("get"), &ask).await,
        json!({
            "errcode": 0, "errmsg": "ok", "status": 1, "waybill_id": "JT1", "order_status": 2,
            "delivery_id": "JTSD", "delivery_name": "极兔速递",
        })
    );
    assert_eq!(mini(&shop, &path("unbind"), &ask).await["errcode"], 40097, "a courier comes");
    let body = json!({"return_id": return_id, "status": 2, "waybill_id": "JT2"});
    assert_eq!(shop.control("returns/fill", &body).await.0, 200);
    assert_eq!(mini(&shop, &path("unbind"), &ask).await, json!({"errcode": 0, "errmsg": "ok"}));
    assert_eq!(mini(&shop, &path("get"), &ask).await["errcode"], 931_023);
    assert_eq!(mini(&shop, &path("get"), &json!({})).await["errcode"], 40097);
}
