//! The inbox of message pushes: what users wrote and what WeChat's mini-program platform reports.
//! Forged ones leave a line in the log and a count, never a row.
//!
//! ```text
//! message  received ──▶ handled
//!              │  ▲         ▲
//!              ▼  │ (surely not answered: tried again)
//!          answering ───────┘
//! ```
//!
//! What one says is sealed, and forgotten after a while; its key stays, so that it counts once for ever.
//!
//! Table: `message`.

mod routes;
mod store;

pub use self::routes::admin;
pub use self::store::{
    Content, Inbox, State, begin_answering, forget, lock, mark_handled, receive, try_again,
};
