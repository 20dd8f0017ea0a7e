//! What of an order is asked back: pieces of its lines, and money. The tables' checks refuse whatever
//! is more than was sold, sent or paid.

mod store;

pub use self::store::{claim_lines, claim_refund, release_lines, release_refund};

use super::move_order;
use crate::base::{Actor, By, Money, OrderId, Result, TenantId, Timestamp};
use crate::infra::db::Conn;
use crate::mall::order::model::OrderState;

/// Money of an order went back. When that was all of it, the order is over.
pub async fn note_refunded(
    db: &mut Conn,
    tenant: TenantId,
    order: OrderId,
    amount: Money,
    now: Timestamp,
) -> Result<()> {
    let order = store::add_refunded(db, tenant, order, amount, now).await?;
    if order.refunded == order.total {
        move_order(db, tenant, &order, OrderState::Refunded, By::new(Actor::Wechat), now).await?;
    }
    Ok(())
}
