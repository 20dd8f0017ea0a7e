use super::model::{Template, TemplateInput};
use crate::base::{FreightTemplateId, MerchantId, Page, Paging, TenantId, Timestamp};
use crate::infra::db::{Conn, Json, Result};

/// The templates of these merchants.
pub async fn templates_of(db: &mut Conn, merchants: &[(TenantId, MerchantId)]) -> Result<Vec<Template>> {
    if merchants.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select tenant_id, id, merchant_id, name, basis, free_from, is_default, rules from freight_template
         where (tenant_id, merchant_id) in (values {rows:uuid,uuid})",
    )
    .rows(merchants, |query, (tenant, merchant)| query.bind(*tenant).bind(*merchant))
    .all()
    .await
}

pub(super) async fn list(db: &mut Conn, tenant: TenantId, paging: Paging) -> Result<Page<Template>> {
    db.query(
        "select tenant_id, id, merchant_id, name, basis, free_from, is_default, rules from freight_template
         where tenant_id = $1",
    )
    .bind(tenant)
    .page("id", paging, |row: &Template| row.id.uuid())
    .await
}

pub(super) async fn template(
    db: &mut Conn,
    tenant: TenantId,
    id: FreightTemplateId,
) -> Result<Option<Template>> {
    db.query(
        "select tenant_id, id, merchant_id, name, basis, free_from, is_default, rules from freight_template
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .optional()
    .await
}

/// No template of the merchant is the default any more.
pub(super) async fn no_default(db: &mut Conn, tenant: TenantId, merchant: MerchantId) -> Result<()> {
    db.query("update freight_template set is_default = false where tenant_id = $1 and merchant_id = $2 and is_default")
        .bind(tenant)
        .bind(merchant)
        .execute()
        .await
        .map(drop)
}

pub(super) async fn put(
    db: &mut Conn,
    tenant: TenantId,
    (id, merchant): (FreightTemplateId, MerchantId),
    input: &TemplateInput,
    now: Timestamp,
) -> Result<()> {
    db.query(
        "insert into freight_template (tenant_id, id, merchant_id, name, basis, free_from, is_default, rules, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (tenant_id, id) do update set name = excluded.name, basis = excluded.basis,
           free_from = excluded.free_from, is_default = excluded.is_default, rules = excluded.rules",
    )
    .bind(tenant)
    .bind(id)
    .bind(merchant)
    .bind(input.name.as_str())
    .bind(input.basis)
    .bind(input.free_from)
    .bind(input.is_default)
    .bind(Json(input.rules.clone()))
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Fails with a foreign key's violation while a product names it.
pub(super) async fn delete(db: &mut Conn, tenant: TenantId, id: FreightTemplateId) -> Result<bool> {
    let gone = db
        .query("delete from freight_template where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute()
        .await?;
    Ok(gone == 1)
}
