//! The inbox: call-backs whose signature was good, with what became of them. Forged ones leave a
//! line in the log and a count, never a row.
//!
//! Table: `callback`.

mod routes;
mod store;

pub use self::routes::admin;
pub use self::store::{Outcome, Received, about, record};
