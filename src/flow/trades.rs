//! A shopper's own trades and orders, with what can be done with them and words for people.

use super::Mall;
use crate::base::{OrderId, Page, Problem, Result, TradeId};
use crate::infra::http::{CursorParams, Cursored, Json, Language, Path, Query, Shopper};
use crate::mall::customer::AddressInput;
use crate::mall::order::{self, Action, Line, Order, OrderState, Trade, TradeState, actions, order_actions};
use axum::extract::State;
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
    /// The state for people.
    state_text: &'static str,
    /// What can be done with it now.
    actions: Vec<Action>,
    /// Where it goes.
    address: AddressInput,
    orders: Vec<OrderPage>,
}

/// An order with its lines.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderPage {
    #[serde(flatten)]
    order: Order,
    /// The state for people.
    state_text: &'static str,
    /// What can be done with it now.
    actions: Vec<Action>,
    lines: Vec<Line>,
}

impl OrderPage {
    fn new((order, lines): (Order, Vec<Line>), payable: bool, language: Language) -> Self {
        let actions = order_actions(order.state, &lines, payable);
        Self { state_text: order.state.text(language), actions, order, lines }
    }

    pub(super) fn trade_id(&self) -> TradeId {
        self.order.trade_id
    }
}

/// The trade as its shopper sees it; not found for everybody else.
pub(super) async fn page(mall: &Mall, who: Shopper, id: TradeId, language: Language) -> Result<TradePage> {
    let mut db = mall.core.db.read().await?;
    let row = order::trade(&mut db, who.tenant_id, id).await?;
    let row = row.filter(|row| row.customer_id == who.id).ok_or_else(|| Problem::not_found(id))?;
    let sealed = mall.core.vault.open(&format!("trade/address_sealed/{id}"), &row.address_sealed)?;
    let payable = row.is_payable(mall.core.now());
    let orders = order::orders_with_lines(&mut db, who.tenant_id, id).await?;
    Ok(TradePage {
        state_text: row.state.text(language),
        actions: actions(row.state == TradeState::Unpaid, payable),
        address: serde_json::from_str(&sealed)?,
        orders: orders.into_iter().map(|found| OrderPage::new(found, payable, language)).collect(),
        trade: Trade::from(row),
    })
}

/// The order as its shopper sees it; not found for everybody else.
pub(super) async fn one_order(
    mall: &Mall,
    who: Shopper,
    id: OrderId,
    language: Language,
) -> Result<OrderPage> {
    let mut db = mall.core.db.read().await?;
    let found = order::order(&mut db, who.tenant_id, id).await?;
    let found = found.filter(|(order, _)| order.customer_id == who.id);
    let found = found.ok_or_else(|| Problem::not_found(id))?;
    let payable = order::payable(&mut db, who.tenant_id, &[found.0.trade_id], mall.core.now()).await?;
    Ok(OrderPage::new(found, !payable.is_empty(), language))
}

/// A trade of mine
#[utoipa::path(get, path = "/trades/{id}", tag = "orders", params(("id" = TradeId, Path)),
    responses((status = 200, body = TradePage)))]
async fn trade(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<TradeId>,
) -> Result<Json<TradePage>> {
    Ok(Json(page(&mall, who, id, language).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only in this state.
    state: Option<OrderState>,
}

/// My orders, newest first
#[utoipa::path(get, path = "/orders", tag = "orders", params(Filter, CursorParams),
    responses((status = 200, body = Page<OrderPage>)))]
async fn orders(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Cursored(paging): Cursored,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<OrderPage>>> {
    let mut db = mall.core.db.read().await?;
    let found = order::orders_of_customer(&mut db, who.tenant_id, who.id, filter.state, paging).await?;
    let ids: Vec<_> = found.items.iter().map(|order| order.id).collect();
    let trades: Vec<_> = found.items.iter().map(|order| order.trade_id).collect();
    let lines = order::lines_of(&mut db, who.tenant_id, &ids).await?;
    let payable = order::payable(&mut db, who.tenant_id, &trades, mall.core.now()).await?;
    Ok(Json(found.map(|order| {
        let lines = lines.iter().filter(|line| line.order_id == order.id).cloned().collect();
        let payable = payable.contains(&order.trade_id);
        OrderPage::new((order, lines), payable, language)
    })))
}

/// An order of mine
#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = OrderId, Path)),
    responses((status = 200, body = OrderPage)))]
async fn order_page(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderPage>> {
    Ok(Json(one_order(&mall, who, id, language).await?))
}
