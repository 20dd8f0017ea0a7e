use super::store::{self, Outcome, Received};
use crate::base::{Cursor, Limit, Page, Result};
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
    /// Only with this outcome.
    outcome: Option<Outcome>,
    /// Only about this `out_trade_no` or `out_refund_no`.
    subject: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// The call-back inbox, newest first
#[utoipa::path(get, path = "/callbacks", tag = "operations", params(Filter),
    responses((status = 200, body = Page<Received>)))]
async fn list(
    State(core): State<Core>,
    who: Operator,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Received>>> {
    let limit = Limit::parse(filter.limit)?;
    let below = Cursor::parse(filter.cursor.as_deref())?.below();
    let mut db = core.db.read().await?;
    let only = (filter.outcome, filter.subject);
    let rows = store::list(&mut db, who.tenant_id, only, below, limit.fetch()).await?;
    Ok(Json(limit.page(rows, |received| received.id.uuid())))
}
