//! The operators' queue: refunds that WeChat could not carry out by itself.

use super::super::Mall;
use super::{DriveRefund, Report, note, try_again};
use crate::base::{Code, Problem, RefundId, Result, TenantId, Text};
use crate::infra::http::{Json, Operator, Path};
use crate::infra::idempotency::{self, Answer, Asked};
use crate::infra::jobs;
use crate::mall::payment::{self, Refund, RefundState};
use anyhow::Context as _;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat_sdk::pay::refunds::ApplyAbnormalRefund;
use wechat_sdk::{OutRefundNo, RefundId as WechatRefundId};

/// The routes.
pub fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new()
        .routes(routes!(refund))
        .routes(routes!(take_refund))
        .routes(routes!(retry_refund))
        .routes(routes!(redirect_refund))
}

async fn found(mall: &Mall, tenant: TenantId, id: RefundId) -> Result<Refund> {
    let found = payment::refund(&mut mall.core.db.read().await?, tenant, id).await?;
    Ok(found.ok_or_else(|| Problem::not_found(id))?)
}

/// A refund
#[utoipa::path(get, path = "/refunds/{id}", tag = "money", params(("id" = RefundId, Path)),
    responses((status = 200, body = Refund)))]
async fn refund(State(mall): State<Mall>, who: Operator, Path(id): Path<RefundId>) -> Result<Json<Refund>> {
    Ok(Json(found(&mall, who.tenant_id, id).await?))
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
    request_body = TakeInput, responses((status = 200, body = Refund)))]
async fn take_refund(
    State(mall): State<Mall>,
    who: Operator,
    Path(id): Path<RefundId>,
    Json(input): Json<TakeInput>,
) -> Result<Json<Refund>> {
    found(&mall, who.tenant_id, id).await?;
    let mut tx = mall.core.db.begin().await?;
    payment::take_in_hand(&mut tx, who.tenant_id, id, (who.id, input.note.as_str())).await?;
    tx.commit().await?;
    Ok(Json(found(&mall, who.tenant_id, id).await?))
}

/// Try a refund again that WeChat closed
///
/// It gets a new number: the closed one gave nothing back and never will.
#[utoipa::path(post, path = "/refunds/{id}/retry", tag = "money",
    params(("id" = RefundId, Path), ("Idempotency-Key" = String, Header)), responses((status = 200, body = Refund)))]
async fn retry_refund(
    State(mall): State<Mall>,
    who: Operator,
    asked: Asked,
    Path(id): Path<RefundId>,
) -> Result<Answer> {
    let key = asked.key(&mall.core, who, &())?;
    let work = async {
        let id = try_again(&mall, who.tenant_id, id).await?;
        found(&mall, who.tenant_id, id).await
    };
    idempotency::once(&mall.core, Some(&key), work).await
}

/// Where the money of an abnormal refund is to go.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
enum Redirection {
    /// To the merchant's own account, to pay the shopper by other means.
    Merchant,
    /// To a debit card of the shopper.
    Shopper {
        /// As WeChat spells it, `ICBC_DEBIT` for instance.
        bank_type: Text<16>,
        /// The number of the card. It is sent encrypted and not kept.
        bank_account: Text<40>,
        /// Whose card it is. It is sent encrypted and not kept.
        real_name: Text<40>,
    },
}

/// Send the money of an abnormal refund another way
#[utoipa::path(post, path = "/refunds/{id}/redirect", tag = "money", request_body = Redirection,
    params(("id" = RefundId, Path), ("Idempotency-Key" = String, Header)), responses((status = 200, body = Refund)))]
async fn redirect_refund(
    State(mall): State<Mall>,
    who: Operator,
    asked: Asked,
    Path(id): Path<RefundId>,
    Json(input): Json<Redirection>,
) -> Result<Answer> {
    let key = asked.key(&mall.core, who, &input)?;
    idempotency::once(&mall.core, Some(&key), apply(&mall, who.tenant_id, id, input)).await
}

async fn apply(mall: &Mall, tenant: TenantId, id: RefundId, way: Redirection) -> Result<Refund> {
    let refund = found(mall, tenant, id).await?;
    if refund.state != RefundState::Abnormal {
        return Err(Problem::with(Code::RefundNotAbnormal, format!("{id} is {}", refund.state)).into());
    }
    let theirs = refund.wechat_refund_id.as_deref().context("an abnormal refund without WeChat's number")?;
    let theirs = WechatRefundId::new(theirs).context("the number that WeChat gave")?;
    let ours = OutRefundNo::new(id.suffix()).context("our own out_refund_no")?;
    let call = match way {
        Redirection::Merchant => ApplyAbnormalRefund::to_merchant(theirs, ours),
        Redirection::Shopper { bank_type, bank_account, real_name } => ApplyAbnormalRefund::to_user(
            theirs,
            ours,
            bank_type.as_str(),
            bank_account.as_str(),
            real_name.as_str(),
        ),
    };
    let gateway = mall.gateways.of(tenant)?;
    let told = gateway
        .pay(&mall.core, &refund, &call)
        .await
        .map_err(|error| super::super::wechat::unavailable(&error))?;
    let report = Report { status: told.status, refund_id: told.refund_id.to_string() };
    note(mall, &gateway, id, &report).await?;
    look_soon(mall, tenant, &refund).await?;
    found(mall, tenant, id).await
}

/// The job that asks about an abnormal refund sleeps for a day; another one looks at once.
async fn look_soon(mall: &Mall, tenant_id: TenantId, refund: &Refund) -> Result<()> {
    let now = mall.core.now();
    let mut tx = mall.core.db.begin().await?;
    let job = DriveRefund { tenant_id, trade_id: refund.trade_id, refund_id: refund.id };
    jobs::enqueue::<Mall, _>(&mut tx, &job, now, now.after(mall.settings.refund_poll)).await?;
    Ok(tx.commit().await?)
}
