use super::model::{Line, Order, OrderState, Trade, TradeState};
use super::store::{self, Step};
use crate::base::{CustomerId, OrderId, Page, Problem, Result, TradeId};
use crate::infra::Core;
use crate::infra::http::{Json, Numbered, Operator, PageParams, Path, Query};
use axum::extract::{FromRef, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What operators may see.
pub fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(trades))
        .routes(routes!(trade))
        .routes(routes!(orders))
        .routes(routes!(order))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TradeFilter {
    /// Only of this shopper.
    customer_id: Option<CustomerId>,
    /// Only in this state.
    state: Option<TradeState>,
}

/// Trades, newest first
#[utoipa::path(get, path = "/trades", tag = "orders", params(TradeFilter, PageParams), responses((status = 200, body = Page<Trade>)))]
async fn trades(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<TradeFilter>,
) -> Result<Json<Page<Trade>>> {
    let mut db = core.db.read().await?;
    let only = (filter.customer_id, filter.state);
    Ok(Json(store::trades(&mut db, who.tenant_id, only, paging).await?.map(Trade::from)))
}

/// A trade with its orders and everything that happened to them.
#[derive(Debug, Serialize, ToSchema)]
struct TradeFile {
    #[serde(flatten)]
    trade: Trade,
    orders: Vec<OrderFile>,
    /// Of the trade itself.
    history: Vec<Step>,
}

/// An order with its lines and everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
struct OrderFile {
    #[serde(flatten)]
    order: Order,
    lines: Vec<Line>,
    history: Vec<Step>,
}

/// A trade with its history
#[utoipa::path(get, path = "/trades/{id}", tag = "orders", params(("id" = TradeId, Path)),
    responses((status = 200, body = TradeFile)))]
async fn trade(State(core): State<Core>, who: Operator, Path(id): Path<TradeId>) -> Result<Json<TradeFile>> {
    let mut db = core.db.read().await?;
    let trade = store::trade(&mut db, who.tenant_id, id).await?.ok_or_else(|| Problem::not_found(id))?;
    let orders = store::orders_with_lines(&mut db, who.tenant_id, id).await?;
    let history = store::history(&mut db, who.tenant_id, id).await?;
    let orders = orders.into_iter().map(|(order, lines)| {
        let history = steps(&history, Some(order.id));
        OrderFile { order, lines, history }
    });
    let orders = orders.collect();
    Ok(Json(TradeFile { trade: trade.into(), orders, history: steps(&history, None) }))
}

fn steps(history: &[Step], of: Option<OrderId>) -> Vec<Step> {
    history.iter().filter(|step| step.order_id == of).cloned().collect()
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OrderFilter {
    /// Only of this shopper.
    customer_id: Option<CustomerId>,
    /// Only in this state.
    state: Option<OrderState>,
}

/// Orders, newest first
#[utoipa::path(get, path = "/orders", tag = "orders", params(OrderFilter, PageParams), responses((status = 200, body = Page<Order>)))]
async fn orders(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<OrderFilter>,
) -> Result<Json<Page<Order>>> {
    let mut db = core.db.read().await?;
    let only = (filter.customer_id, filter.state);
    Ok(Json(store::orders(&mut db, who.tenant_id, only, paging).await?))
}

/// An order with its lines and its history
#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = OrderId, Path)),
    responses((status = 200, body = OrderFile)))]
async fn order(State(core): State<Core>, who: Operator, Path(id): Path<OrderId>) -> Result<Json<OrderFile>> {
    let mut db = core.db.read().await?;
    let (order, lines) =
        store::order(&mut db, who.tenant_id, id).await?.ok_or_else(|| Problem::not_found(id))?;
    let history = store::history(&mut db, who.tenant_id, order.trade_id).await?;
    Ok(Json(OrderFile { history: steps(&history, Some(id)), order, lines }))
}
