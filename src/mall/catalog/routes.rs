use super::model::{Category, ProductCard};
use super::store;
use crate::base::{CategoryId, Page, Paging, Result, TenantId};
use crate::infra::Core;
use crate::infra::http::{CursorParams, Cursored, Json, Query};
use axum::Extension;
use axum::extract::{FromRef, State};
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
