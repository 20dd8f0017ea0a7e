use crate::base::{Day, DifferenceId, OperatorId, Page, Paging, TenantId, Timestamp};
use crate::infra::db::{Conn, Query, Result};
use crate::mall::bill::model::{BillKind, Class, Difference, DifferenceState, Finding, Resolution};

/// Writes findings down. One that is known is seen again: while it is open it shows the newest
/// figures, once resolved it stays as it was.
pub async fn record(
    db: &mut Conn,
    tenant: TenantId,
    (day, kind): (Day, BillKind),
    findings: &[Finding],
    now: Timestamp,
) -> Result<()> {
    db.query(
        "insert into difference (tenant_id, id, day, bill_kind, class, subject, number, source_id, ours, theirs,
           our_state, their_state, lines, state, found_at, seen_at)
         values {rows:uuid,uuid,text,text,text,text,text,uuid,bigint,bigint,text,text,bigint,text,timestamptz,timestamptz}
         on conflict (tenant_id, day, subject, number, class) do update
           set seen_at = excluded.seen_at, ours = excluded.ours, theirs = excluded.theirs,
             our_state = excluded.our_state, their_state = excluded.their_state, lines = excluded.lines
           where difference.state = 'open'",
    )
    .rows(findings, |query, found| {
        query
            .bind(tenant)
            .bind(DifferenceId::fresh(now))
            .bind(day)
            .bind(kind)
            .bind(found.class)
            .bind(found.subject)
            .bind(found.number.clone())
            .bind(found.source_id)
            .bind(found.ours)
            .bind(found.theirs)
            .bind(found.our_state.clone())
            .bind(found.their_state.clone())
            .bind(found.lines)
            .bind(DifferenceState::Open)
            .bind(now)
            .bind(now)
    })
    .execute()
    .await
    .map(drop)
}

fn by_id(db: &mut Conn, tenant: TenantId, id: DifferenceId) -> Query<'_> {
    db.query(
        "select id, day, bill_kind, class, subject, number, source_id, ours, theirs, our_state, their_state, lines,
           state, owner_id, resolution, note, found_at, seen_at, resolved_at
         from difference where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
}

/// A difference, unlocked.
pub async fn difference(db: &mut Conn, tenant: TenantId, id: DifferenceId) -> Result<Option<Difference>> {
    by_id(db, tenant, id).optional().await
}

/// A difference, held until the transaction ends.
pub async fn lock_difference(
    db: &mut Conn,
    tenant: TenantId,
    id: DifferenceId,
) -> Result<Option<Difference>> {
    by_id(db, tenant, id).for_update().optional().await
}

/// All differences of a day, as an accountant reads them.
pub async fn of_day(db: &mut Conn, tenant: TenantId, day: Day) -> Result<Vec<Difference>> {
    db.query(
        "select id, day, bill_kind, class, subject, number, source_id, ours, theirs, our_state, their_state, lines,
           state, owner_id, resolution, note, found_at, seen_at, resolved_at
         from difference where tenant_id = $1 and day = $2 order by class, subject, id",
    )
    .bind(tenant)
    .bind(day)
    .all()
    .await
}

/// How many differences of a day are open.
pub async fn open_count_of_day(db: &mut Conn, tenant: TenantId, day: Day) -> Result<i64> {
    db.query("select count(*) from difference where tenant_id = $1 and day = $2 and state = 'open'")
        .bind(tenant)
        .bind(day)
        .scalar()
        .await
}

/// How many payments of a day only one side has, resolved or not.
pub async fn payments_lacking(db: &mut Conn, tenant: TenantId, day: Day) -> Result<i64> {
    db.query(
        "select count(*) from difference where tenant_id = $1 and day = $2 and subject = 'payment'
           and class in ('only_wechat', 'only_us')",
    )
    .bind(tenant)
    .bind(day)
    .scalar()
    .await
}

/// The open differences that a rule may resolve: both sides know the money, and WeChat says that it
/// moved; of one day or of all. Oldest first.
pub async fn open_by_rule(
    db: &mut Conn,
    tenant: TenantId,
    day: Option<Day>,
    limit: i64,
) -> Result<Vec<Difference>> {
    db.query(
        "select id, day, bill_kind, class, subject, number, source_id, ours, theirs, our_state, their_state, lines,
           state, owner_id, resolution, note, found_at, seen_at, resolved_at
         from difference where tenant_id = $1 and state = 'open' and class = 'state' and source_id is not null
           and subject in ('payment', 'refund') and their_state = 'SUCCESS' and (day = $2 or $2 is null)
         order by id limit $3",
    )
    .bind(tenant)
    .bind(day)
    .bind(limit)
    .all()
    .await
}

/// How many differences are open, by class, of all tenants.
pub async fn count_open(db: &mut Conn) -> Result<Vec<(Class, i64)>> {
    db.query("select class, count(*) from difference where state = 'open' group by class").all().await
}

pub(in crate::mall::bill) async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (state, class, day): (Option<DifferenceState>, Option<Class>, Option<Day>),
    paging: Paging,
) -> Result<Page<Difference>> {
    db.query(
        "select id, day, bill_kind, class, subject, number, source_id, ours, theirs, our_state, their_state, lines,
           state, owner_id, resolution, note, found_at, seen_at, resolved_at
         from difference where tenant_id = $1 and (state = $2 or $2 is null) and (class = $3 or $3 is null)
           and (day = $4 or $4 is null)",
    )
    .bind(tenant)
    .bind(state)
    .bind(class)
    .bind(day)
    .page("id", paging, |row: &Difference| row.id.uuid())
    .await
}

/// An operator takes a case on; `false` when it is not open.
pub async fn take(db: &mut Conn, tenant: TenantId, id: DifferenceId, owner: OperatorId) -> Result<bool> {
    let changed = db
        .query("update difference set owner_id = $3 where tenant_id = $1 and id = $2 and state = 'open'")
        .bind(tenant)
        .bind(id)
        .bind(owner)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// A case is over; `false` when it was before. `by`: the operator who says so, and why; `None`: a rule.
pub async fn resolve(
    db: &mut Conn,
    tenant: TenantId,
    id: DifferenceId,
    resolution: Resolution,
    by: Option<(OperatorId, &str)>,
    now: Timestamp,
) -> Result<bool> {
    let changed = db
        .query(
            "update difference set state = 'resolved', resolution = $3, owner_id = coalesce($4, owner_id), note = $5,
               resolved_at = $6
             where tenant_id = $1 and id = $2 and state = 'open'",
        )
        .bind(tenant)
        .bind(id)
        .bind(resolution)
        .bind(by.map(|(owner, _)| owner))
        .bind(by.map(|(_, note)| note.to_owned()))
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}
