use super::store::{self, AfterSaleReason};
use crate::base::{Code, Page, Problem, ReasonId, Result, Text};
use crate::infra::Core;
use crate::infra::http::{Json, Operator, Path};
use crate::mall::after_sale::model::AfterSaleKind;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The most reasons of a tenant.
const MOST: usize = 100;

/// What operators may do with reasons.
pub fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(reasons, add_reason)).routes(routes!(change_reason, remove_reason))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonInput {
    /// For what kind of case; not `goodwill`.
    kind: AfterSaleKind,
    /// In Chinese.
    text: Text<40>,
    /// In English.
    text_en: Option<Text<80>>,
    /// Its place in the list; the lowest comes first.
    #[serde(default)]
    position: i32,
    /// Whether it can be chosen.
    #[serde(default = "yes")]
    enabled: bool,
}

fn yes() -> bool {
    true
}

impl ReasonInput {
    fn with(self, id: ReasonId) -> Result<AfterSaleReason> {
        if self.kind == AfterSaleKind::Goodwill {
            return Err(Problem::field("kind", "shoppers cannot ask for goodwill").into());
        }
        Ok(AfterSaleReason {
            id,
            kind: self.kind,
            text: self.text.into(),
            text_en: self.text_en.map(String::from),
            position: i64::from(self.position),
            enabled: self.enabled,
        })
    }
}

/// The reasons for after-sales
#[utoipa::path(get, path = "/after-sale-reasons", tag = "after-sales",
    responses((status = 200, body = Page<AfterSaleReason>)))]
async fn reasons(State(core): State<Core>, who: Operator) -> Result<Json<Page<AfterSaleReason>>> {
    let mut db = core.db.read().await?;
    Ok(Json(Page::whole(store::reasons(&mut db, who.tenant_id, None).await?)))
}

/// Add a reason
#[utoipa::path(post, path = "/after-sale-reasons", tag = "after-sales", request_body = ReasonInput,
    responses((status = 201, body = AfterSaleReason)))]
async fn add_reason(
    State(core): State<Core>,
    who: Operator,
    Json(input): Json<ReasonInput>,
) -> Result<(StatusCode, Json<AfterSaleReason>)> {
    let reason = input.with(ReasonId::fresh(core.now()))?;
    let mut tx = core.db.begin().await?;
    if store::reasons(&mut tx, who.tenant_id, None).await?.len() >= MOST {
        let detail = format!("there are {MOST} reasons already; remove one first");
        return Err(Problem::with(Code::LimitReached, detail).into());
    }
    store::put_reason(&mut tx, who.tenant_id, &reason).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(reason)))
}

/// Change a reason
///
/// Cases that were opened with it keep its former words.
#[utoipa::path(put, path = "/after-sale-reasons/{id}", tag = "after-sales", params(("id" = ReasonId, Path)),
    request_body = ReasonInput, responses((status = 200, body = AfterSaleReason)))]
async fn change_reason(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<ReasonId>,
    Json(input): Json<ReasonInput>,
) -> Result<Json<AfterSaleReason>> {
    let reason = input.with(id)?;
    let mut tx = core.db.begin().await?;
    if store::reason(&mut tx, who.tenant_id, id).await?.is_none() {
        return Err(Problem::not_found(id).into());
    }
    store::put_reason(&mut tx, who.tenant_id, &reason).await?;
    tx.commit().await?;
    Ok(Json(reason))
}

/// Remove a reason
///
/// A tenant without any reason gets the usual ones when the server starts again.
#[utoipa::path(delete, path = "/after-sale-reasons/{id}", tag = "after-sales", params(("id" = ReasonId, Path)),
    responses((status = 204)))]
async fn remove_reason(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<ReasonId>,
) -> Result<StatusCode> {
    let mut tx = core.db.begin().await?;
    if !store::delete_reason(&mut tx, who.tenant_id, id).await? {
        return Err(Problem::not_found(id).into());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
