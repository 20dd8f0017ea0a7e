//! What comes over the wire and what goes back, before anybody knows what it means.

pub(crate) mod answer;
pub(crate) mod day;
pub(crate) mod multipart;
pub(crate) mod request;
pub(crate) mod text;

pub(crate) use answer::{Answer, Ending, Refused};
pub(crate) use request::Request;
