//! WeChat's daily bills, and the cases in which they and our books do not agree.
//!
//! ```text
//! bill        wanted ──▶ empty | compared      refused ──▶ compared, by the next run
//!                └─────▶ refused               compared ──▶ compared, with the same result
//! difference  open ──(a rule delivers or refunds; an operator books or explains)──▶ resolved
//! ```
//!
//! A *difference* belongs to a day, a subject (a payment, a refund, a movement of money, the fees), its
//! number and a class: however often a bill is compared, that is one case. Amounts are fen, and less
//! than nothing where the merchant loses.
//!
//! Tables: `bill`, `difference`.

mod difference;
mod model;
mod routes;
mod store;

pub use self::difference::{
    count_open, difference, lock_difference, of_day, open_by_rule, open_count_of_day, payments_lacking,
    record, resolve, take,
};
pub use self::model::{
    Bill, BillKind, BillState, Class, Difference, DifferenceState, Finding, Line, Ours, Resolution, Subject,
    Totals, judge,
};
pub use self::routes::admin;
pub use self::store::{bills_of, claim, compared, ended_days, not_compared};
