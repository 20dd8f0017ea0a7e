//! Quotas, and the tools around them.

use crate::support::{APP, SECRET, Shop, shop};
use serde_json::{Value, json};

const PHONE: &str = "/wxa/business/getuserphonenumber";

async fn token(shop: &Shop, app_id: &str, secret: &str) -> String {
    let body = json!({"grant_type": "client_credential", "appid": app_id, "secret": secret});
    let answer = post(shop, "/cgi-bin/stable_token", &body).await;
    answer["access_token"].as_str().unwrap_or_default().to_owned()
}

async fn post(shop: &Shop, target: &str, body: &Value) -> Value {
    let url = format!("{}{target}", shop.sim.base_url());
    shop.http.post(url).json(body).send().await.unwrap().json().await.unwrap()
}

async fn get(shop: &Shop, target: &str) -> Value {
    let url = format!("{}{target}", shop.sim.base_url());
    shop.http.get(url).send().await.unwrap().json().await.unwrap()
}

async fn with(shop: &Shop, token: &str, path: &str, body: &Value) -> Value {
    post(shop, &format!("{path}?access_token={token}"), body).await
}

async fn phone(shop: &Shop, token: &str) -> i64 {
    with(shop, token, PHONE, &json!({"code": "none"})).await["errcode"].as_i64().unwrap()
}

/// Moves to the first minute of the next day in Beijing.
fn next_day(shop: &Shop) {
    use wechat_sim::Clock as _;
    let left = 86_400_000 - (shop.clock.now_millis() + 8 * 3_600_000) % 86_400_000;
    shop.clock.advance_millis(left);
}

#[tokio::test]
async fn calls_are_refused_when_the_day_or_the_minute_is_used_up() {
    let shop = shop().await;
    next_day(&shop);
    shop.sim.app("wxother", "s");
    let (own, other) = (token(&shop, APP, SECRET).await, token(&shop, "wxother", "s").await);
    let limit = json!({"app_id": APP, "path": PHONE, "daily": 3, "per_minute": 2});
    let (status, limits) = shop.control("limits", &limit).await;
    assert_eq!((status, &limits["limits"][0]), (200, &limit));
    assert_eq!([phone(&shop, &own).await, phone(&shop, &own).await], [40029; 2]);
    assert_eq!(phone(&shop, &own).await, 45011);
    assert_eq!(phone(&shop, &other).await, 40029);
    shop.clock.advance_secs(60);
    assert_eq!(phone(&shop, &own).await, 40029);
    assert_eq!(phone(&shop, &own).await, 45009);
    shop.clock.advance_secs(3600);
    assert_eq!(phone(&shop, &own).await, 45009);
    next_day(&shop);
    let own = token(&shop, APP, SECRET).await;
    assert_eq!(phone(&shop, &own).await, 40029);
    for wrong in [
        json!({"app_id": "wxnobody", "path": PHONE, "daily": 1}),
        json!({"app_id": APP, "path": "/nothing", "daily": 1}),
    ] {
        assert_ne!(shop.control("limits", &wrong).await.0, 200, "{wrong}");
    }
}

#[tokio::test]
async fn tokens_have_the_documented_quotas() {
    let shop = shop().await;
    next_day(&shop);
    let access = token(&shop, APP, SECRET).await;
    let quota = |path: &'static str| {
        let (shop, access) = (&shop, access.clone());
        async move { with(shop, &access, "/cgi-bin/openapi/quota/get", &json!({"cgi_path": path})).await }
    };
    let expected = json!({
        "errcode": 0, "errmsg": "ok",
        "quota": {"daily_limit": 500_000, "used": 1, "remain": 499_999},
        "rate_limit": {"call_count": 10_000, "refresh_second": 60},
    });
    assert_eq!(quota("/cgi-bin/stable_token").await, expected);
    assert_eq!(quota("/cgi-bin/token").await["quota"]["daily_limit"], 2000);
    assert_eq!(quota("/sns/jscode2session").await["errcode"], 76022);
    assert_eq!(quota("cgi-bin/token").await["errcode"], 76021);
    assert_eq!(quota("/no/such/call").await["errcode"], 76021);
    let target = format!("/cgi-bin/token?grant_type=client_credential&appid={APP}&secret={SECRET}");
    assert!(shop.sim.limit(APP, "/cgi-bin/token", Some(2), None));
    get(&shop, &target).await;
    assert!(get(&shop, &target).await["access_token"].is_string());
    let refused = get(&shop, &target).await;
    assert_eq!(refused["errcode"], 45009);
    assert!(refused["errmsg"].as_str().unwrap().contains("getStableAccessToken"));
    assert!(shop.sim.limit(APP, "/cgi-bin/stable_token", None, Some(1)));
    assert_eq!(token(&shop, APP, SECRET).await, "");
    shop.clock.advance_secs(60);
    assert_eq!(token(&shop, APP, SECRET).await, access);
}

#[tokio::test]
async fn all_quotas_are_cleared_ten_times_a_month() {
    let shop = shop().await;
    next_day(&shop);
    let access = token(&shop, APP, SECRET).await;
    shop.sim.limit(APP, PHONE, Some(1), None);
    let clear = |body: Value| {
        let (shop, access) = (&shop, &access);
        async move { with(shop, access, "/cgi-bin/clear_quota", &body).await["errcode"].clone() }
    };
    let v2 = format!("/cgi-bin/clear_quota/v2?appid={APP}&appsecret={SECRET}");
    for _ in 0..5 {
        assert_eq!([phone(&shop, &access).await, phone(&shop, &access).await], [40029, 45009]);
        assert_eq!(clear(json!({"appid": APP})).await, 0);
        assert_eq!([phone(&shop, &access).await, phone(&shop, &access).await], [40029, 45009]);
        assert_eq!(post(&shop, &v2, &json!({})).await["errcode"], 0);
    }
    assert_eq!(clear(json!({"appid": APP})).await, 48006);
    let by_body = json!({"appid": APP, "appsecret": SECRET});
    assert_eq!(post(&shop, "/cgi-bin/clear_quota/v2", &by_body).await["errcode"], 48006);
    assert_eq!(clear(json!({"appid": "wxother"})).await, 40013);
    assert_eq!(clear(json!({})).await, 47001);
    for (body, errcode) in [
        (json!({"appsecret": SECRET}), 41002),
        (json!({"appid": APP}), 41004),
        (json!({"appid": "wxnobody", "appsecret": SECRET}), 40013),
        (json!({"appid": APP, "appsecret": "x"}), 40125),
    ] {
        assert_eq!(post(&shop, "/cgi-bin/clear_quota/v2", &body).await["errcode"], errcode, "{body}");
    }
    shop.clock.advance_secs(31 * 86_400);
    assert_eq!(post(&shop, &v2, &json!({})).await["errcode"], 0);
}

#[tokio::test]
async fn the_quota_of_one_call_is_cleared_fifty_times_a_month() {
    let shop = shop().await;
    next_day(&shop);
    let access = token(&shop, APP, SECRET).await;
    shop.sim.limit(APP, PHONE, Some(1), None);
    let path = "/cgi-bin/openapi/quota/clear";
    for _ in 0..50 {
        phone(&shop, &access).await;
        assert_eq!(with(&shop, &access, path, &json!({"cgi_path": PHONE})).await["errcode"], 0);
    }
    assert_eq!([phone(&shop, &access).await, phone(&shop, &access).await], [40029, 45009]);
    assert_eq!(with(&shop, &access, path, &json!({"cgi_path": PHONE})).await["errcode"], 48006);
    assert_eq!(with(&shop, &access, path, &json!({"cgi_path": "/nothing"})).await["errcode"], 76021);
    assert_eq!(
        with(&shop, &access, path, &json!({"cgi_path": "/sns/jscode2session"})).await["errcode"],
        76022
    );
    let empty = shop.http.post(format!("{}{path}?access_token={access}", shop.sim.base_url()));
    let empty: Value = empty.send().await.unwrap().json().await.unwrap();
    assert_eq!(empty["errcode"], 44002);
}

fn rid(answer: &Value) -> String {
    let text = answer["errmsg"].as_str().unwrap();
    text.rsplit_once("rid: ").unwrap().1.to_owned()
}

#[tokio::test]
async fn a_refusal_is_found_by_its_number_for_seven_days() {
    use wechat_sim::{Clock as _, Fault};
    let shop = shop().await;
    shop.sim.app("wxother", "s");
    let access = token(&shop, APP, SECRET).await;
    let target = format!("{PHONE}?access_token={access}");
    let refused = post(&shop, &target, &json!({"code": "none"})).await;
    let number = rid(&refused);
    let info = |token: String, rid: String| {
        let shop = &shop;
        async move { with(shop, &token, "/cgi-bin/openapi/rid/get", &json!({"rid": rid})).await }
    };
    let found = info(access.clone(), number.clone()).await;
    let expected = json!({"errcode": 0, "errmsg": "ok", "request": {
        "invoke_time": shop.clock.now_millis() / 1000, "cost_in_ms": 0,
        "request_url": format!("access_token={access}"), "request_body": "{\"code\":\"none\"}",
        "response_body": refused.to_string(), "client_ip": "127.0.0.1",
    }});
    assert_eq!(found, expected);
    let other = token(&shop, "wxother", "s").await;
    assert_eq!(info(other, number.clone()).await["errcode"], 76003);
    assert_eq!(info(access.clone(), "00000000-00000000-00000000".to_owned()).await["errcode"], 76001);
    assert_eq!(info(access.clone(), "what".to_owned()).await["errcode"], 76002);
    assert_eq!(info(access.clone(), String::new()).await["errcode"], 76002);
    let login = get(&shop, &format!("/sns/jscode2session?appid={APP}&secret=x")).await;
    assert_eq!(info(access.clone(), rid(&login)).await["errcode"], 76022);
    shop.sim.fault(Fault::error("phone", 0, "-1"));
    let planned = post(&shop, &target, &json!({"code": "none"})).await;
    assert_eq!(info(access.clone(), rid(&planned)).await["errcode"], 0);
    let method = get(&shop, &target).await;
    assert_eq!(info(access, rid(&method)).await["request"]["request_body"], "");
    shop.clock.advance_secs(7 * 86_400);
    let later = token(&shop, APP, SECRET).await;
    assert_eq!(info(later, number).await["errcode"], 76004);
}

#[tokio::test]
async fn the_network_tools_answer() {
    let shop = shop().await;
    let access = token(&shop, APP, SECRET).await;
    for path in ["/cgi-bin/get_api_domain_ip", "/cgi-bin/getcallbackip"] {
        let answer = get(&shop, &format!("{path}?access_token={access}")).await;
        assert_eq!(answer["ip_list"], json!(["127.0.0.1"]));
    }
    for (body, errcode) in [
        (json!({"action": "all", "check_operator": "DEFAULT"}), 40201),
        (json!({"action": "some", "check_operator": "DEFAULT"}), 40202),
        (json!({"check_operator": "DEFAULT"}), 40202),
        (json!({"action": "all", "check_operator": "TELECOM"}), 40203),
    ] {
        let answer = with(&shop, &access, "/cgi-bin/callback/check", &body).await;
        assert_eq!(answer["errcode"], errcode, "{body}");
    }
    assert_eq!(get(&shop, "/cgi-bin/getcallbackip").await["errcode"], 41001);
}
