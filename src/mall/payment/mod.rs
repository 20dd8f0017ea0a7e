//! Payments and refunds as we know them. A payment is one attempt to collect a trade; a refund is
//! one intent to give back, with one `out_refund_no` for ever.
//!
//! ```text
//! payment  created ──▶ prepaid ──▶ succeeded
//!                 └───────────┴──▶ closed | failed ──(money came all the same)──▶ succeeded
//! refund   created ──▶ submitted ──▶ succeeded | closed | abnormal
//!                                       abnormal ──▶ submitted (an operator acted)
//! ```
//!
//! Tables: `payment`, `refund`, `refund_action`. Locked after the trade, in this order.

mod action;
mod model;
mod refund;
mod routes;
mod store;

pub use self::action::{
    ActionKind, RefundAction, RefundAnswer, Way, accept_redirection, actions_of, actions_of_trade,
    insert_action, settle_redirections,
};
pub use self::model::{Payment, PaymentState, Refund, RefundReason, RefundState, Success};
pub use self::refund::{
    insert_refund, lock_refund, mark_sent, refund, refunds_of, refunds_of_trade, set_refund,
    set_refund_error, take_in_hand, without_live_refund,
};
pub use self::routes::admin;
pub use self::store::{
    applied_to, ask_now, by_transaction, claim_refund, end, insert, lock, open_of, payment, payments_of,
    release_refund, set_prepaid, succeed, take_refund_turn,
};

/// So many refunds of one payment WeChat takes, closed ones included.
pub const MOST_REFUNDS: i64 = 50;
