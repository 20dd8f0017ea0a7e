use super::model::{Bill, BillKind, BillState, Totals};
use crate::base::{BillId, Day, Page, Paging, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};

/// Holds a bill for one run until `until`; `None` while another run holds it.
pub async fn claim(
    db: &mut Conn,
    tenant: TenantId,
    (day, kind): (Day, BillKind),
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<BillId>> {
    let held: Option<(BillId,)> = db
        .query(
            "insert into bill (tenant_id, id, day, kind, state, incomes, income, expenses, expense, fees_charged,
               fees_returned, held_until, created_at, updated_at)
             values ($1, $2, $3, $4, 'wanted', 0, 0, 0, 0, 0, 0, $6, $5, $5)
             on conflict (tenant_id, day, kind) do update
               set held_until = excluded.held_until, updated_at = excluded.updated_at
               where bill.held_until is null or bill.held_until <= $5
             returning id",
        )
        .bind(tenant)
        .bind(BillId::fresh(now))
        .bind(day)
        .bind(kind)
        .bind(now)
        .bind(until)
        .optional()
        .await?;
    Ok(held.map(|(id,)| id))
}

/// Writes down what a bill adds up to, and lets go of it. `hash`: of its file; `None` when there is none.
pub async fn compared(
    db: &mut Conn,
    tenant: TenantId,
    id: BillId,
    hash: Option<&str>,
    totals: &Totals,
    now: Timestamp,
) -> Result<()> {
    let state = if hash.is_some() { BillState::Compared } else { BillState::Empty };
    db.query(
        "update bill set state = $3, hash = $4, incomes = $5, income = $6, expenses = $7, expense = $8,
           fees_charged = $9, fees_returned = $10, compared_at = $11, last_error = null, held_until = null,
           updated_at = $11
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .bind(state)
    .bind(hash.map(str::to_owned))
    .bind(totals.incomes)
    .bind(totals.income)
    .bind(totals.expenses)
    .bind(totals.expense)
    .bind(totals.fees_charged)
    .bind(totals.fees_returned)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Writes down why a bill was not compared, and lets go of it. What an earlier run compared stays.
pub async fn not_compared(
    db: &mut Conn,
    tenant: TenantId,
    id: BillId,
    refused: bool,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let state = if refused { BillState::Refused } else { BillState::Wanted };
    db.query(
        "update bill set state = case when compared_at is null then $3 else state end, last_error = $4,
           held_until = null, updated_at = $5
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .bind(state)
    .bind(reason)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// The days of `from` to `to` of which both bills were compared or are empty.
pub async fn ended_days(db: &mut Conn, tenant: TenantId, (from, to): (Day, Day)) -> Result<Vec<Day>> {
    let days: Vec<(Day,)> = db
        .query(
            "select day from bill where tenant_id = $1 and day >= $2 and day <= $3 and compared_at is not null
             group by day having count(*) = 2",
        )
        .bind(tenant)
        .bind(from)
        .bind(to)
        .all()
        .await?;
    Ok(days.into_iter().map(|(day,)| day).collect())
}

/// The bills of a day.
pub async fn bills_of(db: &mut Conn, tenant: TenantId, day: Day) -> Result<Vec<Bill>> {
    db.query(
        "select id, day, kind, state, hash, incomes, income, expenses, expense, fees_charged, fees_returned,
           compared_at, last_error
         from bill where tenant_id = $1 and day = $2 order by kind desc",
    )
    .bind(tenant)
    .bind(day)
    .all()
    .await
}

pub(super) async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (kind, state): (Option<BillKind>, Option<BillState>),
    paging: Paging,
) -> Result<Page<Bill>> {
    db.query(
        "select id, day, kind, state, hash, incomes, income, expenses, expense, fees_charged, fees_returned,
           compared_at, last_error
         from bill where tenant_id = $1 and (kind = $2 or $2 is null) and (state = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(kind)
    .bind(state)
    .page("id", paging, |row: &Bill| row.id.uuid())
    .await
}
