//! The WeChat Pay v3 side: every call of `api.mch.weixin.qq.com` that the simulator knows.

pub(crate) mod auth;
pub(crate) mod balance;
pub(crate) mod bills;
pub(crate) mod certificates;
mod close;
mod closed;
pub(crate) mod codepay;
pub(crate) mod combine;
pub(crate) mod complaints;
mod echo;
mod media;
pub(crate) mod payment;
mod prepay;
pub(crate) mod query;
pub(crate) mod refund;
pub(crate) mod refusal;
pub(crate) mod risk;
mod sealed;
pub(crate) mod shape;
pub(crate) mod sharing;
pub(crate) mod sign;
pub(crate) mod terms;
pub(crate) mod transfer;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::core::Core;
use crate::faults::Flaw;
use crate::operation::{Operation, Verb};
use crate::wire::{Answer, Request, multipart};
use crate::world::Material;
use auth::{authenticate, claimed};
use refusal::Refusal;
use shape::Field;
use sign::sign_answer;

/// Every call, area by area.
pub(crate) static OPERATIONS: &[&[Operation<PayServe>]] = &[
    bills::OPERATIONS,
    certificates::OPERATIONS,
    close::OPERATIONS,
    closed::OPERATIONS,
    codepay::OPERATIONS,
    combine::OPERATIONS,
    complaints::OPERATIONS,
    echo::OPERATIONS,
    media::OPERATIONS,
    prepay::OPERATIONS,
    query::OPERATIONS,
    refund::OPERATIONS,
    refund::abnormal::OPERATIONS,
    risk::OPERATIONS,
    sharing::OPERATIONS,
    transfer::OPERATIONS,
];

/// How a call is served.
pub(crate) type PayServe = fn(&PayCall<'_>) -> Reply;

/// What a call answers, or how it says no.
pub(crate) type Reply = Result<Given, Refusal>;

/// What a call answers when it went well.
#[derive(Debug)]
pub(crate) enum Given {
    Json(Value),
    /// 204
    Nothing,
    /// A file with its media type; it carries no signature.
    File(&'static str, Vec<u8>),
}

impl From<Value> for Given {
    fn from(body: Value) -> Self {
        Self::Json(body)
    }
}

/// One call, signed by its merchant.
#[derive(Debug)]
pub(crate) struct PayCall<'a> {
    pub(crate) core: &'a Core,
    pub(crate) request: &'a Request,
    /// Who signed.
    pub(crate) mchid: String,
    /// What stands in the path where the pattern has names.
    pub(crate) arguments: Vec<String>,
}

impl PayCall<'_> {
    /// What stands in the path where the pattern has its only or first name.
    pub(crate) fn argument(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }

    /// The body as JSON, checked.
    pub(crate) fn body(&self, shape: &[Field]) -> Result<Value, Refusal> {
        let body = shape::parse(&self.request.body)?;
        shape::check(shape, &body)?;
        Ok(body)
    }

    /// The body, checked and read.
    pub(crate) fn read<T: DeserializeOwned>(&self, shape: &[Field]) -> Result<(Value, T), Refusal> {
        let body = self.body(shape)?;
        let read = T::deserialize(&body).map_err(|error| Refusal::invalid(&error.to_string()))?;
        Ok((body, read))
    }

    /// A parameter of the query; an empty one counts as missing.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.request.parameter(name).filter(|text| !text.is_empty())
    }

    pub(crate) fn needed_parameter(&self, name: &str) -> Result<String, Refusal> {
        self.parameter(name).ok_or_else(|| Refusal::url(name, "", "必填", "query"))
    }

    /// A number of the query between two bounds.
    pub(crate) fn count(&self, name: &str, bounds: (i64, i64)) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.parameter(name) else { return Ok(None) };
        match text.parse::<i64>() {
            Ok(number) if (bounds.0..=bounds.1).contains(&number) => Ok(Some(number)),
            _ => Err(Refusal::url(name, &text, "超出范围", "query")),
        }
    }

    /// The merchant in the query has to be the one that signed.
    pub(crate) fn own_mchid_in_query(&self) -> Result<(), Refusal> {
        let named = self.needed_parameter("mchid")?;
        if named == self.mchid {
            Ok(())
        } else {
            Err(Refusal::url("mchid", &named, "与签名商户号不一致", "query"))
        }
    }

    /// The merchant in the body has to be the one that signed.
    pub(crate) fn own_mchid(&self, pointer: &str, named: &str) -> Result<(), Refusal> {
        if named == self.mchid {
            Ok(())
        } else {
            Err(Refusal::body(pointer, &Value::from(named), "与签名商户号不一致"))
        }
    }

    /// The app has to be bound to the merchant.
    pub(crate) fn bound_app(&self, app_id: &str) -> Result<(), Refusal> {
        let bound =
            self.core.read(|world| world.merchants.get(&self.mchid).map(|merchant| merchant.apps.clone()));
        let bound = bound.unwrap_or_default();
        if bound.contains(app_id) {
            return Ok(());
        }
        let bound: Vec<String> = bound.into_iter().collect();
        let explanation = format!("{app_id} is not bound to {}; bound are {}", self.mchid, bound.join(", "));
        Err(Refusal::new(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配").explained(explanation))
    }
}

pub(crate) const fn get(name: &'static str, path: &'static str, serve: PayServe) -> Operation<PayServe> {
    Operation::new(name, Verb::Get, path, serve)
}

pub(crate) const fn post(name: &'static str, path: &'static str, serve: PayServe) -> Operation<PayServe> {
    Operation::new(name, Verb::Post, path, serve)
}

pub(crate) const fn put(name: &'static str, path: &'static str, serve: PayServe) -> Operation<PayServe> {
    Operation::new(name, Verb::Put, path, serve)
}

pub(crate) const fn delete(name: &'static str, path: &'static str, serve: PayServe) -> Operation<PayServe> {
    Operation::new(name, Verb::Delete, path, serve)
}

pub(crate) fn serve(
    core: &Core,
    operation: &Operation<PayServe>,
    request: &Request,
    flaw: Option<Flaw>,
) -> Answer {
    let served = check_headers(request).and_then(|()| authenticate(core, request)).and_then(|mchid| {
        let arguments = operation.arguments(request);
        let call = PayCall { core, request, mchid, arguments };
        Ok(answer(core, operation, &call, (operation.serve)(&call)?, flaw))
    });
    served.unwrap_or_else(|refusal| refusal.answer()).with_request_id()
}

fn answer(
    core: &Core,
    operation: &Operation<PayServe>,
    call: &PayCall<'_>,
    given: Given,
    flaw: Option<Flaw>,
) -> Answer {
    let answer = match given {
        Given::Json(body) => Answer::json(StatusCode::OK, &body),
        Given::Nothing => Answer::empty(StatusCode::NO_CONTENT),
        Given::File(kind, bytes) => return Answer::file(kind, bytes),
    };
    // Whoever downloads certificates for the first time can verify with nothing else.
    let fallback = (operation.name == certificates::NAME).then_some(Material::Certificate);
    sign_answer(core, call.request, &call.mchid, fallback, flaw, answer)
}

/// Signs the answer of a fault for the merchant the request names.
pub(crate) fn sign_claimed(core: &Core, request: &Request, answer: Answer) -> Answer {
    match claimed(request) {
        Some(mchid) => sign_answer(core, request, mchid, None, None, answer),
        None => answer,
    }
}

/// Gives new keys to the platform towards the merchant a request names.
pub(crate) fn rotate_keys_of(core: &Core, request: &Request) {
    let rotated = claimed(request).map(|mchid| certificates::rotate(core, mchid));
    if let Some(Err(error)) = rotated {
        tracing::error!(%error, "the keys of the platform could not be changed");
    }
}

fn check_headers(request: &Request) -> Result<(), Refusal> {
    if request.header("user-agent").is_none_or(str::is_empty) {
        return Err(Refusal::new(400, "PARAM_ERROR", "Http头缺少User-Agent"));
    }
    let accepts = request.header("accept").unwrap_or("application/json");
    if !["application/json", "*/*", "application/*"].iter().any(|kind| accepts.contains(kind)) {
        return Err(Refusal::new(406, "PARAM_ERROR", "Http头Accept应为application/json"));
    }
    let kind = request.header("content-type").unwrap_or_default();
    let known = kind.starts_with("application/json") || kind.starts_with("multipart/form-data");
    if !request.body.is_empty() && !known {
        return Err(Refusal::new(415, "PARAM_ERROR", "Http头Content-Type应为application/json"));
    }
    Ok(())
}

/// What the signature of a request covers: the body, or the `meta` part of an upload.
fn signed_body(request: &Request) -> Option<bytes::Bytes> {
    if !request.header("content-type").is_some_and(|kind| kind.starts_with("multipart/form-data")) {
        return Some(request.body.clone());
    }
    let parts = multipart::parts(request)?;
    parts.into_iter().find(|part| part.name == "meta").map(|part| part.body)
}
