//! Goods on their way, and on their way back.

use super::{Entry, Kind, Story};
use crate::base::{Actor, Result};
use crate::infra::db::Conn;
use crate::mall::after_sale::{self, AfterSaleTold};
use crate::mall::shipment::{self, Node, Shipment, TraceSource, node_text};
use serde_json::json;

/// Every step of the order's after-sales; those that left a case where it was are what operators did.
pub(super) async fn after_sales(db: &mut Conn, story: &Story) -> Result<Vec<Entry>> {
    let told = after_sale::told_of(db, story.tenant, story.order.id).await?;
    Ok(told.iter().map(|told| case_entry(story, told)).collect())
}

fn case_entry(story: &Story, told: &AfterSaleTold) -> Entry {
    let step = &told.step;
    let kind = told.kind.text(story.language);
    let to = step.to_state.text(story.language);
    let title = match step.from_state {
        Some(from) if from == step.to_state => {
            format!("{kind}: {}", step.reason.as_deref().unwrap_or(to))
        }
        Some(from) => format!("{kind}: {} → {to}", from.text(story.language)),
        None => format!("{} {kind}: {to}", story.language.pick("发起售后", "An after-sale was opened:")),
    };
    Entry {
        at: step.created_at,
        kind: Kind::AfterSale,
        title,
        actor: step.actor,
        operator_id: step.operator_id,
        ids: vec![told.after_sale_id.to_string()],
        details: json!({ "from": step.from_state, "to": step.to_state, "reason": step.reason }),
    }
}

/// Every parcel of the order, and where it was seen.
pub(super) async fn shipments(db: &mut Conn, story: &Story) -> Result<Vec<Entry>> {
    let sent = shipment::shipments_of(db, story.tenant, story.order.id).await?;
    let ids: Vec<_> = sent.iter().map(|(shipment, _)| shipment.id).collect();
    let nodes = shipment::nodes_of(db, story.tenant, &ids).await?;
    let parcels = sent.iter().map(|(shipment, _)| parcel_entry(story, shipment));
    Ok(parcels.chain(nodes.iter().map(|node| node_entry(story, node))).collect())
}

fn parcel_entry(story: &Story, shipment: &Shipment) -> Entry {
    let way = shipment.carrier_name().unwrap_or_else(|| shipment.kind.text(story.language));
    let number = shipment.tracking_no.as_deref().unwrap_or_default();
    Entry {
        at: shipment.created_at,
        kind: Kind::Shipment,
        title: format!("{} {way} {number}", story.language.pick("发货", "Goods were sent:"))
            .trim_end()
            .to_owned(),
        actor: Actor::Operator,
        operator_id: shipment.operator_id,
        ids: vec![shipment.id.to_string()],
        details: json!(shipment),
    }
}

fn node_entry(story: &Story, node: &Node) -> Entry {
    let actor = match node.source {
        TraceSource::Wechat => Actor::Wechat,
        TraceSource::Operator => Actor::Operator,
    };
    Entry {
        at: node.at,
        kind: Kind::Shipment,
        title: format!("{} {}", story.language.pick("物流", "On the way:"), node_text(node, story.language)),
        actor,
        operator_id: None,
        ids: vec![node.shipment_id.to_string()],
        details: json!({ "source": node.source }),
    }
}
