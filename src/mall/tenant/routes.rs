use super::store::{self, Merchant};
use crate::base::{Page, Result};
use crate::infra::Core;
use crate::infra::http::{Json, Numbered, Operator, PageParams};
use axum::extract::{FromRef, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What operators may see.
pub fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(merchants))
}

/// The mall's sellers, newest first
#[utoipa::path(get, path = "/merchants", tag = "merchants", params(PageParams), responses((status = 200, body = Page<Merchant>)))]
async fn merchants(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
) -> Result<Json<Page<Merchant>>> {
    let mut db = core.db.read().await?;
    Ok(Json(store::merchants(&mut db, who.tenant_id, paging).await?))
}
