//! The operators' queue: refunds that WeChat could not carry out by itself.

use super::super::Mall;
use super::redirect::{Redirection, redirect};
use super::try_again;
use crate::base::{Problem, RefundId, Result, TenantId, Text};
use crate::infra::http::{Json, Operator, Path};
use crate::infra::idempotency::{self, Answer, Asked};
use crate::mall::payment::{self, ActionKind, Refund, RefundAction};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new()
        .routes(routes!(refund))
        .routes(routes!(take_refund))
        .routes(routes!(retry_refund))
        .routes(routes!(redirect_refund))
}

/// A refund, and what operators did about it.
#[derive(Debug, Serialize, ToSchema)]
struct RefundFile {
    #[serde(flatten)]
    refund: Refund,
    /// What operators did about it, oldest first.
    actions: Vec<RefundAction>,
}

async fn file(mall: &Mall, tenant: TenantId, id: RefundId) -> Result<RefundFile> {
    let mut db = mall.core.db.read().await?;
    let refund = payment::refund(&mut db, tenant, id).await?.ok_or_else(|| Problem::not_found(id))?;
    let actions = payment::actions_of(&mut db, tenant, id).await?;
    Ok(RefundFile { refund, actions })
}

/// A refund
#[utoipa::path(get, path = "/refunds/{id}", tag = "money", params(("id" = RefundId, Path)),
    responses((status = 200, body = RefundFile)))]
async fn refund(
    State(mall): State<Mall>,
    who: Operator,
    Path(id): Path<RefundId>,
) -> Result<Json<RefundFile>> {
    Ok(Json(file(&mall, who.tenant_id, id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakeInput {
    /// What is being done about it.
    note: Text<200>,
}

/// Take a refund in hand
///
/// Writes down who sees to it, and what they say.
#[utoipa::path(post, path = "/refunds/{id}/take", tag = "money", params(("id" = RefundId, Path)),
    request_body = TakeInput, responses((status = 200, body = RefundFile)))]
async fn take_refund(
    State(mall): State<Mall>,
    who: Operator,
    Path(id): Path<RefundId>,
    Json(input): Json<TakeInput>,
) -> Result<Json<RefundFile>> {
    let mut tx = mall.core.db.begin().await?;
    payment::refund(&mut tx, who.tenant_id, id).await?.ok_or_else(|| Problem::not_found(id))?;
    payment::take_in_hand(&mut tx, who.tenant_id, id, (who.id, input.note.as_str())).await?;
    let action = RefundAction::new(id, ActionKind::Take, who.id, mall.core.now());
    let action = RefundAction { note: Some(input.note.as_str().to_owned()), ..action };
    payment::insert_action(&mut tx, who.tenant_id, &action).await?;
    tx.commit().await?;
    Ok(Json(file(&mall, who.tenant_id, id).await?))
}

/// Try a refund again that WeChat closed
///
/// It gets a new number: the closed one gave nothing back and never will.
#[utoipa::path(post, path = "/refunds/{id}/retry", tag = "money",
    params(("id" = RefundId, Path), ("Idempotency-Key" = String, Header)), responses((status = 200, body = RefundFile)))]
async fn retry_refund(
    State(mall): State<Mall>,
    who: Operator,
    asked: Asked,
    Path(id): Path<RefundId>,
) -> Result<Answer> {
    let key = asked.key(&mall.core, who, &())?;
    let work = async {
        let id = try_again(&mall, who, id).await?;
        file(&mall, who.tenant_id, id).await
    };
    idempotency::once(&mall.core, Some(&key), work).await
}

/// Send the money of an abnormal refund another way
///
/// Written down with who did it before WeChat hears of it. If more than `after_sale.second_person_above`
/// goes back for the order, it takes another operator than the one who decided that.
#[utoipa::path(post, path = "/refunds/{id}/redirect", tag = "money", request_body = Redirection,
    params(("id" = RefundId, Path), ("Idempotency-Key" = String, Header)), responses((status = 200, body = RefundFile)))]
async fn redirect_refund(
    State(mall): State<Mall>,
    who: Operator,
    asked: Asked,
    Path(id): Path<RefundId>,
    Json(input): Json<Redirection>,
) -> Result<Answer> {
    let key = asked.key(&mall.core, who, &input)?;
    let work = async {
        Box::pin(redirect(&mall, who, id, &input)).await?;
        file(&mall, who.tenant_id, id).await
    };
    idempotency::once(&mall.core, Some(&key), work).await
}
