use super::model::{Account, Kind, Posting};
use crate::base::{LedgerId, MerchantId, Money, OperatorId, Page, Paging, TenantId, Timestamp};
use crate::infra::db::{Conn, Result};
use serde::Serialize;
use uuid::Uuid;

/// Writes one transaction. The same thing cannot be written twice: the table refuses it. What moved
/// nothing is not written.
pub async fn post(
    db: &mut Conn,
    tenant: TenantId,
    source: Uuid,
    posting: &Posting,
    now: Timestamp,
) -> Result<()> {
    write(db, tenant, (source, None), posting, now).await
}

/// Writes what an operator puts right, and why; gives the transaction's source, as [`about`] takes it.
pub async fn correct(
    db: &mut Conn,
    tenant: TenantId,
    (operator, note): (OperatorId, &str),
    posting: &Posting,
    now: Timestamp,
) -> Result<Uuid> {
    let source = LedgerId::fresh(now).uuid();
    write(db, tenant, (source, Some((operator, note))), posting, now).await?;
    Ok(source)
}

async fn write(
    db: &mut Conn,
    tenant: TenantId,
    (source, by): (Uuid, Option<(OperatorId, &str)>),
    posting: &Posting,
    now: Timestamp,
) -> Result<()> {
    if posting.entries().is_empty() {
        return Ok(());
    }
    let id = LedgerId::fresh(now);
    db.query(
        "insert into ledger_transaction (tenant_id, id, kind, source_id, operator_id, note, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant)
    .bind(id)
    .bind(posting.kind())
    .bind(source)
    .bind(by.map(|(operator, _)| operator))
    .bind(by.map(|(_, note)| note.to_owned()))
    .bind(now)
    .execute()
    .await?;
    let entries: Vec<_> = (1_i64..).zip(posting.entries()).collect();
    db.query(
        "insert into ledger_entry (tenant_id, transaction_id, position, account, merchant_id, amount)
         values {rows:uuid,uuid,bigint,text,uuid,bigint}",
    )
    .rows(&entries, |query, (position, entry)| {
        query
            .bind(tenant)
            .bind(id)
            .bind(*position)
            .bind(entry.account)
            .bind(entry.merchant_id)
            .bind(entry.amount)
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
    /// Of which merchant, for an account of the merchants.
    pub merchant_id: Option<MerchantId>,
    /// Debit positive.
    pub balance: Money,
}

/// What lies in the accounts.
pub async fn balances(db: &mut Conn, tenant: TenantId) -> Result<Vec<Balance>> {
    db.query(
        "select account, merchant_id, cast(sum(amount) as bigint) as balance from ledger_entry
         where tenant_id = $1 group by account, merchant_id order by account, merchant_id",
    )
    .bind(tenant)
    .all()
    .await
}

/// A transaction with all its sides.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Transaction {
    /// Which.
    pub id: LedgerId,
    /// What happened.
    pub kind: Kind,
    /// The payment, refund, order or bill behind it, the part behind the underscore.
    #[serde(serialize_with = "suffix")]
    #[schema(value_type = String)]
    pub source_id: Uuid,
    /// Who made a correction.
    pub operator_id: Option<OperatorId>,
    /// Why.
    pub note: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Debit positive; they add up to nothing.
    pub entries: Vec<Side>,
}

fn suffix<S: serde::Serializer>(id: &Uuid, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&crate::base::id::encode(*id))
}

/// One side of a written transaction.
#[derive(Debug, Clone, Copy, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Side {
    #[serde(skip)]
    transaction_id: LedgerId,
    /// Where.
    pub account: Account,
    /// Of whom, for an account of the merchants.
    pub merchant_id: Option<MerchantId>,
    /// Debit positive.
    pub amount: Money,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: LedgerId,
    kind: Kind,
    source_id: Uuid,
    operator_id: Option<OperatorId>,
    note: Option<String>,
    created_at: Timestamp,
}

pub(super) async fn transactions(
    db: &mut Conn,
    tenant: TenantId,
    (kind, source): (Option<Kind>, Option<Uuid>),
    paging: Paging,
) -> Result<Page<Transaction>> {
    let rows: Page<Row> = db
        .query(
            "select id, kind, source_id, operator_id, note, created_at from ledger_transaction
             where tenant_id = $1 and (kind = $2 or $2 is null) and (source_id = $3 or $3 is null)",
        )
        .bind(tenant)
        .bind(kind)
        .bind(source)
        .page("id", paging, |row: &Row| row.id.uuid())
        .await?;
    let ids: Vec<_> = rows.items.iter().map(|row| row.id).collect();
    let sides = sides(db, tenant, &ids).await?;
    Ok(rows.map(|row| transaction(row, &sides)))
}

/// What was written about these payments, refunds, orders or bills, oldest first.
pub async fn about(db: &mut Conn, tenant: TenantId, sources: &[Uuid]) -> Result<Vec<Transaction>> {
    if sources.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<Row> = db
        .query(
            "select id, kind, source_id, operator_id, note, created_at from ledger_transaction
             where tenant_id = $1 and source_id in (values {rows:uuid}) order by id",
        )
        .bind(tenant)
        .rows(sources, |query, source| query.bind(*source))
        .all()
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let sides = sides(db, tenant, &ids).await?;
    Ok(rows.into_iter().map(|row| transaction(row, &sides)).collect())
}

fn transaction(row: Row, sides: &[Side]) -> Transaction {
    Transaction {
        entries: sides.iter().filter(|side| side.transaction_id == row.id).copied().collect(),
        id: row.id,
        kind: row.kind,
        source_id: row.source_id,
        operator_id: row.operator_id,
        note: row.note,
        created_at: row.created_at,
    }
}

async fn sides(db: &mut Conn, tenant: TenantId, ids: &[LedgerId]) -> Result<Vec<Side>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select transaction_id, account, merchant_id, amount from ledger_entry
         where tenant_id = $1 and transaction_id in (values {rows:uuid}) order by transaction_id, position",
    )
    .bind(tenant)
    .rows(ids, |query, id| query.bind(*id))
    .all()
    .await
}
