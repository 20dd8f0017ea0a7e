//! Service cards.

use crate::messaging::Mini;
use crate::support::{APP, MCHID, NOWHERE, SECRET, shop_with};
use serde_json::{Value, json};

const CARD: &str = "/wxa/set_user_notify";
const QUERY: &str = "/wxa/get_user_notify";
const EXT: &str = "/wxa/set_user_notifyext";

impl Mini {
    /// An order that was just paid: its transaction id and the moment.
    async fn paid(&self, number: &str) -> (String, i64) {
        self.shop.prepaid(number, 1005, NOWHERE).await;
        let paid = self.shop.sim.pay(MCHID, number).unwrap();
        let at = self.shop.sim.order(MCHID, number).unwrap().paid_at.unwrap();
        (paid.transaction_id, at / 1000)
    }

    async fn card(&self, code: &str, status: i64, check: Option<Value>) -> Value {
        let content = json!({
            "cur_status": status, "wxa_path_query": "pages/order", "product_count": 1,
            "product_list": {"info_list": [
                {"product_img": "https://a/b.png", "product_name": "茶杯", "product_path_query": "pages/a"},
            ]},
        });
        let mut body = card_body(code, &content);
        if let Some(check) = check {
            body["check_json"] = json!(check.to_string());
        }
        self.post(CARD, &body).await
    }
}

fn card_body(code: &str, content: &Value) -> Value {
    json!({"openid": "oUser", "notify_type": 2001, "notify_code": code, "content_json": content.to_string()})
}

#[tokio::test]
async fn a_card_follows_a_paid_order() {
    let mini = Mini::start().await;
    assert_eq!(mini.add("10000001", &[]).await["errcode"], 0);
    let (code, at) = mini.paid("order-0001").await;
    let ask = json!({"openid": "oUser", "notify_type": 2001, "notify_code": code});
    let before = mini.post(QUERY, &ask).await["notify_info"].clone();
    let day = 86400;
    assert_eq!(
        before,
        json!({"notify_type": 2001, "content_json": "", "code_state": 0, "code_expire_time": at + day})
    );
    assert_eq!(mini.card(&code, 1, None).await["errcode"], 85433);
    for wrong in [
        json!({"pay_amount": 1004, "pay_time": at}),
        json!({"pay_amount": 1005, "pay_time": at - 61}),
        json!({"pay_amount": 1005}),
        json!({"pay_amount": 1005, "pay_time": at, "pay_channel": 1001}),
    ] {
        assert_eq!(mini.card(&code, 1, Some(wrong.clone())).await["errcode"], 85433, "{wrong}");
    }
    let check = json!({"pay_amount": 1005, "pay_time": at, "pay_channel": 0});
    assert_eq!(mini.card(&code, 1, Some(check)).await["errcode"], 0);
    assert_eq!(mini.card(&code, 1, None).await["errcode"], 85448);
    for (status, errcode) in [(2, 0), (1, 85439), (4, 0), (3, 85439), (7, 0), (4, 0)] {
        assert_eq!(mini.card(&code, status, None).await["errcode"], errcode, "{status}");
    }
    let after = mini.post(QUERY, &ask).await["notify_info"].clone();
    assert!(after["content_json"].as_str().unwrap().contains("\"cur_status\":4"));
    assert_eq!(
        after["code_expire_time"],
        mini.shop.sim.order(MCHID, "order-0001").unwrap().paid_at.unwrap() / 1000 + 30 * day
    );
    let messages = mini.list("messages").await;
    assert_eq!(messages.as_array().unwrap().len(), 5);
    assert_eq!(
        (&messages[0]["kind"], &messages[0]["content"]["text"]),
        (&json!("service_card"), &json!("已支付"))
    );
    mini.shop.clock.advance_secs(30 * day + 1);
    assert_eq!(mini.shop_expired(&code).await, 85438);
}

impl Mini {
    /// The token has expired, too, after so long a time.
    async fn shop_expired(&self, code: &str) -> i64 {
        let token = self.shop.token(APP, SECRET).await;
        let url = format!("{}{QUERY}?access_token={token}", self.shop.sim.base_url());
        let ask = json!({"openid": "oUser", "notify_type": 2001, "notify_code": code});
        let answer: Value = self.shop.http.post(url).json(&ask).send().await.unwrap().json().await.unwrap();
        answer["errcode"].as_i64().unwrap()
    }
}

#[tokio::test]
async fn cards_are_refused_with_their_codes() {
    let mini = Mini::start().await;
    let (code, _) = mini.paid("order-0001").await;
    let good = json!({"cur_status": 4, "wxa_path_query": "pages/a"});
    let with = |name: &str, value: Value| {
        let mut body = card_body(&code, &good);
        body[name] = value;
        body
    };
    for (body, errcode) in [
        (with("openid", json!("oOther")), 40003),
        (with("notify_type", json!(9)), 85434),
        (with("notify_type", json!(2004)), 85461),
        (with("notify_code", json!("4200000")), 85437),
        (with("content_json", json!("{")), 85435),
        (with("content_json", json!({})), 47001),
        (with("content_json", json!("{\"wxa_path_query\":\"\"}")), 85440),
        (with("content_json", json!("{\"cur_status\":\"1\",\"wxa_path_query\":\"\"}")), 85441),
        (with("content_json", json!("{\"cur_status\":1,\"wxa_path_query\":\"\"}")), 85440),
        (
            with("content_json", json!("{\"cur_status\":4,\"wxa_path_query\":\"\",\"send_time\":\"x\"}")),
            85441,
        ),
        (with("content_json", json!("{\"cur_status\":4,\"wxa_path_query\":\"敏感词\"}")), 85442),
    ] {
        assert_eq!(mini.code(CARD, &body).await, errcode, "{body}");
    }
    let bytes = [b"{\"openid\":\"".as_slice(), &[0xff], b"\"}"].concat();
    assert_eq!(mini.raw(CARD, bytes.clone()).await.json::<Value>().await.unwrap()["errcode"], 85443);
    assert_eq!(mini.raw(EXT, bytes).await.json::<Value>().await.unwrap()["errcode"], 85471);
    mini.shop.prepaid("order-0002", 100, NOWHERE).await;
    for (ext, errcode) in [
        (json!("["), 85470),
        (json!("{\"pay_info\":{}}"), 85444),
        (json!("{\"store_info\":\"x\"}"), 85445),
        (json!("{\"pay_info\":\"{}\"}"), 0),
    ] {
        let body = json!({"openid": "oUser", "notify_type": 2001, "notify_code": code, "ext_json": ext});
        assert_eq!(mini.code(EXT, &body).await, errcode, "{body}");
    }
}

#[tokio::test]
async fn a_payment_can_be_known_late_and_is_open_for_a_day() {
    let late = shop_with(|settings| settings.card_lag = std::time::Duration::from_mins(1)).await;
    let mini = Mini::of(late, APP).await;
    let (code, at) = mini.paid("order-0001").await;
    let check = || Some(json!({"pay_amount": 1005, "pay_time": at}));
    assert_eq!(mini.card(&code, 1, check()).await["errcode"], 85437);
    mini.shop.clock.advance_secs(60);
    assert_eq!(mini.card(&code, 1, check()).await["errcode"], 0);
    assert_eq!(mini.list("messages").await, json!([]), "the template was not added");
    let (second, _) = mini.paid("order-0002").await;
    mini.shop.clock.advance_secs(86401);
    assert_eq!(mini.shop_expired(&second).await, 85438);
}

#[tokio::test]
async fn a_button_gives_a_code_for_five_minutes() {
    let mini = Mini::start().await;
    let pressed = json!({"app_id": APP, "openid": "oUser", "notify_type": 1003});
    let (_, answer) = mini.shop.control("cards/button", &pressed).await;
    let code = answer["code"].as_str().unwrap();
    let body = |status: i64| {
        let mut body = card_body(code, &json!({"cur_status": status, "wxa_path_query": ""}));
        body["notify_type"] = json!(1003);
        body
    };
    assert_eq!(mini.code(CARD, &body(2)).await, 0);
    mini.shop.sim.card_state(APP, code, 2).unwrap();
    assert_eq!(mini.code(CARD, &body(3)).await, 85436);
    let late = mini.shop.sim.card_button(APP, "oUser", 1003).unwrap();
    mini.shop.clock.advance_secs(301);
    let mut expired = body(1);
    expired["notify_code"] = json!(late);
    assert_eq!(mini.code(CARD, &expired).await, 85438);
    assert!(mini.shop.sim.card_button(APP, "oUser", 2001).is_err());
}
