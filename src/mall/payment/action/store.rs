use super::{RefundAction, RefundAnswer};
use crate::base::{RefundId, TenantId, TradeId};
use crate::infra::db::{Conn, Result};

/// Writes down what an operator does. A redirection counts from here on: WeChat may know of it.
pub async fn insert_action(db: &mut Conn, tenant: TenantId, action: &RefundAction) -> Result<()> {
    db.query(
        "insert into refund_action (tenant_id, id, refund_id, kind, operator_id, note, way, card_tail, answer,
           created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tenant)
    .bind(action.id)
    .bind(action.refund_id)
    .bind(action.kind)
    .bind(action.operator_id)
    .bind(action.note.clone())
    .bind(action.way)
    .bind(action.card_tail.clone())
    .bind(action.answer)
    .bind(action.created_at)
    .execute()
    .await?;
    set_way(db, tenant, action.refund_id).await
}

/// WeChat has taken a redirection on. Its refund must be locked.
pub async fn accept_redirection(db: &mut Conn, tenant: TenantId, action: &RefundAction) -> Result<()> {
    db.query(
        "update refund_action set answer = 'accepted' where tenant_id = $1 and id = $2 and kind = 'redirect'",
    )
    .bind(tenant)
    .bind(action.id)
    .execute()
    .await?;
    set_way(db, tenant, action.refund_id).await
}

/// What WeChat says of a refund is its answer to redirections that it has not answered. The refund must
/// be locked.
pub async fn settle_redirections(
    db: &mut Conn,
    tenant: TenantId,
    refund: RefundId,
    answer: RefundAnswer,
) -> Result<()> {
    db.query(
        "update refund_action set answer = $3
         where tenant_id = $1 and refund_id = $2 and kind = 'redirect' and answer = 'none'",
    )
    .bind(tenant)
    .bind(refund)
    .bind(answer)
    .execute()
    .await?;
    set_way(db, tenant, refund).await
}

async fn set_way(db: &mut Conn, tenant: TenantId, refund: RefundId) -> Result<()> {
    db.query(
        "update refund set redirected_to =
           (select a.way from refund_action a
            where a.tenant_id = $1 and a.refund_id = $2 and a.kind = 'redirect' and a.answer <> 'refused'
            order by a.id desc limit 1)
         where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(refund)
    .execute()
    .await
    .map(drop)
}

/// What operators did about a refund, oldest first.
pub async fn actions_of(db: &mut Conn, tenant: TenantId, refund: RefundId) -> Result<Vec<RefundAction>> {
    db.query(
        "select id, refund_id, kind, operator_id, note, way, card_tail, answer, created_at from refund_action
         where tenant_id = $1 and refund_id = $2 order by id",
    )
    .bind(tenant)
    .bind(refund)
    .all()
    .await
}

/// What operators did about the refunds of a trade, oldest first.
pub async fn actions_of_trade(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<RefundAction>> {
    db.query(
        "select a.id, a.refund_id, a.kind, a.operator_id, a.note, a.way, a.card_tail, a.answer, a.created_at
         from refund_action a join refund r on r.tenant_id = a.tenant_id and r.id = a.refund_id
         where a.tenant_id = $1 and r.trade_id = $2 order by a.id",
    )
    .bind(tenant)
    .bind(trade)
    .all()
    .await
}
