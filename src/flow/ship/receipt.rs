//! An order is received: by its shopper, by WeChat, or by time.

use super::AutoComplete;
use crate::base::{By, Result, TenantId, Timestamp};
use crate::flow::Mall;
use crate::infra::db::{Conn, Tx};
use crate::infra::jobs;
use crate::mall::after_sale;
use crate::mall::order::{self, Order, OrderState};

/// Whether an after-sale of an order is open: then the order does not move on by itself.
pub async fn order_is_contested(db: &mut Conn, tenant: TenantId, order: &Order) -> Result<bool> {
    Ok(after_sale::open_of(db, tenant, order.id).await?)
}

/// An order that is on its way is received; completion follows by itself. The trade must be locked.
pub async fn receive(tx: &mut Tx, tenant: TenantId, order: &Order, by: By<'_>, now: Timestamp) -> Result<()> {
    order::move_order(tx, tenant, order, OrderState::Received, by, now).await?;
    let job = AutoComplete { tenant_id: tenant, order_id: order.id };
    jobs::enqueue::<Mall, _>(tx, &job, now, now).await
}
