use crate::base::{CallId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Result};
use serde::Serialize;
use uuid::Uuid;

crate::column_enum!(
    /// How a call to WeChat ended.
    CallOutcome {
        /// As asked.
        Ok = "ok",
        /// It certainly had no effect.
        Refused = "refused",
        /// Nobody knows whether it had its effect.
        Unknown = "unknown",
    }
);

/// One call to WeChat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Call {
    /// Which.
    pub id: CallId,
    /// The payment, refund, order… that it was about.
    pub subject_id: Uuid,
    /// The trade behind that, if there is one.
    pub trade_id: Option<TradeId>,
    /// The SDK's name of the call.
    pub operation: String,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The HTTP status of the last answer, if one came.
    pub status: Option<i64>,
    /// WeChat's word for why not, or ours when there was no word of WeChat's.
    pub code: Option<String>,
    /// WeChat's number of the call.
    pub request_id: Option<String>,
    /// How long it took with its repeats, in milliseconds.
    pub took_ms: i64,
    /// When it had ended.
    pub created_at: Timestamp,
}

/// Writes a call down.
pub async fn record(db: &mut Conn, tenant: TenantId, call: &Call) -> Result<()> {
    db.query(
        "insert into wechat_call (tenant_id, id, subject_id, trade_id, operation, outcome, status, code,
           request_id, took_ms, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(tenant)
    .bind(call.id)
    .bind(call.subject_id)
    .bind(call.trade_id)
    .bind(&call.operation)
    .bind(call.outcome)
    .bind(call.status)
    .bind(call.code.clone())
    .bind(call.request_id.clone())
    .bind(call.took_ms)
    .bind(call.created_at)
    .execute()
    .await
    .map(drop)
}

/// The calls about a trade, oldest first.
pub async fn of_trade(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<Call>> {
    db.query(
        "select id, subject_id, trade_id, operation, outcome, status, code, request_id, took_ms, created_at
         from wechat_call where tenant_id = $1 and trade_id = $2 order by id",
    )
    .bind(tenant)
    .bind(trade)
    .all()
    .await
}
