use super::store::{self, Outcome, Received};
use crate::base::{Page, Result};
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
    OpenApiRouter::new().routes(routes!(callbacks))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only with this outcome.
    outcome: Option<Outcome>,
    /// Only about this `out_trade_no` or `out_refund_no`.
    subject: Option<String>,
}

/// The call-back inbox, newest first
#[utoipa::path(get, path = "/callbacks", tag = "operations", params(Filter, PageParams),
    responses((status = 200, body = Page<Received>)))]
async fn callbacks(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Received>>> {
    let mut db = core.db.read().await?;
    let only = (filter.outcome, filter.subject);
    Ok(Json(store::list(&mut db, who.tenant_id, only, paging).await?))
}
