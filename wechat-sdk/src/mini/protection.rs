//! Encryption and signature of calls, as an app may switch them on in the console for the calls whose pages offer it:
//! AES-256-GCM inside of TLS, RSA-PSS in both directions.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::{Position, Url};
use zeroize::Zeroizing;

use crate::clock::{Random, nonce};
use crate::error::ConfigError;
use crate::ids::AppId;
use crate::pem;
use crate::secret::Secret;
use crate::untrusted::{VerifyError, check_age, header};

const TAG: usize = 16;

/// The keys of an app for encrypted and signed calls. Parsed once; not printed.
#[derive(Clone)]
pub struct ApiKeys(Arc<Inner>);

struct Inner {
    symmetric: LessSafeKey,
    symmetric_number: String,
    own: RsaKeyPair,
    /// By the number in the console, which is not the serial of the certificate.
    platform: HashMap<String, ParsedPublicKey>,
}

impl ApiKeys {
    /// `symmetric` is the AES key of the console, base64 of 32 bytes, with its number; `own` the app's private key,
    /// PEM; `platform` WeChat's certificate, PEM, with its number in the console.
    pub fn new(
        symmetric: &Secret,
        symmetric_number: impl Into<String>,
        own: &str,
        platform: &str,
        platform_number: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        const WRONG: ConfigError = ConfigError::new("the symmetric key is not base64 of 32 bytes");
        let bytes = Zeroizing::new(STANDARD.decode(symmetric.expose()).map_err(|_| WRONG)?);
        let symmetric = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| WRONG)?);
        let platform = HashMap::from([(platform_number.into(), verifier(platform)?)]);
        let symmetric_number = symmetric_number.into();
        Ok(Self(Arc::new(Inner { symmetric, symmetric_number, own: pem::private_key(own)?, platform })))
    }

    /// Another certificate of WeChat, while one is being replaced. Must be called before the keys are shared.
    pub fn and_platform(mut self, pem: &str, number: impl Into<String>) -> Result<Self, ConfigError> {
        const SHARED: ConfigError = ConfigError::new("the keys are in use already");
        Arc::get_mut(&mut self.0).ok_or(SHARED)?.platform.insert(number.into(), verifier(pem)?);
        Ok(self)
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("symmetric_number", &self.0.symmetric_number).finish_non_exhaustive()
    }
}

fn verifier(pem: &str) -> Result<ParsedPublicKey, ConfigError> {
    let key = pem::public_key_of(&pem::certificate(pem)?)?;
    ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key)
        .map_err(|_| ConfigError::new("the certificate has no RSA key of 2048 bits or more"))
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    iv: String,
    data: String,
    authtag: String,
}

/// A call that is encrypted and signed.
pub(super) struct Protected<'a> {
    pub(super) keys: &'a ApiKeys,
    pub(super) app: &'a AppId,
    /// Members of query and body.
    pub(super) members: Map<String, Value>,
}

impl Protected<'_> {
    /// Writes body and headers for an address.
    pub(super) fn dress(
        &self,
        url: &Url,
        now: i64,
        random: &dyn Random,
        request: &mut Request<Bytes>,
    ) -> Result<(), ConfigError> {
        const BROKEN: ConfigError = ConfigError::new("the call cannot be encrypted and signed");
        let mut members = self.members.clone();
        members.insert("_n".to_owned(), nonce(random).into());
        members.insert("_appid".to_owned(), self.app.as_str().into());
        members.insert("_timestamp".to_owned(), now.into());
        let plain = Zeroizing::new(serde_json::to_vec(&members).map_err(|_| BROKEN)?);
        let mut iv = [0; NONCE_LEN];
        random.fill(&mut iv);
        let place = &url[..Position::AfterPath];
        let body = self.keys.encrypt(place, self.app, now, iv, &plain).ok_or(BROKEN)?;
        let signature =
            self.keys.sign(&signed_text(place, self.app.as_str(), &now.to_string(), &body)).ok_or(BROKEN)?;
        let values = [
            ("wechatmp-appid", self.app.to_string()),
            ("wechatmp-timestamp", now.to_string()),
            ("wechatmp-signature", signature),
        ];
        for (name, value) in values {
            let value = HeaderValue::try_from(value).map_err(|_| BROKEN)?;
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        *request.body_mut() = body.into();
        Ok(())
    }

    /// Checks and opens an answer that came from this address.
    pub(super) fn open(&self, place: &str, now: i64, answer: &Response<Bytes>) -> Result<Bytes, VerifyError> {
        let body = std::str::from_utf8(answer.body()).map_err(|_| VerifyError::Malformed)?;
        let headers = answer.headers();
        let app = header(headers, "wechatmp-appid", "Wechatmp-AppId")?;
        let timestamp = header(headers, "wechatmp-timestamp", "Wechatmp-TimeStamp")?;
        let at = check_age(timestamp, now)?;
        self.verify(headers, &signed_text(place, app, timestamp, body))?;
        let plain = self.keys.decrypt(place, self.app, at, body).ok_or(VerifyError::Decrypt)?;
        let members: Map<String, Value> =
            serde_json::from_slice(&plain).map_err(|_| VerifyError::Malformed)?;
        let same_app = app == self.app.as_str() && members.get("_appid").and_then(Value::as_str) == Some(app);
        if !same_app || members.get("_timestamp").and_then(Value::as_i64) != Some(at) {
            return Err(VerifyError::Malformed);
        }
        Ok(plain.into())
    }

    /// While a certificate is being replaced there are two signatures; either counts.
    fn verify(&self, headers: &HeaderMap, text: &str) -> Result<(), VerifyError> {
        let pairs = [
            ("wechatmp-serial", "wechatmp-signature"),
            ("wechatmp-serial-deprecated", "wechatmp-signature-deprecated"),
        ];
        for (serial, signature) in pairs {
            let (Ok(serial), Ok(signature)) = (header(headers, serial, ""), header(headers, signature, ""))
            else {
                continue;
            };
            if let Some(key) = self.keys.0.platform.get(serial) {
                let signature = STANDARD.decode(signature).map_err(|_| VerifyError::Signature)?;
                return key.verify_sig(text.as_bytes(), &signature).map_err(|_| VerifyError::Signature);
            }
        }
        let serial = header(headers, "wechatmp-serial", "Wechatmp-Serial")?;
        Err(VerifyError::UnknownSerial(serial.chars().take(64).collect()))
    }
}

impl ApiKeys {
    fn encrypt(
        &self,
        place: &str,
        app: &AppId,
        at: i64,
        iv: [u8; NONCE_LEN],
        plain: &[u8],
    ) -> Option<String> {
        let mut data = plain.to_vec();
        let aad = self.authenticated(place, app, at);
        let nonce = Nonce::assume_unique_for_key(iv);
        let tag =
            self.0.symmetric.seal_in_place_separate_tag(nonce, Aad::from(aad.as_bytes()), &mut data).ok()?;
        let [iv, data, authtag] = [&iv[..], &data, tag.as_ref()].map(|bytes| STANDARD.encode(bytes));
        serde_json::to_string(&Envelope { iv, data, authtag }).ok()
    }

    fn decrypt(&self, place: &str, app: &AppId, at: i64, body: &str) -> Option<Vec<u8>> {
        let envelope: Envelope = serde_json::from_str(body).ok()?;
        let iv: [u8; NONCE_LEN] = STANDARD.decode(&envelope.iv).ok()?.try_into().ok()?;
        let mut data = STANDARD.decode(&envelope.data).ok()?;
        let tag = STANDARD.decode(&envelope.authtag).ok().filter(|tag| tag.len() == TAG)?;
        data.extend_from_slice(&tag);
        let aad = self.authenticated(place, app, at);
        let nonce = Nonce::assume_unique_for_key(iv);
        let length = self.0.symmetric.open_in_place(nonce, Aad::from(aad.as_bytes()), &mut data).ok()?.len();
        data.truncate(length);
        Some(data)
    }

    fn authenticated(&self, place: &str, app: &AppId, at: i64) -> String {
        format!("{place}|{app}|{at}|{}", self.0.symmetric_number)
    }

    /// RSA-PSS with SHA-256 and a salt of 32 bytes.
    fn sign(&self, text: &str) -> Option<String> {
        let mut signature = vec![0; self.0.own.public_modulus_len()];
        self.0.own.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
        Some(STANDARD.encode(signature))
    }
}

/// Unlike in WeChat Pay there is no line feed at the end.
fn signed_text(place: &str, app: &str, timestamp: &str, body: &str) -> String {
    format!("{place}\n{app}\n{timestamp}\n{body}")
}
