//! A WeChat that writes down what it is asked, and gives one prepared answer.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
use wechat_sdk::{
    ApiV3Key, AppId, Clock, Environment, MchId, Merchant, MerchantKey, MiniProgram, RetryPolicy, Secret,
    Transport, TransportError, Trust,
};

/// The app of all exercises.
pub const APP: &str = "wx1234567890abcdef";
/// The merchant of all exercises.
pub const MERCHANT: &str = "1900000001";
const SERIAL: &str = "0A0B0C0D";
const PUBLIC_KEY: &str = "PUB_KEY_ID_0119000000012026010100000000";
/// The time of all exercises.
pub const NOW: i64 = 1_790_000_000;
pub(crate) const API_V3: &str = "0123456789abcdef0123456789abcdef";
const TOKEN: &str = "the-token";
const SECRET: &str = "the-app-secret";

struct Keys {
    merchant: KeyPair,
    platform: KeyPair,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys {
    merchant: KeyPair::generate(KeySize::Rsa2048).expect("a key"),
    platform: KeyPair::generate(KeySize::Rsa2048).expect("a key"),
});

static PLATFORM: LazyLock<MerchantKey> =
    LazyLock::new(|| MerchantKey::from_pem(&private_pem(&KEYS.platform), "01").expect("a key"));

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn private_pem(pair: &KeyPair) -> String {
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().expect("PKCS#8");
    pem("PRIVATE KEY", der.as_ref())
}

fn public_pem(pair: &KeyPair) -> String {
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("X.509");
    pem("PUBLIC KEY", der.as_ref())
}

/// The merchant's key of all exercises.
#[must_use]
pub fn merchant_key() -> MerchantKey {
    MerchantKey::from_pem(&private_pem(&KEYS.merchant), SERIAL).expect("a merchant key")
}

/// As the standard policy, without its waits.
fn hasty() -> RetryPolicy {
    RetryPolicy { first_delay: std::time::Duration::ZERO, ..RetryPolicy::standard() }
}

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn unix_seconds(&self) -> i64 {
        NOW
    }
}

/// Writes down requests.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    answer: Vec<u8>,
    /// Of refusals, which are not signed.
    status: Option<u16>,
    seen: Mutex<Vec<Request<Bytes>>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let path = request.uri().path();
        if path == "/cgi-bin/stable_token" && !self.0.answer.starts_with(b"{\"access_token\"") {
            let token = json!({"access_token": TOKEN, "expires_in": 7200});
            return Ok(Response::new(Bytes::from(token.to_string())));
        }
        let pays = path.starts_with("/v3/");
        self.0.seen.lock().expect("no panic").push(request);
        let body = Bytes::from(self.0.answer.clone());
        if let Some(status) = self.0.status {
            let mut answer = Response::new(body);
            *answer.status_mut() = http::StatusCode::from_u16(status).expect("a status");
            return Ok(answer);
        }
        Ok(if pays { signed(body) } else { Response::new(body) })
    }
}

/// As WeChat Pay answers; an empty body is 204.
fn signed(body: Bytes) -> Response<Bytes> {
    let status = if body.is_empty() { 204 } else { 200 };
    let headers = Fire::new().headers(&NOW.to_string(), "nonce", &body);
    let mut answer = Response::new(body);
    *answer.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    *answer.headers_mut() = headers;
    answer
}

impl Recorder {
    /// Gives this answer to everything but the token call.
    #[must_use]
    pub fn answering(answer: Vec<u8>) -> Self {
        Self(Arc::new(Inner { answer, status: None, seen: Mutex::default() }))
    }

    /// Is of no use to anything but the token call.
    #[must_use]
    pub fn refusing((status, body): crate::Refusal) -> Self {
        Self(Arc::new(Inner { answer: body.into(), status: Some(status), seen: Mutex::default() }))
    }

    fn environment(&self) -> Environment {
        Environment::over(Arc::new(self.clone())).with_clock(Arc::new(Still))
    }

    /// A client that talks to it.
    #[must_use]
    pub fn mini(&self) -> MiniProgram {
        MiniProgram::builder(AppId::new(APP).expect("an app"), Secret::new(SECRET))
            .environment(self.environment())
            .retry(hasty())
            .build()
            .expect("a client")
    }

    /// A client that talks to it.
    #[must_use]
    pub fn merchant(&self) -> Merchant {
        let api_v3 = ApiV3Key::new(API_V3).expect("a key");
        let trust = Trust::new().public_key(PUBLIC_KEY, &public_pem(&KEYS.platform)).expect("a key");
        Merchant::builder(MchId::new(MERCHANT).expect("a merchant"), merchant_key(), api_v3)
            .environment(self.environment())
            .trust(trust)
            .retry(hasty())
            .build()
            .expect("a client")
    }

    fn only(&self) -> Result<Request<Bytes>, String> {
        let seen = self.0.seen.lock().expect("no panic");
        match seen.as_slice() {
            [request] => Ok(request.clone()),
            seen => Err(format!("{} requests were sent", seen.len())),
        }
    }

    /// What went to the mini-program API.
    pub fn check_mini(
        &self,
        method: &Method,
        target: &str,
        body: &Value,
        upload: bool,
    ) -> Result<(), String> {
        let request = self.only()?;
        same("host", request.uri().host().unwrap_or_default(), "api.weixin.qq.com")?;
        same("method", request.method().as_str(), method.as_str())?;
        same("target", &without_caller(&request), target)?;
        check_body(&request, body, upload)
    }

    /// What went to WeChat Pay.
    pub fn check_pay(&self, method: &Method, target: &str, body: &Value, upload: bool) -> Result<(), String> {
        let request = self.only()?;
        same("host", request.uri().host().unwrap_or_default(), "api.mch.weixin.qq.com")?;
        same("method", request.method().as_str(), method.as_str())?;
        let sent = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        same("target", &sent, target)?;
        same("serial", header(&request, "wechatpay-serial")?, PUBLIC_KEY)?;
        check_body(&request, body, upload)?;
        check_signature(&request, upload)
    }
}

fn same(what: &str, found: &str, wanted: &str) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what} is {found:?}, not {wanted:?}")) }
}

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> Result<&'a str, String> {
    let value = request.headers().get(name).ok_or_else(|| format!("no header {name}"))?;
    value.to_str().map_err(|_| format!("the header {name} is not text"))
}

/// Path and query without what says who is calling, which must be there.
fn without_caller(request: &Request<Bytes>) -> String {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    let own = [format!("access_token={TOKEN}"), format!("appid={APP}"), format!("secret={SECRET}")];
    let rest: Vec<&str> = query.split('&').filter(|pair| !own.iter().any(|own| own == pair)).collect();
    let rest = rest.join("&");
    if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{rest}", uri.path()) }
}

fn check_body(request: &Request<Bytes>, wanted: &Value, upload: bool) -> Result<(), String> {
    if upload {
        let kind = header(request, "content-type")?;
        return if kind.starts_with("multipart/form-data; boundary=") {
            Ok(())
        } else {
            Err(kind.to_owned())
        };
    }
    if wanted.is_null() {
        return if request.body().is_empty() { Ok(()) } else { Err("a body was sent".to_owned()) };
    }
    same("content type", header(request, "content-type")?, "application/json")?;
    let found: Value = serde_json::from_slice(request.body()).map_err(|error| error.to_string())?;
    let found = opened(&found, wanted);
    if found == *wanted { Ok(()) } else { Err(format!("the body is {found}, not {wanted}")) }
}

/// Opens what must be sealed: where `wanted` has a lock, a text that decrypts gets one too.
fn opened(found: &Value, wanted: &Value) -> Value {
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) if wanted.starts_with('🔒') => {
            let open = unseal(found).unwrap_or_else(|| format!("not sealed: {found}"));
            format!("🔒{open}").into()
        }
        (Value::Array(found), Value::Array(wanted)) if found.len() == wanted.len() => {
            found.iter().zip(wanted).map(|(found, wanted)| opened(found, wanted)).collect()
        }
        (Value::Object(found), Value::Object(wanted)) => {
            let member = |(name, found): (&String, &Value)| {
                (name.clone(), wanted.get(name).map_or_else(|| found.clone(), |wanted| opened(found, wanted)))
            };
            Value::Object(found.iter().map(member).collect())
        }
        _ => found.clone(),
    }
}

fn unseal(sealed: &str) -> Option<String> {
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = KEYS.platform.as_der().ok()?;
    let key = OaepPrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(der.as_ref()).ok()?).ok()?;
    let mut text = vec![0; key.min_output_size()];
    let text = key.decrypt(&OAEP_SHA1_MGF1SHA1, &STANDARD.decode(sealed).ok()?, &mut text, None).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

/// A text sealed for the merchant, as WeChat Pay would send it.
#[must_use]
pub fn sealed_for_merchant(text: &str) -> String {
    use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PublicEncryptingKey};
    let der: PublicKeyX509Der<'_> = KEYS.merchant.public_key().as_der().expect("X.509");
    let key = PublicEncryptingKey::from_der(der.as_ref()).expect("a key");
    let key = OaepPublicEncryptingKey::new(key).expect("a key");
    let mut sealed = vec![0; key.ciphertext_size()];
    let sealed = key.encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut sealed, None).expect("sealed");
    STANDARD.encode(sealed)
}

/// The signature is over method, target, time, nonce and body, or over `meta` for files.
fn check_signature(request: &Request<Bytes>, upload: bool) -> Result<(), String> {
    let authorization = header(request, "authorization")?;
    let parts =
        authorization.strip_prefix("WECHATPAY2-SHA256-RSA2048 ").ok_or("not the scheme of WeChat Pay")?;
    let part = |name: &str| {
        let found =
            parts.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"'));
        found.ok_or_else(|| format!("no {name} in the signature"))
    };
    same("mchid", part("mchid")?, MERCHANT)?;
    same("serial_no", part("serial_no")?, SERIAL)?;
    same("timestamp", part("timestamp")?, &NOW.to_string())?;
    let signed = if upload { text_of_upload(request.body())? } else { request.body().to_vec() };
    let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let mut message = format!("{}\n{target}\n{NOW}\n{}\n", request.method(), part("nonce_str")?).into_bytes();
    message.extend_from_slice(&signed);
    message.push(b'\n');
    let signature = STANDARD.decode(part("signature")?).map_err(|_| "the signature is not base64")?;
    let der: PublicKeyX509Der<'_> = KEYS.merchant.public_key().as_der().map_err(|_| "no key")?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref())
        .verify(&message, &signature)
        .map_err(|_| "the signature is wrong".to_owned())
}

/// The part `meta` of a multipart body.
pub fn text_of_upload(body: &[u8]) -> Result<Vec<u8>, String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once("name=\"meta\"").ok_or("no part meta")?;
    let (_, rest) = rest.split_once("\r\n\r\n").ok_or("no content of meta")?;
    let (meta, _) = rest.split_once("\r\n--").ok_or("meta has no end")?;
    Ok(meta.as_bytes().to_vec())
}

/// WeChat Pay as a writer of notifications.
#[derive(Clone, Debug)]
pub struct Fire {
    /// The id of its public key.
    pub serial: &'static str,
    /// The public key, PKCS#1.
    pub public_key: Vec<u8>,
    /// The API v3 key of the merchant.
    pub api_v3: &'static str,
}

impl Default for Fire {
    fn default() -> Self {
        Self::new()
    }
}

impl Fire {
    /// The one that [`Recorder::merchant`] trusts.
    #[must_use]
    pub fn new() -> Self {
        Self { serial: PUBLIC_KEY, public_key: KEYS.platform.public_key().as_ref().to_vec(), api_v3: API_V3 }
    }

    /// Seals a content.
    #[must_use]
    pub fn seal(&self, content: &[u8], associated_data: &str) -> Value {
        use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.api_v3.as_bytes()).expect("a key"));
        let mut bytes = content.to_vec();
        let nonce = Nonce::assume_unique_for_key(*b"0123456789ab");
        key.seal_in_place_append_tag(nonce, Aad::from(associated_data.as_bytes()), &mut bytes)
            .expect("sealed");
        json!({
            "algorithm": "AEAD_AES_256_GCM", "nonce": "0123456789ab", "associated_data": associated_data,
            "ciphertext": STANDARD.encode(bytes),
        })
    }

    /// Signs a body.
    #[must_use]
    pub fn headers(&self, timestamp: &str, nonce: &str, body: &[u8]) -> HeaderMap {
        let message = [timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat();
        let signature = PLATFORM.sign(&message).expect("a signature");
        let values = [
            ("wechatpay-timestamp", timestamp),
            ("wechatpay-nonce", nonce),
            ("wechatpay-serial", self.serial),
            ("wechatpay-signature", &signature),
        ];
        let header = |(name, value): (&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::try_from(value).expect("a header"))
        };
        values.into_iter().map(header).collect()
    }
}

/// A message as WeChat encrypts it for a push.
#[must_use]
pub fn encrypted_push(key: &str, app: &str, message: &[u8], random: [u8; 16]) -> String {
    use aes::cipher::block_padding::NoPadding;
    use aes::cipher::{BlockModeEncrypt, KeyIvInit};
    use base64::alphabet;
    use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let key = GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(format!("{key}=")).expect("a key");
    let length = u32::try_from(message.len()).expect("a short message").to_be_bytes();
    let mut text = [&random[..], &length, message, app.as_bytes()].concat();
    let missing = 32 - text.len() % 32;
    text.resize(text.len() + missing, u8::try_from(missing).expect("at most 32"));
    let length = text.len();
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &key[..16]).expect("a cipher");
    STANDARD.encode(cipher.encrypt_padded::<NoPadding>(&mut text, length).expect("whole blocks"))
}
