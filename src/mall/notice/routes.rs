use super::event::Kind;
use super::grant::{Answer, Teller};
use super::service;
use super::store::{self, Notice, State as NoticeState};
use super::template::{Template, TemplateInput};
use crate::base::{CustomerId, Page, Problem, Result};
use crate::infra::Core;
use crate::infra::http::{Json, Numbered, Operator, PageParams, Path, Query, Shopper};
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What shoppers may do.
pub fn shop<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(asked_for)).routes(routes!(grant))
}

/// What operators may see and set.
pub fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list_templates))
        .routes(routes!(template, put_template))
        .routes(routes!(notices))
}

/// A template that the mini program may ask for.
#[derive(Debug, Serialize, ToSchema)]
struct Offer {
    /// What it tells.
    kind: Kind,
    /// For `tmplIds` of `wx.requestSubscribeMessage`.
    template_id: String,
    /// Long-term and one-time templates cannot be asked for together.
    long_term: bool,
}

/// The templates to ask for with `wx.requestSubscribeMessage`
#[utoipa::path(get, path = "/notice-templates", tag = "notices", responses((status = 200, body = Page<Offer>)))]
async fn asked_for(State(core): State<Core>, who: Shopper) -> Result<Json<Page<Offer>>> {
    let templates = store::templates(&mut core.db.read().await?, who.tenant_id).await?;
    let enabled = templates.into_iter().filter(|template| template.enabled);
    let offer = |template: Template| Offer {
        kind: template.kind,
        template_id: template.template_id,
        long_term: template.long_term,
    };
    Ok(Json(Page::whole(enabled.map(offer).collect())))
}

/// What `wx.requestSubscribeMessage` gave.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantsInput {
    /// The result as it is: a word for each template id. `errMsg` and unknown templates are ignored.
    results: BTreeMap<String, String>,
}

/// A request asks for five at most.
const MOST_RESULTS: usize = 20;

/// Tell what I allowed
///
/// Hand over the result of `wx.requestSubscribeMessage`, once.
#[utoipa::path(post, path = "/me/notice-grants", tag = "notices", request_body = GrantsInput,
    responses((status = 204)))]
async fn grant(State(core): State<Core>, who: Shopper, Json(input): Json<GrantsInput>) -> Result<StatusCode> {
    if input.results.len() > MOST_RESULTS {
        return Err(Problem::field("results", format!("must have at most {MOST_RESULTS} entries")).into());
    }
    let answers = input.results.into_iter().filter_map(|(id, word)| Some((id, Answer::of_client(&word)?)));
    let answers: Vec<_> = answers.collect();
    let mut tx = core.db.begin().await?;
    service::hear(&mut tx, (who.tenant_id, who.id), Teller::Client, &answers, core.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The templates of messages
#[utoipa::path(get, path = "/notice-templates", tag = "notices", responses((status = 200, body = Page<Template>)))]
async fn list_templates(State(core): State<Core>, who: Operator) -> Result<Json<Page<Template>>> {
    Ok(Json(Page::whole(store::templates(&mut core.db.read().await?, who.tenant_id).await?)))
}

/// The template of one kind of message
#[utoipa::path(get, path = "/notice-templates/{kind}", tag = "notices", params(("kind" = Kind, Path)),
    responses((status = 200, body = Template)))]
async fn template(State(core): State<Core>, who: Operator, Path(kind): Path<Kind>) -> Result<Json<Template>> {
    let found = store::template(&mut core.db.read().await?, who.tenant_id, kind).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found(format!("a template for {kind}")))?))
}

/// Set the template of one kind of message
///
/// Answers 422 when a value cannot stand at its key; whether the template has these keys, only WeChat knows.
#[utoipa::path(put, path = "/notice-templates/{kind}", tag = "notices", params(("kind" = Kind, Path)),
    request_body = TemplateInput, responses((status = 200, body = Template)))]
async fn put_template(
    State(core): State<Core>,
    who: Operator,
    Path(kind): Path<Kind>,
    Json(input): Json<TemplateInput>,
) -> Result<Json<Template>> {
    let template = input.checked(kind, core.now())?;
    let mut tx = core.db.begin().await?;
    store::put_template(&mut tx, who.tenant_id, &template).await?;
    tx.commit().await?;
    Ok(Json(template))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this kind.
    kind: Option<Kind>,
    /// Only in this state.
    state: Option<NoticeState>,
    /// Only to this shopper.
    customer_id: Option<CustomerId>,
}

/// The messages to shoppers, newest first
#[utoipa::path(get, path = "/notices", tag = "notices", params(Filter, PageParams),
    responses((status = 200, body = Page<Notice>)))]
async fn notices(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Notice>>> {
    let only = (filter.kind, filter.state, filter.customer_id);
    Ok(Json(store::list(&mut core.db.read().await?, who.tenant_id, only, paging).await?))
}
