//! An order is received: by its shopper, by WeChat, or by time.

use super::AutoComplete;
use crate::base::{Actor, By, PaymentId, Result, TenantId, Timestamp};
use crate::flow::Mall;
use crate::infra::db::Tx;
use crate::infra::jobs;
use crate::mall::order::{self, Order, OrderState};
use crate::mall::payment;
use crate::mall::shipment;
use anyhow::Context as _;

/// An order that is on its way is received; completion follows by itself. The trade must be locked.
pub async fn receive(tx: &mut Tx, tenant: TenantId, order: &Order, by: By<'_>, now: Timestamp) -> Result<()> {
    order::move_order(tx, tenant, order, OrderState::Received, by, now).await?;
    let job = AutoComplete { tenant_id: tenant, order_id: order.id, trade_id: order.trade_id };
    jobs::enqueue::<Mall, _>(tx, &job, now, now).await
}

/// WeChat says that the shopper has the goods of a payment: its orders that are on their way are
/// received. It is heard once: of what was sent since, a repeat says nothing.
pub(in crate::flow) async fn confirm(
    tx: &mut Tx,
    tenant: TenantId,
    id: PaymentId,
    now: Timestamp,
) -> Result<()> {
    let paid = payment::payment(tx, tenant, id).await?.context("a receipt of what nobody paid")?;
    order::lock(tx, tenant, paid.trade_id).await?.context("a payment without a trade")?;
    if !shipment::confirmed(tx, tenant, id, now).await? {
        return Ok(());
    }
    for order in order::orders_of(tx, tenant, paid.trade_id).await? {
        if order.state == OrderState::Shipped {
            receive(tx, tenant, &order, By::new(Actor::Wechat), now).await?;
        }
    }
    Ok(())
}
