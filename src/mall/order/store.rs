use super::model::{Actor, Line, Order, OrderState, TradeRow, TradeState};
use crate::base::{CustomerId, HistoryId, OrderId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Query, Result};
use serde::Serialize;
use uuid::Uuid;

fn by_id(db: &mut Conn, tenant: TenantId, id: TradeId) -> Query<'_> {
    db.query(
        "select id, customer_id, state, goods_total, freight_total, total, remark, address_sealed, created_at,
           expires_at, closing_since, close_reason, paid_at, closed_at
         from trade where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
}

/// A trade, unlocked.
pub async fn trade(db: &mut Conn, tenant: TenantId, id: TradeId) -> Result<Option<TradeRow>> {
    by_id(db, tenant, id).optional().await
}

/// A trade, held until the transaction ends. Always the first row that is locked.
pub async fn lock(db: &mut Conn, tenant: TenantId, id: TradeId) -> Result<Option<TradeRow>> {
    by_id(db, tenant, id).for_update().optional().await
}

pub(super) async fn trades(
    db: &mut Conn,
    tenant: TenantId,
    (customer, state): (Option<CustomerId>, Option<TradeState>),
    below: Uuid,
    limit: i64,
) -> Result<Vec<TradeRow>> {
    db.query(
        "select id, customer_id, state, goods_total, freight_total, total, remark, address_sealed, created_at,
           expires_at, closing_since, close_reason, paid_at, closed_at
         from trade where tenant_id = $1 and (customer_id = $2 or $2 is null) and (state = $3 or $3 is null)
           and id < $4
         order by id desc limit $5",
    )
    .bind(tenant)
    .bind(customer)
    .bind(state)
    .bind(below)
    .bind(limit)
    .all()
    .await
}

/// Orders, newest first, of one shopper or all, in one state or any.
pub async fn orders(
    db: &mut Conn,
    tenant: TenantId,
    (customer, state): (Option<CustomerId>, Option<OrderState>),
    below: Uuid,
    limit: i64,
) -> Result<Vec<Order>> {
    db.query(
        "select id, trade_id, merchant_id, customer_id, state, goods_total, freight, total, created_at, updated_at
         from orders where tenant_id = $1 and (customer_id = $2 or $2 is null) and (state = $3 or $3 is null)
           and id < $4
         order by id desc limit $5",
    )
    .bind(tenant)
    .bind(customer)
    .bind(state)
    .bind(below)
    .bind(limit)
    .all()
    .await
}

/// One order with its lines.
pub async fn order(db: &mut Conn, tenant: TenantId, id: OrderId) -> Result<Option<(Order, Vec<Line>)>> {
    let order: Option<Order> = db
        .query(
            "select id, trade_id, merchant_id, customer_id, state, goods_total, freight, total, created_at,
               updated_at
             from orders where tenant_id = $1 and id = $2",
        )
        .bind(tenant)
        .bind(id)
        .optional()
        .await?;
    let Some(order) = order else { return Ok(None) };
    let lines = lines(db, tenant, order.trade_id).await?;
    let lines = lines.into_iter().filter(|line| line.order_id == id).collect();
    Ok(Some((order, lines)))
}

/// The orders of a trade with their lines.
pub async fn orders_of(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<(Order, Vec<Line>)>> {
    let orders: Vec<Order> = db
        .query(
            "select id, trade_id, merchant_id, customer_id, state, goods_total, freight, total, created_at,
               updated_at
             from orders where tenant_id = $1 and trade_id = $2 order by id",
        )
        .bind(tenant)
        .bind(trade)
        .all()
        .await?;
    let lines = lines(db, tenant, trade).await?;
    let of = |order: &Order| lines.iter().filter(|line| line.order_id == order.id).cloned().collect();
    Ok(orders.into_iter().map(|order| (order.clone(), of(&order))).collect())
}

async fn lines(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<Line>> {
    db.query(
        "select id, order_id, sku_id, product_id, title, specs, image_url, price, quantity, total
         from order_line where tenant_id = $1 and order_id in
           (select id from orders where tenant_id = $1 and trade_id = $2)
         order by id",
    )
    .bind(tenant)
    .bind(trade)
    .all()
    .await
}

/// One step in the life of a trade or an order.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Step {
    /// Which.
    pub id: HistoryId,
    /// The order that moved; absent when the trade itself did.
    pub order_id: Option<OrderId>,
    /// Where it came from.
    pub from_state: Option<String>,
    /// Where it went.
    pub to_state: String,
    /// Who moved it.
    pub actor: Actor,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

pub(super) async fn history(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<Step>> {
    db.query(
        "select id, order_id, from_state, to_state, actor, reason, created_at from order_history
         where tenant_id = $1 and trade_id = $2 order by created_at, id",
    )
    .bind(tenant)
    .bind(trade)
    .all()
    .await
}
