use super::JobId;
use crate::base::{Page, Paging, TenantId, Timestamp};
use crate::infra::db::{Conn, Json, Result};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A job as operators see it. The payload names things by id and holds nothing personal.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct JobRow {
    /// Which job.
    pub id: JobId,
    /// What kind of work.
    pub kind: String,
    /// What it is about.
    #[schema(value_type = Object)]
    pub payload: Json<Value>,
    /// `ready`, `done`, or `dead` after too many failures.
    pub state: String,
    /// When it is due.
    pub run_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was put on the list.
    pub created_at: Timestamp,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
}

pub(super) struct NewJob {
    pub(super) id: JobId,
    pub(super) tenant_id: TenantId,
    pub(super) kind: &'static str,
    pub(super) payload: Value,
    pub(super) subject_id: Option<Uuid>,
    pub(super) run_at: Timestamp,
}

pub(super) async fn insert(db: &mut Conn, now: Timestamp, jobs: &[NewJob]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    db.query(
        "insert into job (id, tenant_id, kind, payload, subject_id, run_at, created_at, state, attempts)
         values {rows:uuid,uuid,text,jsonb,uuid,timestamptz,timestamptz,text,bigint}",
    )
    .rows(jobs, |query, job| {
        query
            .bind(job.id)
            .bind(job.tenant_id)
            .bind(job.kind)
            .bind(Json(job.payload.clone()))
            .bind(job.subject_id)
            .bind(job.run_at)
            .bind(now)
            .bind("ready")
            .bind(0_i64)
    })
    .execute()
    .await
    .map(drop)
}

/// Puts a job on the list unless it is there; what is not to be done any more is to be done again.
pub(super) async fn ensure(db: &mut Conn, now: Timestamp, job: &NewJob) -> Result<()> {
    db.query(
        "insert into job (id, tenant_id, kind, payload, subject_id, run_at, created_at, state, attempts)
         values ($1, $2, $3, $4, $5, $6, $7, 'ready', 0)
         on conflict (id) do update set state = 'ready', payload = excluded.payload, run_at = excluded.run_at,
           attempts = 0, finished_at = null
         where job.state <> 'ready'",
    )
    .bind(job.id)
    .bind(job.tenant_id)
    .bind(job.kind)
    .bind(Json(job.payload.clone()))
    .bind(job.subject_id)
    .bind(job.run_at)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct Leased {
    pub(super) id: JobId,
    pub(super) kind: String,
    pub(super) payload: Json<Value>,
    pub(super) subject_id: Option<Uuid>,
    pub(super) attempts: i64,
}

/// Takes due jobs for the holder of `lease`. A job whose lease ran out is due again.
pub(super) async fn lease(
    db: &mut Conn,
    lease: Uuid,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Leased>> {
    let sql = db.dialect(
        "update job set leased_until = $2, lease_id = $3, attempts = attempts + 1
         where id in (select id from job
           where state = 'ready' and run_at <= $1 and (leased_until is null or leased_until <= $1)
           order by run_at limit $4)
         returning id, kind, payload, subject_id, attempts",
        // Materialized, or a plan may run the inner query again and lease more than asked for.
        "with due as materialized (select id from job
           where state = 'ready' and run_at <= $1 and (leased_until is null or leased_until <= $1)
           order by run_at limit $4 for update skip locked)
         update job set leased_until = $2, lease_id = $3, attempts = attempts + 1
         from due where job.id = due.id
         returning job.id, job.kind, job.payload, job.subject_id, job.attempts",
    );
    db.query(sql).bind(now).bind(until).bind(lease).bind(limit).all().await
}

pub(super) async fn delete(db: &mut Conn, id: JobId, lease: Uuid) -> Result<u64> {
    db.query("delete from job where id = $1 and lease_id = $2").bind(id).bind(lease).execute().await
}

pub(super) async fn done(db: &mut Conn, id: JobId, lease: Uuid, now: Timestamp) -> Result<u64> {
    db.query(
        "update job set state = 'done', finished_at = $3, leased_until = null, lease_id = null
         where id = $1 and lease_id = $2",
    )
    .bind(id)
    .bind(lease)
    .bind(now)
    .execute()
    .await
}

pub(super) async fn again(db: &mut Conn, id: JobId, lease: Uuid, at: Timestamp) -> Result<u64> {
    db.query(
        "update job set run_at = $3, leased_until = null, lease_id = null, attempts = 0, last_error = null
         where id = $1 and lease_id = $2",
    )
    .bind(id)
    .bind(lease)
    .bind(at)
    .execute()
    .await
}

pub(super) async fn fail(
    db: &mut Conn,
    id: JobId,
    lease: Uuid,
    state: &str,
    at: Timestamp,
    error: &str,
) -> Result<u64> {
    db.query(
        "update job set state = $3, run_at = $4, last_error = $5, leased_until = null, lease_id = null
         where id = $1 and lease_id = $2",
    )
    .bind(id)
    .bind(lease)
    .bind(state)
    .bind(at)
    .bind(error)
    .execute()
    .await
}

/// A job that runs loses its lease, so that it does not say when it runs next.
pub(super) async fn wake(
    db: &mut Conn,
    tenant: TenantId,
    kind: &str,
    (subject, payload): (Option<Uuid>, Value),
    at: Timestamp,
) -> Result<bool> {
    let rows = db
        .query(
            "update job set run_at = case when run_at > $5 or lease_id is not null then $5 else run_at end,
               leased_until = null, lease_id = null
             where tenant_id = $1 and subject_id = $2 and kind = $3 and payload = $4 and state = 'ready'",
        )
        .bind(tenant)
        .bind(subject)
        .bind(kind)
        .bind(Json(payload))
        .bind(at)
        .execute()
        .await?;
    Ok(rows > 0)
}

/// Jobs for operators, newest first, of one state (`ready`, `dead`, `done`) or all, below an id.
pub async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (state, kind): (Option<&str>, Option<&str>),
    paging: Paging,
) -> Result<Page<JobRow>> {
    db.query(
        "select id, kind, payload, state, run_at, attempts, last_error, created_at, finished_at from job
         where tenant_id = $1 and (state = $2 or $2 is null) and (kind = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(state)
    .bind(kind)
    .page("id", paging, |row: &JobRow| row.id.uuid())
    .await
}

/// The jobs about these things, oldest first.
pub async fn about(db: &mut Conn, tenant: TenantId, subjects: &[Uuid]) -> Result<Vec<JobRow>> {
    if subjects.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select id, kind, payload, state, run_at, attempts, last_error, created_at, finished_at from job
         where tenant_id = $1 and subject_id in (values {rows:uuid}) order by id",
    )
    .bind(tenant)
    .rows(subjects, |query, subject| query.bind(*subject))
    .all()
    .await
}

/// Forgets the jobs that were done before `then`.
pub async fn purge(db: &mut Conn, tenant: TenantId, then: Timestamp) -> Result<u64> {
    db.query("delete from job where tenant_id = $1 and state = 'done' and finished_at < $2")
        .bind(tenant)
        .bind(then)
        .execute()
        .await
}

/// Puts a dead job back on the list.
pub async fn replay(db: &mut Conn, tenant: TenantId, id: JobId, now: Timestamp) -> Result<bool> {
    let rows = db
        .query(
            "update job set state = 'ready', run_at = $3, attempts = 0
             where tenant_id = $1 and id = $2 and state = 'dead'",
        )
        .bind(tenant)
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// How many jobs wait (being due), and how many are dead.
pub async fn backlog(db: &mut Conn, now: Timestamp) -> Result<(i64, i64)> {
    db.query(
        "select cast(coalesce(sum(case when state = 'ready' and run_at <= $1 then 1 else 0 end), 0) as bigint),
           cast(coalesce(sum(case when state = 'dead' then 1 else 0 end), 0) as bigint) from job",
    )
    .bind(now)
    .one()
    .await
}
