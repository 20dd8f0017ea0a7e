//! Content security and risk.

use serde_json::{Value, json};
use wechat_sim::Suggest;

use crate::mini_calls::{events, mini, take_pushes, visit};
use crate::support::{APP, SECRET, Shop, shop};

const TEXT: &str = "/wxa/msg_sec_check";
const MEDIA: &str = "/wxa/media_check_async";
const RANK: &str = "/wxa/getuserriskrank";

fn text(content: &str) -> Value {
    json!({"content": content, "version": 2, "scene": 2, "openid": "oAlice"})
}

fn media(url: &str) -> Value {
    json!({"media_url": url, "media_type": 2, "version": 2, "scene": 1, "openid": "oAlice"})
}

async fn visited() -> Shop {
    let shop = shop().await;
    visit(&shop, APP, SECRET, "oAlice").await;
    shop
}

#[tokio::test]
async fn a_harmless_text_passes() {
    let shop = visited().await;
    let mut got = mini(&shop, TEXT, &text("一双袜子")).await;
    let trace = got["trace_id"].take();
    assert_eq!(trace.as_str().unwrap().len(), 26);
    let model =
        json!({"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100, "prob": 90});
    assert_eq!(
        got,
        json!({
            "errcode": 0, "errmsg": "ok", "trace_id": null,
            "result": {"suggest": "pass", "label": 100}, "detail": [model],
        })
    );
}

#[tokio::test]
async fn magic_words_have_their_labels_and_the_worst_counts() {
    let shop = visited().await;
    for (content, suggest, label) in
        [("来赌博吧", "risky", 20006), ("测试审核", "review", 21000), ("测试审核，色情", "risky", 20002)]
    {
        let got = mini(&shop, TEXT, &text(content)).await;
        assert_eq!(got["result"], json!({"suggest": suggest, "label": label}), "{content}");
    }
    let got = mini(&shop, TEXT, &text("来赌博吧")).await;
    assert_eq!(got["detail"][1]["keyword"], "赌博");
    shop.sim.security_word("袜子", 10001, Suggest::Review).unwrap();
    let got = mini(&shop, TEXT, &text("一双袜子")).await;
    assert_eq!(got["result"], json!({"suggest": "review", "label": 10001}));
    let body = json!({"word": "帽子", "label": 20013});
    assert_eq!(shop.control("security/words", &body).await.0, 200);
    assert_eq!(mini(&shop, TEXT, &text("帽子")).await["result"]["suggest"], "risky");
    assert_eq!(shop.control("security/words", &json!({"word": "帽子", "label": 5})).await.0, 400);
}

#[tokio::test]
async fn a_signature_counts_in_profiles_alone() {
    let shop = visited().await;
    let mut body = text("你好");
    body["signature"] = json!("赌博");
    assert_eq!(mini(&shop, TEXT, &body).await["result"]["suggest"], "pass");
    body["scene"] = json!(1);
    assert_eq!(mini(&shop, TEXT, &body).await["result"]["suggest"], "risky");
    let mut body = text("你好");
    body["nickname"] = json!("赌博");
    assert_eq!(mini(&shop, TEXT, &body).await["result"]["suggest"], "risky");
}

#[tokio::test]
async fn the_first_version_knows_only_risky() {
    let shop = shop().await;
    assert_eq!(mini(&shop, TEXT, &json!({"content": "袜子"})).await, json!({"errcode": 0, "errmsg": "ok"}));
    assert_eq!(mini(&shop, TEXT, &json!({"content": "测试审核"})).await["errcode"], 0);
    assert_eq!(mini(&shop, TEXT, &json!({"content": "赌博"})).await["errcode"], 87014);
}

#[tokio::test]
async fn the_shopper_has_to_have_been_there_lately() {
    let shop = visited().await;
    shop.sim.app("wxother", "s");
    visit(&shop, "wxother", "s", "oForeign").await;
    shop.clock.advance_secs(2 * 3600 - 60);
    assert_eq!(mini(&shop, TEXT, &text("好")).await["errcode"], 0);
    shop.clock.advance_secs(60);
    for (path, body) in [(TEXT, text("好")), (MEDIA, media("https://a.cn/1.jpg"))] {
        assert_eq!(mini(&shop, path, &body).await["errcode"], 61010);
    }
    visit(&shop, APP, SECRET, "oAlice").await;
    assert_eq!(mini(&shop, TEXT, &text("好")).await["errcode"], 0);
    for (openid, code) in [("oForeign", 43104), ("oNobody", 40003)] {
        let mut body = text("好");
        body["openid"] = json!(openid);
        assert_eq!(mini(&shop, TEXT, &body).await["errcode"], code);
    }
}

#[tokio::test]
async fn checks_are_refused_with_their_codes() {
    let shop = visited().await;
    let long = "字".repeat(2501);
    for (member, value, code) in [
        ("content", json!(long), 47001),
        ("content", json!(""), 47001),
        ("content", json!(5), 47001),
        ("scene", json!(5), 40129),
        ("scene", json!("1"), 47001),
        ("version", json!(3), 47001),
        ("openid", json!(null), 47001),
    ] {
        let mut body = text("好");
        body[member] = value;
        assert_eq!(mini(&shop, TEXT, &body).await["errcode"], code, "{member}");
    }
    assert_eq!(mini(&shop, TEXT, &text(&"字".repeat(2500))).await["errcode"], 0);
    for (member, value, code) in
        [("media_type", json!(3), 40004), ("media_url", json!("a.jpg"), 47001), ("scene", json!(0), 40129)]
    {
        let mut body = media("https://a.cn/1.jpg");
        body[member] = value;
        assert_eq!(mini(&shop, MEDIA, &body).await["errcode"], code, "{member}");
    }
}

#[tokio::test]
async fn the_answer_about_a_picture_is_pushed() {
    let shop = visited().await;
    take_pushes(&shop).await;
    let asked = mini(&shop, MEDIA, &media("https://a.cn/porn.jpg")).await;
    assert_eq!((&asked["errcode"], &asked["errmsg"]), (&json!(0), &json!("ok")));
    assert!(events(&shop, "wxa_media_check").is_empty());
    shop.clock.advance_secs(1);
    let told = events(&shop, "wxa_media_check");
    let mut told = told[0].clone();
    for name in ["ToUserName", "FromUserName", "CreateTime"] {
        assert!(!told[name].take().is_null(), "{name}");
    }
    let model =
        json!({"strategy": "content_model", "errcode": 0, "suggest": "risky", "label": 20002, "prob": 90});
    assert_eq!(
        told,
        json!({
            "ToUserName": null, "FromUserName": null, "CreateTime": null, "MsgType": "event",
            "Event": "wxa_media_check", "appid": APP, "trace_id": asked["trace_id"], "version": 2,
            "errcode": 0, "errmsg": "ok", "detail": [model], "result": {"suggest": "risky", "label": 20002},
        })
    );
    shop.clock.advance_secs(3600);
    assert_eq!(events(&shop, "wxa_media_check").len(), 1, "once");
}

#[tokio::test]
async fn pictures_know_fewer_labels_and_can_be_out_of_reach() {
    let shop = visited().await;
    take_pushes(&shop).await;
    shop.sim.security_word("赌博", 20013, Suggest::Risky).unwrap();
    mini(&shop, MEDIA, &media("https://a.cn/x?name=%E8%B5%8C%E5%8D%9A.jpg")).await;
    mini(&shop, MEDIA, &media("https://a.cn/socks.jpg")).await;
    shop.clock.advance_secs(1);
    let results: Vec<Value> =
        events(&shop, "wxa_media_check").iter().map(|told| told["result"].clone()).collect();
    assert_eq!(
        results,
        [json!({"suggest": "risky", "label": 21000}), json!({"suggest": "pass", "label": 100})]
    );
    let switch = json!({"app_id": APP, "unreachable": true});
    assert_eq!(shop.control("security/media", &switch).await.0, 200);
    mini(&shop, MEDIA, &media("https://a.cn/socks.jpg")).await;
    shop.clock.advance_secs(1);
    let told = events(&shop, "wxa_media_check").remove(2);
    assert_eq!((&told["errcode"], &told["result"]), (&json!(-1008), &Value::Null));
}

#[tokio::test]
async fn shoppers_have_a_rank() {
    let shop = visited().await;
    let body = json!({"appid": APP, "openid": "oAlice", "scene": 0, "client_ip": "1.2.3.4"});
    let got = mini(&shop, RANK, &body).await;
    assert_eq!((&got["errmsg"], &got["risk_rank"]), (&json!("getuserriskrank succ"), &json!(0)));
    assert!(got["unoin_id"].is_number());
    let rank = json!({"app_id": APP, "openid": "oAlice", "rank": 4});
    assert_eq!(shop.control("security/rank", &rank).await.0, 200);
    assert_eq!(mini(&shop, RANK, &body).await["risk_rank"], 4);
    assert!(shop.sim.risk_rank(APP, "oAlice", 5).is_err());
    for (member, value, code) in [
        ("appid", json!("wxother"), 40013),
        ("scene", json!(3), 40129),
        ("client_ip", json!(""), 47001),
        ("openid", json!("oNobody"), 40003),
        ("is_test", json!("no"), 47001),
    ] {
        let mut body = body.clone();
        body[member] = value;
        assert_eq!(mini(&shop, RANK, &body).await["errcode"], code, "{member}");
    }
    shop.clock.advance_secs(7200);
    assert_eq!(mini(&shop, RANK, &body).await["errcode"], 61010);
}
