//! What to write down of a call besides what it brought.

use bytes::Bytes;
use http::Response;

use crate::api_error::request_id;

/// The last answer that came back on the wire, believed or not. Empty when none came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The HTTP status.
    pub status: Option<u16>,
    /// WeChat Pay's number of the call, for its support: the header `Request-ID`.
    pub request_id: Option<String>,
}

impl Trace {
    pub(super) fn of(answer: &Response<Bytes>) -> Self {
        Self { status: Some(answer.status().as_u16()), request_id: request_id(answer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_status_and_the_number() {
        let answer = Response::builder().status(403).header("Request-ID", "08ab").body(Bytes::new()).unwrap();
        let trace = Trace::of(&answer);
        assert_eq!((trace.status, trace.request_id.as_deref()), (Some(403), Some("08ab")));
        let silent = Response::new(Bytes::new());
        assert_eq!(Trace::of(&silent), Trace { status: Some(200), request_id: None });
    }
}
