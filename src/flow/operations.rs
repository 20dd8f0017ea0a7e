//! For whoever is on duty: do the books add up, and what work is waiting or dead.

use super::Mall;
use super::invariants::{self, Finding};
use crate::base::{Cursor, Limit, Page, Problem, Result};
use crate::infra::http::{Json, Operator, Path, Query};
use crate::infra::jobs::{self, JobId, JobRow};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(check)).routes(routes!(list)).routes(routes!(replay))
}

/// Does everything add up?
#[utoipa::path(get, path = "/ops/invariants", tag = "operations", responses((status = 200, body = Page<Finding>)))]
async fn check(State(mall): State<Mall>, who: Operator) -> Result<Json<Page<Finding>>> {
    let mut db = mall.core.db.read().await?;
    Ok(Json(Page { items: invariants::check(&mut db, who.tenant_id).await?, next_cursor: None }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// `ready` or `dead`.
    state: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// Jobs that wait, and dead ones
#[utoipa::path(get, path = "/jobs", tag = "operations", params(Filter), responses((status = 200, body = Page<JobRow>)))]
async fn list(
    State(mall): State<Mall>,
    who: Operator,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<JobRow>>> {
    let limit = Limit::parse(filter.limit)?;
    let below = Cursor::parse(filter.cursor.as_deref())?.below();
    let mut db = mall.core.db.read().await?;
    let only = (filter.state.as_deref(), filter.kind.as_deref());
    let rows = jobs::list(&mut db, who.tenant_id, only, below, limit.fetch()).await?;
    Ok(Json(limit.page(rows, |job| job.id.uuid())))
}

/// Put a dead job back on the list
#[utoipa::path(post, path = "/jobs/{id}/replay", tag = "operations", params(("id" = JobId, Path)),
    responses((status = 204)))]
async fn replay(State(mall): State<Mall>, who: Operator, Path(id): Path<JobId>) -> Result<StatusCode> {
    let mut tx = mall.core.db.begin().await?;
    if !jobs::replay(&mut tx, who.tenant_id, id, mall.core.now()).await? {
        return Err(Problem::not_found(format!("a dead job {id}")).into());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
