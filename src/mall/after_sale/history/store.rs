use crate::base::{Actor, AfterSaleId, By, HistoryId, OperatorId, OrderId, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use crate::mall::after_sale::model::{AfterSale, AfterSaleKind, AfterSaleState};
use serde::Serialize;

pub(super) async fn insert_step(
    db: &mut Conn,
    tenant: TenantId,
    (case, from): (&AfterSale, Option<AfterSaleState>),
    by: By<'_>,
    now: Timestamp,
) -> Result<()> {
    db.query(
        "insert into after_sale_history (tenant_id, id, after_sale_id, from_state, to_state, actor, operator_id,
           reason, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(HistoryId::fresh(now))
    .bind(case.id)
    .bind(from)
    .bind(case.state)
    .bind(by.actor)
    .bind(by.operator_id)
    .bind(by.reason.map(str::to_owned))
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// One step in the life of a case.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct AfterSaleStep {
    /// Which.
    pub id: HistoryId,
    /// Where it came from.
    pub from_state: Option<AfterSaleState>,
    /// Where it went, or stayed.
    pub to_state: AfterSaleState,
    /// Who did it.
    pub actor: Actor,
    /// Which operator.
    pub operator_id: Option<OperatorId>,
    /// Why, or what.
    pub reason: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// A step with the case that took it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AfterSaleTold {
    /// Which case.
    pub after_sale_id: AfterSaleId,
    /// What was asked for.
    pub kind: AfterSaleKind,
    /// What happened.
    #[sqlx(flatten)]
    pub step: AfterSaleStep,
}

/// Everything that happened to the cases of an order, oldest first.
pub async fn told_of(db: &mut Conn, tenant: TenantId, order: OrderId) -> Result<Vec<AfterSaleTold>> {
    db.query(
        "select s.id as after_sale_id, s.kind, h.id, h.from_state, h.to_state, h.actor, h.operator_id, h.reason,
           h.created_at
         from after_sale s join after_sale_history h on h.tenant_id = s.tenant_id and h.after_sale_id = s.id
         where s.tenant_id = $1 and s.order_id = $2 order by h.created_at, h.id",
    )
    .bind(tenant)
    .bind(order)
    .all()
    .await
}

/// Everything that happened to a case, oldest first.
pub async fn history(db: &mut Conn, tenant: TenantId, id: AfterSaleId) -> Result<Vec<AfterSaleStep>> {
    db.query(
        "select id, from_state, to_state, actor, operator_id, reason, created_at from after_sale_history
         where tenant_id = $1 and after_sale_id = $2 order by created_at, id",
    )
    .bind(tenant)
    .bind(id)
    .all()
    .await
}
