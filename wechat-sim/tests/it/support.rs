//! A merchant's server in the small: signs its calls and verifies answers with code of its own.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use axum::Router;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use wechat_sim::{Clock, ManualClock, Material, MerchantKit, Settings, Simulator};

pub const APP: &str = "wx0123456789abcdef";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const MCHID: &str = "1900000001";

pub struct Shop {
    pub sim: Simulator,
    pub clock: Arc<ManualClock>,
    pub kit: MerchantKit,
    pub http: reqwest::Client,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub async fn of(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, body: response.bytes().await? })
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn field(&self) -> String {
        self.json()["detail"]["field"].as_str().unwrap_or_default().to_owned()
    }
}

pub async fn shop() -> Shop {
    shop_with(|_| {}).await
}

pub async fn shop_with(change: impl FnOnce(&mut Settings)) -> Shop {
    let clock = Arc::new(ManualClock::starting_now());
    let mut settings = Settings { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..Settings::default() };
    change(&mut settings);
    let sim = Simulator::start(settings).await.unwrap();
    sim.app(APP, SECRET);
    let kit = sim.merchant(MCHID).await;
    sim.bind(APP, MCHID);
    sim.sign_with(MCHID, Material::PublicKey);
    Shop { sim, clock, kit, http: client() }
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().user_agent("test").build().unwrap()
}

pub fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with("---")).collect::<String>()).unwrap()
}

/// Reading a key takes longer than signing with it.
fn key_of(kit: &MerchantKit) -> Arc<KeyPair> {
    static KEYS: Mutex<BTreeMap<String, Arc<KeyPair>>> = Mutex::new(BTreeMap::new());
    let read = || Arc::new(KeyPair::from_pkcs8(&der(&kit.merchant_private_key_pem)).unwrap());
    Arc::clone(KEYS.lock().unwrap().entry(kit.merchant_serial.clone()).or_insert_with(read))
}

pub fn rsa_sign(kit: &MerchantKit, message: &str) -> String {
    let key = key_of(kit);
    let mut out = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut out).unwrap();
    STANDARD.encode(out)
}

/// Verifies the platform's signature with the public key of the kit.
pub fn verifies(kit: &MerchantKit, headers: &HeaderMap, body: &[u8]) -> bool {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let head = format!("{}\n{}\n", text("wechatpay-timestamp"), text("wechatpay-nonce"));
    let message = [head.as_bytes(), body, b"\n"].concat();
    let Ok(signature) = STANDARD.decode(text("wechatpay-signature")) else { return false };
    text("wechatpay-serial") == kit.public_key_id
        && UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der(&kit.public_key_pem))
            .verify(&message, &signature)
            .is_ok()
}

pub fn open(kit: &MerchantKit, sealed: &Value) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, kit.api_v3_key.as_bytes()).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(sealed["nonce"].as_str().unwrap().as_bytes()).unwrap();
    let aad = Aad::from(sealed["associated_data"].as_str().unwrap().as_bytes().to_vec());
    let mut data = STANDARD.decode(sealed["ciphertext"].as_str().unwrap()).unwrap();
    key.open_in_place(nonce, aad, &mut data).unwrap().to_vec()
}

static NONCE: AtomicU64 = AtomicU64::new(0);

/// The `Authorization` of a request: method, target and body.
pub fn authorization(kit: &MerchantKit, (method, target, body): (&str, &str, &str), at: i64) -> String {
    let nonce = format!("n{}x{}", std::process::id(), NONCE.fetch_add(1, Ordering::SeqCst));
    let signature = rsa_sign(kit, &format!("{method}\n{target}\n{at}\n{nonce}\n{body}\n"));
    format!(
        "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
         timestamp=\"{at}\",serial_no=\"{}\"",
        kit.mchid, kit.merchant_serial
    )
}

impl Shop {
    pub fn authorization(&self, method: &str, target: &str, body: &str, at: i64) -> String {
        authorization(&self.kit, (method, target, body), at)
    }

    pub async fn send(&self, method: &str, target: &str, body: &str, authorization: &str) -> Reply {
        let url = format!("{}{target}", self.sim.base_url());
        let mut request =
            self.http.request(method.parse().unwrap(), url).header("authorization", authorization);
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        Reply::of(response).await.unwrap()
    }

    /// The seconds that the clock shows.
    pub fn clock_secs(&self) -> i64 {
        self.clock.now_millis() / 1000
    }

    pub async fn call(&self, method: &str, target: &str, body: &str) -> Reply {
        let authorization = self.authorization(method, target, body, self.clock_secs());
        self.send(method, target, body, &authorization).await
    }

    pub async fn prepay(&self, body: &Value) -> Reply {
        self.call("POST", "/v3/pay/transactions/jsapi", &body.to_string()).await
    }

    pub async fn prepaid(&self, number: &str, total: i64, notify_url: &str) -> String {
        let reply = self.prepay(&order(number, total, notify_url)).await;
        assert_eq!(reply.status, 200, "{:?}", reply.json());
        reply.json()["prepay_id"].as_str().unwrap().to_owned()
    }

    pub async fn query(&self, number: &str) -> Reply {
        self.call("GET", &format!("/v3/pay/transactions/out-trade-no/{number}?mchid={MCHID}"), "").await
    }

    pub async fn close(&self, number: &str) -> Reply {
        let target = format!("/v3/pay/transactions/out-trade-no/{number}/close");
        self.call("POST", &target, &json!({"mchid": MCHID}).to_string()).await
    }

    pub async fn refund(&self, body: &Value) -> Reply {
        self.call("POST", "/v3/refund/domestic/refunds", &body.to_string()).await
    }

    /// A stable token of a mini program.
    pub async fn token(&self, app_id: &str, secret: &str) -> String {
        let url = format!("{}/cgi-bin/stable_token", self.sim.base_url());
        let body = json!({"grant_type": "client_credential", "appid": app_id, "secret": secret});
        let answer: Value = self.http.post(url).json(&body).send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// A list of the simulator's.
    pub async fn listed(&self, path: &str) -> Value {
        let url = format!("{}/_control/{path}", self.sim.base_url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Steers the simulator as a demo would.
    pub async fn control(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/_control/{path}", self.sim.base_url());
        let response = self.http.post(url).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }
}

pub fn refused(reply: &Reply) -> (u16, String) {
    (reply.status, reply.code())
}

pub fn says(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

pub fn order(number: &str, total: i64, notify_url: &str) -> Value {
    json!({
        "appid": APP, "mchid": MCHID, "description": "一双 <袜子>", "out_trade_no": number,
        "notify_url": notify_url, "amount": {"total": total, "currency": "CNY"},
        "payer": {"openid": "oUser"}, "attach": "附",
    })
}

pub fn refund(number: &str, refund_number: &str, refund: i64, total: i64) -> Value {
    json!({
        "out_trade_no": number, "out_refund_no": refund_number,
        "amount": {"refund": refund, "total": total, "currency": "CNY"},
    })
}

/// Where nobody listens, so that nothing is received.
pub const NOWHERE: &str = "http://127.0.0.1:9/notify";

type Inbox = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A receiver of notifications that answers the statuses it was given, then 204.
pub struct Receiver {
    pub url: String,
    inbox: Inbox,
}

type Replies = (Inbox, Arc<Mutex<Vec<u16>>>);

async fn receive(State((inbox, statuses)): State<Replies>, headers: HeaderMap, body: Bytes) -> StatusCode {
    inbox.lock().unwrap().push((headers, body));
    let mut statuses = statuses.lock().unwrap();
    let status = if statuses.is_empty() { 204 } else { statuses.remove(0) };
    StatusCode::from_u16(status).unwrap()
}

impl Receiver {
    pub async fn start(statuses: &[u16]) -> Self {
        let inbox = Inbox::default();
        let state = (Arc::clone(&inbox), Arc::new(Mutex::new(statuses.to_vec())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        let router = Router::new().fallback(receive).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inbox }
    }

    /// All received notifications, as soon as there are `count`.
    pub async fn wait_for(&self, count: usize) -> Vec<(HeaderMap, Bytes)> {
        for _ in 0..1000 {
            let received = self.inbox.lock().unwrap().clone();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} of {count} notifications came", self.inbox.lock().unwrap().len());
    }

    pub fn count(&self) -> usize {
        self.inbox.lock().unwrap().len()
    }
}
