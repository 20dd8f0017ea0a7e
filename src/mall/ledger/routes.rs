use super::model::Kind;
use super::store::{self, Balance, Transaction};
use crate::base::{Code, Page, Problem, Result, id};
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
    OpenApiRouter::new().routes(routes!(transactions)).routes(routes!(balances)).merge(super::export::admin())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this kind.
    kind: Option<Kind>,
    /// Only of this payment or refund (its id, or the part behind the underscore).
    source: Option<String>,
}

/// The ledger, newest first
#[utoipa::path(get, path = "/ledger", tag = "money", params(Filter, PageParams), responses((status = 200, body = Page<Transaction>)))]
async fn transactions(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Transaction>>> {
    let source = filter.source.map(|text| {
        id::decode(text.rsplit('_').next().unwrap_or_default())
            .ok_or_else(|| Problem::with(Code::InvalidParameter, "source is not an id"))
    });
    let mut db = core.db.read().await?;
    let only = (filter.kind, source.transpose()?);
    Ok(Json(store::transactions(&mut db, who.tenant_id, only, paging).await?))
}

/// What lies in the accounts
#[utoipa::path(get, path = "/ledger/balances", tag = "money", responses((status = 200, body = Page<Balance>)))]
async fn balances(State(core): State<Core>, who: Operator) -> Result<Json<Page<Balance>>> {
    let mut db = core.db.read().await?;
    Ok(Json(Page::whole(store::balances(&mut db, who.tenant_id).await?)))
}
