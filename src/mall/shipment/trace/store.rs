use super::TraceSource;
use crate::base::{ShipmentId, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use crate::mall::shipment::ParcelState;

/// One thing that became of a shipment.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Node {
    /// Of which.
    pub shipment_id: ShipmentId,
    /// When.
    pub at: Timestamp,
    /// Who says so.
    pub source: TraceSource,
    /// An operator's words, or the state that WeChat tells.
    pub text: String,
}

/// Adds a node; the same again adds nothing.
pub async fn add_node(db: &mut Conn, tenant: TenantId, node: &Node) -> Result<()> {
    db.query(
        "insert into trace_node (tenant_id, shipment_id, at, source, text) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, shipment_id, at, source, text) do nothing",
    )
    .bind(tenant)
    .bind(node.shipment_id)
    .bind(node.at)
    .bind(node.source)
    .bind(&node.text)
    .execute()
    .await
    .map(drop)
}

/// The nodes of many shipments, latest first.
pub async fn nodes_of(db: &mut Conn, tenant: TenantId, shipments: &[ShipmentId]) -> Result<Vec<Node>> {
    if shipments.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select shipment_id, at, source, text from trace_node
         where tenant_id = $1 and shipment_id in (values {rows:uuid}) order by at desc, source, text",
    )
    .bind(tenant)
    .rows(shipments, |query, shipment| query.bind(*shipment))
    .all()
    .await
}

/// Takes the turn to ask where a parcel is, which nobody took later than `not_since`.
pub async fn take_trace_turn(
    db: &mut Conn,
    tenant: TenantId,
    id: ShipmentId,
    now: Timestamp,
    not_since: Timestamp,
) -> Result<bool> {
    let taken = db
        .query(
            "update shipment set traced_at = $3
             where tenant_id = $1 and id = $2 and kind = 'express' and state <> 'signed'
               and (traced_at is null or traced_at <= $4)",
        )
        .bind(tenant)
        .bind(id)
        .bind(now)
        .bind(not_since)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// Keeps WeChat's name of the waybill, unless the parcel got another number meanwhile.
pub async fn keep_token(
    db: &mut Conn,
    tenant: TenantId,
    id: ShipmentId,
    (tracking_no, sealed): (&str, &str),
) -> Result<()> {
    db.query(
        "update shipment set waybill_token_sealed = $4 where tenant_id = $1 and id = $2 and tracking_no = $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(tracking_no)
    .bind(sealed)
    .execute()
    .await
    .map(drop)
}

/// The parcel with this number came to another state; `false` when it was there already.
pub async fn move_on(
    db: &mut Conn,
    tenant: TenantId,
    id: ShipmentId,
    (tracking_no, to): (&str, ParcelState),
    now: Timestamp,
) -> Result<bool> {
    let moved = db
        .query(
            "update shipment set state = $4, updated_at = $5
             where tenant_id = $1 and id = $2 and tracking_no = $3 and kind = 'express' and state <> $4",
        )
        .bind(tenant)
        .bind(id)
        .bind(tracking_no)
        .bind(to)
        .bind(now)
        .execute()
        .await?;
    Ok(moved == 1)
}
