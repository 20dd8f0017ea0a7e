//! Trades and orders. A trade is what is paid once; it has one order per merchant; an order has
//! lines, which are copies of the articles as they were.
//!
//! ```text
//! trade   unpaid ──▶ paid
//!               └──▶ closed
//! order   unpaid ──▶ paid ──▶ shipped ──▶ received ──▶ completed
//!               └──▶ closed    (refunded: when everything was given back)
//! ```
//!
//! Tables: `trade`, `orders`, `order_line`, `order_history`. Locked in this order, the trade first.

mod model;
mod moves;
mod routes;
mod shares;
mod store;

pub use self::model::{
    Action, Claim, Line, NewTrade, Order, OrderState, Trade, TradeRow, TradeState, actions, order_actions,
};
pub use self::moves::{
    claim_lines, claim_refund, closing, insert_trades, mark_closed, mark_paid, move_order, note_refunded,
    release_lines, release_refund, ship_lines,
};
pub use self::routes::admin;
pub use self::shares::split;
pub use self::store::{
    Step, history, lines_of, lock, order, orders_of, orders_of_customer, orders_with_lines, payable, trade,
};
