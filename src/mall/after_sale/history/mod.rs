//! Every move of a case: allowed by the table in `model`, one history row each.

mod store;

pub use self::store::{AfterSaleStep, AfterSaleTold, history, told_of};

use super::model::{AfterSale, AfterSaleLine, AfterSaleState};
use crate::base::{By, Code, Problem, Result, TenantId, Timestamp};
use crate::infra::db::Conn;

/// Opens a case with its lines.
pub async fn insert(
    db: &mut Conn,
    tenant: TenantId,
    case: &AfterSale,
    lines: &[AfterSaleLine],
    by: By<'_>,
) -> Result<()> {
    super::store::insert_case(db, tenant, case).await?;
    super::store::insert_lines(db, tenant, lines).await?;
    store::insert_step(db, tenant, (case, None), by, case.created_at).await?;
    Ok(())
}

/// Saves `case`, which stands at `case.state`, as it is from now on: at `to`. Gives it back.
///
/// Errors: 409 `after_sale_state` when it may not move there.
pub async fn advance(
    db: &mut Conn,
    tenant: TenantId,
    case: AfterSale,
    to: AfterSaleState,
    by: By<'_>,
    now: Timestamp,
) -> Result<AfterSale> {
    let from = case.state;
    if !from.may_become(case.kind, to) {
        let detail = format!("{} ({}) is {from} and cannot become {to}", case.id, case.kind);
        return Err(Problem::with(Code::AfterSaleState, detail).into());
    }
    let case = AfterSale { state: to, updated_at: now, ..case };
    super::store::save(db, tenant, from, &case).await?;
    store::insert_step(db, tenant, (&case, Some(from)), by, now).await?;
    Ok(case)
}

/// Writes down something that left the case where it was.
pub async fn note(
    db: &mut Conn,
    tenant: TenantId,
    case: &AfterSale,
    by: By<'_>,
    now: Timestamp,
) -> Result<()> {
    Ok(store::insert_step(db, tenant, (case, Some(case.state)), by, now).await?)
}
