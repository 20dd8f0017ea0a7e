//! What tests, demos and people steer the simulator with, below `/_control/`.

mod bills;
mod complaints;
mod guard;
mod json;
mod messaging;
mod parties;
mod people;
mod push;
mod service;
mod sharing;
mod till;
mod trade;
mod transfers;

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::core::Core;
use crate::life::tasks;
use crate::mini::Errcode;
use crate::pages;
use crate::pay::refusal::Refusal;
use crate::wire::{Answer, Request};

pub(crate) async fn serve(core: &Arc<Core>, request: &Arc<Request>) -> Answer {
    let request = Arc::clone(request);
    if push::calls_out(&request) {
        return push::serve(core, &request).await.unwrap_or_else(|refusal| refusal.answer());
    }
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
    if let Some(page) = pages::route(core, &request.method, &segments, request) {
        return Ok(page);
    }
    match (&request.method, &segments[..]) {
        (&Method::GET, ["ledger"]) => bills::ledger(core, request).map(|body| ok(&body)),
        (&Method::GET, ["push", "events"]) => Ok(ok(&push::templates())),
        (&Method::GET, [list]) => json::list(core, list).map(|body| ok(&body)),
        (&Method::POST, path) => json::command(core, path, &guard::json_body(request)?).map(|body| ok(&body)),
        _ => Err(nothing_here()),
    }
}

fn ok(body: &Value) -> Answer {
    Answer::json(StatusCode::OK, body)
}

/// What the mini-program side says no to, as steering says it.
impl From<Errcode> for Refusal {
    fn from(Errcode(code, text): Errcode) -> Self {
        let status = if matches!(code, 10_060_001 | 40013 | 931_023) { 404 } else { 400 };
        Self::new(status, &code.to_string(), &text)
    }
}

fn nothing_here() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "no such control path; docs/control.md of wechat-sim lists them")
}

/// A list under its name.
fn listed(name: &str, items: impl serde::Serialize) -> Value {
    json!({ name: items })
}
