//! The shell: bytes in, bytes out. Everything behind it is plain functions from [`Request`] to [`Answer`].

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::control;
use crate::core::Core;
use crate::play;
use crate::routes::{self, Call, Found};
use crate::wire::{Answer, Ending, Request};

/// How long a client may take to send a request.
const PATIENCE: Duration = Duration::from_secs(30);

type Response = http::Response<BoxBody<Bytes, Broken>>;

/// Ends a connection in the middle of an answer, or before it.
#[derive(Debug, thiserror::Error)]
#[error("the connection is broken on purpose")]
struct Broken;

/// Serves until `stop` changes.
pub(crate) async fn run(listener: TcpListener, core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        match accepted {
            Ok((stream, _)) => attend(stream, Arc::clone(&core), &graceful),
            // Out of file descriptors, most likely: others will be closed in a moment.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    graceful.shutdown().await;
}

fn attend(stream: TcpStream, core: Arc<Core>, graceful: &GracefulShutdown) {
    // A small answer goes at once.
    let _ = stream.set_nodelay(true);
    let Ok(line) = SockRef::from(&stream).try_clone() else { return };
    let line = Arc::new(line);
    let service = service_fn(move |request| {
        let (core, line) = (Arc::clone(&core), Arc::clone(&line));
        async move { answer(core, request).await.map_err(|broken| reset(&line, broken)) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended");
        }
    });
}

/// Closing now throws away what was not sent, and the other side sees a reset.
fn reset(line: &Socket, broken: Broken) -> Broken {
    let _ = line.set_linger(Some(Duration::ZERO));
    broken
}

async fn answer(core: Arc<Core>, request: http::Request<Incoming>) -> Result<Response, Broken> {
    let (parts, body) = request.into_parts();
    let mut request = Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body: Bytes::new(),
    };
    let found = routes::find(&request);
    let answer = match read(body, found.limit()).await {
        Ok(body) => {
            request.body = body;
            attended(core, found, Arc::new(request)).await
        }
        Err(status) => {
            let answer = Answer::empty(status)
                .with("connection", "close")
                .because("the body is too large or too slow");
            core.journal(|journal| journal.note(core.now(), "", &request, &answer, None));
            answer
        }
    };
    respond(answer)
}

/// Serves a request to its end, also when the client hangs up meanwhile; a panic is an answer, too.
async fn attended(core: Arc<Core>, found: Found, request: Arc<Request>) -> Answer {
    let (served, kept) = (Arc::clone(&core), Arc::clone(&request));
    let answer = tokio::spawn(async move { dispatch(&served, found, request).await }).await;
    answer.unwrap_or_else(|error| {
        let answer = Answer::empty(StatusCode::INTERNAL_SERVER_ERROR)
            .because(format!("a mistake of the simulator, nothing was changed: {error}"));
        core.journal(|journal| journal.note(core.now(), "", &kept, &answer, None));
        answer
    })
}

async fn read(body: Incoming, limit: usize) -> Result<Bytes, StatusCode> {
    if body.size_hint().lower() > limit as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match tokio::time::timeout(PATIENCE, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

async fn dispatch(core: &Arc<Core>, found: Found, request: Arc<Request>) -> Answer {
    if request.path == "/_control" || request.path.starts_with("/_control/") {
        return control::serve(core, &request).await;
    }
    let (name, answer, fault) = match found {
        Found::Call(call) => serve(core, call, &request).await,
        Found::OtherMethod(call) => (call.place().name, other_method(core, call, &request), None),
        Found::Nothing => ("", nothing(&request), None),
    };
    core.journal(|journal| journal.note(core.now(), name, &request, &answer, fault));
    answer
}

/// Serves one call of WeChat's interfaces, with the fault that happens to it, if any.
async fn serve(
    core: &Arc<Core>,
    call: Call,
    request: &Arc<Request>,
) -> (&'static str, Answer, Option<String>) {
    let name = call.place().name;
    let Some(fault) = core.faults(|faults| faults.of_call(call.place())) else {
        let request = Arc::clone(request);
        return (name, core.off_thread(move |core| play::work(core, call, &request, None)).await, None);
    };
    tracing::info!(name, fault = fault.label, "a fault happens");
    (name, play::play(core, call, request, fault.does).await, Some(fault.label))
}

fn other_method(core: &Core, call: Call, request: &Request) -> Answer {
    let verdict = format!("{} takes {}", call.place().path, call.verb().as_str());
    let answer = match call {
        Call::Pay(_) => Answer::empty(StatusCode::METHOD_NOT_ALLOWED).with_request_id(),
        Call::Mini(_) => crate::mini::wrong_method(core, call.verb(), request),
    };
    answer.because(verdict)
}

fn nothing(request: &Request) -> Answer {
    if request.path == "/" {
        return Answer::see_other("/_control/").because("the pages are below /_control/");
    }
    Answer::empty(StatusCode::NOT_FOUND)
        .with_request_id()
        .because(format!("the simulator knows no {} {}", request.method, request.path))
}

fn respond(answer: Answer) -> Result<Response, Broken> {
    let body = match answer.ending {
        Ending::Reset => return Err(Broken),
        Ending::Truncated => {
            Half { body: Some(answer.body.slice(..answer.body.len() / 2)), whole: answer.body.len() }.boxed()
        }
        Ending::Whole => Full::new(answer.body).map_err(|never: Infallible| match never {}).boxed(),
    };
    let mut response = http::Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// A body that promises the whole and breaks off after the first half.
struct Half {
    body: Option<Bytes>,
    whole: usize,
}

impl Body for Half {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        Poll::Ready(Some(self.body.take().map(Frame::data).ok_or(Broken)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.whole as u64)
    }
}
