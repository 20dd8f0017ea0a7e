use crate::base::{ReasonId, TenantId};
use crate::infra::db::{Conn, Result};
use crate::mall::after_sale::model::AfterSaleKind;
use serde::Serialize;

/// A reason that shoppers can choose.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct AfterSaleReason {
    /// Which.
    pub id: ReasonId,
    /// For what kind of case.
    pub kind: AfterSaleKind,
    /// In Chinese.
    pub text: String,
    /// In English.
    pub text_en: Option<String>,
    /// Its place in the list; the lowest comes first.
    pub position: i64,
    /// Whether it can be chosen.
    pub enabled: bool,
}

/// All reasons, those of one kind if it is given.
pub(super) async fn reasons(
    db: &mut Conn,
    tenant: TenantId,
    kind: Option<AfterSaleKind>,
) -> Result<Vec<AfterSaleReason>> {
    db.query(
        "select id, kind, text, text_en, position, enabled from after_sale_reason
         where tenant_id = $1 and (kind = $2 or $2 is null) order by kind, position, id",
    )
    .bind(tenant)
    .bind(kind)
    .all()
    .await
}

/// The reasons that can be chosen for a kind of case.
pub async fn reasons_for(
    db: &mut Conn,
    tenant: TenantId,
    kind: AfterSaleKind,
) -> Result<Vec<AfterSaleReason>> {
    let all = reasons(db, tenant, Some(kind)).await?;
    Ok(all.into_iter().filter(|reason| reason.enabled).collect())
}

/// One reason.
pub async fn reason(db: &mut Conn, tenant: TenantId, id: ReasonId) -> Result<Option<AfterSaleReason>> {
    db.query(
        "select id, kind, text, text_en, position, enabled from after_sale_reason
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .optional()
    .await
}

/// Adds a reason or changes it.
pub(super) async fn put_reason(db: &mut Conn, tenant: TenantId, reason: &AfterSaleReason) -> Result<()> {
    db.query(
        "insert into after_sale_reason (tenant_id, id, kind, text, text_en, position, enabled)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant_id, id) do update set kind = excluded.kind, text = excluded.text,
           text_en = excluded.text_en, position = excluded.position, enabled = excluded.enabled",
    )
    .bind(tenant)
    .bind(reason.id)
    .bind(reason.kind)
    .bind(&reason.text)
    .bind(reason.text_en.clone())
    .bind(reason.position)
    .bind(reason.enabled)
    .execute()
    .await
    .map(drop)
}

pub(super) async fn delete_reason(db: &mut Conn, tenant: TenantId, id: ReasonId) -> Result<bool> {
    let gone = db
        .query("delete from after_sale_reason where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute()
        .await?;
    Ok(gone == 1)
}
