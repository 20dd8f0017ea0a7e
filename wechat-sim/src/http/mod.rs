//! The shell: bytes in, bytes out. Everything behind it is plain functions from [`Request`] to [`Answer`].

pub(crate) mod answer;
pub(crate) mod auth;
pub(crate) mod request;
pub(crate) mod routes;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

pub(crate) use answer::Answer;
pub(crate) use request::Request;
use routes::{Family, Operation};

use crate::control;
use crate::core::Core;
use crate::pay;

pub(crate) fn router(core: Arc<Core>) -> Router {
    Router::new().fallback(entry).with_state(core)
}

async fn entry(State(core): State<Arc<Core>>, request: axum::extract::Request) -> Response {
    let Some(request) = Request::read(request).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    dispatch(core, request).await.into_response()
}

async fn dispatch(core: Arc<Core>, request: Request) -> Answer {
    if request.path == "/_control" || request.path.starts_with("/_control/") {
        return control::serve(core, request).await;
    }
    let Some(operation) = Operation::find(&request) else {
        return Answer::empty(StatusCode::NOT_FOUND).with_request_id();
    };
    serve_api(core, operation, request).await
}

/// Serves one call of WeChat's interfaces, with the fault that was planned for it, if any.
async fn serve_api(core: Arc<Core>, operation: Operation, request: Request) -> Answer {
    let name = operation.name();
    let fault = core.off_thread(move |core| core.take_fault(name)).await;
    let Some(fault) = fault else {
        return core.off_thread(move |core| operation.serve(core, &request)).await;
    };
    tracing::info!(operation = name, ?fault, "a planned fault happens");
    if !fault.after_commit {
        fault.delay().await;
    }
    let answer = core.off_thread({
        let fault = fault.clone();
        move |core| {
            let served =
                (fault.after_commit || !fault.replaces_answer()).then(|| operation.serve(core, &request));
            if fault.replaces_answer() {
                faulty(core, &operation, &request, &fault)
            } else {
                served.unwrap_or_default()
            }
        }
    });
    let answer = answer.await;
    if fault.after_commit {
        fault.delay().await;
    }
    answer
}

fn faulty(core: &Core, operation: &Operation, request: &Request, fault: &control::faults::Fault) -> Answer {
    match operation.family() {
        Family::Mini => fault.mini_answer(),
        Family::Pay => {
            let answer = fault.pay_answer();
            if answer.status.is_success() { pay::sign_claimed(core, request, answer) } else { answer }
        }
    }
}
