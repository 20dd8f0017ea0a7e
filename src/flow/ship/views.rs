//! Shipments as shoppers and operators see them.

use crate::base::{OperatorId, OrderId, ShipmentId, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use crate::infra::http::Language;
use crate::mall::shipment::{self, Contents, Node, Shipment, TraceSource, node_text};
use serde::Serialize;
use utoipa::ToSchema;

/// A shipment and where it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShipmentPage {
    #[serde(flatten)]
    shipment: Shipment,
    /// How it goes, for people.
    kind_text: &'static str,
    /// Where it is, for people.
    state_text: &'static str,
    /// The carrier, for people.
    carrier_name: Option<&'static str>,
    /// What is inside.
    lines: Vec<Contents>,
    /// What became of it, latest first.
    trace: Vec<TraceNode>,
}

/// One thing that became of a shipment.
#[derive(Debug, Serialize, ToSchema)]
struct TraceNode {
    /// When.
    at: Timestamp,
    /// Who says so.
    source: TraceSource,
    /// What, for people.
    text: String,
}

/// The same for operators.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShipmentFile {
    /// Who sent it.
    operator_id: Option<OperatorId>,
    /// What they wrote.
    note: Option<String>,
    #[serde(flatten)]
    page: ShipmentPage,
}

impl ShipmentPage {
    fn new((shipment, lines): (Shipment, Vec<Contents>), nodes: &[Node], language: Language) -> Self {
        let own = nodes.iter().filter(|node| node.shipment_id == shipment.id);
        let trace =
            own.map(|node| TraceNode { at: node.at, source: node.source, text: node_text(node, language) });
        Self {
            kind_text: shipment.kind.text(language),
            state_text: shipment.state.text(language),
            carrier_name: shipment.carrier_name(),
            lines,
            trace: trace.collect(),
            shipment,
        }
    }

    fn file(self) -> ShipmentFile {
        let (operator_id, note) = (self.shipment.operator_id, self.shipment.note.clone());
        ShipmentFile { operator_id, note, page: self }
    }
}

/// The shipments of an order, oldest first.
pub(super) async fn pages(
    db: &mut Conn,
    tenant: TenantId,
    order: OrderId,
    language: Language,
) -> Result<Vec<ShipmentPage>> {
    let sent = shipment::shipments_of(db, tenant, order).await?;
    let ids: Vec<_> = sent.iter().map(|(shipment, _)| shipment.id).collect();
    let nodes = shipment::nodes_of(db, tenant, &ids).await?;
    Ok(sent.into_iter().map(|found| ShipmentPage::new(found, &nodes, language)).collect())
}

/// The same for operators.
pub(super) async fn files(
    db: &mut Conn,
    tenant: TenantId,
    order: OrderId,
    language: Language,
) -> Result<Vec<ShipmentFile>> {
    Ok(pages(db, tenant, order, language).await?.into_iter().map(ShipmentPage::file).collect())
}

/// One of them.
pub(super) async fn file(
    db: &mut Conn,
    tenant: TenantId,
    (order, id): (OrderId, ShipmentId),
    language: Language,
) -> Result<Option<ShipmentFile>> {
    let found = pages(db, tenant, order, language).await?;
    Ok(found.into_iter().find(|page| page.shipment.id == id).map(ShipmentPage::file))
}
