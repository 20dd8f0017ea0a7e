//! Double entry: every success writes one balanced transaction, once, and nothing is ever changed.
//!
//! | account | holds |
//! |---|---|
//! | `wechat` | what WeChat has collected for us (debit +) |
//! | `sales` | what was sold (credit −) |
//! | `owed_to_customers` | what must go back (credit −) |
//!
//! Tables: `ledger_transaction`, `ledger_entry`.

mod model;
mod routes;
mod store;

pub use self::model::{Account, Kind, Posting};
pub use self::routes::admin;
pub use self::store::{balances, post};
