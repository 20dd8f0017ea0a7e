//! A product as a shopper sees it: the catalogue's words and what is in stock.

use super::Mall;
use crate::base::{Problem, ProductId, Result, TenantId};
use crate::infra::http::{Json, Path};
use crate::mall::catalog::{self, Product, Sku};
use crate::mall::stock;
use axum::Extension;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(product))
}

/// A product with its choices.
#[derive(Debug, Serialize, ToSchema)]
struct ProductPage {
    #[serde(flatten)]
    product: Product,
    skus: Vec<Choice>,
}

/// One choice and how many of it can be bought.
#[derive(Debug, Serialize, ToSchema)]
struct Choice {
    #[serde(flatten)]
    sku: Sku,
    /// How many can be bought now.
    available: i64,
}

/// A product with its choices
#[utoipa::path(get, path = "/products/{id}", tag = "catalogue", security(()), params(("id" = ProductId, Path)),
    responses((status = 200, body = ProductPage)))]
async fn product(
    State(mall): State<Mall>,
    Extension(tenant): Extension<TenantId>,
    Path(id): Path<ProductId>,
) -> Result<Json<ProductPage>> {
    let mut db = mall.core.db.read().await?;
    let (product, skus) =
        catalog::product(&mut db, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
    let wanted: Vec<_> = skus.iter().map(|sku| (tenant, sku.id)).collect();
    let levels = stock::levels(&mut db, &wanted).await?;
    let available =
        |sku: &Sku| levels.iter().find(|level| level.sku_id == sku.id).map_or(0, stock::Level::available);
    let skus = skus.into_iter().map(|sku| Choice { available: available(&sku), sku }).collect();
    Ok(Json(ProductPage { product, skus }))
}
