//! The merchant's client: signs, sends, and believes nothing that is not signed.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use url::Url;

use super::bills::DownloadBill;
use super::builder::MerchantBuilder;
use super::certificates::{self, Known};
use super::cipher::{ApiV3Key, ApiV3Keys, Sealed, SealedText};
use super::common::GetCertificates;
use super::notify::Notification;
use super::request_payment::{AppPayment, RequestPayment};
use super::sign::{MerchantKey, SignedParts};
use super::trace::Trace;
use super::trust::PlatformKey;
use crate::api_error::ApiError;
use crate::clock::nonce;
use crate::error::{ConfigError, DecodeError, Error, Outcome};
use crate::exchange::{Body, Call, Exchange};
use crate::hosts::target;
use crate::ids::{AppId, MchId, PrepayId, Serial};
use crate::operation::{Decode, Operation, PayOperation};
use crate::request::Members;
use crate::retry::{Effect, Trouble};
use crate::secret::Secret;
use crate::transport::{AnswerBody, Sent, TransportError};
use crate::untrusted::VerifyError;

/// Seconds between two looks for new platform certificates.
const HALF_A_DAY: i64 = 43_200;

/// What is read of a refusal in the place of a file.
const MAX_REFUSAL: usize = 64 * 1024;

const SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");

/// A merchant of WeChat Pay. Clones share keys and connections.
#[derive(Clone)]
pub struct Merchant(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) id: MchId,
    pub(super) key: MerchantKey,
    pub(super) cipher: ApiV3Keys,
    pub(super) known: Known,
    pub(super) exchange: Exchange,
}

impl Merchant {
    /// Starts a client for one merchant.
    pub fn builder(id: MchId, key: MerchantKey, api_v3: ApiV3Key) -> MerchantBuilder {
        MerchantBuilder::new(id, key, api_v3)
    }

    /// Which merchant this is.
    pub fn id(&self) -> &MchId {
        &self.0.id
    }

    /// Sends a call and checks the signature of its answer.
    ///
    /// # Errors
    /// [`Error::Api`] when WeChat Pay refuses, [`Error::Untrusted`] when an answer of success is not provably
    /// WeChat Pay's; the others as they say.
    pub async fn send<O: PayOperation>(&self, operation: &O) -> Result<O::Output, Error> {
        self.send_traced(operation, &mut Trace::default()).await
    }

    /// As [`Merchant::send`]; leaves in `trace` what came back on the wire, also when it is a refusal or not believed.
    ///
    /// # Errors
    /// As [`Merchant::send`].
    pub async fn send_traced<O: PayOperation>(
        &self,
        operation: &O,
        trace: &mut Trace,
    ) -> Result<O::Output, Error> {
        let call = self.prepare(operation).await?;
        let answer =
            if O::UNSIGNED { self.answered(&call, trace).await? } else { self.call(&call, trace).await? };
        let output =
            O::Output::decode(&answer).map_err(|bad| DecodeError::new(O::NAME, bad, Outcome::Done))?;
        if operation.is_answered_by(&output) { Ok(output) } else { Err(VerifyError::OtherAnswer.into()) }
    }

    /// Writes the call down, with what must be sealed sealed.
    async fn prepare<O: PayOperation>(&self, operation: &O) -> Result<Call, Error> {
        let mut members = Members::of(operation, self.0.id.as_str())?;
        members.check_for_pay()?;
        let mut serial = None;
        if members.have(O::SEALED) {
            let key = self.sealing_key().await?;
            members.replace(O::SEALED, |text| key.seal(text))?;
            serial = Some(key.serial);
        }
        let call = match operation.upload() {
            Some(file) => {
                let meta = file.meta()?;
                let whole = file.multipart("file", Some(&meta), self.0.exchange.environment.random())?;
                members.into_upload::<O>(whole, meta)?
            }
            None => members.into_call::<O>(false)?,
        };
        Ok(Call { serial, ..call })
    }

    /// The key of WeChat Pay that members are sealed with: its public key if there is one, else the newest
    /// certificate.
    async fn sealing_key(&self) -> Result<PlatformKey, Error> {
        const NOBODY: ConfigError = ConfigError::new(
            "no key of WeChat Pay is known to encrypt with: set its public key or a certificate",
        );
        let (known, now) = (&self.0.known, self.0.exchange.environment.now());
        if let Some(key) = known.to_seal_with(now) {
            return Ok(key);
        }
        let mut asked = known.asked.lock().await;
        if let Some(key) = known.to_seal_with(now) {
            return Ok(key);
        }
        if !certificates::is_due(*asked, now) {
            // A fault of the network a moment ago is no fault of the settings.
            return Err(TransportError::new(Sent::No, "the platform certificates could not be had").into());
        }
        *asked = Some(now);
        self.fetch_certificates().await?;
        Ok(known.to_seal_with(now).ok_or(NOBODY)?)
    }

    /// Opens a member of an answer that WeChat Pay sealed for this merchant's certificate, such as the phone number of
    /// a complaint.
    ///
    /// # Errors
    /// It was sealed for another key, or is not sealed at all.
    pub fn unseal(&self, sealed: &SealedText) -> Result<Secret, ConfigError> {
        self.0.key.unseal(sealed.as_str())
    }

    /// Opens what WeChat Pay sealed under the API v3 key, such as a platform certificate.
    ///
    /// # Errors
    /// It was sealed under another key, or changed on the way.
    pub fn open(&self, sealed: &Sealed) -> Result<Vec<u8>, ConfigError> {
        self.0.cipher.open(sealed.text()).ok_or(ConfigError::new("it was not sealed under this API v3 key"))
    }

    /// Sends a call that this crate does not have, signed and verified like all others. `GET` counts as
    /// [`Effect::Read`], everything else as [`Effect::Unsafe`].
    pub async fn raw(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Bytes, Error> {
        let effect = if method == Method::GET { Effect::Read } else { Effect::Unsafe };
        let body = body.map(Body::json).unwrap_or_default();
        let call = Call { operation: "raw", effect, method, path: path.to_owned(), body, serial: None };
        Ok(self.call(&call, &mut Trace::default()).await?.into_body())
    }

    /// What the mini program passes to `wx.requestPayment`. Sends nothing.
    pub fn request_payment(&self, app: &AppId, prepay: &PrepayId) -> Result<RequestPayment, Error> {
        let environment = &self.0.exchange.environment;
        let nonce = nonce(environment.random());
        Ok(RequestPayment::sign(&self.0.key, app, prepay, environment.now(), nonce)?)
    }

    /// What an app passes to the SDK of WeChat. Sends nothing.
    pub fn app_payment(&self, app: &AppId, prepay: &PrepayId) -> Result<AppPayment, Error> {
        let environment = &self.0.exchange.environment;
        let nonce = nonce(environment.random());
        Ok(AppPayment::sign(&self.0.key, &self.0.id, app, prepay, environment.now(), nonce)?)
    }

    /// Checks and opens a notification. `body` is what arrived, byte for byte. A serial that is not known makes
    /// the client look for new platform certificates, at most once a minute.
    ///
    /// # Errors
    /// Answer 4xx or 5xx with `{"code":"FAIL","message":"…"}`; WeChat Pay sends genuine ones again.
    pub async fn verify_notification(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Notification, VerifyError> {
        self.verify(headers, body).await?;
        Notification::open(&self.0.cipher, body)
    }

    /// An answer that only tests whether we check signatures says nothing; what may be repeated is.
    async fn call(&self, call: &Call, trace: &mut Trace) -> Result<Response<Bytes>, Error> {
        match self.call_once(call, trace).await {
            Err(Error::Untrusted(VerifyError::Probe)) if call.effect != Effect::Unsafe => {
                self.call_once(call, trace).await.map_err(|error| after_a_probe(error, call.effect))
            }
            result => result,
        }
    }

    async fn call_once(&self, call: &Call, trace: &mut Trace) -> Result<Response<Bytes>, Error> {
        let answer = self.answered(call, trace).await?;
        self.verify(answer.headers(), answer.body()).await?;
        Ok(answer)
    }

    /// An answer of success, whoever wrote it.
    async fn answered(&self, call: &Call, trace: &mut Trace) -> Result<Response<Bytes>, Error> {
        let answer = self.exchange(call).await?;
        *trace = Trace::of(&answer);
        if is_success(answer.status()) {
            return Ok(answer);
        }
        Err(ApiError::of_pay(call.operation, &answer).into())
    }

    /// A file as a whole, whose content nobody has checked.
    pub(super) async fn load(&self, path: String) -> Result<Response<Bytes>, Error> {
        self.answered(&download(path), &mut Trace::default()).await
    }

    /// A large file, whose content nobody has checked yet.
    pub(super) async fn stream(&self, path: String) -> Result<Box<dyn AnswerBody>, Error> {
        let call = download(path);
        let opened = self.0.exchange.open(&call, |url, request| self.dress(&call, url, request)).await?;
        let (head, mut body) = opened.into_parts();
        if is_success(head.status) {
            return Ok(body);
        }
        let mut refusal = BytesMut::new();
        while let Some(piece) = body.next().await?.filter(|_| refusal.len() < MAX_REFUSAL) {
            refusal.extend_from_slice(&piece);
        }
        Err(ApiError::of_pay(call.operation, &Response::from_parts(head, refusal.freeze())).into())
    }

    async fn exchange(&self, call: &Call) -> Result<Response<Bytes>, Error> {
        self.0.exchange.run(call, |url, request| self.dress(call, url, request), judge).await
    }

    /// Signs. The signature is marked so that no `Debug` shows it.
    fn dress(&self, call: &Call, url: &Url, request: &mut Request<Bytes>) -> Result<(), Error> {
        const BROKEN: ConfigError = ConfigError::new("the request cannot be signed");
        let environment = &self.0.exchange.environment;
        let nonce = nonce(environment.random());
        let parts = SignedParts {
            method: call.method.as_str(),
            target: target(url),
            timestamp: environment.now(),
            nonce: &nonce,
            body: &call.body.signed,
        };
        let authorization = self.0.key.authorization(&self.0.id, &parts)?;
        let mut authorization = HeaderValue::try_from(authorization).map_err(|_| BROKEN)?;
        authorization.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, authorization);
        if let Some(serial) = call.serial.as_ref().or(self.0.known.wanted.as_ref()) {
            headers.insert(SERIAL, HeaderValue::try_from(serial.as_str()).map_err(|_| BROKEN)?);
        }
        Ok(())
    }

    /// Checks that WeChat Pay wrote something, without opening it. [`Merchant::verify_notification`] does both.
    pub async fn verify_signature(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), VerifyError> {
        self.verify(headers, body).await
    }

    /// Checks with the keys at hand, and once more if new certificates could be had.
    async fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), VerifyError> {
        let now = self.0.exchange.environment.now();
        let unknown = match self.0.known.verify(headers, body, now) {
            Ok(serial) => {
                if !serial.is_public_key() {
                    self.keep_fresh(now);
                }
                return Ok(());
            }
            Err(VerifyError::UnknownSerial(serial)) => serial,
            Err(error) => return Err(error),
        };
        // A public key is never among the certificates.
        let looked_up = match Serial::new(&unknown) {
            Ok(serial) if !serial.is_public_key() => self.refresh(&serial).await,
            _ => false,
        };
        if looked_up {
            self.0.known.verify(headers, body, now).map(drop)
        } else {
            Err(VerifyError::UnknownSerial(unknown))
        }
    }

    /// WeChat Pay makes the successor of a certificate only for those who ask for certificates, which is to be
    /// done twice a day. Nobody waits for it.
    fn keep_fresh(&self, now: i64) {
        let Ok(mut asked) = self.0.known.asked.clone().try_lock_owned() else { return };
        if asked.is_some_and(|asked| (0..HALF_A_DAY).contains(&now.saturating_sub(asked))) {
            return;
        }
        *asked = Some(now);
        let client = self.clone();
        // Held until the look is over: whoever meets a new serial meanwhile waits for it.
        tokio::spawn(async move {
            client.look().await;
            drop(asked);
        });
    }

    /// Whether the serial is known after all.
    async fn refresh(&self, serial: &Serial) -> bool {
        let known = &self.0.known;
        let mut asked = known.asked.lock().await;
        let now = self.0.exchange.environment.now();
        if known.find(serial).is_none() && certificates::is_due(*asked, now) {
            *asked = Some(now);
            self.look().await;
        }
        known.find(serial).is_some()
    }

    /// Learns the certificates there are now; without an answer those known before stay.
    async fn look(&self) {
        if let Err(error) = self.fetch_certificates().await {
            tracing::warn!(%error, "the platform certificates could not be had");
        }
    }

    async fn fetch_certificates(&self) -> Result<(), Error> {
        let members = Members::of(&GetCertificates::new(), "")?;
        let call = members.into_call::<GetCertificates>(false)?;
        let answer = self.exchange(&call).await?;
        if answer.status() != StatusCode::OK {
            return Err(ApiError::of_pay(call.operation, &answer).into());
        }
        let now = self.0.exchange.environment.now();
        Ok(self.0.known.learn(&self.0.cipher, answer.headers(), answer.body(), now)?)
    }
}

/// The answer with the probe was one of success: a refusal of the repeat does not mean that nothing happened.
fn after_a_probe(mut error: Error, effect: Effect) -> Error {
    match &mut error {
        Error::Api(refusal) if effect != Effect::Read => refusal.earlier_try = true,
        Error::Transport(silence) if effect != Effect::Read => silence.sent = Sent::Maybe,
        _ => {}
    }
    error
}

fn download(path: String) -> Call {
    Call {
        operation: DownloadBill::NAME,
        effect: Effect::Read,
        method: Method::GET,
        path,
        body: Body::default(),
        serial: None,
    }
}

/// 202 asks for the same call again.
fn is_success(status: StatusCode) -> bool {
    status.is_success() && status != StatusCode::ACCEPTED
}

fn judge(answer: &Response<Bytes>) -> Option<Trouble> {
    match answer.status() {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => Some(Trouble::Gateway),
        StatusCode::TOO_MANY_REQUESTS => Some(Trouble::Limited),
        StatusCode::ACCEPTED => Some(Trouble::Busy),
        StatusCode::INTERNAL_SERVER_ERROR => {
            ApiError::of_pay("", answer).code.is("SYSTEM_ERROR").then_some(Trouble::Busy)
        }
        _ => None,
    }
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant").field("id", &self.0.id).field("key", &self.0.key).finish_non_exhaustive()
    }
}
