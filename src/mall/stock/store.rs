use super::model::{Hold, HoldState, Level};
use crate::base::{LineId, Page, Paging, SkuId, StockMoveId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Query, Result};
use uuid::Uuid;

fn of_skus<'c>(db: &'c mut Conn, wanted: &[(TenantId, SkuId)]) -> Query<'c> {
    db.query(
        "select tenant_id, sku_id, on_hand, reserved from stock
         where (tenant_id, sku_id) in (values {rows:uuid,uuid}) order by tenant_id, sku_id",
    )
    .rows(wanted, |query, (tenant, sku)| query.bind(*tenant).bind(*sku))
}

/// What there is of these SKUs, unlocked: for looking only.
pub async fn levels(db: &mut Conn, wanted: &[(TenantId, SkuId)]) -> Result<Vec<Level>> {
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    of_skus(db, wanted).all().await
}

/// The same, held until the transaction ends. Locked in the order of the key, always.
pub async fn lock_levels(db: &mut Conn, wanted: &[(TenantId, SkuId)]) -> Result<Vec<Level>> {
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    of_skus(db, wanted).for_update().all().await
}

pub(super) async fn list(
    db: &mut Conn,
    tenant: TenantId,
    sku: Option<SkuId>,
    paging: Paging,
) -> Result<Page<Level>> {
    db.query(
        "select tenant_id, sku_id, on_hand, reserved from stock
         where tenant_id = $1 and (sku_id = $2 or $2 is null)",
    )
    .bind(tenant)
    .bind(sku)
    .page("sku_id", paging, |row: &Level| row.sku_id.uuid())
    .await
}

/// Puts goods on the shelf.
pub async fn receive(db: &mut Conn, tenant: TenantId, goods: &[(SkuId, i64)], now: Timestamp) -> Result<()> {
    let mut goods = goods.to_vec();
    goods.sort_by_key(|(sku, _)| *sku);
    db.query(
        "insert into stock (tenant_id, sku_id, on_hand, reserved) values {rows:uuid,uuid,bigint,bigint}
         on conflict (tenant_id, sku_id) do update set on_hand = stock.on_hand + excluded.on_hand",
    )
    .rows(&goods, |query, (sku, quantity)| query.bind(tenant).bind(*sku).bind(*quantity).bind(0_i64))
    .execute()
    .await?;
    let moves: Vec<_> = goods
        .iter()
        .filter(|(_, quantity)| *quantity != 0)
        .map(|&(sku, quantity)| (StockMoveId::fresh(now), sku, quantity))
        .collect();
    if moves.is_empty() {
        return Ok(());
    }
    db.query(
        "insert into stock_move (tenant_id, id, sku_id, kind, quantity, source_id, created_at)
         values {rows:uuid,uuid,uuid,text,bigint,uuid,timestamptz}",
    )
    .rows(&moves, |query, (id, sku, quantity)| {
        query.bind(tenant).bind(*id).bind(*sku).bind("receive").bind(*quantity).bind(id.uuid()).bind(now)
    })
    .execute()
    .await?;
    Ok(())
}

/// Raises `reserved` by the given sums, one row per SKU. The rows must be locked and checked; the
/// table's own check refuses what does not fit all the same.
pub async fn reserve(db: &mut Conn, sums: &[((TenantId, SkuId), i64)]) -> Result<()> {
    db.query(
        "with wanted (tenant_id, sku_id, quantity) as (values {rows:uuid,uuid,bigint})
         update stock set reserved = stock.reserved + wanted.quantity from wanted
         where stock.tenant_id = wanted.tenant_id and stock.sku_id = wanted.sku_id",
    )
    .rows(sums, |query, ((tenant, sku), quantity)| query.bind(*tenant).bind(*sku).bind(*quantity))
    .execute()
    .await?;
    Ok(())
}

/// Writes down which line holds what.
pub async fn insert_holds(db: &mut Conn, holds: &[Hold]) -> Result<()> {
    db.query(
        "insert into stock_hold (tenant_id, line_id, trade_id, sku_id, quantity, state)
         values {rows:uuid,uuid,uuid,uuid,bigint,text}",
    )
    .rows(holds, |query, hold| {
        query
            .bind(hold.tenant_id)
            .bind(hold.line_id)
            .bind(hold.trade_id)
            .bind(hold.sku_id)
            .bind(hold.quantity)
            .bind(HoldState::Held)
    })
    .execute()
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Moved {
    line_id: LineId,
    sku_id: SkuId,
    quantity: i64,
}

/// Ends the open holds of a trade; gives what they held. A hold ends once: those that ended before
/// are not among the answers. The stock rows come locked in their order.
async fn end_holds(db: &mut Conn, tenant: TenantId, trade: TradeId, to: HoldState) -> Result<Vec<Moved>> {
    db.query(
        "select tenant_id, sku_id, on_hand, reserved from stock
         where tenant_id = $1 and sku_id in
           (select sku_id from stock_hold where tenant_id = $1 and trade_id = $2 and state = 'held')
         order by tenant_id, sku_id",
    )
    .bind(tenant)
    .bind(trade)
    .for_update()
    .all::<Level>()
    .await?;
    db.query(
        "update stock_hold set state = $3 where tenant_id = $1 and trade_id = $2 and state = 'held'
         returning line_id, sku_id, quantity",
    )
    .bind(tenant)
    .bind(trade)
    .bind(to)
    .all()
    .await
}

/// The trade is paid: what it held is sold.
pub async fn commit_holds(db: &mut Conn, tenant: TenantId, trade: TradeId, now: Timestamp) -> Result<()> {
    for held in end_holds(db, tenant, trade, HoldState::Committed).await? {
        db.query(
            "update stock set on_hand = on_hand - $3, reserved = reserved - $3 where tenant_id = $1 and sku_id = $2",
        )
        .bind(tenant)
        .bind(held.sku_id)
        .bind(held.quantity)
        .execute()
        .await?;
        db.query(
            "insert into stock_move (tenant_id, id, sku_id, kind, quantity, source_id, created_at)
             values ($1, $2, $3, 'sale', $4, $5, $6)",
        )
        .bind(tenant)
        .bind(StockMoveId::fresh(now))
        .bind(held.sku_id)
        .bind(-held.quantity)
        .bind(held.line_id)
        .bind(now)
        .execute()
        .await?;
    }
    Ok(())
}

/// The trade is closed: what it held can be bought again.
pub async fn release_holds(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<()> {
    for held in end_holds(db, tenant, trade, HoldState::Released).await? {
        db.query("update stock set reserved = reserved - $3 where tenant_id = $1 and sku_id = $2")
            .bind(tenant)
            .bind(held.sku_id)
            .bind(held.quantity)
            .execute()
            .await?;
    }
    Ok(())
}

/// Puts pieces that came back on the shelf: SKU, how many, and what they come from, each once. A
/// second time is an error: the table refuses it.
pub async fn put_back(
    db: &mut Conn,
    tenant: TenantId,
    goods: &[(SkuId, i64, Uuid)],
    now: Timestamp,
) -> Result<()> {
    let mut goods = goods.to_vec();
    goods.sort_by_key(|(sku, ..)| *sku);
    for (sku, quantity, source) in goods {
        db.query("update stock set on_hand = on_hand + $3 where tenant_id = $1 and sku_id = $2")
            .bind(tenant)
            .bind(sku)
            .bind(quantity)
            .execute()
            .await?;
        db.query(
            "insert into stock_move (tenant_id, id, sku_id, kind, quantity, source_id, created_at)
             values ($1, $2, $3, 'return', $4, $5, $6)",
        )
        .bind(tenant)
        .bind(StockMoveId::fresh(now))
        .bind(sku)
        .bind(quantity)
        .bind(source)
        .bind(now)
        .execute()
        .await?;
    }
    Ok(())
}
