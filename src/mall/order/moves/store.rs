use crate::base::{Actor, By, HistoryId, LineId, OrderId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Result};
use crate::mall::order::model::{Line, NewTrade, Order, OrderState, TradeState};

/// Writes trades with their orders, lines and first history rows, one statement per table.
pub async fn insert_trades(db: &mut Conn, trades: &[NewTrade], now: Timestamp) -> Result<()> {
    insert_trade_rows(db, trades).await?;
    let orders: Vec<_> = trades
        .iter()
        .flat_map(|new| new.orders.iter().map(|(order, lines)| (new.tenant_id, order, lines)))
        .collect();
    insert_order_rows(db, &orders).await?;
    let lines: Vec<_> = orders
        .iter()
        .flat_map(|(tenant, order, lines)| lines.iter().map(|line| (*tenant, order.trade_id, line)))
        .collect();
    insert_line_rows(db, &lines).await?;
    let placed = |new: &NewTrade| (new.tenant_id, new.trade.id, None, None, TradeState::Unpaid.as_str());
    let steps: Vec<_> = trades.iter().map(placed).collect();
    insert_history(db, &steps, By::new(Actor::Shopper), now).await?;
    Ok(())
}

async fn insert_trade_rows(db: &mut Conn, trades: &[NewTrade]) -> Result<u64> {
    db.query(
        "insert into trade (tenant_id, id, customer_id, state, goods_total, discount_total, freight_total, total,
           remark, address_sealed, created_at, expires_at)
         values {rows:uuid,uuid,uuid,text,bigint,bigint,bigint,bigint,text,text,timestamptz,timestamptz}",
    )
    .rows(trades, |query, new| {
        query
            .bind(new.tenant_id)
            .bind(new.trade.id)
            .bind(new.trade.customer_id)
            .bind(new.trade.state)
            .bind(new.trade.goods_total)
            .bind(new.trade.discount_total)
            .bind(new.trade.freight_total)
            .bind(new.trade.total)
            .bind(new.trade.remark.clone())
            .bind(new.trade.address_sealed.clone())
            .bind(new.trade.created_at)
            .bind(new.trade.expires_at)
    })
    .execute()
    .await
}

async fn insert_order_rows(db: &mut Conn, orders: &[(TenantId, &Order, &Vec<Line>)]) -> Result<u64> {
    db.query(
        "insert into orders (tenant_id, id, trade_id, merchant_id, customer_id, state, goods_total, discount,
           freight, total, created_at, updated_at)
         values {rows:uuid,uuid,uuid,uuid,uuid,text,bigint,bigint,bigint,bigint,timestamptz,timestamptz}",
    )
    .rows(orders, |query, (tenant, order, _)| {
        query
            .bind(*tenant)
            .bind(order.id)
            .bind(order.trade_id)
            .bind(order.merchant_id)
            .bind(order.customer_id)
            .bind(order.state)
            .bind(order.goods_total)
            .bind(order.discount)
            .bind(order.freight)
            .bind(order.total)
            .bind(order.created_at)
            .bind(order.updated_at)
    })
    .execute()
    .await
}

async fn insert_line_rows(db: &mut Conn, lines: &[(TenantId, TradeId, &Line)]) -> Result<u64> {
    db.query(
        "insert into order_line (tenant_id, id, order_id, trade_id, sku_id, product_id, title, specs, image_url,
           price, quantity, total, discount, freight, payable)
         values {rows:uuid,uuid,uuid,uuid,uuid,uuid,text,jsonb,text,bigint,bigint,bigint,bigint,bigint,bigint}",
    )
    .rows(lines, |query, (tenant, trade, line)| {
        query
            .bind(*tenant)
            .bind(line.id)
            .bind(line.order_id)
            .bind(*trade)
            .bind(line.sku_id)
            .bind(line.product_id)
            .bind(line.title.clone())
            .bind(line.specs.clone())
            .bind(line.image_url.clone())
            .bind(line.price)
            .bind(line.quantity)
            .bind(line.total)
            .bind(line.discount)
            .bind(line.freight)
            .bind(line.payable)
    })
    .execute()
    .await
}

type Step<'a> = (TenantId, TradeId, Option<OrderId>, Option<&'a str>, &'a str);

pub(super) async fn insert_history(
    db: &mut Conn,
    steps: &[Step<'_>],
    by: By<'_>,
    now: Timestamp,
) -> Result<u64> {
    db.query(
        "insert into order_history (tenant_id, id, trade_id, order_id, from_state, to_state, actor, operator_id,
           reason, created_at)
         values {rows:uuid,uuid,uuid,uuid,text,text,text,uuid,text,timestamptz}",
    )
    .rows(steps, |query, (tenant, trade, order, from, to)| {
        query
            .bind(*tenant)
            .bind(HistoryId::fresh(now))
            .bind(*trade)
            .bind(*order)
            .bind(from.map(str::to_owned))
            .bind((*to).to_owned())
            .bind(by.actor)
            .bind(by.operator_id)
            .bind(by.reason.map(str::to_owned))
            .bind(now)
    })
    .execute()
    .await
}

/// From here on no payment may start. The first reason stays. The trade must be locked and unpaid.
pub async fn closing(
    db: &mut Conn,
    tenant: TenantId,
    trade: TradeId,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    db.query(
        "update trade set closing_since = $3, close_reason = $4
         where tenant_id = $1 and id = $2 and state = 'unpaid' and closing_since is null",
    )
    .bind(tenant)
    .bind(trade)
    .bind(now)
    .bind(reason)
    .execute()
    .await
    .map(drop)
}

/// Pieces of lines are sent; `false` when one of them is not there to be sent any more, and then the
/// caller must not commit.
pub async fn ship_lines(db: &mut Conn, tenant: TenantId, pieces: &[(LineId, i64)]) -> Result<bool> {
    for (line, quantity) in pieces {
        let sent = db
            .query(
                "update order_line set shipped = shipped + $3
                 where tenant_id = $1 and id = $2 and shipped + cancelled + $3 <= quantity",
            )
            .bind(tenant)
            .bind(*line)
            .bind(*quantity)
            .execute()
            .await?;
        if sent == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) async fn set_trade_state(
    db: &mut Conn,
    tenant: TenantId,
    trade: TradeId,
    to: TradeState,
    now: Timestamp,
) -> Result<bool> {
    let (paid_at, closed_at) = match to {
        TradeState::Paid => (Some(now), None),
        TradeState::Closed => (None, Some(now)),
        TradeState::Unpaid => (None, None),
    };
    let moved = db
        .query(
            "update trade set state = $3, paid_at = $4, closed_at = $5
             where tenant_id = $1 and id = $2 and state = 'unpaid'",
        )
        .bind(tenant)
        .bind(trade)
        .bind(to)
        .bind(paid_at)
        .bind(closed_at)
        .execute()
        .await?;
    Ok(moved == 1)
}

pub(super) async fn set_order_states(
    db: &mut Conn,
    tenant: TenantId,
    trade: TradeId,
    to: OrderState,
    now: Timestamp,
) -> Result<Vec<OrderId>> {
    let rows: Vec<(OrderId,)> = db
        .query(
            "update orders set state = $3, updated_at = $4
             where tenant_id = $1 and trade_id = $2 and state = 'unpaid' returning id",
        )
        .bind(tenant)
        .bind(trade)
        .bind(to)
        .bind(now)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Moves an order; `false` when it is not where `order` says any more.
pub(super) async fn set_order_state(
    db: &mut Conn,
    tenant: TenantId,
    order: &Order,
    to: OrderState,
    now: Timestamp,
) -> Result<bool> {
    let at = |state| (to == state).then_some(now);
    let moved = db
        .query(
            "update orders set state = $4, updated_at = $5, shipped_at = coalesce($6, shipped_at),
               received_at = coalesce($7, received_at), completed_at = coalesce($8, completed_at)
             where tenant_id = $1 and id = $2 and state = $3",
        )
        .bind(tenant)
        .bind(order.id)
        .bind(order.state)
        .bind(to)
        .bind(now)
        .bind(at(OrderState::Shipped))
        .bind(at(OrderState::Received))
        .bind(at(OrderState::Completed))
        .execute()
        .await?;
    Ok(moved == 1)
}
