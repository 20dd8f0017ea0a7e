//! What stands around every request: its id, its log line, its limits of time and size, and the
//! promise that a handler which writes runs to its end although the client hangs up. The body is read
//! first, so a handler never waits for its client.

use super::problem::{Marked, problem_response};
use crate::base::{Code, Problem};
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::LengthLimitError;
use std::error::Error as StdError;
use std::time::{Duration, Instant};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// The header that carries the request id, in and out.
const REQUEST_ID: &str = "x-request-id";

/// The settings and the running tasks of [`guard`].
#[derive(Debug, Clone)]
pub struct Guard {
    /// How long a client waits at most.
    pub timeout: Duration,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// Paths that take larger ones, each with its limit.
    pub larger: &'static [(&'static str, usize)],
    /// Handlers that run on although nobody waits; shutdown waits for them.
    pub tasks: TaskTracker,
}

/// The middleware. It must be the outermost one.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request_id = %id, %method, path);
    let started = Instant::now();
    let limit = guard.limit_of(&path);
    let answer = run(guard, limit, &method, request, next).instrument(span.clone()).await;
    let answer = with_id(answer, &id);
    span.in_scope(|| report(&method, &path, &answer, started.elapsed()));
    answer
}

impl Guard {
    fn limit_of(&self, path: &str) -> usize {
        let larger = self.larger.iter().find(|(larger, _)| *larger == path);
        larger.map_or(self.body_limit, |(_, limit)| *limit)
    }
}

async fn run(guard: Guard, limit: usize, method: &Method, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = match tokio::time::timeout(guard.timeout, to_bytes(body, limit)).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => return over(marked(unread(&error))),
        Err(_) => return over(too_slow()),
    };
    let request = Request::from_parts(head, Body::from(body));
    let reads = method.is_safe();
    let work = next.run(request).in_current_span();
    if reads {
        return tokio::time::timeout(guard.timeout, work).await.unwrap_or_else(|_| too_slow());
    }
    let task = guard.tasks.spawn(work);
    match tokio::time::timeout(guard.timeout, task).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(panicked)) => {
            tracing::error!(error = %panicked, "a handler panicked");
            marked(Problem::new(Code::Internal))
        }
        Err(_) => too_slow(),
    }
}

fn unread(error: &axum::Error) -> Problem {
    if error.source().is_some_and(<dyn StdError>::is::<LengthLimitError>) {
        return Problem::new(Code::BodyTooLarge);
    }
    Problem::with(Code::InvalidJson, "the body ended before it was complete")
}

/// What is left of the body would be taken for the next request.
fn over(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn too_slow() -> Response {
    marked(Problem::new(Code::Timeout))
}

fn marked(problem: Problem) -> Response {
    let mut response = problem_response(&problem, None);
    response.extensions_mut().insert(Marked(problem));
    response
}

/// The client's id if it is a decent one, otherwise a new one.
fn request_id(request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    given
        .filter(|id| (8..=64).contains(&id.len()))
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)))
        .map_or_else(|| uuid::Uuid::new_v4().simple().to_string(), str::to_owned)
}

fn with_id(answer: Response, id: &str) -> Response {
    let mut answer = match answer.extensions().get::<Marked>() {
        Some(Marked(problem)) => {
            let close = answer.headers().get(header::CONNECTION).cloned();
            let mut told = problem_response(problem, Some(id.to_owned()));
            close.map(|close| told.headers_mut().insert(header::CONNECTION, close));
            told
        }
        None => answer,
    };
    answer.headers_mut().insert(REQUEST_ID, HeaderValue::from_str(id).expect("ids are letters and digits"));
    answer
}

/// Strangers may send any word as a method; a series of its own is only for those that we know.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn report(method: &Method, path: &str, answer: &Response, took: Duration) {
    let status = answer.status().as_u16();
    let labels =
        [("method", label(method).to_owned()), ("path", path.to_owned()), ("status", status.to_string())];
    metrics::counter!("jishi_http_requests_total", &labels).increment(1);
    metrics::histogram!("jishi_http_request_seconds", "path" => path.to_owned()).record(took.as_secs_f64());
    tracing::info!(status, ms = took.as_secs_f64() * 1000.0, "request");
}
