use super::model::Level;
use super::store;
use crate::base::{Cursor, Limit, Page, Result, SkuId};
use crate::infra::Core;
use crate::infra::http::{Json, Operator, Query};
use axum::extract::{FromRef, State};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What operators may see.
pub fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this SKU.
    sku_id: Option<SkuId>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// Stock levels
#[utoipa::path(get, path = "/stock", tag = "stock", params(Filter), responses((status = 200, body = Page<Level>)))]
async fn list(
    State(core): State<Core>,
    who: Operator,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Level>>> {
    let limit = Limit::parse(filter.limit)?;
    let below = Cursor::parse(filter.cursor.as_deref())?.below();
    let mut db = core.db.read().await?;
    let rows = store::list(&mut db, who.tenant_id, filter.sku_id, below, limit.fetch()).await?;
    Ok(Json(limit.page(rows, |level| level.sku_id.uuid())))
}
