//! What our books say of the numbers in a bill.

use crate::base::{BillId, Money, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use uuid::Uuid;

/// A payment or refund as our books have it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Known {
    pub(super) id: Uuid,
    pub(super) state: String,
    /// What was collected; less than nothing: what is to go back.
    pub(super) amount: Option<Money>,
    /// What the ledger has of it on the account of WeChat.
    pub(super) booked: Money,
}

/// Those of these payments that are ours.
pub(super) async fn payments(db: &mut Conn, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Known>> {
    db.query(
        "select p.id, p.state, p.paid_amount as amount,
           (select cast(coalesce(sum(e.amount), 0) as bigint) from ledger_transaction t
            join ledger_entry e on e.tenant_id = t.tenant_id and e.transaction_id = t.id
            where t.tenant_id = p.tenant_id and t.kind in ('payment', 'unwanted_payment') and t.source_id = p.id
              and e.account = 'wechat') as booked
         from payment p where p.tenant_id = $1 and p.id in (values {rows:uuid})",
    )
    .bind(tenant)
    .rows(ids, |query, id| query.bind(*id))
    .all()
    .await
}

/// Those of these refunds that are ours.
pub(super) async fn refunds(db: &mut Conn, tenant: TenantId, ids: &[Uuid]) -> Result<Vec<Known>> {
    db.query(
        "select r.id, r.state, -r.amount as amount,
           (select cast(coalesce(sum(e.amount), 0) as bigint) from ledger_transaction t
            join ledger_entry e on e.tenant_id = t.tenant_id and e.transaction_id = t.id
            where t.tenant_id = r.tenant_id and t.kind = 'refund' and t.source_id = r.id
              and e.account = 'wechat') as booked
         from refund r where r.tenant_id = $1 and r.id in (values {rows:uuid})",
    )
    .bind(tenant)
    .rows(ids, |query, id| query.bind(*id))
    .all()
    .await
}

/// A payment or refund that a bill should know.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Expected {
    pub(super) id: Uuid,
    pub(super) state: String,
    /// What it brought; less than nothing: what goes back.
    pub(super) amount: Money,
    /// When it was paid, or meant.
    pub(super) at: Timestamp,
}

/// The next payments after `after` that this merchant collected before `to`, by their time.
pub(super) async fn paid(
    db: &mut Conn,
    tenant: TenantId,
    mch_id: &str,
    (at, id): (Timestamp, Uuid),
    to: Timestamp,
) -> Result<Vec<Expected>> {
    db.query(
        "select id, state, paid_amount as amount, paid_at as at from payment
         where tenant_id = $1 and (paid_at, id) > ($2, $3) and paid_at < $4 and mch_id = $5
         order by paid_at, id limit 1000",
    )
    .bind(tenant)
    .bind(at)
    .bind(id)
    .bind(to)
    .bind(mch_id)
    .all()
    .await
}

/// The same for refunds that WeChat accepted as far as we know, by when they were meant.
pub(super) async fn refunded(
    db: &mut Conn,
    tenant: TenantId,
    mch_id: &str,
    (at, id): (Timestamp, Uuid),
    to: Timestamp,
) -> Result<Vec<Expected>> {
    db.query(
        "select r.id, r.state, -r.amount as amount, r.created_at as at
         from refund r join payment p on p.tenant_id = r.tenant_id and p.id = r.payment_id
         where r.tenant_id = $1 and (r.created_at, r.id) > ($2, $3) and r.created_at < $4 and p.mch_id = $5
           and r.state in ('submitted', 'succeeded', 'abnormal')
         order by r.created_at, r.id limit 1000",
    )
    .bind(tenant)
    .bind(at)
    .bind(id)
    .bind(to)
    .bind(mch_id)
    .all()
    .await
}

/// What the ledger has of a bill's fees; `None` when it has no transaction of them.
pub(super) async fn fees_booked(db: &mut Conn, tenant: TenantId, bill: BillId) -> Result<Option<Money>> {
    db.query(
        "select cast(sum(e.amount) as bigint) from ledger_transaction t
         join ledger_entry e on e.tenant_id = t.tenant_id and e.transaction_id = t.id
         where t.tenant_id = $1 and t.kind = 'fee' and t.source_id = $2 and e.account = 'fees'",
    )
    .bind(tenant)
    .bind(bill)
    .scalar()
    .await
}

/// What our books have of a span of time.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
pub(super) struct Sums {
    pub(super) payments: i64,
    pub(super) paid: Money,
    pub(super) refunds: i64,
    pub(super) refunded: Money,
}

/// What was paid, and what was meant to go back and did not fail, in `[from, to)`.
pub(super) async fn sums(
    db: &mut Conn,
    tenant: TenantId,
    mch_id: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Sums> {
    db.query(
        "select
           (select count(*) from payment where tenant_id = $1 and paid_at >= $2 and paid_at < $3 and mch_id = $4)
             as payments,
           (select cast(coalesce(sum(paid_amount), 0) as bigint) from payment
            where tenant_id = $1 and paid_at >= $2 and paid_at < $3 and mch_id = $4) as paid,
           (select count(*) from refund r join payment p on p.tenant_id = r.tenant_id and p.id = r.payment_id
            where r.tenant_id = $1 and r.created_at >= $2 and r.created_at < $3 and p.mch_id = $4
              and r.state in ('submitted', 'succeeded', 'abnormal')) as refunds,
           (select cast(coalesce(sum(r.amount), 0) as bigint)
            from refund r join payment p on p.tenant_id = r.tenant_id and p.id = r.payment_id
            where r.tenant_id = $1 and r.created_at >= $2 and r.created_at < $3 and p.mch_id = $4
              and r.state in ('submitted', 'succeeded', 'abnormal')) as refunded",
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .bind(mch_id)
    .one()
    .await
}

/// The names of operators.
pub(super) async fn operators(db: &mut Conn, tenant: TenantId) -> Result<Vec<(Uuid, String)>> {
    db.query("select id, username from operator where tenant_id = $1").bind(tenant).all().await
}

/// When the tenant began.
pub(super) async fn began(db: &mut Conn, tenant: TenantId) -> Result<Timestamp> {
    db.query("select created_at from tenant where id = $1").bind(tenant).scalar().await
}
