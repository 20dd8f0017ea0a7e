use super::model::{Account, Kind, Posting};
use crate::base::{LedgerId, Money, Page, Paging, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use serde::Serialize;
use uuid::Uuid;

/// Writes one transaction. The same source cannot be written twice: the table refuses it.
pub async fn post(
    db: &mut Conn,
    tenant: TenantId,
    source: Uuid,
    posting: &Posting,
    now: Timestamp,
) -> Result<()> {
    let id = LedgerId::fresh(now);
    db.query("insert into ledger_transaction (tenant_id, id, kind, source_id, created_at) values ($1, $2, $3, $4, $5)")
        .bind(tenant)
        .bind(id)
        .bind(posting.kind)
        .bind(source)
        .bind(now)
        .execute()
        .await?;
    let entries: Vec<_> = (1_i64..).zip(posting.entries()).collect();
    db.query(
        "insert into ledger_entry (tenant_id, transaction_id, position, account, amount)
         values {rows:uuid,uuid,bigint,text,bigint}",
    )
    .rows(&entries, |query, (position, (account, amount))| {
        query.bind(tenant).bind(id).bind(*position).bind(*account).bind(*amount)
    })
    .execute()
    .await
    .map(drop)
}

/// What lies in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Balance {
    /// Which account.
    pub account: Account,
    /// Debit positive.
    pub balance: Money,
}

/// What lies in the accounts.
pub async fn balances(db: &mut Conn, tenant: TenantId) -> Result<Vec<Balance>> {
    db.query(
        "select account, cast(sum(amount) as bigint) as balance from ledger_entry
         where tenant_id = $1 group by account order by account",
    )
    .bind(tenant)
    .all()
    .await
}

/// A transaction with both its sides.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Transaction {
    /// Which.
    pub id: LedgerId,
    /// What happened.
    pub kind: Kind,
    /// The payment or refund behind it, the part behind the underscore.
    #[serde(serialize_with = "suffix")]
    #[schema(value_type = String)]
    pub source_id: Uuid,
    /// Went up.
    pub debit: Account,
    /// Went down.
    pub credit: Account,
    /// By this much.
    pub amount: Money,
    /// When.
    pub created_at: Timestamp,
}

fn suffix<S: serde::Serializer>(id: &Uuid, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&crate::base::id::encode(*id))
}

pub(super) async fn transactions(
    db: &mut Conn,
    tenant: TenantId,
    (kind, source): (Option<Kind>, Option<Uuid>),
    paging: Paging,
) -> Result<Page<Transaction>> {
    db.query(
        "select t.id, t.kind, t.source_id, d.account as debit, c.account as credit, d.amount, t.created_at
         from ledger_transaction t
         join ledger_entry d on d.tenant_id = t.tenant_id and d.transaction_id = t.id and d.amount > 0
         join ledger_entry c on c.tenant_id = t.tenant_id and c.transaction_id = t.id and c.amount < 0
         where t.tenant_id = $1 and (t.kind = $2 or $2 is null) and (t.source_id = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(kind)
    .bind(source)
    .page("id", paging, |row: &Transaction| row.id.uuid())
    .await
}
