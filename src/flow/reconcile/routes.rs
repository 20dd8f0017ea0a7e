//! What operators see of the reconciliation, and do about its differences.

use super::page::page;
use super::report::Report;
use super::run_day;
use crate::base::{Code, Day, DifferenceId, Problem, Result, Text, Timestamp};
use crate::flow::Mall;
use crate::infra::db::Tx;
use crate::infra::http::{Json, Operator, Path, Query, download};
use crate::infra::idempotency::{self, Answer, Asked, Turn};
use crate::mall::bill::{self, Bill, Difference, DifferenceState, Resolution};
use crate::mall::ledger::{self, Posting};
use axum::body::Body;
use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
pub fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new()
        .routes(routes!(run_bills))
        .routes(routes!(resolve_difference))
        .routes(routes!(reconciliation_report))
}

/// What a run came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BillOutcome)]
struct Outcome {
    /// The day's bills as they stand now.
    bills: Vec<Bill>,
    /// How many differences of the day are open.
    open: i64,
}

/// Compare a day's bills with our books, again
///
/// Safe to repeat: the same bills and books give the same differences, once. Answers when it is done; the
/// bills of a very busy day may take longer than a client waits, and are compared all the same.
#[utoipa::path(post, path = "/bills/{date}/run", tag = "reconciliation", params(("date" = Day, Path)),
    responses((status = 200, body = Outcome)))]
async fn run_bills(State(mall): State<Mall>, who: Operator, Path(day): Path<Day>) -> Result<Json<Outcome>> {
    let gateway = mall.gateways.of(who.tenant_id)?;
    let bills = run_day(&mall, &gateway, day, &|_, _| {}).await?;
    let open = bill::open_count_of_day(&mut mall.core.db.read().await?, who.tenant_id, day).await?;
    Ok(Json(Outcome { bills, open }))
}

/// What an operator decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Decision {
    /// Book what our books lack into the account `suspense`.
    Booked,
    /// It is explained, and there is nothing to book.
    Explained,
}

impl Decision {
    fn resolution(self) -> Resolution {
        match self {
            Self::Booked => Resolution::Booked,
            Self::Explained => Resolution::Explained,
        }
    }
}

/// How a difference is resolved.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolve {
    /// What becomes of it.
    resolution: Decision,
    /// Why, for who reads it later.
    note: Text<500>,
}

/// Resolve a difference
///
/// `booked` makes our ledger agree with WeChat's account through the account `suspense`; let the
/// fund-flow bill be the witness that the money moved. Differences of class `state` are not booked by hand:
/// they are booked when WeChat's answer settles the payment or refund.
#[utoipa::path(post, path = "/differences/{id}/resolve", tag = "reconciliation",
    params(("id" = DifferenceId, Path), ("Idempotency-Key" = String, Header)), request_body = Resolve,
    responses((status = 200, body = Difference)))]
async fn resolve_difference(
    State(mall): State<Mall>,
    who: Operator,
    asked: Asked,
    Path(id): Path<DifferenceId>,
    Json(wish): Json<Resolve>,
) -> Result<Answer> {
    let mut once = match idempotency::begin(&mall.core, asked.key(&mall.core, who, &wish)?).await? {
        Turn::Again(known) => return Ok(known),
        Turn::First(once) => once,
    };
    let case = resolve(&mut once.tx, who, id, &wish, mall.core.now()).await?;
    once.end(&mall.core, &case).await
}

async fn resolve(
    tx: &mut Tx,
    who: Operator,
    id: DifferenceId,
    wish: &Resolve,
    now: Timestamp,
) -> Result<Difference> {
    let tenant = who.tenant_id;
    let case = bill::lock_difference(tx, tenant, id).await?;
    let case = case.ok_or_else(|| Problem::not_found(id))?;
    if case.state == DifferenceState::Resolved {
        return Err(Code::DifferenceResolved.into());
    }
    if wish.resolution == Decision::Booked {
        if let Some(reason) = case.not_bookable() {
            return Err(Problem::field("resolution", reason).into());
        }
        ledger::post(tx, tenant, id.uuid(), &Posting::suspense(case.gap()), now).await?;
    }
    let by = Some((who.id, wish.note.as_str()));
    bill::resolve(tx, tenant, id, wish.resolution.resolution(), by, now).await?;
    let case = bill::difference(tx, tenant, id).await?;
    Ok(case.ok_or_else(|| Problem::not_found(id))?)
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// One row per difference, for spreadsheets.
    Csv,
    /// A page with a summary, for reading and printing.
    #[default]
    Html,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Which day (in China).
    date: Day,
    /// `csv` or `html`; `html` unless asked.
    #[serde(default)]
    format: Format,
}

/// A day's reconciliation for the accountant
#[utoipa::path(get, path = "/reports/reconciliation", tag = "reconciliation", params(Wanted),
    responses((status = 200, body = String, content_type = "text/html"), (status = 200, body = String, content_type = "text/csv")))]
async fn reconciliation_report(
    State(mall): State<Mall>,
    who: Operator,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let gateway = mall.gateways.of(who.tenant_id)?;
    let mut db = mall.core.db.read().await?;
    let report = Report::load(&mut db, who.tenant_id, &gateway, wanted.date).await?;
    Ok(match wanted.format {
        Format::Csv => download(&format!("reconciliation-{}.csv", wanted.date), Body::from(report.csv()?)),
        Format::Html => Html(page(&report, mall.core.now())).into_response(),
    })
}
