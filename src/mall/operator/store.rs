use crate::base::{OperatorId, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};

/// Id and password hash of the operator with this name.
pub async fn by_name(
    db: &mut Conn,
    tenant: TenantId,
    username: &str,
) -> Result<Option<(OperatorId, String)>> {
    db.query(
        "select id, password_hash from operator where tenant_id = $1 and username = $2 and disabled_at is null",
    )
    .bind(tenant)
    .bind(username)
    .optional()
    .await
}

/// Whether the tenant has any operator.
pub async fn exists(db: &mut Conn, tenant: TenantId) -> Result<bool> {
    let found: i64 =
        db.query("select count(*) from operator where tenant_id = $1").bind(tenant).scalar().await?;
    Ok(found > 0)
}

/// Makes an operator, or gives the one of this name a new password.
pub async fn upsert(
    db: &mut Conn,
    tenant: TenantId,
    username: &str,
    password_hash: &str,
    now: Timestamp,
) -> Result<OperatorId> {
    db.query(
        "insert into operator (tenant_id, id, username, password_hash, created_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, username) do update set password_hash = excluded.password_hash
         returning id",
    )
    .bind(tenant)
    .bind(OperatorId::fresh(now))
    .bind(username)
    .bind(password_hash)
    .bind(now)
    .scalar()
    .await
}
