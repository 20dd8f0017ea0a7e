//! For whoever is on duty: do the books add up, and what work is waiting or dead.

use super::Mall;
use super::invariants::{self, Finding};
use crate::base::{Page, Problem, Result};
use crate::infra::http::{Json, Numbered, Operator, PageParams, Path, Query};
use crate::infra::jobs::{self, JobId, JobRow};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(check)).routes(routes!(jobs_list)).routes(routes!(replay))
}

/// Does everything add up?
#[utoipa::path(get, path = "/ops/invariants", tag = "operations", responses((status = 200, body = Page<Finding>)))]
async fn check(State(mall): State<Mall>, who: Operator) -> Result<Json<Page<Finding>>> {
    let mut db = mall.core.db.read().await?;
    Ok(Json(Page::whole(invariants::check(&mut db, who.tenant_id).await?)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// `ready`, `dead` or `done`.
    state: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
}

/// Jobs: waiting, dead, and for a while those that were done
#[utoipa::path(get, path = "/jobs", tag = "operations", params(Filter, PageParams), responses((status = 200, body = Page<JobRow>)))]
async fn jobs_list(
    State(mall): State<Mall>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<JobRow>>> {
    let mut db = mall.core.db.read().await?;
    let only = (filter.state.as_deref(), filter.kind.as_deref());
    Ok(Json(jobs::list(&mut db, who.tenant_id, only, paging).await?))
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
