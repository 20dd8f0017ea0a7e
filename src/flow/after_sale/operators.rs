//! The operators' routes.

use super::super::Mall;
use super::request::{self, Pieces, RequestInput};
use super::view::{CaseFile, CasePage, Viewer, file, pages};
use super::{decide, locked, returns};
use crate::base::{AfterSaleId, By, CustomerId, Money, OrderId, Page, Problem, Result, Text};
use crate::infra::db::Tx;
use crate::infra::http::{Json, Language, Numbered, Operator, PageParams, Path, Query};
use crate::infra::idempotency::{self, Answer, Asked, Turn};
use crate::mall::after_sale::{self, AfterSale, AfterSaleKind, AfterSaleState};
use crate::mall::order;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Mall> {
    OpenApiRouter::new()
        .routes(routes!(after_sales, open_after_sale))
        .routes(routes!(after_sale_file))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(receive_return))
        .routes(routes!(accept_return))
        .routes(routes!(restock))
        .routes(routes!(settle))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this order.
    order_id: Option<OrderId>,
    /// Only of this shopper.
    customer_id: Option<CustomerId>,
    /// Only of this kind.
    kind: Option<AfterSaleKind>,
    /// Only in this state.
    state: Option<AfterSaleState>,
}

/// After-sales, newest first
#[utoipa::path(get, path = "/after-sales", tag = "after-sales", params(Filter, PageParams),
    responses((status = 200, body = Page<CasePage>)))]
async fn after_sales(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    Numbered(paging): Numbered,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<CasePage>>> {
    let mut db = mall.core.db.read().await?;
    let (of, like) = ((filter.order_id, filter.customer_id), (filter.kind, filter.state));
    let found = after_sale::cases(&mut db, who.tenant_id, of, like, paging).await?;
    let seen = (Viewer::Operator(who.id), language);
    let items = pages(&mall, &mut db, who.tenant_id, found.items, seen).await?;
    Ok(Json(Page { items, next_cursor: found.next_cursor, total: found.total }))
}

/// Open an after-sale in a shopper's place
///
/// As its shopper would, and `cancel` also when the money of an order went back of which something was not sent:
/// so those pieces can be put back on the shelf. It is decided as any other.
#[utoipa::path(post, path = "/after-sales", tag = "after-sales", request_body = RequestInput,
    params(("Idempotency-Key" = String, Header)), responses((status = 201, body = CaseFile)))]
async fn open_after_sale(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    asked: Asked,
    Json(input): Json<RequestInput>,
) -> Result<(StatusCode, Answer)> {
    let mut once = match idempotency::begin(&mall.core, asked.key(&mall.core, who, &input)?).await? {
        Turn::Again(known) => return Ok((StatusCode::CREATED, known)),
        Turn::First(once) => once,
    };
    let (order, lines) = order::locked(&mut once.tx, who.tenant_id, input.order_id).await?;
    let (of, by) = ((&order, lines.as_slice()), By::operator(who.id));
    let case = request::open(&mall, &mut once.tx, who.tenant_id, of, &input, by).await?;
    let file = file(&mall, &mut once.tx, who, case, language).await?;
    Ok((StatusCode::CREATED, once.end(&mall.core, &file).await?))
}

/// An after-sale with its history
#[utoipa::path(get, path = "/after-sales/{id}", tag = "after-sales", params(("id" = AfterSaleId, Path)),
    responses((status = 200, body = CaseFile)))]
async fn after_sale_file(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    Path(id): Path<AfterSaleId>,
) -> Result<Json<CaseFile>> {
    let mut db = mall.core.db.read().await?;
    let case = after_sale::case(&mut db, who.tenant_id, id).await?.ok_or_else(|| Problem::not_found(id))?;
    Ok(Json(file(&mall, &mut db, who, case, language).await?))
}

/// A yes.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsentInput {
    /// How much goes back, in fen; all that was asked for unless given. A cancellation gives back in full.
    amount: Option<Money>,
    /// Whether all its pieces go back on the shelf, once the money is let go.
    #[serde(default)]
    restock: bool,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RejectInput {
    /// Why; the shopper reads it.
    reason: Text<200>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RestockInput {
    /// Which pieces: of each line once, and not more than the case has.
    lines: Vec<Pieces>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettleInput {
    /// How it was settled; it stands in the history.
    note: Text<200>,
}

/// What an operator does with a case.
#[derive(Debug, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Command {
    Approve(ConsentInput),
    Reject(RejectInput),
    Receive,
    Accept(ConsentInput),
    Restock(RestockInput),
    Settle(SettleInput),
}

impl Command {
    async fn apply(&self, mall: &Mall, tx: &mut Tx, who: Operator, case: AfterSale) -> Result<AfterSale> {
        match self {
            Self::Approve(input) => {
                check_restock(&case, input)?;
                let case = decide::approve(mall, tx, who, case, input.amount).await?;
                restock_if_let_go(mall, tx, who, case, input.restock).await
            }
            Self::Reject(input) => decide::reject(mall, tx, who, case, input.reason.as_str()).await,
            Self::Receive => returns::receive(mall, tx, who, case).await,
            Self::Accept(input) => {
                let case = returns::accept(mall, tx, who, case, input.amount).await?;
                restock_if_let_go(mall, tx, who, case, input.restock).await
            }
            Self::Restock(input) => {
                let wanted: Vec<_> = input.lines.iter().map(|line| (line.line_id, line.quantity)).collect();
                returns::restock(mall, tx, who, &case, Some(&wanted)).await?;
                Ok(case)
            }
            Self::Settle(input) => decide::settle(mall, tx, who, case, input.note.as_str()).await,
        }
    }
}

/// What never left the shelf for good can be put back: of a case that is approved, cancelled pieces only.
fn check_restock(case: &AfterSale, input: &ConsentInput) -> Result<()> {
    if input.restock && case.kind != AfterSaleKind::Cancel {
        return Err(Problem::field("restock", "has nothing to put back: no piece is here").into());
    }
    Ok(())
}

async fn restock_if_let_go(
    mall: &Mall,
    tx: &mut Tx,
    who: Operator,
    case: AfterSale,
    wanted: bool,
) -> Result<AfterSale> {
    if wanted && case.may_restock() {
        returns::restock(mall, tx, who, &case, None).await?;
    }
    Ok(case)
}

/// One step of a case.
async fn perform(
    mall: &Mall,
    tx: &mut Tx,
    (who, language): (Operator, Language),
    id: AfterSaleId,
    command: &Command,
) -> Result<CaseFile> {
    let case = locked(tx, who.tenant_id, id).await?;
    let case = command.apply(mall, tx, who, case).await?;
    file(mall, tx, who, case, language).await
}

/// A step that moves no money and no stock: there is nothing to do twice.
async fn step(
    mall: &Mall,
    who: (Operator, Language),
    id: AfterSaleId,
    command: &Command,
) -> Result<Json<CaseFile>> {
    let mut tx = mall.core.db.begin().await?;
    let file = perform(mall, &mut tx, who, id, command).await?;
    tx.commit().await?;
    Ok(Json(file))
}

/// A step that moves money or stock.
async fn step_once(
    mall: &Mall,
    who: (Operator, Language),
    id: AfterSaleId,
    (asked, command): (&Asked, &Command),
) -> Result<Answer> {
    let mut once = match idempotency::begin(&mall.core, asked.key(&mall.core, who.0, command)?).await? {
        Turn::Again(known) => return Ok(known),
        Turn::First(once) => once,
    };
    let file = perform(mall, &mut once.tx, who, id, command).await?;
    once.end(&mall.core, &file).await
}

/// Say yes to an after-sale
///
/// A return is then to be sent back; for everything else the money goes back. More than
/// `after_sale.second_person_above` of an order, in however many after-sales, takes two operators: the
/// first call is answered with the action
/// `second_consent`, another operator's call makes it happen, and another amount begins anew.
#[utoipa::path(post, path = "/after-sales/{id}/approve", tag = "after-sales", request_body = ConsentInput,
    params(("id" = AfterSaleId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = CaseFile)))]
async fn approve(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    asked: Asked,
    Path(id): Path<AfterSaleId>,
    Json(input): Json<ConsentInput>,
) -> Result<Answer> {
    let command = Command::Approve(input);
    step_once(&mall, (who, language), id, (&asked, &command)).await
}

/// Say no to an after-sale
///
/// Before anything is sent back, or after inspecting it. Its pieces can be asked for again.
#[utoipa::path(post, path = "/after-sales/{id}/reject", tag = "after-sales", request_body = RejectInput,
    params(("id" = AfterSaleId, Path)), responses((status = 200, body = CaseFile)))]
async fn reject(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    Path(id): Path<AfterSaleId>,
    Json(input): Json<RejectInput>,
) -> Result<Json<CaseFile>> {
    step(&mall, (who, language), id, &Command::Reject(input)).await
}

/// Goods came back
///
/// Also after their money went back.
#[utoipa::path(post, path = "/after-sales/{id}/receive", tag = "after-sales",
    params(("id" = AfterSaleId, Path)), responses((status = 200, body = CaseFile)))]
async fn receive_return(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    Path(id): Path<AfterSaleId>,
) -> Result<Json<CaseFile>> {
    step(&mall, (who, language), id, &Command::Receive).await
}

/// Accept goods that came back: their money goes back
///
/// Large amounts take two operators, as with `approve`.
#[utoipa::path(post, path = "/after-sales/{id}/accept", tag = "after-sales", request_body = ConsentInput,
    params(("id" = AfterSaleId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = CaseFile)))]
async fn accept_return(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    asked: Asked,
    Path(id): Path<AfterSaleId>,
    Json(input): Json<ConsentInput>,
) -> Result<Answer> {
    let command = Command::Accept(input);
    step_once(&mall, (who, language), id, (&asked, &command)).await
}

/// Put pieces of an after-sale back on the shelf
///
/// Pieces that were never sent, or came back; of each line once.
#[utoipa::path(post, path = "/after-sales/{id}/restock", tag = "after-sales", request_body = RestockInput,
    params(("id" = AfterSaleId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = CaseFile)))]
async fn restock(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    asked: Asked,
    Path(id): Path<AfterSaleId>,
    Json(input): Json<RestockInput>,
) -> Result<Answer> {
    let command = Command::Restock(input);
    step_once(&mall, (who, language), id, (&asked, &command)).await
}

/// Say that an after-sale was settled otherwise
///
/// Only when WeChat closed all its refunds, and instead of trying again: the case is done and gives nothing back by
/// itself. An order of which nothing is to be sent any more, and for which no after-sale is open, is completed then.
#[utoipa::path(post, path = "/after-sales/{id}/settle", tag = "after-sales", request_body = SettleInput,
    params(("id" = AfterSaleId, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = CaseFile)))]
async fn settle(
    State(mall): State<Mall>,
    who: Operator,
    language: Language,
    asked: Asked,
    Path(id): Path<AfterSaleId>,
    Json(input): Json<SettleInput>,
) -> Result<Answer> {
    let command = Command::Settle(input);
    step_once(&mall, (who, language), id, (&asked, &command)).await
}
