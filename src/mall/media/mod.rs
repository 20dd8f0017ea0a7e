//! What WeChat's checks of pictures and sounds found, as its pushes tell (`wxa_media_check`): one row for
//! each `trace_id`, the number that WeChat gave the check.
//!
//! Table: `media_check`.

mod store;

pub use self::store::{Verdict, set_verdict};
