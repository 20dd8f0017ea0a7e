//! How members are written and read. The attributes of this crate refer to these functions by name; a struct of
//! your own may use them with `serialize_with` and `deserialize_with`.

mod read;
mod write;

pub use http::Method;
pub use serde;

pub use read::{
    FromNumber, flag, id, list, maybe_flag, maybe_id, maybe_number, maybe_rfc3339, maybe_text,
    maybe_time_or_number, nested, number, numbers, rfc3339, text, texts, word,
};
pub use write::{
    Length, Same, Text, Time, cut, cut_bytes, exposed, max, max_bytes, max_exposed, millis, positive, some,
    time,
};
