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

/// Writes down what WeChat found, with its number of that (100 is nothing). The first verdict stays.
pub async fn set_verdict(
    db: &mut Conn,
    tenant: TenantId,
    trace_id: &str,
    (verdict, label): (Verdict, Option<i64>),
    now: Timestamp,
) -> Result<u64> {
    db.query(
        "insert into media_check (tenant_id, trace_id, verdict, label, told_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, trace_id) do nothing",
    )
    .bind(tenant)
    .bind(trace_id)
    .bind(verdict)
    .bind(label)
    .bind(now)
    .execute()
    .await
}
