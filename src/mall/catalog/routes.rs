use super::model::{Category, ProductCard};
use super::store;
use crate::base::{
    CategoryId, Error, FreightTemplateId, Page, Paging, Problem, ProductId, Result, SkuId, TenantId,
};
use crate::infra::Core;
use crate::infra::http::{CursorParams, Cursored, Json, Operator, Path, Query};
use axum::Extension;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What everyone may see; whose mall it is comes from the request (see `flow::visitor`).
pub fn shop<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(home)).routes(routes!(categories)).routes(routes!(products))
}

/// What a shop's first page shows.
#[derive(Debug, Serialize, ToSchema)]
struct Home {
    /// The shelves.
    categories: Vec<Category>,
    /// The newest products.
    newest: Vec<ProductCard>,
}

/// The first page: the shelves and what is new
#[utoipa::path(get, path = "/home", tag = "catalogue", security(()), responses((status = 200, body = Home)))]
async fn home(State(core): State<Core>, Extension(tenant): Extension<TenantId>) -> Result<Json<Home>> {
    let mut db = core.db.read().await?;
    let categories = store::categories(&mut db, tenant).await?;
    let newest = store::products(&mut db, tenant, None, Paging::default()).await?.items;
    Ok(Json(Home { categories, newest }))
}

/// All categories
#[utoipa::path(get, path = "/categories", tag = "catalogue", security(()), responses((status = 200, body = Page<Category>)))]
async fn categories(
    State(core): State<Core>,
    Extension(tenant): Extension<TenantId>,
) -> Result<Json<Page<Category>>> {
    let mut db = core.db.read().await?;
    Ok(Json(Page::whole(store::categories(&mut db, tenant).await?)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProductFilter {
    /// Only of this category.
    category_id: Option<CategoryId>,
}

/// Products on sale, newest first
#[utoipa::path(get, path = "/products", tag = "catalogue", security(()), params(ProductFilter, CursorParams),
    responses((status = 200, body = Page<ProductCard>)))]
async fn products(
    State(core): State<Core>,
    Extension(tenant): Extension<TenantId>,
    Cursored(paging): Cursored,
    Query(filter): Query<ProductFilter>,
) -> Result<Json<Page<ProductCard>>> {
    let mut db = core.db.read().await?;
    Ok(Json(store::products(&mut db, tenant, filter.category_id, paging).await?))
}

/// What operators may do.
pub fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(set_product_freight)).routes(routes!(set_sku_weight))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FreightInput {
    /// One of its merchant's templates; null: the merchant's default.
    template_id: Option<FreightTemplateId>,
}

/// Say what the delivery of a product costs
#[utoipa::path(put, path = "/products/{id}/freight", tag = "freight", params(("id" = ProductId, Path)),
    request_body = FreightInput, responses((status = 204)))]
async fn set_product_freight(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<ProductId>,
    Json(input): Json<FreightInput>,
) -> Result<StatusCode> {
    let mut tx = core.db.begin().await?;
    let set = store::set_freight(&mut tx, who.tenant_id, id, input.template_id).await;
    let set = set.map_err(|error| match error.as_database_error() {
        Some(refused) if refused.is_foreign_key_violation() => {
            Problem::field("template_id", "is none of the product's merchant").into()
        }
        _ => Error::from(error),
    })?;
    if !set {
        return Err(Problem::not_found(id).into());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WeightInput {
    /// Of one piece, 0 to 1,000,000.
    grams: i64,
}

/// Say what an SKU weighs
#[utoipa::path(put, path = "/skus/{id}/weight", tag = "freight", params(("id" = SkuId, Path)),
    request_body = WeightInput, responses((status = 204)))]
async fn set_sku_weight(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<SkuId>,
    Json(input): Json<WeightInput>,
) -> Result<StatusCode> {
    if !(0..=1_000_000).contains(&input.grams) {
        return Err(Problem::field("grams", "must be between 0 and 1000000").into());
    }
    let mut tx = core.db.begin().await?;
    if !store::set_weight(&mut tx, who.tenant_id, id, input.grams).await? {
        return Err(Problem::not_found(id).into());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
