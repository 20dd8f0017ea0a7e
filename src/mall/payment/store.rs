use super::MOST_REFUNDS;
use super::model::{Payment, PaymentState, Success};
use crate::base::{Money, Page, Paging, PaymentId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Query, Result};

fn by_id(db: &mut Conn, tenant: TenantId, id: PaymentId) -> Query<'_> {
    db.query(
        "select id, trade_id, customer_id, state, amount, app_id, mch_id, prepay_id, prepaid_at, transaction_id,
           paid_amount, applied, refunding, refunds, refund_sent_at, paid_at, created_at, updated_at
         from payment where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
}

/// A payment, unlocked.
pub async fn payment(db: &mut Conn, tenant: TenantId, id: PaymentId) -> Result<Option<Payment>> {
    by_id(db, tenant, id).optional().await
}

/// A payment, held until the transaction ends. Its trade must be locked first.
pub async fn lock(db: &mut Conn, tenant: TenantId, id: PaymentId) -> Result<Option<Payment>> {
    by_id(db, tenant, id).for_update().optional().await
}

/// The payment that WeChat Pay knows by this number.
pub async fn by_transaction(
    db: &mut Conn,
    tenant: TenantId,
    transaction_id: &str,
) -> Result<Option<Payment>> {
    db.query(
        "select id, trade_id, customer_id, state, amount, app_id, mch_id, prepay_id, prepaid_at, transaction_id,
           paid_amount, applied, refunding, refunds, refund_sent_at, paid_at, created_at, updated_at
         from payment where tenant_id = $1 and transaction_id = $2",
    )
    .bind(tenant)
    .bind(transaction_id)
    .optional()
    .await
}

/// The payment that paid a trade.
pub async fn applied_to(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Option<Payment>> {
    Ok(payments_of(db, tenant, trade).await?.into_iter().find(|payment| payment.applied))
}

/// The payment of a trade that could still be paid, if there is one.
pub async fn open_of(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Option<Payment>> {
    Ok(payments_of(db, tenant, trade).await?.into_iter().find(|payment| payment.state.is_open()))
}

/// Marks the trade's open payment as being asked about; `None` when there is none, or when that was
/// done later than `not_since`.
pub async fn ask_now(
    db: &mut Conn,
    tenant: TenantId,
    trade: TradeId,
    now: Timestamp,
    not_since: Timestamp,
) -> Result<Option<Payment>> {
    db.query(
        "update payment set asked_at = $3
         where tenant_id = $1 and trade_id = $2 and state in ('created', 'prepaid')
           and (asked_at is null or asked_at <= $4)
         returning id, trade_id, customer_id, state, amount, app_id, mch_id, prepay_id, prepaid_at,
           transaction_id, paid_amount, applied, refunding, refunds, refund_sent_at, paid_at, created_at, updated_at",
    )
    .bind(tenant)
    .bind(trade)
    .bind(now)
    .bind(not_since)
    .optional()
    .await
}

/// All payments of a trade.
pub async fn payments_of(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Vec<Payment>> {
    db.query("select id, trade_id, customer_id, state, amount, app_id, mch_id, prepay_id, prepaid_at, transaction_id,
           paid_amount, applied, refunding, refunds, refund_sent_at, paid_at, created_at, updated_at
         from payment where tenant_id = $1 and trade_id = $2 order by id")
        .bind(tenant)
        .bind(trade)
        .all()
        .await
}

pub(super) async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (trade, state): (Option<TradeId>, Option<PaymentState>),
    paging: Paging,
) -> Result<Page<Payment>> {
    db.query(
        "select id, trade_id, customer_id, state, amount, app_id, mch_id, prepay_id, prepaid_at, transaction_id,
           paid_amount, applied, refunding, refunds, refund_sent_at, paid_at, created_at, updated_at
         from payment where tenant_id = $1 and (trade_id = $2 or $2 is null) and (state = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(trade)
    .bind(state)
    .page("id", paging, |row: &Payment| row.id.uuid())
    .await
}

/// Writes down that a payment is meant.
pub async fn insert(db: &mut Conn, tenant: TenantId, payment: &Payment) -> Result<()> {
    db.query(
        "insert into payment (tenant_id, id, trade_id, customer_id, state, amount, app_id, mch_id, applied,
           created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
    )
    .bind(tenant)
    .bind(payment.id)
    .bind(payment.trade_id)
    .bind(payment.customer_id)
    .bind(payment.state)
    .bind(payment.amount)
    .bind(&payment.app_id)
    .bind(&payment.mch_id)
    .bind(payment.applied)
    .bind(payment.created_at)
    .execute()
    .await
    .map(drop)
}

/// Keeps WeChat's `prepay_id`; `false` when the payment is not open any more.
pub async fn set_prepaid(
    db: &mut Conn,
    tenant: TenantId,
    id: PaymentId,
    prepay_id: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = db
        .query(
            "update payment set state = 'prepaid', prepay_id = $3, prepaid_at = $4, updated_at = $4
             where tenant_id = $1 and id = $2 and state in ('created', 'prepaid')",
        )
        .bind(tenant)
        .bind(id)
        .bind(prepay_id)
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// An open payment is over without money; `false` when it was not open any more.
pub async fn end(
    db: &mut Conn,
    tenant: TenantId,
    id: PaymentId,
    to: PaymentState,
    now: Timestamp,
) -> Result<bool> {
    let changed = db
        .query(
            "update payment set state = $3, updated_at = $4
             where tenant_id = $1 and id = $2 and state in ('created', 'prepaid')",
        )
        .bind(tenant)
        .bind(id)
        .bind(to)
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// The money came; `false` when that was known. `applied`: it pays the trade.
pub async fn succeed(
    db: &mut Conn,
    tenant: TenantId,
    id: PaymentId,
    success: &Success,
    applied: bool,
    now: Timestamp,
) -> Result<bool> {
    let changed = db
        .query(
            "update payment set state = 'succeeded', transaction_id = $3, paid_amount = $4, paid_at = $5,
               applied = $6, updated_at = $7
             where tenant_id = $1 and id = $2 and state <> 'succeeded'",
        )
        .bind(tenant)
        .bind(id)
        .bind(&success.transaction_id)
        .bind(success.amount)
        .bind(success.paid_at)
        .bind(applied)
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Claims money of a payment for one more refund; gives which one it is, counted from 1. `None`: more
/// than was paid, or than WeChat takes refunds.
pub async fn claim_refund(
    db: &mut Conn,
    tenant: TenantId,
    id: PaymentId,
    amount: Money,
) -> Result<Option<i64>> {
    let row: Option<(i64,)> = db
        .query(
            "update payment set refunding = refunding + $3, refunds = refunds + 1
             where tenant_id = $1 and id = $2 and state = 'succeeded' and refunding + $3 <= paid_amount
               and refunds < $4
             returning refunds",
        )
        .bind(tenant)
        .bind(id)
        .bind(amount)
        .bind(MOST_REFUNDS)
        .optional()
        .await?;
    Ok(row.map(|(ordinal,)| ordinal))
}

/// A refund was closed: its money is not going back.
pub async fn release_refund(db: &mut Conn, tenant: TenantId, id: PaymentId, amount: Money) -> Result<()> {
    db.query("update payment set refunding = refunding - $3 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(amount)
        .execute()
        .await
        .map(drop)
}

/// Takes the turn to hand a refund of this payment to WeChat; `false` when the last turn was taken
/// later than `not_since`.
pub async fn take_refund_turn(
    db: &mut Conn,
    tenant: TenantId,
    id: PaymentId,
    now: Timestamp,
    not_since: Timestamp,
) -> Result<bool> {
    let taken = db
        .query(
            "update payment set refund_sent_at = $3
             where tenant_id = $1 and id = $2 and (refund_sent_at is null or refund_sent_at <= $4)",
        )
        .bind(tenant)
        .bind(id)
        .bind(now)
        .bind(not_since)
        .execute()
        .await?;
    Ok(taken == 1)
}
