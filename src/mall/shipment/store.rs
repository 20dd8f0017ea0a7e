use super::model::{Contents, Shipment, Way};
use crate::base::{LineId, OrderId, ShipmentId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Result};

/// Writes a shipment with its contents.
pub async fn insert(
    db: &mut Conn,
    tenant: TenantId,
    shipment: &Shipment,
    pieces: &[(LineId, i64)],
) -> Result<()> {
    db.query(
        "insert into shipment (tenant_id, id, trade_id, order_id, kind, carrier_code, tracking_no, state,
           takes_rest, note, operator_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
    )
    .bind(tenant)
    .bind(shipment.id)
    .bind(shipment.trade_id)
    .bind(shipment.order_id)
    .bind(shipment.kind)
    .bind(shipment.carrier_code.clone())
    .bind(shipment.tracking_no.clone())
    .bind(shipment.state)
    .bind(shipment.takes_rest)
    .bind(shipment.note.clone())
    .bind(shipment.operator_id)
    .bind(shipment.created_at)
    .execute()
    .await?;
    db.query(
        "insert into shipment_line (tenant_id, shipment_id, line_id, quantity)
         values {rows:uuid,uuid,uuid,bigint}",
    )
    .rows(pieces, |query, (line, quantity)| query.bind(tenant).bind(shipment.id).bind(*line).bind(*quantity))
    .execute()
    .await
    .map(drop)
}

/// A shipment.
pub async fn shipment(db: &mut Conn, tenant: TenantId, id: ShipmentId) -> Result<Option<Shipment>> {
    db.query(
        "select id, trade_id, order_id, kind, carrier_code, tracking_no, state, takes_rest, note, operator_id,
           waybill_token_sealed, created_at, updated_at
         from shipment where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .optional()
    .await
}

/// The shipments of an order with their contents, oldest first.
pub async fn shipments_of(
    db: &mut Conn,
    tenant: TenantId,
    order: OrderId,
) -> Result<Vec<(Shipment, Vec<Contents>)>> {
    let shipments = db
        .query(
            "select id, trade_id, order_id, kind, carrier_code, tracking_no, state, takes_rest, note, operator_id,
               waybill_token_sealed, created_at, updated_at
             from shipment where tenant_id = $1 and order_id = $2 order by id",
        )
        .bind(tenant)
        .bind(order)
        .all()
        .await?;
    with_contents(db, tenant, shipments).await
}

/// The same of all orders of a trade.
pub async fn shipments_of_trade(
    db: &mut Conn,
    tenant: TenantId,
    trade: TradeId,
) -> Result<Vec<(Shipment, Vec<Contents>)>> {
    let shipments = db
        .query(
            "select id, trade_id, order_id, kind, carrier_code, tracking_no, state, takes_rest, note, operator_id,
               waybill_token_sealed, created_at, updated_at
             from shipment where tenant_id = $1 and trade_id = $2 order by id",
        )
        .bind(tenant)
        .bind(trade)
        .all()
        .await?;
    with_contents(db, tenant, shipments).await
}

async fn with_contents(
    db: &mut Conn,
    tenant: TenantId,
    shipments: Vec<Shipment>,
) -> Result<Vec<(Shipment, Vec<Contents>)>> {
    if shipments.is_empty() {
        return Ok(vec![]);
    }
    let contents: Vec<Contents> = db
        .query(
            "select shipment_id, line_id, quantity from shipment_line
             where tenant_id = $1 and shipment_id in (values {rows:uuid}) order by line_id",
        )
        .bind(tenant)
        .rows(&shipments, |query, shipment| query.bind(shipment.id))
        .all()
        .await?;
    let of = |id: ShipmentId| contents.iter().filter(|piece| piece.shipment_id == id).copied().collect();
    Ok(shipments.into_iter().map(|shipment| (shipment.clone(), of(shipment.id))).collect())
}

/// It goes another way than was said; its trace begins anew.
pub async fn correct(
    db: &mut Conn,
    tenant: TenantId,
    id: ShipmentId,
    way: &Way,
    now: Timestamp,
) -> Result<()> {
    db.query(
        "update shipment set kind = $3, carrier_code = $4, tracking_no = $5, state = 'sent',
           waybill_token_sealed = null, traced_at = null, updated_at = $6
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .bind(way.kind())
    .bind(way.carrier_code())
    .bind(way.tracking_no().map(str::to_owned))
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Colleagues are to read something else about it.
pub async fn set_note(
    db: &mut Conn,
    tenant: TenantId,
    id: ShipmentId,
    note: &str,
    now: Timestamp,
) -> Result<()> {
    db.query("update shipment set note = $3, updated_at = $4 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(note.to_owned())
        .bind(now)
        .execute()
        .await
        .map(drop)
}
