use super::model::{Line, Order, OrderState, TradeRow, TradeState};
use crate::base::{
    Actor, CustomerId, HistoryId, OperatorId, OrderId, Page, Paging, TenantId, Timestamp, TradeId,
};
use crate::infra::db::{Conn, Query, Result};
use serde::Serialize;

fn by_id(db: &mut Conn, tenant: TenantId, id: TradeId) -> Query<'_> {
    db.query(
        "select id, customer_id, state, goods_total, discount_total, freight_total, total, remark, address_sealed,
           created_at, expires_at, closing_since, close_reason, paid_at, closed_at
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
    paging: Paging,
) -> Result<Page<TradeRow>> {
    db.query(
        "select id, customer_id, state, goods_total, discount_total, freight_total, total, remark, address_sealed,
           created_at, expires_at, closing_since, close_reason, paid_at, closed_at
         from trade where tenant_id = $1 and (customer_id = $2 or $2 is null) and (state = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(customer)
    .bind(state)
    .page("id", paging, |row: &TradeRow| row.id.uuid())
    .await
}

/// Orders of one shopper. Says so plainly, for the index's sake: a filter that may be left out has none.
pub async fn orders_of_customer(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    state: Option<OrderState>,
    paging: Paging,
) -> Result<Page<Order>> {
    db.query(
        "select id, trade_id, merchant_id, customer_id, state, goods_total, discount, freight, total, refunding, refunded,
           created_at, updated_at, shipped_at, received_at, completed_at
         from orders where tenant_id = $1 and customer_id = $2 and (state = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(customer)
    .bind(state)
    .page("id", paging, |row: &Order| row.id.uuid())
    .await
}

pub(super) async fn orders(
    db: &mut Conn,
    tenant: TenantId,
    (customer, state): (Option<CustomerId>, Option<OrderState>),
    paging: Paging,
) -> Result<Page<Order>> {
    db.query(
        "select id, trade_id, merchant_id, customer_id, state, goods_total, discount, freight, total, refunding, refunded,
           created_at, updated_at, shipped_at, received_at, completed_at
         from orders where tenant_id = $1 and (customer_id = $2 or $2 is null) and (state = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(customer)
    .bind(state)
    .page("id", paging, |row: &Order| row.id.uuid())
    .await
}

/// One order with its lines.
pub async fn order(db: &mut Conn, tenant: TenantId, id: OrderId) -> Result<Option<(Order, Vec<Line>)>> {
    let order: Option<Order> = db
        .query(
            "select id, trade_id, merchant_id, customer_id, state, goods_total, discount, freight, total, refunding,
               refunded, created_at, updated_at, shipped_at, received_at, completed_at
             from orders where tenant_id = $1 and id = $2",
        )
        .bind(tenant)
        .bind(id)
        .optional()
        .await?;
    let Some(order) = order else { return Ok(None) };
    let lines = lines_of(db, tenant, &[id]).await?;
    Ok(Some((order, lines)))
}

/// The orders of a trade.
pub async fn orders_of(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<Order>> {
    db.query(
        "select id, trade_id, merchant_id, customer_id, state, goods_total, discount, freight, total, refunding, refunded,
           created_at, updated_at, shipped_at, received_at, completed_at
         from orders where tenant_id = $1 and trade_id = $2 order by id",
    )
    .bind(tenant)
    .bind(trade)
    .all()
    .await
}

/// The same with their lines.
pub async fn orders_with_lines(
    db: &mut Conn,
    tenant: TenantId,
    trade: TradeId,
) -> Result<Vec<(Order, Vec<Line>)>> {
    let orders = orders_of(db, tenant, trade).await?;
    let ids: Vec<_> = orders.iter().map(|order| order.id).collect();
    let lines = lines_of(db, tenant, &ids).await?;
    let of = |order: &Order| lines.iter().filter(|line| line.order_id == order.id).cloned().collect();
    Ok(orders.into_iter().map(|order| (order.clone(), of(&order))).collect())
}

/// The lines of many orders.
pub async fn lines_of(db: &mut Conn, tenant: TenantId, orders: &[OrderId]) -> Result<Vec<Line>> {
    if orders.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select id, order_id, sku_id, product_id, title, specs, image_url, price, quantity, total, discount, freight,
           payable, shipped, claimed, cancelled, claimed_amount
         from order_line where tenant_id = $1 and order_id in (values {rows:uuid}) order by id",
    )
    .bind(tenant)
    .rows(orders, |query, order| query.bind(*order))
    .all()
    .await
}

/// Those of the trades for which a payment may start at `now`: the rule of [`TradeRow::is_payable`], for many.
pub async fn payable(
    db: &mut Conn,
    tenant: TenantId,
    trades: &[TradeId],
    now: Timestamp,
) -> Result<Vec<TradeId>> {
    if trades.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<(TradeId,)> = db
        .query(
            "select id from trade where tenant_id = $1 and state = 'unpaid' and closing_since is null
               and expires_at > $2 and id in (values {rows:uuid})",
        )
        .bind(tenant)
        .bind(now)
        .rows(trades, |query, trade| query.bind(*trade))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
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
    /// Which operator.
    pub operator_id: Option<OperatorId>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// Every step of a trade and its orders, oldest first.
pub async fn history(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<Step>> {
    db.query(
        "select id, order_id, from_state, to_state, actor, operator_id, reason, created_at from order_history
         where tenant_id = $1 and trade_id = $2 order by created_at, id",
    )
    .bind(tenant)
    .bind(trade)
    .all()
    .await
}
