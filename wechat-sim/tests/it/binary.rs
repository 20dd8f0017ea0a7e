//! The program as it is installed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use wechat_sim::{Clock as _, MerchantKit, SystemClock};

use crate::support::{NOWHERE, authorization, client};

const MCHID: &str = "1900000001";
const APP: &str = "wxdemo0123456789a";

/// A running `wechat-sim`, killed when it is dropped.
struct Program {
    child: Child,
    url: String,
    /// What it said before it was ready.
    said: String,
}

impl Program {
    fn start(folder: &Path, more: &[&str]) -> Self {
        let (data, keys) = (folder.join("sim.db"), folder.join("keys"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_wechat-sim"))
            .args(["--port", "0", "--data"])
            .arg(data)
            .arg("--keys")
            .arg(keys)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        let url = loop {
            let line = lines.next().expect("it gets ready").unwrap();
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
            said.push_str(&line);
        };
        Self { child, url, said }
    }

    /// As a power cut does it.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn call(&self, kit: &MerchantKit, method: &str, target: &str, body: &str) -> (u16, Value) {
        let at = SystemClock.now_millis() / 1000;
        let request = client()
            .request(method.parse().unwrap(), format!("{}{target}", self.url))
            .header("authorization", authorization(kit, (method, target, body), at))
            .header("content-type", "application/json")
            .body(body.to_owned());
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    async fn command(&self, path: &str, body: &Value) -> u16 {
        let url = format!("{}/_control/{path}", self.url);
        client().post(url).json(body).send().await.unwrap().status().as_u16()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn kit(folder: &Path) -> MerchantKit {
    let text = std::fs::read_to_string(folder.join("keys").join(MCHID).join("merchant.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let member = |name: &str| json[name].as_str().unwrap().to_owned();
    MerchantKit {
        mchid: member("mchid"),
        merchant_serial: member("merchant_serial"),
        merchant_private_key_pem: member("merchant_private_key_pem"),
        merchant_certificate_pem: member("merchant_certificate_pem"),
        api_v3_key: member("api_v3_key"),
        public_key_id: member("public_key_id"),
        public_key_pem: member("public_key_pem"),
        platform_certificate_pem: member("platform_certificate_pem"),
        platform_serial: member("platform_serial"),
    }
}

fn prepay(number: &str) -> String {
    json!({
        "appid": APP, "mchid": MCHID, "description": "socks", "out_trade_no": number, "notify_url": NOWHERE,
        "amount": {"total": 100, "currency": "CNY"}, "payer": {"openid": "oUser"},
    })
    .to_string()
}

#[tokio::test]
async fn what_was_answered_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]);
    let kit = kit(folder.path());
    for number in ["order-0001", "order-0002", "order-0003"] {
        let body = prepay(number);
        assert_eq!(program.call(&kit, "POST", "/v3/pay/transactions/jsapi", &body).await.0, 200);
        assert_eq!(program.command("pay", &json!({"out_trade_no": number})).await, 200);
    }
    assert_eq!(program.command("clock", &json!({"advance_ms": 3_600_000})).await, 200);
    program.kill();

    let again = Program::start(folder.path(), &[]);
    for number in ["order-0001", "order-0002", "order-0003"] {
        let target = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={MCHID}");
        let (status, order) = again.call(&kit, "GET", &target, "").await;
        assert_eq!((status, &order["trade_state"]), (200, &json!("SUCCESS")), "with the same keys");
    }
    let clock: Value =
        client().get(format!("{}/_control/clock", again.url)).send().await.unwrap().json().await.unwrap();
    let ahead = clock["now_millis"].as_i64().unwrap() - clock["stamp_millis"].as_i64().unwrap();
    assert!((3_590_000..=3_600_000).contains(&ahead), "an hour ahead still: {ahead}");
}

#[cfg(unix)]
#[tokio::test]
async fn it_says_where_everything_is_and_keeps_keys_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &["--set", "refuse_repeated_close=true"]);
    assert!(program.said.contains(MCHID) && program.said.contains("/_control/"), "{}", program.said);
    let key = folder.path().join("keys").join(MCHID).join("apiclient_key.pem");
    assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    let kit = kit(folder.path());
    assert_eq!(program.call(&kit, "POST", "/v3/pay/transactions/jsapi", &prepay("order-0001")).await.0, 200);
    let (target, body) =
        ("/v3/pay/transactions/out-trade-no/order-0001/close", json!({"mchid": MCHID}).to_string());
    assert_eq!(program.call(&kit, "POST", target, &body).await.0, 204);
    assert_eq!(program.call(&kit, "POST", target, &body).await.1["code"], "ORDER_CLOSED");
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wechat-sim")).args(arguments).output().unwrap()
}

#[test]
fn it_explains_itself() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    assert!(help.contains("Examples:") && help.contains("--chaos 0.05 --seed 7"), "{help}");
    let calls = String::from_utf8(run(&["--calls"]).stdout).unwrap();
    assert!(
        calls.lines().any(|line| line.starts_with("prepay_jsapi ") && line.contains(" POST ")),
        "{calls}"
    );
    for wrong in [&["--host", "0.0.0.0"][..], &["--set", "fly=true"], &["--app", "wx1"], &["--chaos", "2"]] {
        let refused = run(&[&["--port", "0"], wrong].concat());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.starts_with("Error: "), "{wrong:?}: {said}");
    }
}
