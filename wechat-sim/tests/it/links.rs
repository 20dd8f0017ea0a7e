//! Codes to scan, URL Links, URL Schemes and Short Links.

use crate::messaging::Mini;
use crate::support::{APP, SECRET};
use serde_json::{Value, json};
use wechat_sim::Clock as _;

const UNLIMITED: &str = "/wxa/getwxacodeunlimit";
const CODE: &str = "/wxa/getwxacode";
const SQUARE: &str = "/cgi-bin/wxaapp/createwxaqrcode";
const URL_LINK: &str = "/wxa/generate_urllink";
const SCHEME: &str = "/wxa/generatescheme";
const NFC: &str = "/wxa/generatenfcscheme";
const SHORT: &str = "/wxa/genwxashortlink";
const DAY: i64 = 86400;

async fn site(mini: &Mini, change: Value) {
    let mut body = change;
    body["app_id"] = json!(APP);
    assert_eq!(mini.shop.control("apps/pages", &body).await.0, 200, "{body}");
}

fn now(mini: &Mini) -> i64 {
    mini.shop.clock.now_millis() / 1000
}

#[tokio::test]
async fn a_code_is_a_picture_and_is_counted() {
    let mini = Mini::start().await;
    for (number, path) in [(1, CODE), (2, SQUARE)] {
        let answer = mini.raw(path, json!({"path": "pages/a?id=1", "width": 280}).to_string()).await;
        assert_eq!(answer.headers()["content-type"], "image/png");
        assert_eq!(answer.headers()["num-used"], number.to_string());
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(bytes[16..20], 280_u32.to_be_bytes());
    }
    site(&mini, json!({"codes_used": 100_000})).await;
    for path in [CODE, SQUARE] {
        assert_eq!(mini.code(path, &json!({"path": "pages/a"})).await, 45029);
    }
    assert_eq!(
        mini.raw(UNLIMITED, json!({"scene": "a"}).to_string()).await.headers()["content-type"],
        "image/png"
    );
}

#[tokio::test]
async fn codes_are_refused_with_their_codes() {
    let mini = Mini::start().await;
    for (path, body, code) in [
        (CODE, json!({"path": ""}), 40159),
        (CODE, json!({"path": "a".repeat(1025)}), 40159),
        (CODE, json!({"path": "a?scancode_time=1"}), 85096),
        (CODE, json!({"path": "a", "env_version": "formal"}), 40097),
        (CODE, json!({"path": "a", "width": 279}), 40097),
        (CODE, json!({"path": "a", "width": 1281}), 40097),
        (CODE, json!({"path": "a", "width": "430"}), 47001),
        (CODE, json!({"path": "a", "is_hyaline": 1}), 47001),
        (CODE, json!({"path": "a", "line_color": {"r": 0, "g": 0}}), 40097),
        (CODE, json!({"path": "a", "line_color": {"r": 0, "g": 0, "b": "256"}}), 40097),
        (SQUARE, json!({"path": "茶".repeat(43)}), 40159),
        (SQUARE, json!({}), 40159),
        (UNLIMITED, json!({}), 40129),
        (UNLIMITED, json!({"scene": "茶"}), 40129),
        (UNLIMITED, json!({"scene": "a%20"}), 40129),
        (UNLIMITED, json!({"scene": "a".repeat(33)}), 40169),
        (UNLIMITED, json!({"scene": "a", "page": "/pages/a"}), 41030),
        (UNLIMITED, json!({"scene": "a", "page": "pages/a?b=1"}), 41030),
        (UNLIMITED, json!({"scene": "a", "page": "scancode_time"}), 85096),
        (UNLIMITED, json!({"scene": "a", "env_version": "x"}), 40097),
    ] {
        assert_eq!(mini.code(path, &body).await, code, "{path} {body}");
    }
    for (path, code) in [(CODE, 40159), (SQUARE, 40159), (UNLIMITED, 40169)] {
        let form: Value = mini.raw(path, "path=a").await.json().await.unwrap();
        assert_eq!(form["errcode"], code, "{path}");
        assert_eq!(mini.raw(path, "").await.json::<Value>().await.unwrap()["errcode"], 44002);
    }
}

#[tokio::test]
async fn pages_and_colours_of_unlimited_codes_are_checked() {
    let mini = Mini::start().await;
    let body =
        |page: &str| json!({"scene": "id=1&b", "page": page, "line_color": {"r": "0", "g": 255, "b": "7"}});
    let drawn = async |body: Value| {
        mini.raw(UNLIMITED, body.to_string()).await.headers()["content-type"] == "image/png"
    };
    assert!(drawn(body("pages/none")).await, "no pages are known");
    mini.shop.sim.publish(APP, &["pages/a"]).unwrap();
    assert!(drawn(body("pages/a")).await);
    assert!(drawn(body("")).await);
    assert_eq!(mini.code(UNLIMITED, &body("pages/none")).await, 41030);
    let mut loose = body("pages/none");
    loose["check_path"] = json!(false);
    assert!(drawn(loose).await);
    let mut trial = body("pages/none");
    trial["env_version"] = json!("trial");
    assert!(drawn(trial).await);
}

#[tokio::test]
async fn a_code_leads_where_it_says() {
    let mini = Mini::start().await;
    let (_, led) = mini
        .shop
        .control("links/open", &json!({"link": format!("wxacode://{APP}/release/pages/a?scene=id%3D1")}))
        .await;
    let expected = json!({
        "opens": true, "appid": APP, "path": "pages/a", "query": "scene=id%3D1",
        "env_version": "release", "scene": 1047,
    });
    assert_eq!(led, expected);
    mini.shop.sim.publish(APP, &["pages/b"]).unwrap();
    let led = mini.shop.sim.open_link(&format!("wxacode://{APP}/release/pages/a")).unwrap();
    assert_eq!(led["opens"], false);
}

#[tokio::test]
async fn a_url_link_is_made_asked_for_and_opened_until_it_ends() {
    let mini = Mini::start().await;
    let end = now(&mini) + DAY;
    let body = json!({"path": "/pages/a", "query": "a=1", "expire_type": 0, "expire_time": end, "env_version": "trial"});
    let made = mini.post(URL_LINK, &body).await;
    let link = made["url_link"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://wxaurl.cn/"), "{made}");
    let asked = mini.post("/wxa/query_urllink", &json!({"url_link": link})).await;
    let info = json!({
        "appid": APP, "path": "pages/a", "query": "a=1", "create_time": end - DAY, "expire_time": end,
        "env_version": "trial",
    });
    assert_eq!(asked, json!({"errcode": 0, "errmsg": "ok", "url_link_info": info}));
    for visits in 1..=2 {
        let led = mini.shop.sim.open_link(&format!("{link}?cq=b%3D2")).unwrap();
        assert_eq!(
            (&led["opens"], &led["query"], &led["scene"]),
            (&json!(true), &json!("a=1&b=2"), &json!(1194))
        );
        assert_eq!(led["visits"], visits);
    }
    let quota = mini.post("/wxa/query_urllink", &json!({"query_type": 1})).await;
    assert_eq!(quota["quota_info"], json!({"remain_visit_quota": 2_999_998}));
    site(&mini, json!({"visits_today": 3_000_000})).await;
    assert_eq!(mini.shop.sim.open_link(&link).unwrap()["opens"], false);
    mini.shop.clock.advance_secs(DAY);
    assert_eq!(mini.shop.sim.open_link(&link).unwrap()["why"], "the link has expired");
    assert_eq!(mini.shop.sim.open_link("https://wxaurl.cn/none").unwrap()["why"], "there is no such link");
}

#[tokio::test]
async fn links_are_refused_with_their_codes() {
    let mini = Mini::start().await;
    let seconds = now(&mini);
    let with = |name: &str, value: Value| {
        let mut body = json!({"expire_type": 1, "expire_interval": 30});
        body[name] = value;
        body
    };
    for (body, code) in [
        (with("path", json!("pages/a?b=1")), 40165),
        (with("query", json!("a=茶")), 40212),
        (with("query", json!("a".repeat(1025))), 40212),
        (with("env_version", json!("formal")), 85402),
        (with("expire_interval", json!(31)), 85401),
        (with("expire_interval", json!(0)), 85401),
        (with("expire_type", json!(0)), 85401),
        (with("expire_type", json!(2)), 85401),
        (json!({"expire_time": seconds + 30}), 85401),
        (json!({"expire_time": seconds + 30 * DAY + 60}), 85401),
        (json!({"expire_time": (seconds + DAY).to_string()}), 47001),
        (with("cloud_base", json!({"path": "/a"})), 85088),
        (with("cloud_base", json!({"env": "e", "query": "茶"})), 40212),
    ] {
        assert_eq!(mini.code(URL_LINK, &body).await, code, "{body}");
    }
    let good = json!({"path": "pages/a", "expire_type": 1, "expire_interval": 1});
    site(&mini, json!({"pages": ["pages/b"]})).await;
    assert_eq!(mini.code(URL_LINK, &good).await, 40165);
    site(&mini, json!({"pages": []})).await;
    assert_eq!(mini.code(URL_LINK, &good).await, 85079);
    site(&mini, json!({"forget_pages": true, "links_today": 500_000})).await;
    assert_eq!(mini.code(URL_LINK, &good).await, 44993);
    assert_eq!(mini.code(SCHEME, &json!({})).await, 44993);
    for (path, body, code) in [
        ("/wxa/query_urllink", json!({"url_link": "https://wxaurl.cn/none"}), 85403),
        ("/wxa/query_urllink", json!({}), 40097),
        ("/wxa/query_urllink", json!({"query_type": 2}), 40097),
        ("/wxa/queryscheme", json!({"scheme": "weixin://dl/business/?t=none"}), 85403),
    ] {
        assert_eq!(mini.code(path, &body).await, code, "{path} {body}");
    }
}

#[tokio::test]
async fn a_hundred_links_fit_into_a_second() {
    let mini = Mini::start().await;
    for _ in 0..100 {
        assert_eq!(mini.code(SCHEME, &json!({})).await, 0);
    }
    assert_eq!(mini.code(SCHEME, &json!({})).await, 44990);
    mini.shop.clock.advance_secs(1);
    assert_eq!(mini.code(SCHEME, &json!({})).await, 0);
}

#[tokio::test]
async fn schemes_are_made_and_asked_for() {
    let mini = Mini::start().await;
    let begun = now(&mini);
    let body = json!({"jump_wxa": {"path": "pages/a", "query": "a=1"}, "is_expire": false});
    let link = mini.post(SCHEME, &body).await["openlink"].as_str().unwrap().to_owned();
    assert!(link.starts_with("weixin://dl/business/?t="), "{link}");
    let asked = mini.post("/wxa/queryscheme", &json!({"scheme": format!("{link}&cq=b%3D2")})).await;
    let info = &asked["scheme_info"];
    assert_eq!((&info["query"], &info["expire_time"]), (&json!("a=1&b=2"), &json!(begun + 30 * DAY)));
    let ends = json!({"is_expire": true, "expire_type": 1});
    assert_eq!(mini.code(SCHEME, &ends).await, 85401);
    assert_eq!(mini.code(NFC, &json!({"jump_wxa": {"path": "pages/a"}})).await, 9_800_003);
    let nfc = mini.post(NFC, &json!({"jump_wxa": {"path": "pages/a"}, "model_id": "m", "sn": "1"})).await;
    let asked = mini.post("/wxa/queryscheme", &json!({"scheme": nfc["openlink"]})).await;
    assert_eq!(asked["scheme_info"]["expire_time"], 0);
    assert_eq!(mini.code("/wxa/query_urllink", &json!({"url_link": link})).await, 85403);
}

#[tokio::test]
async fn a_plain_scheme_opens_the_pages_it_may() {
    let mini = Mini::start().await;
    let scheme = format!("weixin://dl/business/?appid={APP}&path=pages/a&query=a%3D1");
    assert_eq!(mini.code("/wxa/queryscheme", &json!({"scheme": scheme})).await, 85405);
    assert_eq!(mini.shop.sim.open_link(&scheme).unwrap()["opens"], false);
    site(&mini, json!({"plain_schemes": ["pages/a"]})).await;
    let info = json!({"appid": APP, "path": "pages/a", "query": "a=1", "env_version": "release"});
    assert_eq!(mini.post("/wxa/queryscheme", &json!({"scheme": scheme})).await["scheme_info"], info);
    assert_eq!(mini.shop.sim.open_link(&scheme).unwrap()["opens"], true);
}

#[tokio::test]
async fn short_links_live_thirty_days_or_for_ever() {
    let mini = Mini::start().await;
    let long = "一二三四五六七八九十一二三四五六七八九十一";
    let mut body = json!({"page_url": "pages/a?a=1", "page_title": long});
    let brief = mini.post(SHORT, &body).await["link"].as_str().unwrap().to_owned();
    assert!(brief.starts_with("#小程序://") && brief.contains("八九十.../"), "{brief}");
    body["is_permanent"] = json!(true);
    let permanent = mini.post(SHORT, &body).await["link"].as_str().unwrap().to_owned();
    mini.shop.clock.advance_secs(30 * DAY);
    assert_eq!(mini.shop.sim.open_link(&brief).unwrap()["opens"], false);
    let led = mini.shop.sim.open_link(&permanent).unwrap();
    assert_eq!((&led["path"], &led["query"]), (&json!("pages/a"), &json!("a=1")));
}

#[tokio::test]
async fn short_links_are_refused_with_their_codes() {
    let mini = Mini::start().await;
    let page = json!({"page_url": "pages/a"});
    for (body, code) in [
        (json!({}), 40066),
        (json!({"page_url": "a".repeat(1025)}), 40066),
        (json!({"page_url": "pages/a", "page_title": "a\nb"}), 40225),
        (json!({"page_url": "pages/a", "is_permanent": "true"}), 47001),
    ] {
        assert_eq!(mini.code(SHORT, &body).await, code, "{body}");
    }
    mini.shop.sim.publish(APP, &["pages/b"]).unwrap();
    assert_eq!(mini.code(SHORT, &page).await, 40066);
    site(&mini, json!({"forget_pages": true, "permanent_links": 100_000})).await;
    assert_eq!(mini.code(SHORT, &json!({"page_url": "pages/a", "is_permanent": true})).await, 85400);
    assert_eq!(mini.code(SHORT, &page).await, 0);
    site(&mini, json!({"short_links_today": 10_000_000})).await;
    assert_eq!(mini.code(SHORT, &page).await, 45009);
}

#[tokio::test]
async fn the_links_of_another_app_are_not_found() {
    let mini = Mini::start().await;
    let made = mini.post(URL_LINK, &json!({"expire_type": 1, "expire_interval": 1})).await;
    mini.shop.sim.app("wxother", SECRET);
    let other = Mini::of(mini.shop, "wxother").await;
    assert_eq!(other.code("/wxa/query_urllink", &json!({"url_link": made["url_link"]})).await, 85403);
}
