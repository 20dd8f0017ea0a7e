//! Calls that are signed and encrypted besides TLS: opened before they are served, and answered alike.

pub(crate) mod console;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::{Errcode, MiniServe};
use crate::core::Core;
use crate::crypto::api_security::headers::{Fault, Headers};
use crate::crypto::api_security::{Call, Secret};
use crate::operation::{LIMIT, Operation};
use crate::wire::{Answer, Request};
use crate::world::ApiSecurity;

/// A protected call, opened.
#[derive(Debug)]
pub(super) struct Sealed {
    /// As it would have come without protection.
    request: Request,
    security: ApiSecurity,
    /// Bytes of the symmetric key.
    key: Vec<u8>,
    /// What the caller takes for the URL of the call.
    url_path: String,
    app_id: String,
}

impl From<Fault> for Errcode {
    fn from(fault: Fault) -> Self {
        Self::new(fault.errcode(), fault.errmsg())
    }
}

/// Opens a protected call; `None` for a plain one, if it may be plain.
pub(super) fn open(
    core: &Core,
    operation: &Operation<MiniServe>,
    request: &Request,
    app_id: &str,
) -> Result<Option<Sealed>, Errcode> {
    // Files are never protected, and calls without a token have no app whose keys could be used.
    if !operation.serve.with_token || operation.limit > LIMIT {
        return Ok(None);
    }
    let (headers, security) = (headers(request), core.read(|world| world.api_security.get(app_id).cloned()));
    let plain = [headers.app_id, headers.timestamp, headers.signature] == [None; 3];
    if plain && !security.as_ref().is_some_and(|security| security.requires(operation.path)) {
        return Ok(None);
    }
    let (timestamp, signature) = headers.check(app_id, core.time.stamp())?;
    let security = security.ok_or(Fault::NoPublicKey)?;
    let url_path = signed_url(request, &security, (app_id, timestamp), signature)?;
    let key = security.symmetric_key().ok_or(Fault::NoSymmetricKey)?;
    let call = Call { url_path: &url_path, app_id, timestamp };
    let members = call.open(Some(Secret { sn: &security.sn, key: &key }), &request.body)?;
    Ok(Some(Sealed {
        request: merged(request, &members),
        security,
        key,
        url_path,
        app_id: app_id.to_owned(),
    }))
}

fn headers(request: &Request) -> Headers<'_> {
    Headers {
        app_id: request.header("wechatmp-appid"),
        timestamp: request.header("wechatmp-timestamp"),
        signature: request.header("wechatmp-signature"),
    }
}

impl ApiSecurity {
    fn requires(&self, path: &str) -> bool {
        self.required.iter().any(|required| required == path || required == "*")
    }

    fn symmetric_key(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.aes_key.as_ref()?).ok()
    }
}

/// The URL that the signature covers. The caller may go by the real name of the platform, or by the address at
/// which it reaches the simulator.
fn signed_url(
    request: &Request,
    security: &ApiSecurity,
    (app_id, timestamp): (&str, i64),
    signature: &str,
) -> Result<String, Errcode> {
    let key = security.app_key.as_ref().ok_or(Fault::NoPublicKey)?;
    let host = request.header("host").unwrap_or_default();
    let real = ["https://api.weixin.qq.com", "https://api2.weixin.qq.com"].map(str::to_owned);
    let here = [format!("http://{host}"), format!("https://{host}")];
    let mut urls = real.into_iter().chain(here).map(|origin| format!("{origin}{}", request.path));
    let signed = |url_path: &String| {
        Call { url_path, app_id, timestamp }.verify(Some(key), &request.body, signature).is_ok()
    };
    urls.find(signed).ok_or_else(|| Fault::BadSignature.into())
}

/// The call with its parameters in the query and in the body, so that it does not matter where they are looked
/// for.
fn merged(request: &Request, members: &Map<String, Value>) -> Request {
    let mut query = Serializer::new(String::new());
    query.append_pair("access_token", &request.parameter("access_token").unwrap_or_default());
    for (name, value) in members {
        match value {
            Value::String(text) => drop(query.append_pair(name, text)),
            Value::Number(_) | Value::Bool(_) => drop(query.append_pair(name, &value.to_string())),
            _ => {}
        }
    }
    let body = serde_json::to_vec(members).unwrap_or_default();
    Request { query: Some(query.finish()), body: body.into(), ..request.clone() }
}

impl Sealed {
    pub(super) fn request(&self) -> &Request {
        &self.request
    }

    /// Encrypts and signs the answer; files go as they are.
    pub(super) fn close(&self, core: &Core, answer: Answer) -> Answer {
        let Ok(members) = serde_json::from_slice::<Map<String, Value>>(&answer.body) else { return answer };
        let timestamp = core.time.stamp().div_euclid(1000);
        let call = Call { url_path: &self.url_path, app_id: &self.app_id, timestamp };
        let body = call.seal(Secret { sn: &self.security.sn, key: &self.key }, &members);
        let platform = &self.security.platform;
        let mut answer = answer
            .with("wechatmp-appid", &self.app_id)
            .with("wechatmp-timestamp", &timestamp.to_string())
            .with("wechatmp-serial", &platform.serial)
            .with("wechatmp-signature", &call.sign(&platform.key, body.as_bytes()));
        if let Some(replaced) = &self.security.replaced {
            answer = answer
                .with("wechatmp-serial-deprecated", &replaced.serial)
                .with("wechatmp-signature-deprecated", &call.sign(&replaced.key, body.as_bytes()));
        }
        Answer { body: body.into(), ..answer }
    }
}
