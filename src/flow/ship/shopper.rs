//! What shoppers see of their parcels, and their word that the goods are there.

use super::super::trades::{OrderPage, one_order};
use super::receive;
use super::trace::look;
use super::views::{ShipmentPage, pages};
use crate::base::{Actor, By, Code, OrderId, Page, Problem, Result};
use crate::flow::Mall;
use crate::infra::http::{Json, Language, Path, Shopper};
use crate::mall::order::{self, Line, OrderState};
use crate::mall::shipment;
use axum::extract::State;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How long a shopper waits for WeChat's news of the parcels.
const PATIENCE: Duration = Duration::from_secs(3);

/// The routes of shoppers.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(my_shipments)).routes(routes!(confirm_receipt))
}

/// The parcels of an order of mine, and where they are
///
/// Asks for news at most every ten minutes, and shows what is known when none come.
#[utoipa::path(get, path = "/orders/{id}/shipments", tag = "orders", params(("id" = OrderId, Path)),
    responses((status = 200, body = Page<ShipmentPage>)))]
async fn my_shipments(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<OrderId>,
) -> Result<Json<Page<ShipmentPage>>> {
    let mut db = mall.core.db.read().await?;
    let found = order::order(&mut db, who.tenant_id, id).await?;
    found.filter(|(order, _)| order.customer_id == who.id).ok_or_else(|| Problem::not_found(id))?;
    drop(db);
    // In a task of its own: a parcel's turn to be asked about is taken, so its news must be kept, also
    // those that are late or for whom nobody waits any more. They are there the next time.
    let news = tokio::spawn(refresh(mall.clone(), who, id));
    let _late = tokio::time::timeout(PATIENCE, news).await;
    let mut db = mall.core.db.read().await?;
    Ok(Json(Page::whole(pages(&mut db, who.tenant_id, id, language).await?)))
}

async fn refresh(mall: Mall, who: Shopper, id: OrderId) -> anyhow::Result<()> {
    let sent = shipment::shipments_of(&mut mall.core.db.read().await?, who.tenant_id, id).await?;
    for (parcel, _) in sent.iter().filter(|(parcel, _)| parcel.is_followed()) {
        look(&mall, who.tenant_id, parcel).await?;
    }
    Ok(())
}

/// I have everything of this order
///
/// Safe to repeat. Answers 409 `order_not_receivable` when it is not on its way, or not all of it.
#[utoipa::path(post, path = "/orders/{id}/confirm", tag = "orders", params(("id" = OrderId, Path)),
    responses((status = 200, body = OrderPage)))]
async fn confirm_receipt(
    State(mall): State<Mall>,
    who: Shopper,
    language: Language,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderPage>> {
    one_order(&mall, who, id, language).await?;
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    let (order, lines) = order::locked(&mut tx, who.tenant_id, id).await?;
    match order.state {
        OrderState::Shipped => {
            all_sent(&lines)?;
            receive(&mut tx, who.tenant_id, &order, By::new(Actor::Shopper), now).await?;
            tx.commit().await?;
        }
        OrderState::Received | OrderState::Completed => drop(tx),
        state => {
            return Err(Problem::with(Code::OrderNotReceivable, format!("{id} is {state}")).into());
        }
    }
    Ok(Json(one_order(&mall, who, id, language).await?))
}

/// Of an order that is on its way, a cancellation that was taken back leaves something to send.
fn all_sent(lines: &[Line]) -> Result<(), Problem> {
    match lines.iter().map(Line::to_ship).sum::<i64>() {
        0 => Ok(()),
        left => Err(Problem::with(Code::OrderNotReceivable, format!("{left} pieces are still to be sent"))),
    }
}
