use crate::base::{TenantId, Timestamp};
use crate::infra::db::{Conn, Result};

crate::column_enum!(
    /// What a check found.
    Verdict {
        /// Nothing.
        Pass = "pass",
        /// A person should look.
        Review = "review",
        /// Do not show it.
        Risky = "risky",
        /// The file could not be checked.
        Failed = "failed",
    }
);

/// A check of one file.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Check {
    /// What was checked, as whoever asked named it.
    pub subject: Option<String>,
    /// What was found; `None` until WeChat says so.
    pub verdict: Option<Verdict>,
    /// WeChat's number of what was found: 100 is nothing.
    pub label: Option<i64>,
}

/// Writes down what a check is about. Safe to repeat, and after the verdict.
pub async fn register(
    db: &mut Conn,
    tenant: TenantId,
    trace_id: &str,
    subject: &str,
    now: Timestamp,
) -> Result<u64> {
    db.query(
        "insert into media_check (tenant_id, trace_id, subject, created_at) values ($1, $2, $3, $4)
         on conflict (tenant_id, trace_id) do update set subject = excluded.subject",
    )
    .bind(tenant)
    .bind(trace_id)
    .bind(subject)
    .bind(now)
    .execute()
    .await
}

/// Writes down what WeChat found. The first verdict stays.
pub async fn set_verdict(
    db: &mut Conn,
    tenant: TenantId,
    trace_id: &str,
    (verdict, label): (Verdict, Option<i64>),
    now: Timestamp,
) -> Result<u64> {
    db.query(
        "insert into media_check (tenant_id, trace_id, verdict, label, created_at, answered_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (tenant_id, trace_id) do update
           set verdict = excluded.verdict, label = excluded.label, answered_at = excluded.answered_at
           where media_check.verdict is null",
    )
    .bind(tenant)
    .bind(trace_id)
    .bind(verdict)
    .bind(label)
    .bind(now)
    .execute()
    .await
}

/// A check, if there is one.
pub async fn check(db: &mut Conn, tenant: TenantId, trace_id: &str) -> Result<Option<Check>> {
    db.query("select subject, verdict, label from media_check where tenant_id = $1 and trace_id = $2")
        .bind(tenant)
        .bind(trace_id)
        .optional()
        .await
}
