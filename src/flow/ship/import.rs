//! Many shipments at once, from a CSV file.

use super::rows::{Row, is_repeat, parse};
use super::{Dispatch, ship};
use crate::base::{Code, Error, OrderId, Problem, Result, ShipmentId};
use crate::flow::Mall;
use crate::infra::http::{Json, Operator, Query};
use crate::mall::{order, shipment};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The largest file, in bytes: 5,000 rows fit.
pub const LARGEST_FILE: usize = 1 << 20;

/// The routes.
pub(super) fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(import_shipments))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Options {
    /// Only say what would become of each row by itself.
    #[serde(default)]
    dry_run: bool,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportOutcome)]
enum Outcome {
    /// It was sent, or would be.
    Shipped,
    /// The same was sent before.
    Already,
    /// Nothing was sent.
    Refused,
}

/// A row and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct RowReport {
    /// Its place in the file, where the heading is 1 and empty lines do not count.
    row: usize,
    /// The order, as it stands there.
    order_id: String,
    outcome: Outcome,
    /// Of a refused row.
    code: Option<&'static str>,
    /// Of a refused row, in words.
    detail: Option<String>,
    /// What was sent.
    shipment_id: Option<ShipmentId>,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
struct Report {
    /// Whether nothing was really sent.
    dry_run: bool,
    shipped: usize,
    already: usize,
    refused: usize,
    /// Every row, in the order of the file.
    rows: Vec<RowReport>,
}

/// Send many orders, from a CSV file
///
/// The body is `text/csv` in UTF-8, with or without a byte order mark, of up to 5,000 rows below a heading
/// with the columns `order_id`, `carrier_code`, `tracking_no`, and if wanted `line_id` and `quantity`. A row
/// without a line sends everything that is left of its order. Each row stands for itself; the same file
/// again sends nothing twice, also after a time-out, after which what runs is finished all the same.
#[utoipa::path(post, path = "/shipments/import", tag = "shipping", params(Options),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = Report)))]
async fn import_shipments(
    State(mall): State<Mall>,
    who: Operator,
    Query(options): Query<Options>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Report>> {
    if !is_csv(&headers) {
        return Err(Problem::with(Code::UnsupportedMediaType, "the body must be sent as text/csv").into());
    }
    let mut rows = vec![];
    for row in parse(&body)? {
        rows.push(take(&mall, who, row, options.dry_run).await);
    }
    let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    let counts = (count(Outcome::Shipped), count(Outcome::Already), count(Outcome::Refused));
    let (shipped, already, refused) = counts;
    Ok(Json(Report { dry_run: options.dry_run, shipped, already, refused, rows }))
}

fn is_csv(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/csv"))
}

async fn take(mall: &Mall, who: Operator, row: Row, dry_run: bool) -> RowReport {
    let done = match row.wish {
        Ok((id, wish)) => send(mall, who, id, &wish, dry_run).await,
        Err(problem) => Err(problem.into()),
    };
    let (outcome, problem, shipment_id) = match done {
        Ok(Some(id)) => (Outcome::Shipped, None, Some(id).filter(|_| !dry_run)),
        Ok(None) => (Outcome::Already, None, None),
        Err(error) => (Outcome::Refused, Some(told(error)), None),
    };
    let (code, detail) = problem.map(|problem| (problem.code.as_str(), problem.detail)).unzip();
    RowReport { row: row.place, order_id: row.order, outcome, code, detail, shipment_id }
}

/// What the caller may know of it. The rows before stay sent, so the report must not be lost.
fn told(error: Error) -> Problem {
    match error {
        Error::Problem(problem) => problem,
        Error::Internal(error) => {
            tracing::error!(error = format!("{error:#}"), "a row of an import failed");
            Problem::new(Code::Internal)
        }
    }
}

/// Sends what a row asks for; `None` when that was done before.
async fn send(
    mall: &Mall,
    who: Operator,
    id: OrderId,
    wish: &Dispatch,
    dry_run: bool,
) -> Result<Option<ShipmentId>> {
    let mut tx = mall.core.db.begin().await?;
    order::locked(&mut tx, who.tenant_id, id).await?;
    if is_repeat(wish, &shipment::shipments_of(&mut tx, who.tenant_id, id).await?) {
        return Ok(None);
    }
    let sent = ship(&mut tx, who.tenant_id, (id, who.id), wish, mall.core.now()).await?;
    if !dry_run {
        tx.commit().await?;
    }
    Ok(Some(sent.id))
}
