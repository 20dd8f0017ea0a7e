use super::model::{Category, ProductCard};
use super::store;
use crate::base::{CategoryId, Cursor, Limit, Page, Result, TenantId};
use crate::infra::Core;
use crate::infra::http::{Json, Query};
use axum::Extension;
use axum::extract::{FromRef, State};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What everyone may see; whose mall it is comes from the request (see `flow::visitor`).
pub fn shop<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(categories)).routes(routes!(products))
}

/// All categories
#[utoipa::path(get, path = "/categories", tag = "catalogue", security(()), responses((status = 200, body = Page<Category>)))]
async fn categories(
    State(core): State<Core>,
    Extension(tenant): Extension<TenantId>,
) -> Result<Json<Page<Category>>> {
    let mut db = core.db.read().await?;
    Ok(Json(Page { items: store::categories(&mut db, tenant).await?, next_cursor: None }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProductFilter {
    /// Only of this category.
    category_id: Option<CategoryId>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// Products on sale, newest first
#[utoipa::path(get, path = "/products", tag = "catalogue", security(()), params(ProductFilter),
    responses((status = 200, body = Page<ProductCard>)))]
async fn products(
    State(core): State<Core>,
    Extension(tenant): Extension<TenantId>,
    Query(filter): Query<ProductFilter>,
) -> Result<Json<Page<ProductCard>>> {
    let limit = Limit::parse(filter.limit)?;
    let below = Cursor::parse(filter.cursor.as_deref())?.below();
    let mut db = core.db.read().await?;
    let rows = store::products(&mut db, tenant, filter.category_id, below, limit.fetch()).await?;
    Ok(Json(limit.page(rows, |product| product.id.uuid())))
}
