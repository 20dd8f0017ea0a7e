//! A shop that receives message pushes, with code of its own for signatures and encryption.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aes::cipher::array::Array;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use wechat_sim::{PushFormat, PushMode, PushSettings};

use crate::support::APP;

pub const TOKEN: &str = "AAAAA";
pub const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
pub const OLD_KEY: &str = "ABCDEFGhijklmnopqrstuvwxyz0123456789abcdefg";

/// A push as it came in.
#[derive(Debug, Clone)]
pub struct Came {
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Came {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Whether a signature of the query is over the token and these.
    pub fn signed(&self, name: &str, more: &[&str]) -> bool {
        let mut parts = vec![TOKEN, self.parameter("timestamp").unwrap(), self.parameter("nonce").unwrap()];
        parts.extend(more);
        self.parameter(name) == Some(&sha1(&mut parts))
    }

    /// The plaintext of a sound push in secure mode.
    pub fn opened(&self, key: &str) -> Result<String, &'static str> {
        let body = self.text();
        let between = |start: &str, end: &str| {
            body.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map(|(inside, _)| inside)
        };
        let sealed = between("\"Encrypt\":\"", "\"").or(between("<Encrypt><![CDATA[", "]]>"));
        let sealed = sealed.ok_or("not encrypted")?;
        if !self.signed("msg_signature", &[sealed]) {
            return Err("wrong signature");
        }
        open(key, sealed)
    }
}

fn sha1(parts: &mut [&str]) -> String {
    parts.sort_unstable();
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes());
    hash.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// The last letter of a key may carry bits that belong to nothing.
fn key_bytes(key: &str) -> Vec<u8> {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(format!("{key}=")).unwrap()
}

fn open(key: &str, sealed: &str) -> Result<String, &'static str> {
    let key = key_bytes(key);
    let mut data = STANDARD.decode(sealed).map_err(|_| "no base64")?;
    let mut mode = cbc::Decryptor::<aes::Aes256>::new_from_slices(&key, &key[..16]).unwrap();
    let (blocks, []) = Array::slice_as_chunks_mut(&mut data) else { return Err("half a block") };
    mode.decrypt_blocks(blocks);
    let count = usize::from(*data.last().unwrap());
    let end = data.len().checked_sub(count).ok_or("padding")?;
    if !(1..=32).contains(&count) || data[end..].iter().any(|byte| usize::from(*byte) != count) {
        return Err("padding");
    }
    let plain = &data[..end];
    let length = plain.get(16..20).ok_or("length")?;
    let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
    let message = plain.get(20..20 + length).ok_or("length")?;
    if &plain[20 + length..] == APP.as_bytes() {
        Ok(String::from_utf8_lossy(message).into_owned())
    } else {
        Err("appid")
    }
}

/// An encrypted answer with its signature.
pub fn sealed_answer(format: PushFormat, message: &str) -> String {
    let key = key_bytes(KEY);
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let mut data = [b"0123456789abcdef", &length[..], message.as_bytes(), APP.as_bytes()].concat();
    let count = 32 - data.len() % 32;
    data.resize(data.len() + count, u8::try_from(count).unwrap());
    let mut mode = cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &key[..16]).unwrap();
    mode.encrypt_blocks(Array::slice_as_chunks_mut(&mut data).0);
    let sealed = STANDARD.encode(data);
    let signature = sha1(&mut [TOKEN, "1713424427", "415670741", &sealed]);
    if format == PushFormat::Json {
        let body = json!({
            "Encrypt": sealed, "MsgSignature": signature, "TimeStamp": 1_713_424_427, "Nonce": "415670741",
        });
        return body.to_string();
    }
    format!(
        "<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>\
         <TimeStamp>1713424427</TimeStamp><Nonce><![CDATA[415670741]]></Nonce></xml>"
    )
}

pub fn settings(url: &str, mode: PushMode, format: PushFormat) -> PushSettings {
    PushSettings {
        url: url.to_owned(),
        token: TOKEN.to_owned(),
        aes_key: KEY.to_owned(),
        mode,
        format,
        ..PushSettings::default()
    }
}

/// What is answered to a verification.
pub type Echo = fn(&Came) -> (u16, String);

type Answers = Arc<Mutex<Vec<(u16, String)>>>;

/// Receives pushes; answers what was planned, then `success`. Echoes, unless it is told how not to.
pub struct PushShop {
    /// With a query of its own.
    pub url: String,
    came: Arc<Mutex<Vec<Came>>>,
    pub answers: Answers,
    pub echo: Arc<Mutex<Echo>>,
}

#[derive(Clone)]
struct Inner {
    came: Arc<Mutex<Vec<Came>>>,
    answers: Answers,
    echo: Arc<Mutex<Echo>>,
}

fn honest(came: &Came) -> (u16, String) {
    if came.signed("signature", &[]) {
        (200, came.parameter("echostr").unwrap().to_owned())
    } else {
        (403, "wrong signature".to_owned())
    }
}

async fn receive(
    State(inner): State<Inner>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let came = Came { query, headers, body: body.to_vec() };
    let (status, text) = if method == Method::GET {
        let echo = *inner.echo.lock().unwrap();
        echo(&came)
    } else {
        inner.came.lock().unwrap().push(came);
        let mut answers = inner.answers.lock().unwrap();
        if answers.is_empty() { (200, "success".to_owned()) } else { answers.remove(0) }
    };
    (StatusCode::from_u16(status).unwrap(), text)
}

impl PushShop {
    pub async fn start() -> Self {
        let inner = Inner {
            came: Arc::default(),
            answers: Arc::default(),
            echo: Arc::new(Mutex::new(honest as Echo)),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push?shop=1", listener.local_addr().unwrap());
        let router = Router::new().fallback(receive).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, came: inner.came, answers: inner.answers, echo: inner.echo }
    }

    pub fn answer(&self, status: u16, body: &str) {
        self.answers.lock().unwrap().push((status, body.to_owned()));
    }

    pub fn all(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    pub async fn wait_for(&self, count: usize) -> Vec<Came> {
        for _ in 0..1000 {
            if self.all().len() >= count {
                return self.all();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} of {count} pushes came", self.all().len());
    }
}
