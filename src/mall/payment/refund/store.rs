use crate::base::{Page, Paging, PaymentId, RefundId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Query, Result};
use crate::mall::payment::model::{Refund, RefundState};

/// Writes down that money is to go back; `false` when the same payment has such an intent already.
pub async fn insert_refund(db: &mut Conn, tenant: TenantId, refund: &Refund) -> Result<bool> {
    let made = db
        .query(
            "insert into refund (tenant_id, id, trade_id, payment_id, state, amount, reason, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
             on conflict (tenant_id, payment_id) where state <> 'closed' do nothing",
        )
        .bind(tenant)
        .bind(refund.id)
        .bind(refund.trade_id)
        .bind(refund.payment_id)
        .bind(refund.state)
        .bind(refund.amount)
        .bind(refund.reason)
        .bind(refund.created_at)
        .execute()
        .await?;
    Ok(made == 1)
}

fn by_id(db: &mut Conn, tenant: TenantId, id: RefundId) -> Query<'_> {
    db.query(
        "select id, trade_id, payment_id, state, amount, reason, wechat_refund_id, last_error, created_at, updated_at,
           succeeded_at
         from refund where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
}

/// A refund, unlocked.
pub async fn refund(db: &mut Conn, tenant: TenantId, id: RefundId) -> Result<Option<Refund>> {
    by_id(db, tenant, id).optional().await
}

/// A refund, held until the transaction ends.
pub async fn lock_refund(db: &mut Conn, tenant: TenantId, id: RefundId) -> Result<Option<Refund>> {
    by_id(db, tenant, id).for_update().optional().await
}

/// How many refunds of a payment there are, closed ones included.
pub async fn refunds_of(db: &mut Conn, tenant: TenantId, payment: PaymentId) -> Result<i64> {
    db.query("select count(*) from refund where tenant_id = $1 and payment_id = $2")
        .bind(tenant)
        .bind(payment)
        .scalar()
        .await
}

/// Refunds for operators, newest first.
pub async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (trade, state): (Option<TradeId>, Option<RefundState>),
    paging: Paging,
) -> Result<Page<Refund>> {
    db.query(
        "select id, trade_id, payment_id, state, amount, reason, wechat_refund_id, last_error, created_at, updated_at,
           succeeded_at
         from refund where tenant_id = $1 and (trade_id = $2 or $2 is null) and (state = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(trade)
    .bind(state)
    .page("id", paging, |row: &Refund| row.id.uuid())
    .await
}

/// Moves a refund; `false` when it is not in `from` any more.
pub async fn set_refund(
    db: &mut Conn,
    tenant: TenantId,
    (id, from): (RefundId, RefundState),
    to: RefundState,
    wechat_refund_id: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let succeeded_at = (to == RefundState::Succeeded).then_some(now);
    let changed = db
        .query(
            "update refund set state = $4, wechat_refund_id = coalesce($5, wechat_refund_id), updated_at = $6,
               succeeded_at = $7
             where tenant_id = $1 and id = $2 and state = $3",
        )
        .bind(tenant)
        .bind(id)
        .bind(from)
        .bind(to)
        .bind(wechat_refund_id.map(str::to_owned))
        .bind(now)
        .bind(succeeded_at)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Why a refund does not get on; it stays where it is.
pub async fn set_refund_error(
    db: &mut Conn,
    tenant: TenantId,
    id: RefundId,
    error: &str,
    now: Timestamp,
) -> Result<()> {
    db.query("update refund set last_error = $3, updated_at = $4 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(error)
        .bind(now)
        .execute()
        .await
        .map(drop)
}
