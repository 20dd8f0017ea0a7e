use super::model::{Payment, PaymentState, Refund, RefundState};
use super::{refund, store};
use crate::base::{Cursor, Limit, Page, Result, TradeId};
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
    OpenApiRouter::new().routes(routes!(payments)).routes(routes!(refunds))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PaymentFilter {
    /// Only of this trade.
    trade_id: Option<TradeId>,
    /// Only in this state.
    state: Option<PaymentState>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// Payments, newest first
#[utoipa::path(get, path = "/payments", tag = "money", params(PaymentFilter),
    responses((status = 200, body = Page<Payment>)))]
async fn payments(
    State(core): State<Core>,
    who: Operator,
    Query(filter): Query<PaymentFilter>,
) -> Result<Json<Page<Payment>>> {
    let limit = Limit::parse(filter.limit)?;
    let below = Cursor::parse(filter.cursor.as_deref())?.below();
    let mut db = core.db.read().await?;
    let only = (filter.trade_id, filter.state);
    let rows = store::list(&mut db, who.tenant_id, only, below, limit.fetch()).await?;
    Ok(Json(limit.page(rows, |payment| payment.id.uuid())))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RefundFilter {
    /// Only of this trade.
    trade_id: Option<TradeId>,
    /// Only in this state.
    state: Option<RefundState>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// 1 to 100.
    limit: Option<i64>,
}

/// Refunds, newest first
#[utoipa::path(get, path = "/refunds", tag = "money", params(RefundFilter),
    responses((status = 200, body = Page<Refund>)))]
async fn refunds(
    State(core): State<Core>,
    who: Operator,
    Query(filter): Query<RefundFilter>,
) -> Result<Json<Page<Refund>>> {
    let limit = Limit::parse(filter.limit)?;
    let below = Cursor::parse(filter.cursor.as_deref())?.below();
    let mut db = core.db.read().await?;
    let only = (filter.trade_id, filter.state);
    let rows = refund::list(&mut db, who.tenant_id, only, below, limit.fetch()).await?;
    Ok(Json(limit.page(rows, |refund| refund.id.uuid())))
}
