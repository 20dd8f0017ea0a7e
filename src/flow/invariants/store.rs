use crate::base::TenantId;
use crate::infra::db::{Conn, Result};
use uuid::Uuid;

/// The ids that `sql` gives for a tenant, at most `most`.
pub(super) async fn broken(
    db: &mut Conn,
    sql: &'static str,
    tenant: TenantId,
    most: usize,
) -> Result<Vec<Uuid>> {
    let found: Vec<(Uuid,)> = db.query(sql).bind(tenant).limit(most).all().await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
