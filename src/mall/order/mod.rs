//! Trades and orders. A trade is what is paid once; it has one order per merchant; an order has
//! lines, which are copies of the articles as they were.
//!
//! ```text
//! trade   unpaid ──▶ paid
//!               └──▶ closed
//! order   unpaid ──▶ paid ──▶ shipped ──▶ received ──▶ completed
//!               │        └──▶ completed    (nothing is to be sent, and its money was settled otherwise)
//!               └──▶ closed
//! ```
//!
//! From `paid` on an order is `refunded` when everything was given back.
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

use crate::base::{OrderId, Problem, Result, TenantId};
use crate::infra::db::Conn;
use anyhow::Context as _;

/// An order with its lines as they are once its trade is locked. Errors: 404.
pub async fn locked(db: &mut Conn, tenant: TenantId, id: OrderId) -> Result<(Order, Vec<Line>)> {
    let (known, _) = order(db, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
    lock(db, tenant, known.trade_id).await?.context("an order without a trade")?;
    Ok(order(db, tenant, id).await?.context("an order that vanished")?)
}
