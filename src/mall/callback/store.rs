use crate::base::{CallbackId, Page, Paging, TenantId, Timestamp, id};
use crate::infra::db::{Conn, Result};
use serde::Serialize;
use uuid::Uuid;

crate::column_enum!(
    /// What became of a call-back.
    #[schema(as = CallbackOutcome)]
    Outcome {
        /// What it told is known, now or before.
        Done = "done",
        /// What it told cannot be; nothing was changed.
        Rejected = "rejected",
    }
);

/// A verified call-back.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = Callback)]
pub struct Received {
    /// Which.
    pub id: CallbackId,
    /// WeChat's id of it; a repeat has the same.
    pub notification_id: String,
    /// WeChat's word for what happened.
    pub event_type: String,
    /// `out_trade_no` or `out_refund_no`.
    pub subject: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was rejected.
    pub detail: Option<String>,
    /// How often it came.
    pub times: i64,
    /// When it came first.
    pub received_at: Timestamp,
}

/// Writes down that a call-back came; a repeat is counted.
pub async fn record(db: &mut Conn, tenant: TenantId, received: &Received) -> Result<()> {
    db.query(
        "insert into callback (tenant_id, id, notification_id, event_type, subject, subject_id, outcome, detail,
           times, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (tenant_id, notification_id) do update
           set times = callback.times + 1, outcome = excluded.outcome, detail = excluded.detail",
    )
    .bind(tenant)
    .bind(received.id)
    .bind(&received.notification_id)
    .bind(&received.event_type)
    .bind(&received.subject)
    .bind(id::decode(&received.subject))
    .bind(received.outcome)
    .bind(received.detail.clone())
    .bind(received.times)
    .bind(received.received_at)
    .execute()
    .await
    .map(drop)
}

/// The call-backs about these payments and refunds, oldest first.
pub async fn about(db: &mut Conn, tenant: TenantId, subjects: &[Uuid]) -> Result<Vec<Received>> {
    if subjects.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select id, notification_id, event_type, subject, outcome, detail, times, received_at from callback
         where tenant_id = $1 and subject_id in (values {rows:uuid}) order by id",
    )
    .bind(tenant)
    .rows(subjects, |query, subject| query.bind(*subject))
    .all()
    .await
}

pub(super) async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (outcome, subject): (Option<Outcome>, Option<String>),
    paging: Paging,
) -> Result<Page<Received>> {
    db.query(
        "select id, notification_id, event_type, subject, outcome, detail, times, received_at from callback
         where tenant_id = $1 and (outcome = $2 or $2 is null) and (subject = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(outcome)
    .bind(subject)
    .page("id", paging, |row: &Received| row.id.uuid())
    .await
}
