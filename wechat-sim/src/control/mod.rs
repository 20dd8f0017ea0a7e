//! What tests, demos and people steer the simulator with, below `/_control/`.

mod guard;
mod index;
mod json;
mod page;
mod sheet;

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::core::Core;
use crate::life::tasks;
use crate::pay::refusal::Refusal;
use crate::wire::{Answer, Request};

pub(crate) async fn serve(core: &Arc<Core>, request: &Arc<Request>) -> Answer {
    let request = Arc::clone(request);
    core.off_thread(move |core| {
        tasks::tick(core);
        route(core, &request).unwrap_or_else(|refusal| refusal.answer())
    })
    .await
}

fn route(core: &Core, request: &Request) -> Result<Answer, Refusal> {
    guard::check(core, request)?;
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, &segments[..]) {
        (&Method::GET, [] | ["" | "state"]) => Ok(index::page(core)),
        (&Method::GET, ["sheet", prepay_id]) => Ok(sheet::page(core, prepay_id, None)),
        (&Method::POST, ["sheet", prepay_id, "pay"]) => Ok(sheet::pay(core, prepay_id)),
        (&Method::POST, ["sheet", prepay_id, "cancel"]) => Ok(sheet::cancel(core, prepay_id)),
        (&Method::GET, [list]) => json::list(core, list).map(|body| ok(&body)),
        (&Method::POST, path) => json::command(core, path, &guard::json_body(request)?).map(|body| ok(&body)),
        _ => Err(nothing_here()),
    }
}

fn ok(body: &Value) -> Answer {
    Answer::json(StatusCode::OK, body)
}

fn nothing_here() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "no such control path")
}

/// A list under its name.
fn listed(name: &str, items: impl serde::Serialize) -> Value {
    json!({ name: items })
}
