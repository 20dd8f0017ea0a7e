//! The cart as a shopper sees it: what is in it, at today's prices, and what can be bought.

use super::Mall;
use super::quote::{Wanted, load};
use crate::base::{Code, Money, Problem, Quantity, Result, SkuId};
use crate::infra::db::{Conn, Json as Stored};
use crate::infra::http::{Json, Path, Shopper};
use crate::mall::catalog::{Article, Spec};
use crate::mall::{cart, customer, stock};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(view)).routes(routes!(add)).routes(routes!(set, remove))
}

/// A cart.
#[derive(Debug, Serialize, ToSchema)]
struct Cart {
    items: Vec<CartItem>,
    /// For all that can be bought, without delivery.
    goods_total: Money,
}

/// One SKU in it.
#[derive(Debug, Serialize, ToSchema)]
struct CartItem {
    sku_id: SkuId,
    title: String,
    #[schema(value_type = Vec<Spec>)]
    specs: Stored<Vec<Spec>>,
    image_url: String,
    /// For one, today.
    price: Money,
    quantity: i64,
    /// For all of it.
    total: Money,
    /// Whether as many can be bought now.
    buyable: bool,
}

async fn cart_of(db: &mut Conn, who: Shopper) -> Result<Cart> {
    let items = cart::items_of(db, &[(who.tenant_id, who.id)]).await?;
    let keys: Vec<_> = items.iter().map(|item| (item.tenant_id, item.sku_id)).collect();
    let articles = load(db, &keys).await?;
    let levels = stock::levels(db, &keys).await?;
    let available: HashMap<_, _> = levels.iter().map(|level| (level.sku_id, level.available())).collect();
    let of = |item: &cart::Item| {
        let article = articles.get(&(item.tenant_id, item.sku_id))?;
        cart_item(item, article, available.get(&item.sku_id).copied().unwrap_or(0))
    };
    let items: Vec<CartItem> = items.iter().filter_map(of).collect();
    let buyable = items.iter().filter(|item| item.buyable).map(|item| item.total);
    let goods_total = Money::sum(buyable).ok_or_else(|| Problem::new(Code::AmountTooLarge))?;
    Ok(Cart { items, goods_total })
}

fn cart_item(item: &cart::Item, article: &Article, available: i64) -> Option<CartItem> {
    Some(CartItem {
        sku_id: item.sku_id,
        title: article.title.clone(),
        specs: article.specs.clone(),
        image_url: article.image_url.clone(),
        price: article.price,
        quantity: item.quantity,
        total: article.price.times(item.quantity)?,
        buyable: article.on_sale() && item.quantity <= available,
    })
}

/// My cart
#[utoipa::path(get, path = "/cart", tag = "cart", responses((status = 200, body = Cart)))]
async fn view(State(mall): State<Mall>, who: Shopper) -> Result<Json<Cart>> {
    Ok(Json(cart_of(&mut mall.core.db.read().await?, who).await?))
}

/// Put something into the cart
#[utoipa::path(post, path = "/cart/items", tag = "cart", request_body = Wanted, responses((status = 200, body = Cart)))]
async fn add(State(mall): State<Mall>, who: Shopper, Json(input): Json<Wanted>) -> Result<Json<Cart>> {
    let mut tx = mall.core.db.begin().await?;
    let owner = (who.tenant_id, who.id);
    customer::lock(&mut tx, who.tenant_id, who.id).await?;
    let articles = load(&mut tx, &[(who.tenant_id, input.sku_id)]).await?;
    let article = articles.values().next().ok_or_else(|| Problem::not_found(input.sku_id))?;
    if !article.on_sale() {
        return Err(Problem::new(Code::NotOnSale).into());
    }
    if !cart::add(&mut tx, owner, input.sku_id, input.quantity, mall.core.now()).await? {
        let detail = format!("there would be more than {} of it in the cart", Quantity::MAX);
        return Err(Problem::with(Code::LimitReached, detail).into());
    }
    let cart = cart_of(&mut tx, who).await?;
    if cart.items.len() > cart::MOST_ITEMS {
        let detail = format!("a cart takes {} articles; remove one first", cart::MOST_ITEMS);
        return Err(Problem::with(Code::LimitReached, detail).into());
    }
    tx.commit().await?;
    Ok(Json(cart))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuantityInput {
    quantity: Quantity,
}

/// Set how many of it
#[utoipa::path(put, path = "/cart/items/{sku_id}", tag = "cart", params(("sku_id" = SkuId, Path)),
    request_body = QuantityInput, responses((status = 200, body = Cart)))]
async fn set(
    State(mall): State<Mall>,
    who: Shopper,
    Path(sku): Path<SkuId>,
    Json(input): Json<QuantityInput>,
) -> Result<Json<Cart>> {
    let mut tx = mall.core.db.begin().await?;
    if !cart::set(&mut tx, (who.tenant_id, who.id), sku, input.quantity).await? {
        return Err(Problem::not_found(sku).into());
    }
    let cart = cart_of(&mut tx, who).await?;
    tx.commit().await?;
    Ok(Json(cart))
}

/// Take it out of the cart
#[utoipa::path(delete, path = "/cart/items/{sku_id}", tag = "cart", params(("sku_id" = SkuId, Path)),
    responses((status = 204)))]
async fn remove(State(mall): State<Mall>, who: Shopper, Path(sku): Path<SkuId>) -> Result<StatusCode> {
    let mut tx = mall.core.db.begin().await?;
    cart::remove(&mut tx, (who.tenant_id, who.id), sku).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
