//! The last requests with their verdicts: what a developer looks at when a call is refused.

use std::collections::VecDeque;

use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;

use crate::wire::{Answer, Refused, Request};

/// So many requests are remembered.
const MOST: usize = 1000;
/// So many bytes of a body are remembered.
const BODY: usize = 16 * 1024;

/// A request that was served.
#[derive(Debug, Clone, Serialize)]
pub struct RequestView {
    /// Counted from 1 since the start.
    pub id: u64,
    /// Life when it was answered, in milliseconds since the Unix epoch.
    pub at: i64,
    /// The name of the call; empty when there is none such.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The HTTP status of the answer; 0 when nothing was answered.
    pub status: u16,
    /// Why it was refused, or `ok`.
    pub verdict: String,
    /// The fault that was played, if any.
    pub fault: Option<String>,
    /// Name and value of each header.
    pub request_headers: Vec<(String, String)>,
    /// As text, cut at 16 KiB.
    pub request_body: String,
    /// Name and value of each header.
    pub answer_headers: Vec<(String, String)>,
    /// As text, cut at 16 KiB.
    pub answer_body: String,
}

/// As much as a body says to a reader.
#[derive(Debug, Clone)]
struct Side {
    headers: HeaderMap,
    body: Bytes,
    len: usize,
}

/// Kept as it came; texts are made when somebody looks.
#[derive(Debug, Clone)]
struct Entry {
    id: u64,
    at: i64,
    operation: &'static str,
    method: String,
    target: String,
    status: u16,
    verdict: String,
    fault: Option<String>,
    asked: Side,
    answered: Side,
}

/// The last requests.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    /// The last refused calls of the mini-program side, which are asked for by their numbers.
    refused: VecDeque<(Refused, Entry)>,
    last: u64,
}

impl Journal {
    pub(crate) fn note(
        &mut self,
        at: i64,
        operation: &'static str,
        request: &Request,
        answer: &Answer,
        fault: Option<String>,
    ) {
        self.last += 1;
        let silent = answer.ending == crate::wire::Ending::Reset;
        let verdict = if answer.verdict.is_empty() { "ok" } else { &answer.verdict };
        let entry = Entry {
            id: self.last,
            at,
            operation,
            method: request.method.to_string(),
            target: request.target(),
            status: if silent { 0 } else { answer.status.as_u16() },
            verdict: verdict.to_owned(),
            fault,
            asked: Side::new(&request.headers, &request.body),
            answered: Side::new(&answer.headers, &answer.body),
        };
        if let Some(refused) = &answer.refused {
            remember(&mut self.refused, (refused.clone(), entry.clone()));
        }
        remember(&mut self.entries, entry);
    }

    /// A refused call of the mini-program side, by its `rid`.
    pub(crate) fn refused(&self, rid: &str) -> Option<(Refused, RequestView)> {
        let found = self.refused.iter().rev().find(|(refused, _)| refused.rid == rid);
        found.map(|(refused, entry)| (refused.clone(), entry.view()))
    }

    /// Newest first.
    pub(crate) fn views(&self) -> Vec<RequestView> {
        self.entries.iter().rev().map(Entry::view).collect()
    }

    /// Newest first, so many at most; only what went wrong, if that is wanted.
    pub(crate) fn newest(&self, most: usize, only_refused: bool) -> Vec<RequestView> {
        let wanted = |entry: &&Entry| !only_refused || entry.verdict != "ok" || entry.fault.is_some();
        self.entries.iter().rev().filter(wanted).take(most).map(Entry::view).collect()
    }

    pub(crate) fn view(&self, id: u64) -> Option<RequestView> {
        self.entries.iter().find(|entry| entry.id == id).map(Entry::view)
    }
}

fn remember<T>(all: &mut VecDeque<T>, new: T) {
    all.push_back(new);
    if all.len() > MOST {
        all.pop_front();
    }
}

impl Side {
    fn new(headers: &HeaderMap, body: &Bytes) -> Self {
        // A copy, since a slice would keep the whole of a large body.
        let kept = if body.len() > BODY { Bytes::copy_from_slice(&body[..BODY]) } else { body.clone() };
        Self { headers: headers.clone(), body: kept, len: body.len() }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    fn body(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let rest = self.len - self.body.len();
        if rest == 0 { text.into_owned() } else { format!("{text}… ({rest} bytes more)") }
    }
}

impl Entry {
    fn view(&self) -> RequestView {
        RequestView {
            id: self.id,
            at: self.at,
            operation: self.operation.to_owned(),
            method: self.method.clone(),
            target: self.target.clone(),
            status: self.status,
            verdict: self.verdict.clone(),
            fault: self.fault.clone(),
            request_headers: self.asked.headers(),
            request_body: self.asked.body(),
            answer_headers: self.answered.headers(),
            answer_body: self.answered.body(),
        }
    }
}
