use super::model::{Bill, BillKind, BillState, Class, Difference, DifferenceState};
use super::{difference, store};
use crate::base::{Code, Day, DifferenceId, Page, Problem, Result};
use crate::infra::Core;
use crate::infra::http::{Json, Numbered, Operator, PageParams, Path, Query};
use axum::extract::{FromRef, State};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What operators may see, and take on.
pub fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(bills))
        .routes(routes!(differences))
        .routes(routes!(difference_page))
        .routes(routes!(take_difference))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BillFilter {
    /// Only of this kind.
    kind: Option<BillKind>,
    /// Only in this state.
    state: Option<BillState>,
}

/// WeChat's daily bills, newest first
#[utoipa::path(get, path = "/bills", tag = "reconciliation", params(BillFilter, PageParams),
    responses((status = 200, body = Page<Bill>)))]
async fn bills(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<BillFilter>,
) -> Result<Json<Page<Bill>>> {
    let mut db = core.db.read().await?;
    Ok(Json(store::list(&mut db, who.tenant_id, (filter.kind, filter.state), paging).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DifferenceFilter {
    /// Only open or resolved ones.
    state: Option<DifferenceState>,
    /// Only of this class.
    class: Option<Class>,
    /// Only of this day (in China).
    date: Option<Day>,
}

/// Where WeChat's bills and our books do not agree, newest first
#[utoipa::path(get, path = "/differences", tag = "reconciliation", params(DifferenceFilter, PageParams),
    responses((status = 200, body = Page<Difference>)))]
async fn differences(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<DifferenceFilter>,
) -> Result<Json<Page<Difference>>> {
    let mut db = core.db.read().await?;
    let only = (filter.state, filter.class, filter.date);
    Ok(Json(difference::list(&mut db, who.tenant_id, only, paging).await?))
}

/// One difference
#[utoipa::path(get, path = "/differences/{id}", tag = "reconciliation", params(("id" = DifferenceId, Path)),
    responses((status = 200, body = Difference)))]
async fn difference_page(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<DifferenceId>,
) -> Result<Json<Difference>> {
    let found = difference::difference(&mut core.db.read().await?, who.tenant_id, id).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found(id))?))
}

/// Take a difference on: I see to it
#[utoipa::path(post, path = "/differences/{id}/take", tag = "reconciliation", params(("id" = DifferenceId, Path)),
    responses((status = 200, body = Difference)))]
async fn take_difference(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<DifferenceId>,
) -> Result<Json<Difference>> {
    let mut tx = core.db.begin().await?;
    let taken = difference::take(&mut tx, who.tenant_id, id, who.id).await?;
    let found = difference::difference(&mut tx, who.tenant_id, id).await?;
    let found = found.ok_or_else(|| Problem::not_found(id))?;
    if !taken {
        return Err(Code::DifferenceResolved.into());
    }
    tx.commit().await?;
    Ok(Json(found))
}
