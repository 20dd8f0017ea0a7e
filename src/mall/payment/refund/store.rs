use crate::base::{AfterSaleId, OperatorId, Page, Paging, PaymentId, RefundId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Query, Result};
use crate::mall::payment::model::{Refund, RefundState};

/// Writes down that money is to go back. Its payment's money must be claimed. A second intent for the
/// same purpose is an error: the table refuses it.
pub async fn insert_refund(db: &mut Conn, tenant: TenantId, refund: &Refund) -> Result<()> {
    db.query(
        "insert into refund (tenant_id, id, trade_id, payment_id, ordinal, order_id, after_sale_id, state, amount,
           reason, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
    )
    .bind(tenant)
    .bind(refund.id)
    .bind(refund.trade_id)
    .bind(refund.payment_id)
    .bind(refund.ordinal)
    .bind(refund.order_id)
    .bind(refund.after_sale_id)
    .bind(refund.state)
    .bind(refund.amount)
    .bind(refund.reason)
    .bind(refund.created_at)
    .execute()
    .await
    .map(drop)
}

fn by_id(db: &mut Conn, tenant: TenantId, id: RefundId) -> Query<'_> {
    db.query(
        "select id, trade_id, payment_id, ordinal, order_id, after_sale_id, state, amount, reason, wechat_refund_id,
           redirected_to, sent_at, operator_id, note, last_error, created_at, updated_at, succeeded_at
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

/// How many refunds there are for the same purpose, closed ones included.
pub async fn refunds_of(
    db: &mut Conn,
    tenant: TenantId,
    payment: PaymentId,
    after_sale: Option<AfterSaleId>,
) -> Result<i64> {
    db.query(
        "select count(*) from refund where tenant_id = $1 and payment_id = $2
           and (after_sale_id = $3 or (after_sale_id is null and $3 is null))",
    )
    .bind(tenant)
    .bind(payment)
    .bind(after_sale)
    .scalar()
    .await
}

/// Those of the cases that had refunds, all of which WeChat closed: nothing is on its way for them.
pub async fn without_live_refund(
    db: &mut Conn,
    tenant: TenantId,
    cases: &[AfterSaleId],
) -> Result<Vec<AfterSaleId>> {
    if cases.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<(AfterSaleId,)> = db
        .query(
            "select after_sale_id from refund where tenant_id = $1 and after_sale_id in (values {rows:uuid})
             group by after_sale_id having sum(case state when 'closed' then 0 else 1 end) = 0",
        )
        .bind(tenant)
        .rows(cases, |query, case| query.bind(*case))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// All refunds of a trade, oldest first.
pub async fn refunds_of_trade(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<Refund>> {
    db.query(
        "select id, trade_id, payment_id, ordinal, order_id, after_sale_id, state, amount, reason, wechat_refund_id,
           redirected_to, sent_at, operator_id, note, last_error, created_at, updated_at, succeeded_at
         from refund where tenant_id = $1 and trade_id = $2 order by id",
    )
    .bind(tenant)
    .bind(trade)
    .all()
    .await
}

/// From now on WeChat may know of it.
pub async fn mark_sent(db: &mut Conn, tenant: TenantId, id: RefundId, now: Timestamp) -> Result<()> {
    db.query("update refund set sent_at = coalesce(sent_at, $3) where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(now)
        .execute()
        .await
        .map(drop)
}

/// An operator sees to a refund.
pub async fn take_in_hand(
    db: &mut Conn,
    tenant: TenantId,
    id: RefundId,
    (operator, note): (OperatorId, &str),
) -> Result<()> {
    db.query("update refund set operator_id = $3, note = $4 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(operator)
        .bind(note)
        .execute()
        .await
        .map(drop)
}

/// Refunds for operators, newest first.
pub async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (trade, state): (Option<TradeId>, Option<RefundState>),
    paging: Paging,
) -> Result<Page<Refund>> {
    db.query(
        "select id, trade_id, payment_id, ordinal, order_id, after_sale_id, state, amount, reason, wechat_refund_id,
           redirected_to, sent_at, operator_id, note, last_error, created_at, updated_at, succeeded_at
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
            "update refund set state = $4, wechat_refund_id = coalesce(wechat_refund_id, $5), updated_at = $6,
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
