use super::model::{Template, TemplateInput};
use super::store;
use crate::base::{Code, Error, FreightTemplateId, MerchantId, Page, Problem, Result, TenantId};
use crate::infra::Core;
use crate::infra::http::{Json, Numbered, Operator, PageParams, Path};
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What operators may do.
pub fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(freight_templates))
        .routes(routes!(add_freight_template))
        .routes(routes!(freight_template, change_freight_template, remove_freight_template))
}

/// Freight templates, newest first
#[utoipa::path(get, path = "/freight-templates", tag = "freight", params(PageParams),
    responses((status = 200, body = Page<Template>)))]
async fn freight_templates(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
) -> Result<Json<Page<Template>>> {
    let mut db = core.db.read().await?;
    Ok(Json(store::list(&mut db, who.tenant_id, paging).await?))
}

/// Add a freight template to a merchant
#[utoipa::path(post, path = "/merchants/{id}/freight-templates", tag = "freight", params(("id" = MerchantId, Path)),
    request_body = TemplateInput, responses((status = 201, body = Template)))]
async fn add_freight_template(
    State(core): State<Core>,
    who: Operator,
    Path(merchant): Path<MerchantId>,
    Json(input): Json<TemplateInput>,
) -> Result<(StatusCode, Json<Template>)> {
    let key = (FreightTemplateId::fresh(core.now()), merchant);
    Ok((StatusCode::CREATED, Json(put(&core, who.tenant_id, key, &input).await?)))
}

/// A freight template
#[utoipa::path(get, path = "/freight-templates/{id}", tag = "freight", params(("id" = FreightTemplateId, Path)),
    responses((status = 200, body = Template)))]
async fn freight_template(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<FreightTemplateId>,
) -> Result<Json<Template>> {
    Ok(Json(found(&core, who.tenant_id, id).await?))
}

/// Change a freight template
///
/// Orders that are placed keep what they cost.
#[utoipa::path(put, path = "/freight-templates/{id}", tag = "freight", params(("id" = FreightTemplateId, Path)),
    request_body = TemplateInput, responses((status = 200, body = Template)))]
async fn change_freight_template(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<FreightTemplateId>,
    Json(input): Json<TemplateInput>,
) -> Result<Json<Template>> {
    let merchant = found(&core, who.tenant_id, id).await?.merchant_id;
    Ok(Json(put(&core, who.tenant_id, (id, merchant), &input).await?))
}

/// Remove a freight template that no product names
#[utoipa::path(delete, path = "/freight-templates/{id}", tag = "freight", params(("id" = FreightTemplateId, Path)),
    responses((status = 204)))]
async fn remove_freight_template(
    State(core): State<Core>,
    who: Operator,
    Path(id): Path<FreightTemplateId>,
) -> Result<StatusCode> {
    let mut tx = core.db.begin().await?;
    let gone = store::delete(&mut tx, who.tenant_id, id).await;
    let in_use =
        || Problem::with(Code::InUse, format!("products name {id}; give them another template first"));
    if !gone.map_err(|error| if_foreign(error, in_use))? {
        return Err(Problem::not_found(id).into());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn if_foreign(error: sqlx::Error, problem: impl FnOnce() -> Problem) -> Error {
    match error.as_database_error() {
        Some(refused) if refused.is_foreign_key_violation() => problem().into(),
        _ => error.into(),
    }
}

async fn found(core: &Core, tenant: TenantId, id: FreightTemplateId) -> Result<Template> {
    let found = store::template(&mut core.db.read().await?, tenant, id).await?;
    Ok(found.ok_or_else(|| Problem::not_found(id))?)
}

async fn put(
    core: &Core,
    tenant: TenantId,
    (id, merchant): (FreightTemplateId, MerchantId),
    input: &TemplateInput,
) -> Result<Template> {
    input.check()?;
    let mut tx = core.db.begin().await?;
    if input.is_default {
        store::no_default(&mut tx, tenant, merchant).await?;
    }
    let put = store::put(&mut tx, tenant, (id, merchant), input, core.now()).await;
    put.map_err(|error| if_foreign(error, || Problem::not_found(merchant)))?;
    tx.commit().await?;
    found(core, tenant, id).await
}
