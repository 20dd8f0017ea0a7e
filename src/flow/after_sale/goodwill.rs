//! Money that an operator gives back of their own accord: a case without lines.

use super::super::Mall;
use super::decide::let_go;
use super::request::blank;
use super::view::{CaseFile, file};
use crate::base::{AfterSaleId, By, Code, Money, OrderId, Problem, Result, Text};
use crate::infra::db::Tx;
use crate::infra::http::{Json, Language, Operator, Path};
use crate::infra::idempotency::{self, Answer, Asked, Turn};
use crate::mall::after_sale::{self, AfterSale, AfterSaleKind};
use crate::mall::order::{self, Order, OrderState};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(give_back))
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GoodwillInput {
    /// How much, in fen; at least 1.
    amount: Money,
    /// Why.
    reason: Text<200>,
}

/// Give money of an order back
///
/// Opens an after-sale of kind `goodwill` and consents to it, in any state from paid on. When more
/// than `after_sale.second_person_above` goes back of the order, with what went before, it waits until another operator
/// approves it. Pieces that were not sent stay to be sent: cancel them instead.
#[utoipa::path(post, path = "/orders/{id}/refunds", tag = "after-sales", request_body = GoodwillInput,
    params(("id" = OrderId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 201, body = CaseFile)))]
async fn give_back(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    asked: Asked,
    Path(id): Path<OrderId>,
    Json(input): Json<GoodwillInput>,
) -> Result<(StatusCode, Answer)> {
    let mut once = match idempotency::begin(&mall.core, asked.key(&mall.core, who, &input)?).await? {
        Turn::Again(known) => return Ok((StatusCode::CREATED, known)),
        Turn::First(once) => once,
    };
    let (order, _) = order::locked(&mut once.tx, who.tenant_id, id).await?;
    let case = open(&mall, &mut once.tx, who, &order, &input).await?;
    let file = file(&mall, &mut once.tx, who, case, language).await?;
    Ok((StatusCode::CREATED, once.end(&mall.core, &file).await?))
}

async fn open(
    mall: &Mall,
    tx: &mut Tx,
    who: Operator,
    order: &Order,
    input: &GoodwillInput,
) -> Result<AfterSale> {
    check(order, input.amount)?;
    let now = mall.core.now();
    let case = AfterSale {
        reason: input.reason.as_str().to_owned(),
        ..blank(AfterSaleId::fresh(now), order, AfterSaleKind::Goodwill, input.amount, now)
    };
    after_sale::insert(tx, who.tenant_id, &case, &[], By::operator(who.id)).await?;
    let_go(mall, tx, who, order, case, Some(input.amount)).await
}

fn check(order: &Order, amount: Money) -> Result<()> {
    if matches!(order.state, OrderState::Unpaid | OrderState::Closed) {
        return Err(Problem::with(Code::OrderNotRefundable, format!("{} was not paid", order.id)).into());
    }
    if !amount.is_positive() {
        return Err(Problem::field("amount", "must be at least 1").into());
    }
    let left = order.left();
    if amount > left {
        let detail = format!("{left} is left of what was paid for {}; {amount} is too much", order.id);
        return Err(Problem::with(Code::RefundExceedsPaid, detail).into());
    }
    Ok(())
}
