//! Refunds in their table.

mod store;

pub use self::store::{insert_refund, list, lock_refund, refund, refunds_of, set_refund, set_refund_error};
