use super::{Core, Key};
use crate::base::{Code, Result, TenantId, Timestamp};
use crate::infra::db::{Conn, Tx};
use uuid::Uuid;

/// Takes a key that is free, or whose holder must be dead.
pub(super) async fn hold(core: &Core, key: &Key, until: Timestamp) -> Result<bool> {
    let mut tx = core.db.begin().await?;
    let taken = tx
        .query(
            "insert into idempotency (tenant_id, owner_id, key, fingerprint, body, created_at, held_until)
             values ($1, $2, $3, $4, '', $5, $6)
             on conflict (tenant_id, owner_id, key) do update set held_until = excluded.held_until
               where idempotency.held_until <= $5 and idempotency.fingerprint = excluded.fingerprint",
        )
        .bind(key.tenant_id)
        .bind(key.owner_id)
        .bind(&key.key)
        .bind(&key.fingerprint)
        .bind(core.now())
        .bind(until)
        .execute()
        .await?;
    tx.commit().await?;
    Ok(taken == 1)
}

pub(super) async fn keep(core: &Core, key: &Key, until: Timestamp, answer: &str) -> Result<()> {
    let mut tx = core.db.begin().await?;
    tx.query(
        "update idempotency set body = $5, held_until = null
         where tenant_id = $1 and owner_id = $2 and key = $3 and held_until = $4",
    )
    .bind(key.tenant_id)
    .bind(key.owner_id)
    .bind(&key.key)
    .bind(until)
    .bind(answer)
    .execute()
    .await?;
    Ok(tx.commit().await?)
}

pub(super) async fn let_go(core: &Core, key: &Key, until: Timestamp) -> Result<()> {
    let mut tx = core.db.begin().await?;
    tx.query(
        "delete from idempotency where tenant_id = $1 and owner_id = $2 and key = $3 and held_until = $4",
    )
    .bind(key.tenant_id)
    .bind(key.owner_id)
    .bind(&key.key)
    .bind(until)
    .execute()
    .await?;
    Ok(tx.commit().await?)
}

/// Keeps the answer of a key that the same transaction claimed.
pub(super) async fn keep_claimed(tx: &mut Tx, key: &Key, answer: &str) -> Result<()> {
    tx.query("update idempotency set body = $4 where tenant_id = $1 and owner_id = $2 and key = $3")
        .bind(key.tenant_id)
        .bind(key.owner_id)
        .bind(&key.key)
        .bind(answer)
        .execute()
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Known {
    tenant_id: TenantId,
    owner_id: Uuid,
    key: String,
    fingerprint: String,
    body: String,
    held_until: Option<Timestamp>,
}

/// What the table knows of many keys: the answer, or why there is none. Free keys are left out.
pub async fn look_all(db: &mut Conn, keys: &[&Key]) -> Result<Vec<(usize, Result<String>)>> {
    let rows: Vec<Known> = db
        .query(
            "select tenant_id, owner_id, key, fingerprint, body, held_until from idempotency
             where (tenant_id, owner_id, key) in (values {rows:uuid,uuid,text})",
        )
        .rows(keys, |query, key| query.bind(key.tenant_id).bind(key.owner_id).bind(key.key.clone()))
        .all()
        .await?;
    let find = |key: &Key| {
        rows.iter()
            .find(|row| (row.tenant_id, row.owner_id, &row.key) == (key.tenant_id, key.owner_id, &key.key))
    };
    let known = keys.iter().enumerate().filter_map(|(place, key)| Some((place, find(key)?.answer(key))));
    Ok(known.collect())
}

impl Known {
    fn answer(&self, key: &Key) -> Result<String> {
        if self.fingerprint != key.fingerprint {
            return Err(Code::IdempotencyKeyReused.into());
        }
        if self.held_until.is_some() {
            return Err(Code::IdempotencyInFlight.into());
        }
        Ok(self.body.clone())
    }
}

/// Claims many keys in the caller's transaction, with the answers they will give once it commits;
/// gives the keys that were free. Keys that others claim meanwhile are waited for by the engine.
pub async fn claim_answered(
    db: &mut Conn,
    keys: &[(Key, String)],
    now: Timestamp,
) -> Result<Vec<(TenantId, Uuid, String)>> {
    if keys.is_empty() {
        return Ok(vec![]);
    }
    Ok(db
        .query(
            "insert into idempotency (tenant_id, owner_id, key, fingerprint, body, created_at)
             values {rows:uuid,uuid,text,text,text,timestamptz}
             on conflict (tenant_id, owner_id, key) do nothing
             returning tenant_id, owner_id, key",
        )
        .rows(keys, |query, (key, body)| {
            query
                .bind(key.tenant_id)
                .bind(key.owner_id)
                .bind(key.key.clone())
                .bind(key.fingerprint.clone())
                .bind(body.clone())
                .bind(now)
        })
        .all()
        .await?)
}

/// Forgets the answers of before `then`.
pub async fn purge(db: &mut Conn, tenant: TenantId, then: Timestamp) -> Result<u64> {
    Ok(db
        .query("delete from idempotency where tenant_id = $1 and created_at < $2")
        .bind(tenant)
        .bind(then)
        .execute()
        .await?)
}
