//! Every move of a trade and its orders: allowed by the tables in `model`, one history row each.
//! The trade must be locked by whoever calls any of these.

mod claims;
mod store;

pub use self::claims::{claim_lines, claim_refund, note_refunded, release_lines, release_refund};
pub use self::store::{closing, insert_trades, ship_lines};

use super::model::{Order, OrderState, TradeRow, TradeState};
use crate::base::{Actor, By, Result, TenantId, Timestamp};
use crate::infra::db::Conn;

/// The trade and its orders become paid.
pub async fn mark_paid(db: &mut Conn, tenant: TenantId, trade: &TradeRow, now: Timestamp) -> Result<()> {
    let to = (TradeState::Paid, OrderState::Paid);
    move_trade(db, tenant, trade, to, By::new(Actor::Wechat), now).await
}

/// The trade and its orders are over without payment.
pub async fn mark_closed(
    db: &mut Conn,
    tenant: TenantId,
    trade: &TradeRow,
    actor: Actor,
    now: Timestamp,
) -> Result<()> {
    let to = (TradeState::Closed, OrderState::Closed);
    let by = By { reason: trade.close_reason.as_deref(), ..By::new(actor) };
    move_trade(db, tenant, trade, to, by, now).await
}

async fn move_trade(
    db: &mut Conn,
    tenant: TenantId,
    trade: &TradeRow,
    (to, orders_to): (TradeState, OrderState),
    by: By<'_>,
    now: Timestamp,
) -> Result<()> {
    let wrong = || anyhow::anyhow!("{} is {} and cannot become {to}", trade.id, trade.state);
    if !trade.state.may_become(to) || !OrderState::Unpaid.may_become(orders_to) {
        return Err(wrong().into());
    }
    if !store::set_trade_state(db, tenant, trade.id, to, now).await? {
        return Err(wrong().into());
    }
    let orders = store::set_order_states(db, tenant, trade.id, orders_to, now).await?;
    if orders.is_empty() {
        return Err(wrong().into());
    }
    let unpaid = TradeState::Unpaid.as_str();
    let mut steps = vec![(tenant, trade.id, None, Some(unpaid), to.as_str())];
    steps.extend(orders.into_iter().map(|id| (tenant, trade.id, Some(id), Some(unpaid), orders_to.as_str())));
    store::insert_history(db, &steps, by, now).await?;
    Ok(())
}

/// An order moves on; a wrong move is an error of ours.
pub async fn move_order(
    db: &mut Conn,
    tenant: TenantId,
    order: &Order,
    to: OrderState,
    by: By<'_>,
    now: Timestamp,
) -> Result<()> {
    let wrong = || anyhow::anyhow!("{} is {} and cannot become {to}", order.id, order.state);
    if !order.state.may_become(to) || !store::set_order_state(db, tenant, order, to, now).await? {
        return Err(wrong().into());
    }
    let step = (tenant, order.trade_id, Some(order.id), Some(order.state.as_str()), to.as_str());
    store::insert_history(db, &[step], by, now).await?;
    Ok(())
}
