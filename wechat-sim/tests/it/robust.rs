//! What goes on when something went wrong, or when somebody asks for nonsense.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};
use wechat_sim::{Clock as _, DeliveryState, Effect, Fault, Settings, Simulator};

use crate::support::{APP, MCHID, NOWHERE, Receiver, SECRET, order, refund, shop, shop_with};

#[tokio::test]
async fn sums_that_are_none_are_refused_and_nothing_is_paid() {
    let shop = shop().await;
    shop.prepaid("order-0001", 100, NOWHERE).await;
    for wrong in [
        json!({"payer_total": 101}),
        json!({"payer_total": -1}),
        json!({"payer_total": i64::MIN}),
        json!({"amount_total": 0}),
        json!({"amount_total": i64::MAX}),
        json!({"amount_total": 50, "payer_total": 51}),
    ] {
        let mut asked = wrong.clone();
        asked["out_trade_no"] = json!("order-0001");
        assert_eq!(shop.control("pay", &asked).await.0, 400, "{wrong}");
    }
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "NOTPAY");
    assert!(shop.sim.ledger().is_empty() && shop.sim.notifications().is_empty());
    let free = json!({"out_trade_no": "order-0001", "payer_total": 0});
    assert_eq!(shop.control("pay", &free).await.0, 200, "a coupon may pay all of it");
}

#[tokio::test]
async fn time_goes_forward_and_not_without_end() {
    let shop = shop().await;
    for wrong in [-1, i64::MAX, i64::MIN, 4_102_444_800_000] {
        assert_eq!(shop.control("clock", &json!({"advance_ms": wrong})).await.0, 400, "{wrong}");
    }
    assert!(shop.sim.advance(Duration::from_secs(u64::MAX / 1_000_000)).is_err());
    assert_eq!(shop.control("clock", &json!({"advance_ms": 86_400_000})).await.0, 200);
}

#[tokio::test]
async fn time_does_not_fall_back_at_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (path, rate) = (folder.path().join("sim.db"), |rate: f64, path: &std::path::Path| {
        let path = path.to_owned();
        move |settings: &mut Settings| {
            settings.rate = rate;
            settings.state_path = Some(path);
        }
    });
    let life = |clock: Value| clock["now_millis"].as_i64().unwrap();
    let shop = shop_with(rate(3600.0, &path)).await;
    shop.clock.advance_secs(10);
    let before = life(shop.listed("clock").await);
    assert!(before - shop.clock.now_millis() >= 3599 * 10_000);
    shop.sim.shutdown().await;
    let same = Arc::clone(&shop.clock);
    let again = shop_with(|settings| {
        rate(1.0, &path)(settings);
        settings.clock = same;
    })
    .await;
    let clock = again.listed("clock").await;
    assert_eq!(clock["rate"], 1.0, "the rate is what it is started with");
    assert!(life(clock) >= before, "life goes on from where it was");
    again.sim.shutdown().await;
}

#[tokio::test]
async fn speed_shortens_waits_and_leaves_the_calendar_alone() {
    let shop = shop().await;
    let (_, code) = shop.control("pay_codes", &json!({"app_id": APP, "asks_password": true})).await;
    let body = json!({
        "appid": APP, "mchid": MCHID, "description": "socks", "out_trade_no": "order-0001",
        "payer": {"auth_code": code["auth_code"].as_str().or(code["code"].as_str())},
        "amount": {"total": 100}, "scene_info": {"store_info": {"id": "1"}},
    });
    let reply = shop.call("POST", "/v3/pay/transactions/codepay", &body.to_string()).await;
    assert_eq!(reply.json()["trade_state"], "USERPAYING", "{:?}", reply.json());
    shop.sim.set_speed(1000.0).unwrap();
    shop.clock.advance_secs(60);
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "USERPAYING");
    shop.clock.advance_secs(300);
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "PAYERROR");
}

#[tokio::test]
async fn a_client_that_hangs_up_is_served_and_stands_on_the_page() {
    let shop = shop().await;
    shop.sim.fault(Fault::delay("prepay_jsapi", Duration::from_millis(300)));
    let body = order("order-0001", 100, NOWHERE);
    let gone = tokio::time::timeout(Duration::from_millis(100), shop.prepay(&body)).await;
    assert!(gone.is_err());
    for _ in 0..200 {
        if !shop.sim.requests().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let seen = &shop.sim.requests()[0];
    assert_eq!((seen.operation.as_str(), seen.status), ("prepay_jsapi", 200));
    assert!(seen.fault.is_some() && shop.sim.order(MCHID, "order-0001").is_some());
}

/// How many requests are open now, and how many were at most.
type Open = Arc<(AtomicUsize, AtomicUsize)>;

async fn dawdle(State(open): State<Open>) -> StatusCode {
    let now = open.0.fetch_add(1, Ordering::SeqCst) + 1;
    open.1.fetch_max(now, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(50)).await;
    open.0.fetch_sub(1, Ordering::SeqCst);
    StatusCode::NO_CONTENT
}

#[tokio::test]
async fn a_slow_receiver_does_not_take_all_connections() {
    let open = Open::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    let router = Router::new().fallback(dawdle).with_state(Arc::clone(&open));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let shop = shop().await;
    shop.sim.pause_delivery();
    for number in 0..300 {
        let number = format!("order-{number:04}");
        shop.prepaid(&number, 100, &url).await;
        shop.sim.pay(MCHID, &number).unwrap();
    }
    shop.sim.resume_delivery();
    assert!(shop.sim.delivered_within(Duration::from_secs(30)).await);
    let most = open.1.load(Ordering::SeqCst);
    assert!((2..=128).contains(&most), "{most} at a time");
}

#[tokio::test]
async fn paid_first_hurries_nobody_else() {
    let (shop, receiver) = (shop().await, Receiver::start(&[500]).await);
    shop.prepaid("order-0001", 100, &receiver.url).await;
    shop.sim.pay(MCHID, "order-0001").unwrap();
    while shop.sim.notifications()[0].attempts.is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    shop.sim.fault(Fault::new("prepay_jsapi", Effect::PaidFirst));
    shop.prepaid("order-0002", 100, &receiver.url).await;
    let letters = shop.sim.notifications();
    assert_eq!(
        (letters[0].attempts.len(), letters[0].state),
        (1, DeliveryState::Pending),
        "its time has not come"
    );
    assert_eq!(letters[1].attempts.len(), 1);
}

#[tokio::test]
async fn an_overtaken_notification_waits_for_the_one_that_overtakes() {
    let (shop, receiver) = (shop().await, Receiver::start(&[]).await);
    shop.sim.fault(Fault::new("notify:TRANSACTION.SUCCESS", Effect::Reorder));
    shop.prepaid("order-0001", 100, &receiver.url).await;
    shop.sim.pay(MCHID, "order-0001").unwrap();
    shop.clock.advance_secs(20);
    let mut back = refund("order-0001", "refund-0001", 100, 100);
    back["notify_url"] = json!(receiver.url);
    assert_eq!(shop.refund(&back).await.status, 200);
    shop.clock.advance_secs(2);
    let letters = receiver.wait_for(2).await;
    let kind = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["event_type"].clone();
    assert_eq!([kind(&letters[0].1), kind(&letters[1].1)], ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]);
}

#[tokio::test]
async fn the_page_shows_the_very_bytes_that_were_to_be_signed() {
    let shop = shop().await;
    let body = r#"{"description":"\u4e2d\n\"x\"","back":"\\n"}"#;
    let target = "/v3/pay/transactions/jsapi";
    let wrong = shop.authorization("POST", target, "another body", shop.clock_secs());
    assert_eq!(shop.send("POST", target, body, &wrong).await.code(), "SIGN_ERROR");
    let id = shop.sim.requests()[0].id;
    let url = format!("{}/_control/log/{id}", shop.sim.base_url());
    let page = shop.http.get(url).send().await.unwrap().text().await.unwrap();
    let shown = body.replace('"', "&quot;");
    assert!(page.contains(&format!("{shown}↵")), "{page}");
}

#[tokio::test]
async fn books_count_everything_that_moves() {
    let shop = shop().await;
    assert_eq!(shop.control("balance", &json!({"mchid": MCHID, "amount": 5000})).await.0, 200);
    let books = shop.listed(&format!("ledger?mchid={MCHID}")).await;
    assert_eq!(books["totals"][0]["amount"], 5000, "{books}");
}

#[tokio::test]
async fn another_simulator_can_be_started_beside_it() {
    let (one, two) =
        tokio::join!(Simulator::start(Settings::default()), Simulator::start(Settings::default()));
    let (one, two) = (one.unwrap(), two.unwrap());
    one.app(APP, SECRET);
    assert_ne!(one.base_url(), two.base_url());
    let root = reqwest::get(format!("{}/", two.base_url())).await.unwrap();
    assert!(root.status().is_success() && root.url().path() == "/_control/", "the root leads to the pages");
}
