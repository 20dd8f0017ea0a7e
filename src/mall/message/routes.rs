use super::store::{self, Inbox, State as MessageState};
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
    OpenApiRouter::new().routes(routes!(messages))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this kind, such as `text` or `trade_manage_order_settlement`.
    kind: Option<String>,
    /// Only in this state.
    state: Option<MessageState>,
}

/// The inbox of message pushes, newest first, without what they say
#[utoipa::path(get, path = "/messages", tag = "operations", params(Filter, PageParams),
    responses((status = 200, body = Page<Inbox>)))]
async fn messages(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Inbox>>> {
    let only = (filter.kind, filter.state);
    Ok(Json(store::list(&mut core.db.read().await?, who.tenant_id, only, paging).await?))
}
