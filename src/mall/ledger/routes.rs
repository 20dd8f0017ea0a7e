use super::model::Kind;
use super::store::{self, Balance, Transaction};
use crate::base::{Code, Cursor, Limit, Page, Problem, Result, id};
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
    OpenApiRouter::new().routes(routes!(transactions)).routes(routes!(balances))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this kind.
    kind: Option<Kind>,
    /// Only of this payment or refund (its id, or the part behind the underscore).
    source: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// The ledger, newest first
#[utoipa::path(get, path = "/ledger", tag = "money", params(Filter), responses((status = 200, body = Page<Transaction>)))]
async fn transactions(
    State(core): State<Core>,
    who: Operator,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Transaction>>> {
    let limit = Limit::parse(filter.limit)?;
    let below = Cursor::parse(filter.cursor.as_deref())?.below();
    let source = filter.source.map(|text| {
        id::decode(text.rsplit('_').next().unwrap_or_default())
            .ok_or_else(|| Problem::with(Code::InvalidParameter, "source is not an id"))
    });
    let mut db = core.db.read().await?;
    let only = (filter.kind, source.transpose()?);
    let rows = store::transactions(&mut db, who.tenant_id, only, below, limit.fetch()).await?;
    Ok(Json(limit.page(rows, |transaction| transaction.id.uuid())))
}

/// What lies in the accounts
#[utoipa::path(get, path = "/ledger/balances", tag = "money", responses((status = 200, body = Page<Balance>)))]
async fn balances(State(core): State<Core>, who: Operator) -> Result<Json<Page<Balance>>> {
    let mut db = core.db.read().await?;
    Ok(Json(Page { items: store::balances(&mut db, who.tenant_id).await?, next_cursor: None }))
}
