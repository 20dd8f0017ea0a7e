//! A shopper's own trades and orders, with what can be done with them and words for people.

use super::Mall;
use crate::base::{Cursor, Limit, OrderId, Page, Problem, Result, TradeId};
use crate::infra::http::{Json, Path, Query, Shopper};
use crate::mall::customer::AddressInput;
use crate::mall::order::{self, Action, Line, Order, OrderState, Trade, TradeState, trade_actions};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(trade)).routes(routes!(orders)).routes(routes!(order_page))
}

/// A trade with its orders.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TradePage {
    #[serde(flatten)]
    trade: Trade,
    /// Where it goes.
    address: AddressInput,
    orders: Vec<OrderPage>,
}

/// An order with its lines.
#[derive(Debug, Serialize, ToSchema)]
struct OrderPage {
    #[serde(flatten)]
    order: Order,
    /// The state for people.
    state_text: &'static str,
    /// What can be done with it now.
    actions: Vec<Action>,
    lines: Vec<Line>,
}

fn english(headers: &HeaderMap) -> bool {
    let wish = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    wish.trim_start().starts_with("en")
}

/// The trade as its shopper sees it; not found for everybody else.
pub(super) async fn page(mall: &Mall, who: Shopper, id: TradeId, headers: &HeaderMap) -> Result<TradePage> {
    let mut db = mall.core.db.read().await?;
    let row = order::trade(&mut db, who.tenant_id, id).await?;
    let row = row.filter(|row| row.customer_id == who.id).ok_or_else(|| Problem::not_found(id))?;
    let sealed = mall.core.vault.open(&format!("trade/address_sealed/{id}"), &row.address_sealed)?;
    let trade = Trade::from(row);
    let orders = order::orders_of(&mut db, who.tenant_id, id).await?;
    let of = |(order, lines)| order_view(order, lines, trade.closing, english(headers));
    let orders = orders.into_iter().map(of).collect();
    Ok(TradePage { trade, address: serde_json::from_str(&sealed)?, orders })
}

fn order_view(order: Order, lines: Vec<Line>, closing: bool, english: bool) -> OrderPage {
    let actions = match order.state {
        OrderState::Unpaid => trade_actions(TradeState::Unpaid, closing),
        _ => vec![],
    };
    OrderPage { state_text: order.state.text(english), actions, order, lines }
}

/// A trade of mine
#[utoipa::path(get, path = "/trades/{id}", tag = "orders", params(("id" = TradeId, Path)),
    responses((status = 200, body = TradePage)))]
async fn trade(
    State(mall): State<Mall>,
    who: Shopper,
    headers: HeaderMap,
    Path(id): Path<TradeId>,
) -> Result<Json<TradePage>> {
    Ok(Json(page(&mall, who, id, &headers).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only in this state.
    state: Option<OrderState>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// My orders, newest first
#[utoipa::path(get, path = "/orders", tag = "orders", params(Filter), responses((status = 200, body = Page<Order>)))]
async fn orders(
    State(mall): State<Mall>,
    who: Shopper,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Order>>> {
    let limit = Limit::parse(filter.limit)?;
    let below = Cursor::parse(filter.cursor.as_deref())?.below();
    let mut db = mall.core.db.read().await?;
    let only = (Some(who.id), filter.state);
    let rows = order::orders(&mut db, who.tenant_id, only, below, limit.fetch()).await?;
    Ok(Json(limit.page(rows, |order| order.id.uuid())))
}

/// An order of mine
#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = OrderId, Path)),
    responses((status = 200, body = OrderPage)))]
async fn order_page(
    State(mall): State<Mall>,
    who: Shopper,
    headers: HeaderMap,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderPage>> {
    let mut db = mall.core.db.read().await?;
    let found = order::order(&mut db, who.tenant_id, id).await?;
    let (order, lines) =
        found.filter(|(order, _)| order.customer_id == who.id).ok_or_else(|| Problem::not_found(id))?;
    let trade = order::trade(&mut db, who.tenant_id, order.trade_id).await?;
    let closing = trade.is_some_and(|trade| trade.closing_since.is_some());
    Ok(Json(order_view(order, lines, closing, english(&headers))))
}
