//! Templates, subscribe messages and updatable messages.

use crate::support::{APP, SECRET, Shop, shop, shop_with};
use serde_json::{Value, json};
use wechat_sim::TemplateOptions;

/// The mini-program side of a shop: a token, and calls with it.
pub struct Mini {
    pub shop: Shop,
    token: String,
}

impl Mini {
    pub async fn of(shop: Shop, app_id: &str) -> Self {
        Self { token: shop.token(app_id, SECRET).await, shop }
    }

    pub async fn start() -> Self {
        Self::of(shop().await, APP).await
    }

    fn url(&self, path: &str) -> String {
        let glue = if path.contains('?') { '&' } else { '?' };
        format!("{}{path}{glue}access_token={}", self.shop.sim.base_url(), self.token)
    }

    pub async fn get(&self, path: &str) -> Value {
        self.shop.http.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    pub async fn raw(&self, path: &str, body: impl Into<reqwest::Body>) -> reqwest::Response {
        self.shop.http.post(self.url(path)).body(body).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.raw(path, body.to_string()).await.json().await.unwrap()
    }

    pub async fn code(&self, path: &str, body: &Value) -> i64 {
        self.post(path, body).await["errcode"].as_i64().unwrap()
    }

    pub async fn list(&self, name: &str) -> Value {
        let url = format!("{}/_control/{name}", self.shop.sim.base_url());
        let answer: Value = self.shop.http.get(url).send().await.unwrap().json().await.unwrap();
        answer[name].clone()
    }

    pub async fn add(&self, tid: &str, kids: &[u32]) -> Value {
        self.post(ADD, &json!({"tid": tid, "kidList": kids, "sceneDesc": "通知"})).await
    }

    async fn send(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut body = json!({
            "touser": "oAlice", "template_id": "T-ship", "page": "pages/order?id=1",
            "data": {"thing1": {"value": "青花瓷茶杯"}, "amount2": {"value": "￥12.50"}},
        });
        change(&mut body);
        self.post(SEND, &body).await
    }
}

const ADD: &str = "/wxaapi/newtmpl/addtemplate";
const SEND: &str = "/cgi-bin/message/subscribe/send";
const CONTENT: &str = "商品名称:{{thing1.DATA}}\n金额:{{amount2.DATA}}\n";

async fn with_template() -> Mini {
    let mini = Mini::start().await;
    mini.shop.sim.template(APP, "T-ship", "订单发货通知", CONTENT).unwrap();
    mini
}

#[tokio::test]
async fn the_public_library_is_listed_by_category() {
    let mini = Mini::start().await;
    let categories = mini.get("/wxaapi/newtmpl/getcategory").await;
    assert_eq!(categories["data"][0], json!({"id": 307, "name": "百货"}));
    let path = "/wxaapi/newtmpl/getpubtemplatetitles";
    let some = mini.get(&format!("{path}?ids=307,310&start=1&limit=2")).await;
    assert_eq!((&some["errcode"], &some["count"]), (&json!(0), &json!(11)));
    assert_eq!(some["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        some["data"][0],
        json!({"tid": 1202, "title": "订单发货通知", "type": 2, "categoryId": "307"})
    );
    for (query, code) in [
        ("start=0&limit=1", 200_018),
        ("ids=&start=0&limit=1", 200_018),
        ("ids=x&start=0&limit=1", 200_019),
        ("ids=1&start=0&limit=1", 200_019),
        ("ids=307&start=-1&limit=1", 200_016),
        ("ids=307&limit=1", 200_016),
        ("ids=307&start=0&limit=31", 200_017),
        ("ids=307&start=0", 200_017),
    ] {
        assert_eq!(mini.get(&format!("{path}?{query}")).await["errcode"], code, "{query}");
    }
    let path = "/wxaapi/newtmpl/getpubtemplatekeywords";
    let keywords = mini.get(&format!("{path}?tid=1208")).await;
    assert_eq!(keywords["count"], 4);
    let first = json!({"kid": 1, "name": "商品名称", "example": "青花瓷茶杯一对", "rule": "thing"});
    assert_eq!(keywords["data"][0], first);
    assert_eq!(mini.get(path).await["errcode"], 200_002);
    assert_eq!(mini.get(&format!("{path}?tid=99")).await["errcode"], 200_014);
}

#[tokio::test]
async fn a_template_is_added_listed_and_deleted() {
    let mini = Mini::start().await;
    let added = mini.add("1202", &[4, 2, 6]).await;
    let id = added["priTmplId"].as_str().unwrap();
    assert_eq!((id.len(), &added["errmsg"]), (43, &json!("ok")));
    let list = mini.get("/wxaapi/newtmpl/gettemplate").await;
    assert_eq!(
        list["data"],
        json!([{
            "priTmplId": id, "title": "订单发货通知", "type": 2,
            "content": "快递单号:{{character_string4.DATA}}\n商品名称:{{thing2.DATA}}\n配送方式:{{enum_string6.DATA}}\n",
            "example": "快递单号:SF1234567890123\n商品名称:青花瓷茶杯一对\n配送方式:快递配送\n",
            "keywordEnumValueList": [
                {"keywordCode": "enum_string6.DATA", "enumValueList": ["快递配送", "同城配送", "到店自提"]},
            ],
        }])
    );
    assert_eq!(mini.add("1202", &[2, 4, 6]).await["errcode"], 200_022);
    let path = "/wxaapi/newtmpl/deltemplate";
    assert_eq!(mini.code(path, &json!({})).await, 200_002);
    assert_eq!(mini.code(path, &json!({"priTmplId": id})).await, 0);
    assert_eq!(mini.code(path, &json!({"priTmplId": id})).await, 200_014);
    assert_eq!(mini.get("/wxaapi/newtmpl/gettemplate").await["data"], json!([]));
}

#[tokio::test]
async fn templates_are_refused_with_their_codes() {
    let mini = Mini::start().await;
    for (body, code) in [
        (json!({"tid": "99", "kidList": [1, 2], "sceneDesc": "x"}), 200_014),
        (json!({"kidList": [1, 2], "sceneDesc": "x"}), 200_014),
        (json!({"tid": 1201, "kidList": [1, 2], "sceneDesc": "x"}), 47001),
        (json!({"tid": "1201", "kidList": [1], "sceneDesc": "x"}), 200_020),
        (json!({"tid": "1201", "kidList": [1, 2, 3, 4, 5, 6], "sceneDesc": "x"}), 200_020),
        (json!({"tid": "1201", "kidList": [1, 1], "sceneDesc": "x"}), 200_020),
        (json!({"tid": "1201", "kidList": [1, 9], "sceneDesc": "x"}), 200_020),
        (json!({"tid": "10000001", "kidList": [1, 2], "sceneDesc": "x"}), 200_020),
        (json!({"tid": "1201", "kidList": [1, 2]}), 200_021),
        (json!({"tid": "1201", "kidList": [1, 2], "sceneDesc": "一二三四五六七八九十一二三四五六"}), 200_021),
    ] {
        assert_eq!(mini.code(ADD, &body).await, code, "{body}");
    }
    assert_eq!(mini.raw(ADD, "tid=1201").await.json::<Value>().await.unwrap()["errcode"], 40400);
    mini.shop.control("apps/pages", &json!({"app_id": APP, "banned": true})).await;
    assert_eq!(mini.add("1201", &[1, 2]).await["errcode"], 200_011);
}

#[tokio::test]
async fn an_account_holds_fifty_templates() {
    let mini = Mini::start().await;
    for number in 0..49 {
        mini.shop.sim.template(APP, &format!("T-{number}"), "通知", CONTENT).unwrap();
    }
    assert_eq!(mini.add("1201", &[1, 2]).await["errcode"], 0);
    assert_eq!(mini.add("1201", &[1, 3]).await["errcode"], 200_012);
}

#[tokio::test]
async fn an_accepted_request_allows_one_message() {
    let mini = with_template().await;
    mini.shop.sim.login_code(APP, Some("oAlice"));
    assert_eq!(mini.send(|_| {}).await["errcode"], 43101);
    let popup = mini.shop.sim.subscribe(APP, "oAlice", &["T-ship"], "accept").unwrap();
    assert_eq!(popup, json!({"errMsg": "requestSubscribeMessage:ok", "T-ship": "accept"}));
    let sent = mini.send(|_| {}).await;
    assert_eq!((&sent["errcode"], &sent["errmsg"]), (&json!(0), &json!("ok")));
    let messages = mini.list("messages").await;
    assert_eq!(messages.as_array().unwrap().len(), 1);
    assert_eq!((&messages[0]["kind"], &messages[0]["openid"]), (&json!("subscribe"), &json!("oAlice")));
    assert_eq!(messages[0]["title"], "订单发货通知");
    assert_eq!(messages[0]["content"]["text"], "商品名称:青花瓷茶杯\n金额:￥12.50");
    assert_eq!(messages[0]["content"]["miniprogram_state"], "formal");
    assert_eq!(messages[0]["content"]["msgid"], sent["msgid"]);
    assert!(sent["msgid"].as_u64().unwrap() > 1 << 53);
    assert_eq!(mini.send(|_| {}).await["errcode"], 43101);
    for _ in 0..2 {
        mini.shop.sim.subscribe(APP, "oAlice", &["T-ship"], "accept").unwrap();
    }
    for code in [0, 0, 43101] {
        assert_eq!(mini.send(|_| {}).await["errcode"], code);
    }
    mini.shop.sim.subscribe(APP, "oAlice", &["T-ship"], "reject").unwrap();
    assert_eq!(mini.send(|_| {}).await["errcode"], 43101);
}

#[tokio::test]
async fn a_message_that_is_refused_uses_nothing_up() {
    let mini = with_template().await;
    mini.shop.sim.subscribe(APP, "oAlice", &["T-ship"], "accept").unwrap();
    let long = format!("p?{}", "a".repeat(1023));
    let cases: [(&str, Value, i64, &str); 14] = [
        ("touser", json!("oNobody"), 40003, "invalid openid"),
        ("touser", json!(null), 40003, "invalid openid"),
        ("touser", json!(5), 47001, "touser is no string"),
        ("template_id", json!("T-none"), 40037, "invalid template_id"),
        ("page", json!(long), 41030, "invalid page"),
        ("miniprogram_state", json!("release"), 47003, "argument invalid! miniprogram_state"),
        ("lang", json!("zh"), 47003, "argument invalid! lang"),
        ("data", json!(null), 47001, "data"),
        ("data", json!({"thing1": {"value": "杯"}}), 47003, "data.amount2.value is empty"),
        (
            "data",
            json!({"thing1": {"value": " "}, "amount2": {"value": "1"}}),
            47003,
            "data.thing1.value is empty",
        ),
        (
            "data",
            json!({"thing1": {"value": "杯"}, "amount2": {"value": "一元"}}),
            47003,
            "data.amount2.value invalid",
        ),
        (
            "data",
            json!({"thing1": {"value": "a".repeat(21)}, "amount2": {"value": "1"}}),
            47003,
            "data.thing1.value invalid",
        ),
        (
            "data",
            json!({"thing1": {"value": "杯"}, "amount2": {"value": "1"}, "date3": {"value": "1"}}),
            47003,
            "data.date3",
        ),
        ("data", json!({"thing1": {"value": "敏感词"}, "amount2": {"value": "1"}}), 45168, "sensitive"),
    ];
    for (name, value, code, text) in cases {
        let answer = mini.send(|body| body[name] = value.clone()).await;
        assert_eq!(answer["errcode"], code, "{name} {value} {answer}");
        assert!(answer["errmsg"].as_str().unwrap().contains(text), "{answer}");
    }
    assert_eq!(mini.list("messages").await, json!([]));
    assert_eq!(mini.send(|_| {}).await["errcode"], 0);
}

#[tokio::test]
async fn pages_enums_and_bans_are_looked_at() {
    let mini = with_template().await;
    let given = json!({
        "app_id": APP, "id": "T-way", "title": "配送", "content": "方式:{{enum_string1.DATA}}\n",
        "choices": {"enum_string1": ["快递配送"]}, "long_term": true,
    });
    assert_eq!(mini.shop.control("templates", &given).await, (200, json!({"id": "T-way"})));
    mini.shop.sim.subscribe(APP, "oAlice", &["T-way"], "accept").unwrap();
    let way = |word: &'static str| {
        move |body: &mut Value| {
            body["template_id"] = json!("T-way");
            body["data"] = json!({"enum_string1": {"value": word}});
        }
    };
    assert_eq!(mini.send(way("自提")).await["errcode"], 47003);
    for _ in 0..3 {
        assert_eq!(mini.send(way("快递配送")).await["errcode"], 0);
    }
    mini.shop.sim.publish(APP, &["pages/index"]).unwrap();
    assert_eq!(mini.send(way("快递配送")).await["errcode"], 41030);
    mini.shop.sim.publish(APP, &["pages/index", "pages/order"]).unwrap();
    assert_eq!(mini.send(way("快递配送")).await["errcode"], 0);
    let mut banned = given;
    banned["banned"] = json!(true);
    mini.shop.control("templates", &banned).await;
    assert_eq!(mini.send(way("快递配送")).await["errcode"], 43107);
    assert_eq!(mini.shop.sim.subscribe(APP, "oAlice", &["T-way"], "accept").unwrap()["T-way"], "ban");
}

#[tokio::test]
async fn the_pop_up_says_why_it_cannot_be_shown() {
    let mini = with_template().await;
    let sim = &mini.shop.sim;
    let error = |ids: &[&str]| sim.subscribe(APP, "oAlice", ids, "accept").unwrap()["errCode"].clone();
    assert_eq!(error(&[]), 10001);
    assert_eq!(error(&["T-ship", "T-none"]), 20001);
    assert_eq!(error(&["T-ship"; 6]), 20003);
    let long = TemplateOptions { long_term: true, ..TemplateOptions::default() };
    sim.template_with(APP, "T-long", "长期", CONTENT, long).unwrap();
    assert_eq!(error(&["T-ship", "T-long"]), 20002);
    let card = mini.add("10000001", &[]).await["priTmplId"].as_str().unwrap().to_owned();
    assert_eq!(error(&[&card]), 20013);
    sim.template(APP, "T-twin", "订单发货通知", CONTENT).unwrap();
    sim.template(APP, "T-other", "取消通知", CONTENT).unwrap();
    let answers = [("T-ship", "accept"), ("T-twin", "accept"), ("T-other", "reject")];
    let popup = sim.subscribe_each(APP, "oAlice", &answers).unwrap();
    assert_eq!(
        (&popup["T-ship"], &popup["T-twin"], &popup["T-other"]),
        (&json!("accept"), &json!("filter"), &json!("reject"))
    );
    sim.change_subscription(APP, "oAlice", None, "reject").unwrap();
    assert_eq!(error(&["T-ship"]), 20004);
    assert_eq!(mini.send(|_| {}).await["errcode"], 43101);
    sim.change_subscription(APP, "oAlice", None, "accept").unwrap();
    sim.ban_messages(APP, true).unwrap();
    assert_eq!(error(&["T-ship"]), 20005);
    assert_eq!(mini.send(|_| {}).await["errcode"], 43107);
    sim.ban_messages(APP, false).unwrap();
    assert_eq!(mini.send(|_| {}).await["errcode"], 0);
    assert!(sim.subscribe(APP, "oAlice", &["T-ship"], "perhaps").is_err());
    assert_eq!(
        mini.shop
            .control("subscriptions", &json!({"app_id": "wxnobody", "openid": "o", "template_ids": []}))
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn a_refusal_in_the_notification_centre_stops_messages() {
    let mini = with_template().await;
    mini.shop.sim.subscribe(APP, "oAlice", &["T-ship"], "accept").unwrap();
    let change = json!({"app_id": APP, "openid": "oAlice", "template_id": "T-ship", "status": "reject"});
    let (status, state) = mini.shop.control("subscriptions/change", &change).await;
    assert_eq!((status, state), (200, json!({"left": 1, "standing": false, "refused": true})));
    assert_eq!(mini.send(|_| {}).await["errcode"], 43101);
    mini.shop.sim.change_subscription(APP, "oAlice", Some("T-ship"), "accept").unwrap();
    assert_eq!(mini.send(|_| {}).await["errcode"], 0);
}

#[tokio::test]
async fn another_app_sees_none_of_it() {
    let shop = shop().await;
    shop.sim.app("wxother", SECRET);
    shop.sim.template(APP, "T-ship", "订单发货通知", CONTENT).unwrap();
    shop.sim.subscribe(APP, "oAlice", &["T-ship"], "accept").unwrap();
    let other = Mini::of(shop, "wxother").await;
    assert_eq!(other.send(|_| {}).await["errcode"], 40003);
    other.shop.sim.login_code("wxother", Some("oAlice"));
    assert_eq!(other.send(|_| {}).await["errcode"], 40037);
    assert_eq!(other.get("/wxaapi/newtmpl/gettemplate").await["data"], json!([]));
}

#[tokio::test]
async fn the_msgid_can_be_left_out_as_the_page_has_it() {
    let shop = shop_with(|settings| settings.subscribe_msgid = false).await;
    let mini = Mini::of(shop, APP).await;
    mini.shop.sim.template(APP, "T-ship", "订单发货通知", CONTENT).unwrap();
    mini.shop.sim.subscribe(APP, "oAlice", &["T-ship"], "acceptWithAlert").unwrap();
    assert_eq!(mini.send(|_| {}).await, json!({"errcode": 0, "errmsg": "ok"}));
}

#[tokio::test]
async fn an_updatable_message_begins_once() {
    let mini = Mini::start().await;
    mini.shop.sim.login_code(APP, Some("oAlice"));
    let path = "/cgi-bin/message/wxopen/activityid/create";
    assert_eq!(mini.get(&format!("{path}?openid=oNobody")).await["errcode"], 40003);
    let made = mini.get(&format!("{path}?openid=oAlice")).await;
    assert!(made["expiration_time"].is_number());
    let body = |id: &Value, state: i64, parameters: Value| json!({"activity_id": id, "target_state": state, "template_info": {"parameter_list": parameters}});
    let joining = json!([{"name": "member_count", "value": "2"}, {"name": "room_limit", "value": "5"}]);
    let begun = |version: &str| json!([{"name": "path", "value": "pages/a"}, {"name": "version_type", "value": version}]);
    let send = "/cgi-bin/message/wxopen/updatablemsg/send";
    let id = &made["activity_id"];
    assert_eq!(mini.code(send, &body(&json!("x"), 0, joining.clone())).await, 47501);
    assert_eq!(mini.code(send, &body(id, 2, joining.clone())).await, 47502);
    assert_eq!(mini.code(send, &body(id, 0, json!([]))).await, 47001);
    assert_eq!(mini.code(send, &body(id, 0, joining.clone())).await, 0);
    assert_eq!(mini.code(send, &body(id, 1, begun("formal"))).await, 47503);
    assert_eq!(mini.code(send, &body(id, 1, begun("release"))).await, 0);
    assert_eq!(mini.code(send, &body(id, 0, joining)).await, 47502);
    let messages = mini.list("messages").await;
    assert_eq!(messages[0]["content"]["text"], "成员正在加入，当前 2/5 人");
    assert_eq!((&messages[1]["kind"], &messages[1]["openid"]), (&json!("updatable"), &json!("oAlice")));
}
