//! The WeChat Pay v3 side.

pub(crate) mod certificates;
pub(crate) mod close;
pub(crate) mod payment;
pub(crate) mod prepay;
pub(crate) mod prepay_fields;
pub(crate) mod query;
pub(crate) mod refund;
pub(crate) mod refund_fields;
pub(crate) mod refusal;
pub(crate) mod sign;
pub(crate) mod validate;

use http::StatusCode;
use serde_json::Value;

use crate::core::Core;
use crate::http::auth::{authenticate, claimed};
use crate::http::routes::Operation;
use crate::http::{Answer, Request};
use crate::state::Material;
use refusal::Refusal;
use sign::sign_answer;

/// What an operation answers when it went well; `None` is a 204.
type Reply = Result<Option<Value>, Refusal>;

pub(crate) fn serve(core: &Core, operation: &Operation, request: &Request) -> Answer {
    let served = check_headers(request).and_then(|()| authenticate(core, request)).and_then(|mchid| {
        let reply = run(core, operation, request, &mchid)?;
        Ok(signed(core, operation, request, &mchid, reply.as_ref()))
    });
    served.unwrap_or_else(|refusal| refusal.answer()).with_request_id()
}

fn run(core: &Core, operation: &Operation, request: &Request, mchid: &str) -> Reply {
    match operation {
        Operation::Prepay => prepay::serve(core, mchid, &request.body).map(Some),
        Operation::QueryByNumber(number) => query::by_number(core, request, mchid, number).map(Some),
        Operation::QueryById(id) => query::by_id(core, request, mchid, id).map(Some),
        Operation::Close(number) => close::serve(core, mchid, number, &request.body).map(|()| None),
        Operation::Refund => refund::serve(core, mchid, &request.body).map(Some),
        Operation::RefundQuery(number) => refund::query(core, mchid, number).map(Some),
        Operation::Certificates => certificates::serve(core, mchid).map(Some),
        _ => Err(Refusal::new(404, "NOT_FOUND", "接口不存在")),
    }
}

fn signed(
    core: &Core,
    operation: &Operation,
    request: &Request,
    mchid: &str,
    reply: Option<&Value>,
) -> Answer {
    let answer = match reply {
        Some(body) => Answer::json(StatusCode::OK, body),
        None => Answer::empty(StatusCode::NO_CONTENT),
    };
    // Whoever downloads certificates for the first time can verify with nothing else.
    let fallback = (*operation == Operation::Certificates).then_some(Material::Certificate);
    sign_answer(core, request, mchid, fallback, answer)
}

/// Signs the answer of a fault for the merchant the request names.
pub(crate) fn sign_claimed(core: &Core, request: &Request, answer: Answer) -> Answer {
    match claimed(request) {
        Some(mchid) => sign_answer(core, request, mchid, None, answer),
        None => answer,
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
    if !request.body.is_empty() && !kind.starts_with("application/json") {
        return Err(Refusal::new(415, "PARAM_ERROR", "Http头Content-Type应为application/json"));
    }
    Ok(())
}
