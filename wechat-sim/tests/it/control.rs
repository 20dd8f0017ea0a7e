//! Faults, the payment sheet, and the state file.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::support::{APP, MCHID, NOWHERE, Receiver, SECRET, Shop, order, shop, shop_with, verifies};
use serde_json::{Value, json};
use wechat_sim::{DeliveryState, Effect, Fault, Settings, Simulator};

#[tokio::test]
async fn answers_go_wrong_before_or_after_the_work() {
    let shop = shop().await;
    let before =
        json!({"at": "prepay_jsapi", "does": {"error": {"status": 503, "code": "SERVICE_UNAVAILABLE"}}});
    assert_eq!(shop.control("faults", &json!({"plan": [before]})).await.0, 200);
    let reply = shop.prepay(&order("order-0001", 100, NOWHERE)).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "SERVICE_UNAVAILABLE"));
    assert!(shop.sim.order(MCHID, "order-0001").is_none());
    shop.sim.fault(Fault::error("prepay_jsapi", 500, "").after_work().times(2));
    for _ in 0..2 {
        assert_eq!(shop.prepay(&order("order-0001", 100, NOWHERE)).await.code(), "SYSTEM_ERROR");
    }
    assert!(shop.sim.order(MCHID, "order-0001").is_some());
    assert_eq!(shop.prepay(&order("order-0001", 100, NOWHERE)).await.status, 200);
}

#[tokio::test]
async fn answers_can_be_late_accepted_or_errcodes() {
    let shop = shop().await;
    shop.sim.fault(Fault::delay("prepay_jsapi", Duration::from_millis(80)));
    let start = Instant::now();
    shop.prepaid("order-0001", 100, NOWHERE).await;
    assert!(start.elapsed() >= Duration::from_millis(80));
    shop.sim.fault(Fault::new("query", Effect::Accepted));
    let accepted = shop.query("order-0001").await;
    assert_eq!(accepted.status, 202);
    assert!(verifies(&shop.kit, &accepted.headers, &accepted.body));
    shop.sim.fault(Fault::error("stable_token", 0, "-1"));
    let url = format!("{}/cgi-bin/stable_token", shop.sim.base_url());
    let body = json!({"grant_type": "client_credential", "appid": APP, "secret": SECRET});
    let busy: Value = shop.http.post(&url).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(busy["errcode"], -1);
    for wrong in [
        json!({"plan": [{"at": "fly", "does": "truncated"}]}),
        json!({"notification": "off"}),
        json!({"notifications": "maybe"}),
    ] {
        assert_eq!(shop.control("faults", &wrong).await.0, 400, "{wrong}");
    }
}

async fn get(shop: &Shop, path: &str) -> String {
    shop.http.get(format!("{}{path}", shop.sim.base_url())).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn the_sheet_takes_a_payment_by_form() {
    let shop = shop().await;
    let prepay_id = shop.prepaid("order-0001", 1234, NOWHERE).await;
    let page = get(&shop, &format!("/_control/sheet/{prepay_id}")).await;
    assert!(page.contains("¥12.34") && page.contains(MCHID) && page.contains("一双 &lt;袜子&gt;"), "{page}");
    assert!(!page.contains("<袜子>") && !page.contains("<script"));
    let post =
        |action: &str| shop.http.post(format!("{}/_control/sheet/{prepay_id}/{action}", shop.sim.base_url()));
    assert!(post("cancel").send().await.unwrap().text().await.unwrap().contains("已取消"));
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "NOTPAY");
    let foreign = post("pay").header("origin", "http://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert!(post("pay").send().await.unwrap().text().await.unwrap().contains("支付成功"));
    assert_eq!(shop.query("order-0001").await.json()["trade_state"], "SUCCESS");
    assert!(get(&shop, "/_control/").await.contains(&prepay_id));
    assert!(get(&shop, "/_control/sheet/nothing").await.contains("没有这笔"));
}

#[tokio::test]
async fn the_json_paths_show_and_steer() {
    let shop = shop().await;
    let (_, login) = shop.control("login_codes", &json!({"app_id": APP, "openid": "oAlice"})).await;
    assert_eq!(login["openid"], "oAlice");
    assert!(
        shop.control("phone_codes", &json!({"app_id": APP, "phone": "13800138000"})).await.1["code"]
            .is_string()
    );
    assert_eq!(shop.control("login_codes", &json!({"app_id": "wxnobody"})).await.0, 404);
    shop.prepaid("order-0001", 100, NOWHERE).await;
    assert_eq!(shop.control("cancel", &json!({"out_trade_no": "order-0001"})).await.0, 200);
    let orders: Value = serde_json::from_str(&get(&shop, "/_control/orders").await).unwrap();
    assert_eq!(orders["orders"][0]["state"], "NOTPAY");
    assert_eq!(shop.control("clock", &json!({"speed": 60.0})).await.1["speed"], 60.0);
    assert_eq!(shop.control("clock", &json!({"speed": 0})).await.0, 400);
    assert_eq!(shop.control("pay", &json!({"out_trade_no": "order-0009"})).await.0, 404);
    assert_eq!(shop.control("pay", &json!({"out_trade_no": "order-0001", "oops": 1})).await.0, 400);
    let plain =
        shop.http.post(format!("{}/_control/pay", shop.sim.base_url())).body("{}").send().await.unwrap();
    assert_eq!(plain.status(), 415);
}

/// A state file of its own, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn state(&self) -> PathBuf {
        self.0.join("state.db")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn the_state_outlives_a_restart() {
    let (scratch, receiver) = (Scratch::new("restart"), Receiver::start(&[500]).await);
    let shop = shop_with(|settings| settings.state_path = Some(scratch.state())).await;
    shop.prepaid("order-0001", 100, &receiver.url).await;
    shop.sim.pay(MCHID, "order-0001").unwrap();
    receiver.wait_for(1).await;
    while shop.sim.notifications()[0].attempts.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let code = shop.sim.login_code(APP, Some("oAlice"));
    let before = shop.query("order-0001").await.json();
    let second = Settings { state_path: Some(scratch.state()), ..Settings::default() };
    assert!(Simulator::start(second).await.is_err(), "the file is in use");
    shop.sim.shutdown().await;

    let again = shop_with(|settings| settings.state_path = Some(scratch.state())).await;
    assert_eq!(again.kit, shop.kit);
    assert_eq!(again.query("order-0001").await.json(), before);
    assert_eq!(again.sim.notifications()[0].state, DeliveryState::Pending);
    again.clock.advance_secs(16);
    let (headers, body) = receiver.wait_for(2).await.remove(1);
    assert!(verifies(&again.kit, &headers, &body));
    let login = format!(
        "/sns/jscode2session?appid={APP}&secret={SECRET}&js_code={}&grant_type=authorization_code",
        code.code
    );
    assert!(get(&again, &login).await.contains("oAlice"));
    again.sim.shutdown().await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_state_file_is_private_and_complete() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new("private");
    let shop = shop_with(|settings| settings.state_path = Some(scratch.state())).await;
    let prepay_id = shop.prepaid("order-0001", 100, NOWHERE).await;
    let path = scratch.state();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let written =
        [path.clone(), path.with_extension("db-wal")].map(|path| std::fs::read(path).unwrap()).concat();
    let wanted = prepay_id.as_bytes();
    assert!(written.windows(wanted.len()).any(|window| window == wanted), "written before it is answered");
    shop.sim.shutdown().await;
}

#[tokio::test]
async fn other_machines_are_kept_out_by_default() {
    let settings = Settings { bind: "0.0.0.0:0".parse().unwrap(), ..Settings::default() };
    assert!(Simulator::start(settings).await.is_err());
}
