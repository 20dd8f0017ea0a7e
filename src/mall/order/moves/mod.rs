//! Every move of a trade and its orders: allowed by the tables in `model`, one history row each.

mod store;

pub use self::store::{closing, insert_trades};

use super::model::{Actor, OrderState, TradeRow, TradeState};
use crate::base::{Result, TenantId, Timestamp};
use crate::infra::db::Conn;

/// The trade and its orders become paid. The trade must be locked.
pub async fn mark_paid(db: &mut Conn, tenant: TenantId, trade: &TradeRow, now: Timestamp) -> Result<()> {
    let to = (TradeState::Paid, OrderState::Paid);
    move_trade(db, tenant, trade, to, (Actor::Wechat, None), now).await
}

/// The trade and its orders are over without payment. The trade must be locked.
pub async fn mark_closed(
    db: &mut Conn,
    tenant: TenantId,
    trade: &TradeRow,
    actor: Actor,
    now: Timestamp,
) -> Result<()> {
    let to = (TradeState::Closed, OrderState::Closed);
    move_trade(db, tenant, trade, to, (actor, trade.close_reason.as_deref()), now).await
}

async fn move_trade(
    db: &mut Conn,
    tenant: TenantId,
    trade: &TradeRow,
    (to, orders_to): (TradeState, OrderState),
    (actor, reason): (Actor, Option<&str>),
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
    store::insert_history(db, &steps, (actor, reason), now).await?;
    Ok(())
}
