//! Answers that are too long to be held in memory.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// How many pieces may wait for a slow reader.
const AHEAD: usize = 4;

/// The end of a channel as a body: it ends when the sender goes, and breaks off when an error is sent, so
/// that half a file cannot pass for a whole one.
#[derive(Debug)]
pub struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl Pieces {
    /// Where to put the pieces in, and the body.
    pub fn channel() -> (mpsc::Sender<io::Result<Bytes>>, Self) {
        let (sender, receiver) = mpsc::channel(AHEAD);
        (sender, Self(receiver))
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.get_mut().0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// A CSV file to keep, under this name (letters, digits, `-` and `.`).
pub fn download(name: &str, body: Body) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let csv = HeaderValue::from_static("text/csv; charset=utf-8");
    ([(header::CONTENT_TYPE, csv), (header::CONTENT_DISPOSITION, disposition)], body).into_response()
}
