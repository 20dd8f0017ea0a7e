use super::Listed;
use crate::base::{MerchantId, Page, Paging, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use serde::Serialize;

pub(super) async fn upsert(db: &mut Conn, id: TenantId, listed: &Listed, now: Timestamp) -> Result<TenantId> {
    db.query(
        "insert into tenant (id, slug, name, app_id, mch_id, created_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (slug) do update
               set name = excluded.name, app_id = excluded.app_id, mch_id = excluded.mch_id
             returning id",
    )
    .bind(id)
    .bind(&listed.slug)
    .bind(&listed.name)
    .bind(&listed.app_id)
    .bind(&listed.mch_id)
    .bind(now)
    .scalar()
    .await
}

/// All tenants with their names in the settings.
pub async fn all(db: &mut Conn) -> Result<Vec<(TenantId, String)>> {
    db.query("select id, slug from tenant order by slug").all().await
}

/// The tenant's own seller: the oldest of its merchants.
pub async fn first_merchant(db: &mut Conn, tenant: TenantId) -> Result<Option<MerchantId>> {
    let row: Option<(MerchantId,)> = db
        .query("select id from merchant where tenant_id = $1 order by id limit 1")
        .bind(tenant)
        .optional()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Whether the merchant sells in the tenant's mall.
pub async fn has_merchant(db: &mut Conn, tenant: TenantId, merchant: MerchantId) -> Result<bool> {
    let found: i64 = db
        .query("select count(*) from merchant where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(merchant)
        .scalar()
        .await?;
    Ok(found == 1)
}

pub(super) async fn insert_merchant(
    db: &mut Conn,
    tenant: TenantId,
    name: &str,
    now: Timestamp,
) -> Result<u64> {
    db.query("insert into merchant (tenant_id, id, name, created_at) values ($1, $2, $3, $4)")
        .bind(tenant)
        .bind(MerchantId::fresh(now))
        .bind(name)
        .bind(now)
        .execute()
        .await
}

/// A seller.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub(super) struct Merchant {
    /// Which.
    pub(super) id: MerchantId,
    /// Its name.
    pub(super) name: String,
    /// Since when.
    pub(super) created_at: Timestamp,
}

pub(super) async fn merchants(db: &mut Conn, tenant: TenantId, paging: Paging) -> Result<Page<Merchant>> {
    db.query("select id, name, created_at from merchant where tenant_id = $1")
        .bind(tenant)
        .page("id", paging, |row: &Merchant| row.id.uuid())
        .await
}
