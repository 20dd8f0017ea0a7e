use super::model::{Payment, PaymentState, Refund, RefundState};
use super::{refund, store};
use crate::base::{Page, Result, TradeId};
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
    OpenApiRouter::new().routes(routes!(payments)).routes(routes!(refunds))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaymentFilter {
    /// Only of this trade.
    trade_id: Option<TradeId>,
    /// Only in this state.
    state: Option<PaymentState>,
}

/// Payments, newest first
#[utoipa::path(get, path = "/payments", tag = "money", params(PaymentFilter, PageParams),
    responses((status = 200, body = Page<Payment>)))]
async fn payments(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<PaymentFilter>,
) -> Result<Json<Page<Payment>>> {
    let mut db = core.db.read().await?;
    let only = (filter.trade_id, filter.state);
    Ok(Json(store::list(&mut db, who.tenant_id, only, paging).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RefundFilter {
    /// Only of this trade.
    trade_id: Option<TradeId>,
    /// Only in this state.
    state: Option<RefundState>,
}

/// Refunds, newest first
#[utoipa::path(get, path = "/refunds", tag = "money", params(RefundFilter, PageParams),
    responses((status = 200, body = Page<Refund>)))]
async fn refunds(
    State(core): State<Core>,
    who: Operator,
    Numbered(paging): Numbered,
    Query(filter): Query<RefundFilter>,
) -> Result<Json<Page<Refund>>> {
    let mut db = core.db.read().await?;
    let only = (filter.trade_id, filter.state);
    Ok(Json(refund::list(&mut db, who.tenant_id, only, paging).await?))
}
