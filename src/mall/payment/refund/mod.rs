//! Refunds in their table.

mod store;

pub use self::store::{
    insert_refund, list, lock_refund, mark_sent, refund, refunds_of, refunds_of_trade, set_refund,
    set_refund_error, take_in_hand, without_live_refund,
};
