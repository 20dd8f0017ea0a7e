//! Customer service: what shoppers say, and what may answer them.

use std::time::Duration;

use crate::push_shop::{PushShop, settings};
use crate::support::{APP, SECRET, Shop, shop, shop_with};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechat_sim::{MessageKind, PushFormat, PushMode, Said};

const ALICE: &str = "oAlice";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and more";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF";

impl Shop {
    /// A call of the mini-program side.
    async fn mini(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}?access_token={}", self.sim.base_url(), self.token(APP, SECRET).await);
        self.http.post(url).json(body).send().await.unwrap().json().await.unwrap()
    }

    async fn mini_get(&self, path: &str, query: &str) -> reqwest::Response {
        let token = self.token(APP, SECRET).await;
        let url = format!("{}{path}?access_token={token}&{query}", self.sim.base_url());
        self.http.get(url).send().await.unwrap()
    }

    async fn upload(&self, kind: &str, bytes: &[u8]) -> Value {
        let token = self.token(APP, SECRET).await;
        let url = format!("{}/cgi-bin/media/upload?access_token={token}&type={kind}", self.sim.base_url());
        let head = "--xx\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a\"\r\n\r\n";
        let body = [head.as_bytes(), bytes, b"\r\n--xx--\r\n"].concat();
        let request =
            self.http.post(url).header("content-type", "multipart/form-data; boundary=xx").body(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn send_text(&self) -> Value {
        let body = json!({"touser": ALICE, "msgtype": "text", "text": {"content": "您好"}});
        self.mini("/cgi-bin/message/custom/send", &body).await
    }

    fn says(&self, text: &str) {
        self.sim.say(APP, ALICE, &Said::Text(text.to_owned())).unwrap();
    }
}

#[tokio::test]
async fn what_a_shopper_does_is_pushed() {
    let (shop, receiver) = (shop().await, PushShop::start().await);
    shop.sim.set_push(APP, settings(&receiver.url, PushMode::Plain, PushFormat::Json)).await.unwrap();
    let say = |said: Value| {
        let mut body = json!({"app_id": APP, "openid": ALICE});
        said.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        let shop = &shop;
        async move { shop.control("conversations/say", &body).await }
    };
    let (status, said) = say(json!({"text": "在吗"})).await;
    assert_eq!((status, &said["notification"], &said["to_staff"]), (200, &json!(1), &json!(false)));
    let came = receiver.wait_for(1).await[0].json();
    assert_eq!((&came["MsgType"], &came["Content"]), (&json!("text"), &json!("在吗")));
    assert_eq!(came["MsgId"], said["msg_id"]);
    assert!(came["MsgId"].as_u64().unwrap() > 1 << 53);
    say(json!({"image": STANDARD.encode(PNG)})).await;
    let came = receiver.wait_for(2).await[1].json();
    let by_id =
        shop.mini_get("/cgi-bin/media/get", &format!("media_id={}", came["MediaId"].as_str().unwrap())).await;
    assert_eq!(by_id.headers()["content-type"], "image/png");
    assert_eq!(by_id.bytes().await.unwrap(), PNG);
    let by_url = shop.http.get(came["PicUrl"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(by_url.bytes().await.unwrap(), PNG);
    say(json!({"page": {"title": "袜子", "path": "pages/goods?id=1"}})).await;
    let came = receiver.wait_for(3).await[2].json();
    let shown = [&came["Title"], &came["AppId"], &came["PagePath"]];
    assert_eq!(shown, [&json!("袜子"), &json!(APP), &json!("pages/goods?id=1")]);
    assert!(came["ThumbUrl"].is_string() && came["ThumbMediaId"].is_string());
    let (_, entered) = say(json!({"enter": "order-1"})).await;
    assert_eq!(entered["msg_id"], Value::Null);
    let came = receiver.wait_for(4).await[3].json();
    assert_eq!((&came["Event"], &came["SessionFrom"]), (&json!("user_enter_tempsession"), &json!("order-1")));
    for wrong in [
        json!({"text": ""}),
        json!({"fly": 1}),
        json!({"image": "AAAA"}),
        json!({"enter": "x".repeat(1001)}),
        json!({"app_id": "wxnobody", "text": "a"}),
    ] {
        assert_eq!(say(wrong.clone()).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_message_may_be_answered_five_times_in_48_hours() {
    let shop = shop().await;
    assert_eq!(shop.send_text().await["errcode"], 45015);
    shop.says("在吗");
    for _ in 0..5 {
        assert_eq!(shop.send_text().await, json!({"errcode": 0, "errmsg": "ok"}));
    }
    assert_eq!(shop.send_text().await["errcode"], 45047);
    shop.says("还在吗");
    shop.sim.advance(Duration::from_secs(48 * 3600 - 1)).unwrap();
    assert_eq!(shop.send_text().await["errcode"], 0);
    shop.sim.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(shop.send_text().await["errcode"], 45015);
    let messages = shop.sim.messages();
    assert_eq!(messages.len(), 6);
    assert_eq!((messages[0].kind, messages[0].title.as_str()), (MessageKind::Customer, "您好"));
    assert_eq!(messages[0].content, json!({"msgtype": "text", "text": {"content": "您好"}}));
    let url = format!("{}/_control/messages", shop.sim.base_url());
    let listed: Value = shop.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!((&listed["messages"][5]["openid"], &listed["messages"][5]["id"]), (&json!(ALICE), &json!(6)));
}

#[tokio::test]
async fn entering_may_be_answered_twice_in_a_minute() {
    let shop = shop().await;
    let enter = || shop.sim.say(APP, ALICE, &Said::Enter(String::new())).unwrap();
    enter();
    for errcode in [0, 0, 45047] {
        assert_eq!(shop.send_text().await["errcode"], errcode);
    }
    shop.sim.advance(Duration::from_mins(1)).unwrap();
    assert_eq!(shop.send_text().await["errcode"], 45015);
    shop.says("hi");
    enter();
    for errcode in [0, 0, 0, 0, 0, 0, 0, 45047] {
        assert_eq!(shop.send_text().await["errcode"], errcode, "both together are seven");
    }
}

#[tokio::test]
async fn every_kind_of_message_is_checked() {
    let shop = shop().await;
    shop.sim.app("wxother", "other-secret");
    shop.sim.login_code("wxother", Some("oBob"));
    shop.says("hi");
    let image = shop.upload("image", PNG).await["media_id"].as_str().unwrap().to_owned();
    let voice = shop.upload("voice", b"#!AMR\n").await["media_id"].as_str().unwrap().to_owned();
    let page = |appid: &str| {
        json!({
            "title": "袜子", "appid": appid, "pagepath": "pages/a?b=c", "thumb_media_id": image,
        })
    };
    let link = |appid: &str| {
        format!("看<a href=\"\" data-miniprogram-appid=\"{appid}\" data-miniprogram-path=\"a\">这</a>")
    };
    let cases = [
        ("text", json!({"content": link(APP)}), 0),
        ("text", json!({"content": link("wxother")}), 40013),
        ("text", json!({"content": ""}), 44004),
        ("text", json!({"content": "长".repeat(683)}), 45002),
        ("text", json!({"content": 1}), 47001),
        ("text", json!(null), 47001),
        ("image", json!({"media_id": image}), 0),
        ("image", json!({"media_id": voice}), 40004),
        ("image", json!({"media_id": "none"}), 40007),
        ("link", json!({"title": "a", "description": "b", "url": "https://c", "thumb_url": "https://d"}), 0),
        ("link", json!({"title": "a"}), 47001),
        ("miniprogrampage", page(APP), 0),
        ("miniprogrampage", page("wxother"), 40013),
        ("video", json!({"media_id": image}), 40008),
    ];
    for (kind, content, errcode) in cases {
        let body = json!({"touser": ALICE, "msgtype": kind, kind: content});
        assert_eq!(shop.mini("/cgi-bin/message/custom/send", &body).await["errcode"], errcode, "{body}");
    }
    let titles: Vec<String> = shop.sim.messages().into_iter().map(|message| message.title).collect();
    assert_eq!(titles, [link(APP).as_str(), "[图片]", "a", "袜子"]);
    let text = |more: Value| {
        let mut body = json!({"touser": ALICE, "msgtype": "text", "text": {"content": "a"}});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    for (more, errcode) in [
        (json!({"customservice": {"kf_account": "a@b"}}), 65401),
        (json!({"aimsgcontext": {"is_ai_msg": 2}}), 47001),
        (json!({"businessid": "7"}), 45071),
        (json!({"touser": "oBob"}), 40003),
        (json!({"touser": ""}), 47001),
        (json!({"aimsgcontext": {"is_ai_msg": 1}}), 0),
        (json!({}), 45047),
    ] {
        let got = shop.mini("/cgi-bin/message/custom/send", &text(more.clone())).await;
        assert_eq!(got["errcode"], errcode, "{more}");
    }
    assert_eq!(shop.sim.messages().pop().unwrap().content["aimsgcontext"]["is_ai_msg"], 1);
}

#[tokio::test]
async fn openids_can_have_to_be_known() {
    let shop = shop_with(|settings| settings.known_openids_only = true).await;
    assert_eq!(shop.send_text().await["errcode"], 40003);
    shop.sim.login_code(APP, Some(ALICE));
    assert_eq!(shop.send_text().await["errcode"], 45015);
}

#[tokio::test]
async fn typing_is_seen_for_a_while_after_a_message() {
    let shop = shop().await;
    let typing = |command: &'static str| {
        let shop = &shop;
        async move {
            let body = json!({"touser": ALICE, "command": command});
            shop.mini("/cgi-bin/message/custom/business/typing", &body).await["errcode"].clone()
        }
    };
    assert_eq!(typing("Typing").await, 45080);
    assert_eq!(typing("Shouting").await, 45072);
    shop.says("hi");
    assert_eq!(typing("Typing").await, 0);
    assert_eq!(typing("Typing").await, 45081);
    assert_eq!(typing("CancelTyping").await, 0);
    assert_eq!(typing("Typing").await, 0);
    shop.sim.advance(Duration::from_secs(15)).unwrap();
    assert_eq!(typing("Typing").await, 0);
    shop.sim.advance(Duration::from_secs(15)).unwrap();
    assert_eq!(typing("Typing").await, 45080);
    assert_eq!(shop.send_text().await["errcode"], 0);
    assert_eq!(typing("Typing").await, 0);
}

#[tokio::test]
async fn media_are_sniffed_and_kept_for_three_days() {
    let shop = shop().await;
    let film = b"\0\0\0\x18ftypmp42";
    let large = [PNG, &vec![0; 2 << 20]].concat();
    for (kind, bytes, errcode) in [
        ("picture", PNG, 40004),
        ("image", b"".as_slice(), 41005),
        ("image", b"text", 40005),
        ("image", &large, 40009),
        ("voice", PNG, 40005),
        ("video", PNG, 40005),
        ("thumb", PNG, 40005),
        ("thumb", &[JPEG, &vec![0; 64 << 10]].concat(), 40012),
    ] {
        assert_eq!(shop.upload(kind, bytes).await["errcode"], errcode, "{kind}");
    }
    for (kind, bytes) in [("image", PNG), ("voice", b"ID3".as_slice()), ("thumb", JPEG)] {
        let kept = shop.upload(kind, bytes).await;
        assert_eq!(kept["type"], kind);
        assert!(kept["created_at"].is_i64() && kept.get("errcode").is_none(), "{kept}");
        let query = format!("media_id={}", kept["media_id"].as_str().unwrap());
        assert_eq!(shop.mini_get("/cgi-bin/media/get", &query).await.bytes().await.unwrap(), bytes);
    }
    let kept = shop.upload("video", film).await;
    let query = format!("media_id={}", kept["media_id"].as_str().unwrap());
    let got: Value = shop.mini_get("/cgi-bin/media/get", &query).await.json().await.unwrap();
    let fetched = shop.http.get(got["video_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(fetched.bytes().await.unwrap(), film.as_slice());
    shop.sim.app("wxother", "other-secret");
    let token = shop.token("wxother", "other-secret").await;
    let url = format!("{}/cgi-bin/media/get?access_token={token}&{query}", shop.sim.base_url());
    let foreign: Value = shop.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(foreign["errcode"], 40007);
    shop.sim.advance(Duration::from_hours(72)).unwrap();
    let gone: Value = shop.mini_get("/cgi-bin/media/get", &query).await.json().await.unwrap();
    assert_eq!(gone["errcode"], 40007);
}

#[tokio::test]
async fn accounts_of_the_service_are_managed() {
    let shop = shop().await;
    let add = |account: &'static str, nickname: &'static str| {
        let shop = &shop;
        async move {
            let body = json!({"kf_account": account, "nickname": nickname});
            shop.mini("/customservice/kfaccount/add", &body).await["errcode"].clone()
        }
    };
    assert_eq!(add("test1@test", "客服1").await, 0);
    assert_eq!(add("test1@test", "客服1").await, 65406);
    assert_eq!(add("test-1@test", "客服1").await, 65404);
    assert_eq!(add("test12345678@test", "客服1").await, 65404);
    assert_eq!(add("test2@test", "一二三四五六七八九十一二三四五六七").await, 65403);
    let list: Value = shop.mini_get("/cgi-bin/customservice/getkflist", "").await.json().await.unwrap();
    let first = list["kf_list"][0].clone();
    assert_eq!((&first["kf_account"], &first["kf_nick"]), (&json!("test1@test"), &json!("客服1")));
    let online = || async {
        let got = shop.mini_get("/cgi-bin/customservice/getonlinekflist", "").await;
        got.json::<Value>().await.unwrap()["kf_online_list"].clone()
    };
    assert_eq!(online().await, json!([]));
    let body = json!({"app_id": APP, "kf_account": "test1@test", "online": true});
    assert_eq!(shop.control("conversations/online", &body).await.0, 200);
    let expected = json!([{
        "kf_account": "test1@test", "status": 1, "kf_id": "1001", "kf_openid": first["kf_openid"],
        "accepted_case": 0,
    }]);
    assert_eq!(online().await, expected);
    shop.says("hi");
    let as_staff = json!({
        "touser": ALICE, "msgtype": "text", "text": {"content": "a"},
        "customservice": {"kf_account": "test1@test"},
    });
    assert_eq!(shop.mini("/cgi-bin/message/custom/send", &as_staff).await["errcode"], 0);
    let query = format!("kf_openid={}", first["kf_openid"].as_str().unwrap());
    for path in ["/customservice/kfaccount/setadmin", "/customservice/kfaccount/canceladmin"] {
        let done: Value = shop.mini_get(path, &query).await.json().await.unwrap();
        assert_eq!(done["errcode"], 0);
        let unknown: Value = shop.mini_get(path, "kf_openid=oNobody").await.json().await.unwrap();
        assert_eq!(unknown["errcode"], 40003);
    }
    for errcode in [0, 65401] {
        let body = json!({"kf_account": "test1@test"});
        assert_eq!(shop.mini("/customservice/kfaccount/del", &body).await["errcode"], errcode);
    }
}

#[tokio::test]
async fn shops_of_a_platform_are_registered() {
    let shop = shop().await;
    let icon = shop.upload("image", PNG).await["media_id"].clone();
    let wish = |change: Value| {
        let mut body = json!({
            "account_name": "apple_1", "nickname": "苹果", "icon_media_id": icon, "transfer_to_commkf": true,
        });
        change.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    for (change, errcode) in [
        (json!({"account_name": "apple"}), 45091),
        (json!({"nickname": "苹"}), 45078),
        (json!({"nickname": "苹果！"}), 45078),
        (json!({"icon_media_id": "none"}), 40007),
        (json!({}), 0),
        (json!({}), 45070),
        (json!({"account_name": "pear_01", "nickname": "pear"}), 0),
    ] {
        let got = shop.mini("/cgi-bin/business/register", &wish(change.clone())).await;
        assert_eq!(got["errcode"], errcode, "{change}");
    }
    for body in [json!({"business_id": 1}), json!({"business_id": "1"}), json!({"account_name": "apple_1"})] {
        let got = shop.mini("/cgi-bin/business/get", &body).await;
        assert_eq!(got["business_info"]["nickname"], "苹果", "{body}");
    }
    assert_eq!(shop.mini("/cgi-bin/business/get", &json!({"business_id": 3})).await["errcode"], 45071);
    let update = json!({"business_id": 1, "nickname": "红苹果", "icon_media_id": ""});
    assert_eq!(shop.mini("/cgi-bin/business/update", &update).await["errcode"], 0);
    let page = |offset: i64, count: i64| json!({"offset": offset, "count": count});
    let list = shop.mini("/cgi-bin/business/list", &page(0, 200)).await["list"].clone();
    assert_eq!((&list[0]["nickname"], &list[1]["business_id"]), (&json!("红苹果"), &json!(2)));
    let rest = shop.mini("/cgi-bin/business/list", &page(1, 1)).await["list"].clone();
    assert_eq!(rest, json!([list[1]]));
    assert_eq!(shop.mini("/cgi-bin/business/list", &page(0, 201)).await["errcode"], 40097);
}
