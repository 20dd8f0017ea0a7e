//! Checks of pictures and sounds by WeChat. Whoever asks (`/wxa/media_check_async`) registers the
//! `trace_id` of the answer and reads the verdict later; it is pushed within half an hour.
//!
//! Table: `media_check`.

mod store;

pub use self::store::{Check, Verdict, check, register, set_verdict};
