//! What operators do with shipments, one by one.

use super::views::{ShipmentFile, file, files};
use super::{Dispatch, Piece, RefreshTrace, ship, tell_wechat};
use crate::base::{Code, OrderId, Page, Problem, Result, ShipmentId, TenantId, Text, Timestamp};
use crate::flow::Mall;
use crate::infra::db::Tx;
use crate::infra::http::{Json, Language, Numbered, Operator, PageParams, Path, Query};
use crate::infra::idempotency::{self, Answer, Asked, Turn};
use crate::infra::jobs;
use crate::mall::order::{self, OrderState};
use crate::mall::shipment::{
    self, Carrier, Kind, Node, ParcelState, Shipment, TraceSource, Upload, UploadState, Way,
};
use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub(super) fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new()
        .routes(routes!(carriers))
        .routes(routes!(ship_order, order_shipments))
        .routes(routes!(correct_shipment))
        .routes(routes!(add_trace_node))
        .routes(routes!(wechat_shipping))
}

/// A carrier that parcels may go with.
#[derive(Debug, Serialize, ToSchema)]
struct CarrierView {
    /// WeChat's id of it.
    code: &'static str,
    /// What people call it.
    name: &'static str,
}

/// The carriers
#[utoipa::path(get, path = "/carriers", tag = "shipping", responses((status = 200, body = Page<CarrierView>)))]
async fn carriers(_who: Operator) -> Json<Page<CarrierView>> {
    let all = Carrier::all().map(|carrier| CarrierView { code: carrier.code(), name: carrier.name() });
    Json(Page::whole(all.collect()))
}

/// What is sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShipInput {
    /// How it goes.
    kind: Kind,
    /// With which carrier: needed for express, only for express.
    carrier_code: Option<Carrier>,
    /// 4 to 40 letters, digits and `-`: needed for express, possible for local.
    tracking_no: Option<Text<40>>,
    /// Which pieces; everything that is left unless said.
    lines: Option<Vec<Piece>>,
    /// For colleagues.
    note: Option<Text<200>>,
}

/// Send an order, or a part of it
///
/// Errors: 409 `order_not_shippable` and `nothing_to_ship`.
#[utoipa::path(post, path = "/orders/{id}/shipments", tag = "shipping", request_body = ShipInput,
    params(("id" = OrderId, Path), ("Idempotency-Key" = String, Header)), responses((status = 201, body = ShipmentFile)))]
async fn ship_order(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    asked: Asked,
    Path(id): Path<OrderId>,
    Json(input): Json<ShipInput>,
) -> Result<(StatusCode, Answer)> {
    let key = asked.key(&mall.core, who, &input)?;
    let way = Way::new(input.kind, input.carrier_code, input.tracking_no.as_ref())?;
    let dispatch = Dispatch { way, pieces: input.lines, note: input.note };
    let mut once = match idempotency::begin(&mall.core, key).await? {
        Turn::Again(known) => return Ok((StatusCode::CREATED, known)),
        Turn::First(once) => once,
    };
    let sent = ship(&mut once.tx, who.tenant_id, (id, who.id), &dispatch, mall.core.now()).await?;
    let shown = file(&mut once.tx, who.tenant_id, (id, sent.id), language).await?;
    let shown = shown.context("a shipment that vanished")?;
    Ok((StatusCode::CREATED, once.end(&mall.core, &shown).await?))
}

/// The shipments of an order
#[utoipa::path(get, path = "/orders/{id}/shipments", tag = "shipping", params(("id" = OrderId, Path)),
    responses((status = 200, body = Page<ShipmentFile>)))]
async fn order_shipments(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    Path(id): Path<OrderId>,
) -> Result<Json<Page<ShipmentFile>>> {
    let mut db = mall.core.db.read().await?;
    order::order(&mut db, who.tenant_id, id).await?.ok_or_else(|| Problem::not_found(id))?;
    Ok(Json(Page::whole(files(&mut db, who.tenant_id, id, language).await?)))
}

async fn found(mall: &Mall, tenant: TenantId, id: ShipmentId) -> Result<Shipment> {
    let found = shipment::shipment(&mut mall.core.db.read().await?, tenant, id).await?;
    Ok(found.ok_or_else(|| Problem::not_found(id))?)
}

async fn shown(
    mall: &Mall,
    tenant: TenantId,
    sent: &Shipment,
    language: Language,
) -> Result<Json<ShipmentFile>> {
    let mut db = mall.core.db.read().await?;
    let shown = file(&mut db, tenant, (sent.order_id, sent.id), language).await?;
    Ok(Json(shown.context("a shipment that vanished")?))
}

/// How a shipment really goes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectInput {
    /// With which carrier.
    carrier_code: Option<Carrier>,
    /// The number of it.
    tracking_no: Option<Text<40>>,
    /// For colleagues; stays as it is unless said.
    note: Option<Text<200>>,
}

/// Correct the carrier, the number or the note of a shipment
///
/// Once everything of a trade was sent, WeChat takes one correction of carrier and number; then, and after
/// the receipt, the answer is 409 `shipment_final` and nothing changed. A note alone can always be written.
#[utoipa::path(put, path = "/shipments/{id}", tag = "shipping", request_body = CorrectInput,
    params(("id" = ShipmentId, Path)), responses((status = 200, body = ShipmentFile)))]
async fn correct_shipment(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    Path(id): Path<ShipmentId>,
    Json(input): Json<CorrectInput>,
) -> Result<Json<ShipmentFile>> {
    let sent = found(&mall, who.tenant_id, id).await?;
    let way = Way::new(sent.kind, input.carrier_code, input.tracking_no.as_ref())?;
    let mut tx = mall.core.db.begin().await?;
    correct(&mut tx, who.tenant_id, &sent, (&way, input.note.as_ref()), mall.core.now()).await?;
    tx.commit().await?;
    shown(&mall, who.tenant_id, &sent, language).await
}

async fn correct(
    tx: &mut Tx,
    tenant: TenantId,
    sent: &Shipment,
    (way, note): (&Way, Option<&Text<200>>),
    now: Timestamp,
) -> Result<()> {
    let (order, _) = order::locked(tx, tenant, sent.order_id).await?;
    let sent = shipment::shipment(tx, tenant, sent.id).await?.context("a shipment that vanished")?;
    if let Some(note) = note {
        shipment::set_note(tx, tenant, sent.id, note.as_str(), now).await?;
    }
    if sent.goes(way) {
        return Ok(());
    }
    let told = shipment::of_trade(tx, tenant, sent.trade_id).await?;
    let settled = told.is_some_and(|told| told.reshipped || told.state == UploadState::Confirmed);
    if settled || !matches!(order.state, OrderState::Paid | OrderState::Shipped) {
        return Err(Code::ShipmentFinal.into());
    }
    shipment::correct(tx, tenant, sent.id, way, now).await?;
    if sent.state == ParcelState::Signed {
        // Nobody follows it any more.
        let job = RefreshTrace { tenant_id: tenant, shipment_id: sent.id, trade_id: sent.trade_id };
        jobs::enqueue::<Mall, _>(tx, &job, now, now).await?;
    }
    tell_wechat(tx, tenant, sent.trade_id, now).await.map(drop)
}

/// What became of a shipment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NodeInput {
    /// What the shopper reads.
    text: Text<200>,
    /// When it happened; now unless said. The same again adds nothing.
    at: Option<Timestamp>,
}

/// Write down what became of a shipment
#[utoipa::path(post, path = "/shipments/{id}/nodes", tag = "shipping", request_body = NodeInput,
    params(("id" = ShipmentId, Path)), responses((status = 200, body = ShipmentFile)))]
async fn add_trace_node(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    Path(id): Path<ShipmentId>,
    Json(input): Json<NodeInput>,
) -> Result<Json<ShipmentFile>> {
    let sent = found(&mall, who.tenant_id, id).await?;
    let at = input.at.unwrap_or(mall.core.now());
    if !(sent.created_at..=mall.core.now()).contains(&at) {
        return Err(Problem::field("at", "must lie between the sending and now").into());
    }
    let text = input.text.as_str().to_owned();
    let mut tx = mall.core.db.begin().await?;
    let node = Node { shipment_id: id, at, source: TraceSource::Operator, text };
    shipment::add_node(&mut tx, who.tenant_id, &node).await?;
    tx.commit().await?;
    shown(&mall, who.tenant_id, &sent, language).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only in this state.
    state: Option<UploadState>,
}

/// What WeChat was told of sent goods
///
/// `failed` ones freeze the money of their payment: put the cause right, then replay the dead job
/// `upload_shipping`.
#[utoipa::path(get, path = "/wechat-shipping", tag = "shipping", params(Filter, PageParams),
    responses((status = 200, body = Page<Upload>)))]
async fn wechat_shipping(
    State(mall): State<Mall>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Upload>>> {
    let mut db = mall.core.db.read().await?;
    Ok(Json(shipment::list(&mut db, who.tenant_id, filter.state, paging).await?))
}
