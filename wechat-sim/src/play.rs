//! How a fault befalls a call.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::core::Core;
use crate::faults::{Effect, Flaw};
use crate::life::tasks;
use crate::mini;
use crate::pay::{self, payment};
use crate::routes::Call;
use crate::wire::{Answer, Ending, Request};

/// Serves a call with the fault that happens to it.
pub(crate) async fn play(core: &Arc<Core>, call: Call, request: &Arc<Request>, fault: Effect) -> Answer {
    let (wait, after_work) = wait(&fault);
    if !after_work {
        tokio::time::sleep(wait).await;
    }
    let answer = spoiled(core, call, request, &fault).await;
    if after_work {
        tokio::time::sleep(wait).await;
    }
    if fault == Effect::PaidFirst {
        pay_first(core, request).await;
    }
    answer
}

/// How long the fault waits, and whether after the work.
fn wait(fault: &Effect) -> (Duration, bool) {
    match fault {
        Effect::Delay { ms, after_work } | Effect::Hang { ms, after_work } => {
            (Duration::from_millis(*ms), *after_work)
        }
        _ => (Duration::ZERO, false),
    }
}

async fn spoiled(core: &Arc<Core>, call: Call, request: &Arc<Request>, fault: &Effect) -> Answer {
    let (request, fault) = (Arc::clone(request), fault.clone());
    core.off_thread(move |core| {
        prepare(core, &request, &fault);
        let replaced = replacement(core, call, &request, &fault);
        match replaced {
            Some(Replacement { answer, after_work: false }) => answer,
            Some(Replacement { answer, after_work: true }) => {
                let served = work(core, call, &request, fault.flaw());
                answer.because(format!("the work was done ({}), the answer is a fault", served.status))
            }
            None => changed(work(core, call, &request, fault.flaw()), &fault),
        }
    })
    .await
}

/// The call itself; a flaw only spoils the signature of its answer.
pub(crate) fn work(core: &Core, call: Call, request: &Request, flaw: Option<Flaw>) -> Answer {
    tasks::tick(core);
    match call {
        Call::Pay(operation) => pay::serve(core, operation, request, flaw),
        Call::Mini(operation) => mini::serve(core, operation, request),
    }
}

/// What happens before the call is looked at.
fn prepare(core: &Core, request: &Request, fault: &Effect) {
    match fault {
        Effect::InvalidateToken => mini::invalidate_token_of(core, request),
        Effect::RotateKeys => pay::rotate_keys_of(core, request),
        _ => {}
    }
}

/// An answer instead of the call's own.
struct Replacement {
    answer: Answer,
    after_work: bool,
}

fn replacement(core: &Core, call: Call, request: &Request, fault: &Effect) -> Option<Replacement> {
    let (answer, after_work) = match fault {
        Effect::Error { status, code, after_work } => {
            (error(core, call, request, *status, code), *after_work)
        }
        Effect::Html { status, after_work } => (gateway_page(*status), *after_work),
        Effect::Reset { after_work } | Effect::Hang { after_work, .. } => {
            (Answer::default().ending(Ending::Reset), *after_work)
        }
        Effect::Accepted => (error(core, call, request, 202, "ACCEPTED"), false),
        _ => return None,
    };
    Some(Replacement { answer: answer.because("a fault"), after_work })
}

fn changed(answer: Answer, fault: &Effect) -> Answer {
    match fault {
        Effect::Truncated => answer.ending(Ending::Truncated),
        Effect::TextPlain => answer.with("content-type", "text/plain"),
        _ => answer,
    }
}

fn error(core: &Core, asked: Call, request: &Request, status: u16, named: &str) -> Answer {
    if matches!(asked, Call::Mini(_)) {
        let error = mini::Errcode::new(named.parse().unwrap_or(-1), "a planned fault");
        let answer = mini::refuse(core, request, core.now(), &error);
        return Answer { status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK), ..answer };
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let named = if named.is_empty() { "SYSTEM_ERROR" } else { named };
    let answer = Answer::json(status, &json!({"code": named, "message": "预设的故障"})).with_request_id();
    if status.is_success() { pay::sign_claimed(core, request, answer) } else { answer }
}

fn gateway_page(status: u16) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    Answer { status, body: page.into(), ..Answer::default() }.with("content-type", "text/html")
}

/// The shopper is faster than the answer of the prepay.
async fn pay_first(core: &Arc<Core>, request: &Arc<Request>) {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let paid = core.off_thread(move |core| payment::pay_asked(core, &body)).await;
    match paid {
        Ok(number) => {
            // The worker sends it; this waits until it has tried.
            let tried = async {
                while !core.read(|world| world.was_told(&number)) {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            drop(tokio::time::timeout(core.settings.notify_timeout, tried).await);
        }
        Err(refusal) => tracing::warn!(%refusal, "the shopper could not pay first"),
    }
}
