//! The binary as it is run: settings from outside, an orderly end, a log that keeps secrets.

use crate::support::{APP, MCH};
use reqwest::Client;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use wechat_sim::{Fault, Material, MerchantKit, Settings, Simulator};

/// A port that nobody listens to, below those that systems give to outgoing connections: another test's must not take
/// it before the server does.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 200).unwrap() * 50;
    let port = || first + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000;
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(port).find(free).unwrap()
}

/// A running server and what it printed until it was ready.
pub struct Process {
    pub child: Child,
    pub shop: String,
    pub ops: String,
    pub wechat: String,
    pub printed: Vec<String>,
    log: Option<JoinHandle<Vec<String>>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Process {
    /// Starts the server in `folder` on the ports of shop, operations and simulator.
    pub fn start(folder: &Path, ports: [u16; 3], set: &[(&str, &str)]) -> Self {
        let [shop, ops, wechat] = ports.map(|port| format!("127.0.0.1:{port}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_jishi"))
            .current_dir(folder)
            .env("JISHI_HTTP__BIND", &shop)
            .env("JISHI_HTTP__OPS_BIND", &ops)
            .env("JISHI_SIMULATOR__BIND", &wechat)
            .env("JISHI_LOG__FILTER", "error")
            .envs(set.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Read from the start: a full pipe would stop the server.
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = std::thread::spawn(move || stderr.lines().map_while(Result::ok).collect::<Vec<_>>());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let printed: Vec<String> = lines.by_ref().take_while(|line| line != "ready").collect();
        let ready = !printed.is_empty();
        assert!(ready, "the server did not start: {}", log.join().unwrap().join("\n"));
        std::thread::spawn(move || lines.for_each(drop));
        let [shop, ops, wechat] = [shop, ops, wechat].map(|address| format!("http://{address}"));
        Self { child, shop, ops, wechat, printed, log: Some(log) }
    }

    /// The password that was printed for a tenant's first operator.
    pub fn password(&self, tenant: &str) -> &str {
        let line = self.printed.iter().find(|line| line.contains(&format!("(tenant {tenant};")));
        line.and_then(|line| line.split_whitespace().nth(3)).expect("a password for the tenant's operator")
    }

    fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits for the end; gives whether it was a good one, and the log.
    fn ended(&mut self) -> (bool, Vec<String>) {
        let well = self.child.wait().unwrap().success();
        (well, self.log.take().unwrap().join().unwrap())
    }
}

fn jishi(folder: &Path, arguments: &[&str], set: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jishi"));
    command.current_dir(folder).args(arguments).envs(set.iter().copied());
    command.stdin(Stdio::null()).output().unwrap()
}

/// A WeChat of its own with one more mini program and merchant.
pub async fn wechat(app: &str, mch: &str) -> (Simulator, MerchantKit) {
    let simulator = Simulator::start(Settings::default()).await.unwrap();
    let kit = add(&simulator, app, mch).await;
    (simulator, kit)
}

async fn add(simulator: &Simulator, app: &str, mch: &str) -> MerchantKit {
    simulator.app(app, "a-secret-of-thirty-two-characters");
    let kit = simulator.merchant(mch).await;
    simulator.bind(app, mch);
    kit
}

pub fn tenant(name: &str, app: &str, mch: &str, kit: &MerchantKit, trust: &str) -> String {
    format!(
        "[tenant.{name}]\nname = \"{name}\"\napp_id = \"{app}\"\nmch_id = \"{mch}\"\n\
         app_secret = \"a-secret-of-thirty-two-characters\"\nmerchant_serial = \"{}\"\n\
         merchant_key = \"{name}_key.pem\"\napi_v3_key = \"{}\"\n{trust}\n",
        kit.merchant_serial, kit.api_v3_key
    )
}

/// One tenant trusts WeChat Pay's public key out of a file, the other a certificate in the settings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tenants_from_a_file_sell_against_a_wechat_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = ("wxfirst0123456789", "wxsecond012345678");
    let (simulator, kit) = wechat(first, "1900000011").await;
    let other = add(&simulator, second, "1900000022").await;
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("first_key.pem", &kit.merchant_private_key_pem);
    write("first_pub.pem", &kit.public_key_pem);
    write("second_key.pem", &other.merchant_private_key_pem);
    let public = format!("public_key_id = \"{}\"\npublic_key = \"first_pub.pem\"", kit.public_key_id);
    let certificate = format!("certificates = ['''\n{}''']", other.platform_certificate_pem);
    simulator.sign_with("1900000022", Material::Certificate);
    let url = simulator.base_url();
    write(
        "jishi.toml",
        &format!(
            "simulator.enabled = false\nwechat.api_url = \"{url}\"\nwechat.pay_url = \"{url}\"\n\
             wechat.api_backup_url = \"\"\nwechat.pay_backup_url = \"\"\n{}{}",
            tenant("first", first, "1900000011", &kit, &public),
            tenant("second", second, "1900000022", &other, &certificate)
        ),
    );
    let server = Process::start(folder.path(), [free_port(), free_port(), 0], &[]);
    for (name, app) in [("first", first), ("second", second)] {
        let password = server.password(name).to_owned();
        let demo =
            ["demo", "--url", &server.shop, "--wechat-url", &url, "--app-id", app, "--operator", "admin"];
        let bought = jishi(folder.path(), &[&demo[..], &["--password", &password]].concat(), &[]);
        let said = String::from_utf8_lossy(&bought.stdout);
        assert!(bought.status.success(), "{said}{}", String::from_utf8_lossy(&bought.stderr));
        assert_eq!(said.lines().last(), Some("paid"));
    }
    let nobody = Client::new().get(format!("{}/api/v1/products", server.shop)).send().await.unwrap();
    assert_eq!(nobody.status(), 400, "with two tenants a guest must say which");
    simulator.shutdown().await;
}

/// SIGTERM while WeChat takes its time: the request is answered, the process ends well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_what_runs_come_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (simulator, kit) = wechat(APP, MCH).await;
    std::fs::write(folder.path().join("main_key.pem"), &kit.merchant_private_key_pem).unwrap();
    let certificate = format!("certificates = ['''\n{}''']", kit.platform_certificate_pem);
    simulator.sign_with(MCH, Material::Certificate);
    std::fs::write(folder.path().join("jishi.toml"), tenant("main", APP, MCH, &kit, &certificate)).unwrap();
    let url = simulator.base_url();
    let set = [
        ("JISHI_SIMULATOR__ENABLED", "false"),
        ("JISHI_WECHAT__API_URL", url.as_str()),
        ("JISHI_WECHAT__PAY_URL", url.as_str()),
    ];
    let ports = [free_port(), free_port(), 0];
    let mut server = Process::start(folder.path(), ports, &set);
    let http = Client::new();
    let code = simulator.login_code(APP, None).code;
    simulator.fault(Fault::delay("code2session", Duration::from_millis(1500)));
    let login = http.post(format!("{}/api/v1/auth/login", server.shop)).json(&json!({ "code": code })).send();
    let login = tokio::spawn(login);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(http.get(format!("{}/readyz", server.ops)).send().await.unwrap().status().is_success());
    server.terminate();
    let mut ready = 200;
    while ready == 200 && !login.is_finished() {
        ready = http.get(format!("{}/readyz", server.ops)).send().await.unwrap().status().as_u16();
    }
    assert_eq!(ready, 503, "whoever balances the load is told while requests still run");
    let answer = login.await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    let (well, log) = server.ended();
    assert!(well, "{log:?}");
    assert!(Client::new().get(format!("{}/readyz", server.ops)).send().await.is_err());
    let token = answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    let server = Process::start(folder.path(), ports, &set);
    let me = http.get(format!("{}/api/v1/me", server.shop)).bearer_auth(token).send().await.unwrap();
    assert_eq!(me.status(), 200, "what was acknowledged is kept");
    simulator.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_json_and_keeps_secrets_and_people_out() {
    let folder = tempfile::tempdir().unwrap();
    let set = [("JISHI_LOG__FORMAT", "json"), ("JISHI_LOG__FILTER", "debug,hyper=info")];
    let mut server = Process::start(folder.path(), [free_port(), free_port(), free_port()], &set);
    let password = server.password("main").to_owned();
    let demo = ["demo", "--url", &server.shop, "--wechat-url", &server.wechat, "--operator", "admin"];
    let bought = jishi(folder.path(), &[&demo[..], &["--password", &password]].concat(), &[]);
    assert!(bought.status.success(), "{}", String::from_utf8_lossy(&bought.stderr));
    server.terminate();
    let (well, log) = server.ended();
    assert!(well && log.len() > 20, "only {} lines", log.len());
    let spoken: Vec<&String> = log.iter().filter(|line| !line.starts_with("stopping")).collect();
    for line in &spoken {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "not JSON: {line}");
    }
    assert!(spoken.iter().any(|line| line.contains("request_id")), "requests are logged with their id");
    let state = std::fs::read(folder.path().join("data/wechat-sim.db")).unwrap();
    let state = String::from_utf8_lossy(&state);
    let key = std::fs::read_to_string(folder.path().join("data/security.key")).unwrap();
    let openid = state.split("\"openid\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let secrets = [&password, key.trim(), "13800138000", "张三", "龙井路", "demo-secret", "Bearer", "eyJ"];
    for secret in secrets.into_iter().chain(openid) {
        assert!(secret.len() > 2);
        let line = spoken.iter().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} stands in the log");
    }
}

#[test]
fn production_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let key = ("JISHI_SECURITY__KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    let mut set = vec![("JISHI_MODE", "production")];
    for (setting, reason) in [
        (("JISHI_SIMULATOR__ENABLED", "false"), "simulator.enabled"),
        (key, "security.key"),
        (("JISHI_DATABASE__URL", "sqlite::memory:"), "database.url"),
        (("JISHI_HTTP__PUBLIC_URL", "https://shop.example.com"), "http.public_url"),
        (("JISHI_WECHAT__PAY_URL", "https://api.mch.weixin.qq.com"), "[tenant.NAME]"),
    ] {
        let refused = jishi(folder.path(), &["serve"], &set);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success());
        assert!(said.contains(reason), "{reason}: {said}");
        assert!(!said.contains(key.1), "{said}");
        set.push(setting);
    }
    set.push(("JISHI_WECHAT__API_URL", "http://127.0.0.1:9"));
    let refused = jishi(folder.path(), &["serve"], &set);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("https with WeChat"));
}

/// Gives what came until the connection was closed.
async fn until_closed(address: &str, sent: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut connection = tokio::net::TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    connection.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let closed = tokio::time::timeout(Duration::from_secs(30), connection.read_to_string(&mut answer)).await;
    assert!(closed.is_ok(), "still open after {sent:?}");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_say_nothing_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let set = [("JISHI_HTTP__IDLE", "1"), ("JISHI_HTTP__TIMEOUT", "1"), ("JISHI_HTTP__MAX_CONNECTIONS", "4")];
    let server = Process::start(folder.path(), [free_port(), free_port(), free_port()], &set);
    let head = "POST /callbacks/wechat/main/payments HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{";
    let (nothing, half_a_head, half_a_body, again) = tokio::join!(
        until_closed(&server.shop, ""),
        until_closed(&server.shop, "GET / HT"),
        until_closed(&server.shop, head),
        until_closed(&server.shop, "")
    );
    assert_eq!((nothing.as_str(), again.as_str()), ("", ""));
    assert!(!half_a_head.contains("200 OK"), "{half_a_head}");
    assert!(half_a_body.contains("503") && half_a_body.contains("timeout"), "{half_a_body}");
    let home = Client::new().get(format!("{}/api/v1/home", server.shop)).send().await.unwrap();
    assert_eq!(home.status(), 200, "four silent ones had taken every place");
}
