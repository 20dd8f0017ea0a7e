use crate::base::{LedgerId, MerchantId, Money, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use crate::mall::ledger::{Account, Kind};
use uuid::Uuid;

/// One entry with its transaction.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: LedgerId,
    pub(super) kind: Kind,
    pub(super) source_id: Uuid,
    pub(super) created_at: Timestamp,
    pub(super) account: Account,
    pub(super) merchant_id: Option<MerchantId>,
    pub(super) amount: Money,
}

/// The entries of the next transactions after `after` that were written in `[from, to)`, whole ones.
pub(super) async fn entries(
    db: &mut Conn,
    tenant: TenantId,
    (from, to): (Timestamp, Timestamp),
    after: LedgerId,
) -> Result<Vec<Row>> {
    db.query(
        "select t.id, t.kind, t.source_id, t.created_at, e.account, e.merchant_id, e.amount
         from (select id, kind, source_id, created_at from ledger_transaction
           where tenant_id = $1 and created_at >= $2 and created_at < $3 and id > $4 order by id limit 500) t
         join ledger_entry e on e.tenant_id = $1 and e.transaction_id = t.id
         order by t.id, e.position",
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .bind(after)
    .all()
    .await
}
