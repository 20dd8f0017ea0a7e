//! The ledger as a table, one row per entry, however long it is.

mod store;

use self::store::Row;
use crate::base::{Day, LedgerId, Problem, Result, TenantId, Timestamp, id};
use crate::infra::Core;
use crate::infra::http::{Operator, Pieces, Query, download};
use crate::infra::sheet::{Cell, Sheet};
use axum::body::Body;
use axum::extract::{FromRef, State};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use std::io;
use tokio::sync::mpsc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const HEADINGS: &[&str] = &[
    "时间 (UTC)",
    "交易 transaction",
    "类型 kind",
    "来源 source",
    "科目 account",
    "商户 merchant",
    "借方 debit (元)",
    "贷方 credit (元)",
];

/// What operators may see.
pub(super) fn admin<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(ledger_export))
}

#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Span {
    /// The first day (in China).
    from: Day,
    /// The last day.
    to: Day,
}

/// The ledger as CSV, one row per entry, oldest first
#[utoipa::path(get, path = "/ledger/export", tag = "money", params(Span),
    responses((status = 200, body = String, content_type = "text/csv")))]
async fn ledger_export(
    State(core): State<Core>,
    who: Operator,
    Query(span): Query<Span>,
) -> Result<Response> {
    if span.to < span.from {
        return Err(Problem::parameter("to", "must not be before from").into());
    }
    let (sender, body) = Pieces::channel();
    tokio::spawn(write(core, who.tenant_id, span, sender));
    Ok(download(&format!("ledger-{}-{}.csv", span.from, span.to), Body::new(body)))
}

/// Writes page after page for as long as somebody reads.
async fn write(core: Core, tenant: TenantId, span: Span, reader: mpsc::Sender<io::Result<Bytes>>) {
    let mut sheet = Sheet::with_headings(HEADINGS);
    let mut below = LedgerId::from_uuid(uuid::Uuid::nil());
    loop {
        let page = page(&core, tenant, (span.from.start(), span.to.end()), below, sheet).await;
        let (bytes, last) = match page {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the ledger's export broke off");
                let _nobody_reads = reader.send(Err(io::Error::other("the export broke off"))).await;
                return;
            }
        };
        let gone = reader.send(Ok(bytes)).await.is_err();
        let Some(last) = last.filter(|_| !gone) else { return };
        (below, sheet) = (last, Ok(Sheet::more()));
    }
}

async fn page(
    core: &Core,
    tenant: TenantId,
    span: (Timestamp, Timestamp),
    after: LedgerId,
    sheet: anyhow::Result<Sheet>,
) -> anyhow::Result<(Bytes, Option<LedgerId>)> {
    let mut sheet = sheet?;
    let rows = store::entries(&mut core.db.read().await?, tenant, span, after).await?;
    for row in &rows {
        sheet.row(&cells(row))?;
    }
    Ok((sheet.into_bytes()?.into(), rows.last().map(|row| row.id)))
}

fn cells(row: &Row) -> [Cell; 8] {
    let debit = Some(row.amount).filter(|amount| amount.is_positive());
    let credit = Some(-row.amount).filter(|amount| amount.is_positive());
    [
        Cell::Text(row.created_at.to_string()),
        Cell::Text(row.id.to_string()),
        Cell::Text(row.kind.to_string()),
        Cell::Text(id::encode(row.source_id)),
        Cell::Text(row.account.to_string()),
        Cell::Text(row.merchant_id.map_or_else(String::new, |id| id.to_string())),
        Cell::yuan(debit),
        Cell::yuan(credit),
    ]
}
