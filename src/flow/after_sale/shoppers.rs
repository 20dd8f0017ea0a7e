//! The shoppers' routes.

use super::super::Mall;
use super::request::{self, RequestInput, askable};
use super::view::{CasePage, Viewer, page, pages};
use super::{go, locked, returns};
use crate::base::{Actor, AfterSaleId, By, LineId, Money, OrderId, Page, Problem, ReasonId, Result, Text};
use crate::infra::db::Tx;
use crate::infra::http::{CursorParams, Cursored, Json, Language, Path, Query, Shopper};
use crate::infra::idempotency::{self, Answer, Asked, Turn};
use crate::mall::after_sale::{self, AfterSale, AfterSaleKind, AfterSaleState};
use crate::mall::order::{self, Line, Order};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Mall> {
    OpenApiRouter::new()
        .routes(routes!(after_sales, request_after_sale))
        .routes(routes!(after_sale_page))
        .routes(routes!(withdraw))
        .routes(routes!(return_shipment))
        .routes(routes!(refundable))
        .routes(routes!(reasons_offered))
}

/// The shopper's order; not found for everybody else.
fn own(found: Option<(Order, Vec<Line>)>, who: Shopper, id: OrderId) -> Result<(Order, Vec<Line>)> {
    let found = found.filter(|(order, _)| order.customer_id == who.id);
    Ok(found.ok_or_else(|| Problem::not_found(id))?)
}

/// The shopper's case; not found for everybody else, nor while operators only think of giving something.
fn visible(case: AfterSale, who: Shopper) -> Result<AfterSale> {
    let thought = case.kind == AfterSaleKind::Goodwill
        && !matches!(case.state, AfterSaleState::Refunding | AfterSaleState::Done);
    if case.customer_id != who.id || thought {
        return Err(Problem::not_found(case.id).into());
    }
    Ok(case)
}

/// Ask for something back
///
/// `cancel` takes pieces that were not sent; `refund_only` and `return_refund` take pieces that were,
/// until the order is completed. What they are worth with discounts and freight is computed here.
#[utoipa::path(post, path = "/after-sales", tag = "after-sales", request_body = RequestInput,
    params(("Idempotency-Key" = String, Header)), responses((status = 201, body = CasePage)))]
async fn request_after_sale(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    asked: Asked,
    Json(input): Json<RequestInput>,
) -> Result<(StatusCode, Answer)> {
    let (tenant, id) = (who.tenant_id, input.order_id);
    let mut once = match idempotency::begin(&mall.core, asked.key(&mall.core, who, &input)?).await? {
        Turn::Again(known) => return Ok((StatusCode::CREATED, known)),
        Turn::First(once) => once,
    };
    own(order::order(&mut once.tx, tenant, id).await?, who, id)?;
    let (order, lines) = order::locked(&mut once.tx, tenant, id).await?;
    let by = By::new(Actor::Shopper);
    let case = request::open(&mall, &mut once.tx, tenant, (&order, &lines), &input, by).await?;
    let page = page(&mall, &mut once.tx, tenant, case, (Viewer::Shopper, language)).await?;
    Ok((StatusCode::CREATED, once.end(&mall.core, &page).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only in this state.
    state: Option<AfterSaleState>,
}

/// My after-sales, newest first
#[utoipa::path(get, path = "/after-sales", tag = "after-sales", params(Filter, CursorParams),
    responses((status = 200, body = Page<CasePage>)))]
async fn after_sales(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Cursored(paging): Cursored,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<CasePage>>> {
    let mut db = mall.core.db.read().await?;
    let found = after_sale::cases_of_customer(&mut db, who.tenant_id, who.id, filter.state, paging).await?;
    let items = pages(&mall, &mut db, who.tenant_id, found.items, (Viewer::Shopper, language)).await?;
    Ok(Json(Page { items, next_cursor: found.next_cursor, total: found.total }))
}

/// An after-sale of mine
#[utoipa::path(get, path = "/after-sales/{id}", tag = "after-sales", params(("id" = AfterSaleId, Path)),
    responses((status = 200, body = CasePage)))]
async fn after_sale_page(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<AfterSaleId>,
) -> Result<Json<CasePage>> {
    let mut db = mall.core.db.read().await?;
    let case = after_sale::case(&mut db, who.tenant_id, id).await?.ok_or_else(|| Problem::not_found(id))?;
    let case = visible(case, who)?;
    Ok(Json(page(&mall, &mut db, who.tenant_id, case, (Viewer::Shopper, language)).await?))
}

/// Withdraw an after-sale
///
/// Possible until the goods were sent back or the money is on its way. Its pieces can be asked for again.
#[utoipa::path(post, path = "/after-sales/{id}/withdraw", tag = "after-sales",
    params(("id" = AfterSaleId, Path)), responses((status = 200, body = CasePage)))]
async fn withdraw(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<AfterSaleId>,
) -> Result<Json<CasePage>> {
    let mut tx = mall.core.db.begin().await?;
    let case = visible(locked(&mut tx, who.tenant_id, id).await?, who)?;
    let by = By::new(Actor::Shopper).because("withdrawn");
    let case = go(&mall, &mut tx, who.tenant_id, case, AfterSaleState::Cancelled, by).await?;
    saved(&mall, tx, who, case, language).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReturnShipmentInput {
    /// Who carries it.
    carrier: Text<40>,
    /// The carrier's number of the parcel.
    tracking_no: Text<40>,
}

/// Tell that the goods were sent back
#[utoipa::path(post, path = "/after-sales/{id}/return-shipment", tag = "after-sales",
    params(("id" = AfterSaleId, Path)), request_body = ReturnShipmentInput,
    responses((status = 200, body = CasePage)))]
async fn return_shipment(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<AfterSaleId>,
    Json(input): Json<ReturnShipmentInput>,
) -> Result<Json<CasePage>> {
    let mut tx = mall.core.db.begin().await?;
    let case = visible(locked(&mut tx, who.tenant_id, id).await?, who)?;
    let parcel = (input.carrier.into(), input.tracking_no.into());
    let case = returns::sent(&mall, &mut tx, who.tenant_id, case, parcel).await?;
    saved(&mall, tx, who, case, language).await
}

async fn saved(
    mall: &Mall,
    mut tx: Tx,
    who: Shopper,
    case: AfterSale,
    language: Language,
) -> Result<Json<CasePage>> {
    let page = page(mall, &mut tx, who.tenant_id, case, (Viewer::Shopper, language)).await?;
    tx.commit().await?;
    Ok(Json(page))
}

/// What of an order can be asked back now.
#[derive(Debug, Serialize, ToSchema)]
struct Refundable {
    order_id: OrderId,
    lines: Vec<RefundableLine>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RefundableLine {
    line_id: LineId,
    /// The product's name.
    title: String,
    /// Its picture.
    image_url: String,
    /// What can be asked for; empty when nothing can.
    actions: Vec<Askable>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Askable {
    /// The kind of after-sale.
    kind: AfterSaleKind,
    /// The kind for people.
    text: &'static str,
    /// How many pieces at most.
    quantity: i64,
    /// What so many pieces are worth.
    worth: Money,
}

impl RefundableLine {
    fn new(order: &Order, line: Line, language: Language) -> Self {
        let ask = |kind: &AfterSaleKind| {
            let quantity =
                askable(order.state, &line, *kind, Actor::Shopper).filter(|quantity| *quantity > 0)?;
            Some(Askable { kind: *kind, text: kind.text(language), quantity, worth: line.worth_of(quantity) })
        };
        let actions = AfterSaleKind::ALL.iter().filter_map(ask).collect();
        Self { line_id: line.id, title: line.title, image_url: line.image_url, actions }
    }
}

/// What of an order of mine can be asked back
#[utoipa::path(get, path = "/orders/{id}/refundable", tag = "after-sales", params(("id" = OrderId, Path)),
    responses((status = 200, body = Refundable)))]
async fn refundable(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<OrderId>,
) -> Result<Json<Refundable>> {
    let mut db = mall.core.db.read().await?;
    let (order, lines) = own(order::order(&mut db, who.tenant_id, id).await?, who, id)?;
    let lines = lines.into_iter().map(|line| RefundableLine::new(&order, line, language)).collect();
    Ok(Json(Refundable { order_id: id, lines }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReasonFilter {
    /// For what kind of after-sale.
    kind: AfterSaleKind,
}

/// A reason that can be chosen.
#[derive(Debug, Serialize, ToSchema)]
struct ReasonOffered {
    id: ReasonId,
    /// For people.
    text: String,
}

/// The reasons to choose from
#[utoipa::path(get, path = "/after-sale-reasons", tag = "after-sales", params(ReasonFilter),
    responses((status = 200, body = Page<ReasonOffered>)))]
async fn reasons_offered(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Query(filter): Query<ReasonFilter>,
) -> Result<Json<Page<ReasonOffered>>> {
    let mut db = mall.core.db.read().await?;
    let reasons = after_sale::reasons_for(&mut db, who.tenant_id, filter.kind).await?;
    let offered = reasons.into_iter().map(|reason| ReasonOffered {
        id: reason.id,
        text: match (language, reason.text_en) {
            (Language::English, Some(text)) => text,
            _ => reason.text,
        },
    });
    Ok(Json(Page::whole(offered.collect())))
}
