//! Telling shoppers: subscribe messages, their templates, and what shoppers allowed.
//!
//! ```text
//! notice  waiting ──▶ sending ──▶ sent
//!            │  ▲────────┤  (surely not sent: tried again)
//!            │           └──▶ skipped | failed
//!            └──▶ skipped | failed
//! ```
//!
//! A notice that was `sending` when its worker died is never sent again: it may have arrived.
//!
//! Tables: `notice_template`, `notice_grant`, `notice`.

mod compose;
mod event;
mod grant;
mod routes;
mod service;
mod store;
mod template;

pub use self::compose::compose;
pub use self::event::{Event, Kind, Subject, Value};
pub use self::grant::{Answer, Grant, Teller};
pub use self::routes::{admin, shop};
pub use self::service::hear;
pub use self::store::{
    Ended, Notice, State, StoredNotice, about, begin_sending, drain_grants, end, insert, lock, not_delivered,
    return_grant, take_grant, template, try_again,
};
pub use self::template::{Field, Reason, Template, TemplateInput};
