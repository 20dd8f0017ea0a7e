use super::model::Level;
use super::store;
use crate::base::{Page, Result, SkuId};
use crate::infra::Core;
use crate::infra::http::{Json, Numbered, Operator, PageParams, Query};
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
    OpenApiRouter::new().routes(routes!(levels))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this SKU.
    sku_id: Option<SkuId>,
}

/// Stock levels
#[utoipa::path(get, path = "/stock", tag = "stock", params(Filter, PageParams), responses((status = 200, body = Page<Level>)))]
async fn levels(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Level>>> {
    let mut db = core.db.read().await?;
    Ok(Json(store::list(&mut db, who.tenant_id, filter.sku_id, paging).await?))
}
