//! The same request twice does the work once.
//!
//! A key belongs to its owner (a customer, an operator). The first request claims it; the answer
//! is kept beside it. The same key with the same request gets the kept answer, with another request
//! 422, and 409 while the first one runs. Refusals (4xx) keep nothing: they changed nothing.

use super::crypto;
use super::db::Conn;
use crate::base::{Code, Problem, Result, TenantId, Timestamp};
use axum::http::HeaderMap;
use std::time::Duration;
use uuid::Uuid;

/// The header that carries the key.
pub const HEADER: &str = "idempotency-key";

/// After this long a request that died without an answer may be repeated.
const LOCK: Duration = Duration::from_mins(1);

/// A key, its owner, and what was asked with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Whose key.
    pub owner_id: Uuid,
    /// The key.
    pub key: String,
    /// A hash of path and body.
    pub fingerprint: String,
}

impl Key {
    /// Reads the header; `asked` is everything that makes this request this request.
    pub fn from_headers(
        headers: &HeaderMap,
        tenant_id: TenantId,
        owner_id: Uuid,
        asked: &[&[u8]],
    ) -> Result<Self> {
        let key = headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let clean = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !clean || !(8..=64).contains(&key.len()) {
            return Err(Code::IdempotencyKeyRequired.into());
        }
        Ok(Self { tenant_id, owner_id, key: key.to_owned(), fingerprint: crypto::sha256(&asked.join(&0)) })
    }
}

/// An answer that was given before.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
struct Row {
    fingerprint: String,
    body: Option<String>,
    locked_until: Timestamp,
}

/// What there is to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody had it: do the work.
    Mine,
    /// The work was done; this was the answer (JSON).
    Answered(String),
}

#[derive(sqlx::FromRow)]
struct Known {
    tenant_id: TenantId,
    owner_id: Uuid,
    key: String,
    fingerprint: String,
    body: Option<String>,
}

/// What the table knows of many keys: the answer, or why there is none. Free keys are left out.
pub async fn look_all(db: &mut Conn, keys: &[&Key]) -> Result<Vec<(usize, Result<String>)>> {
    let rows: Vec<Known> = db
        .query(
            "select tenant_id, owner_id, key, fingerprint, body from idempotency
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
        self.body.clone().ok_or_else(|| Code::IdempotencyInFlight.into())
    }
}

/// What the table knows of `key`, without claiming it.
pub async fn look(db: &mut Conn, key: &Key, now: Timestamp) -> Result<Option<Claim>> {
    let row: Option<Row> = db
        .query(
            "select fingerprint, body, locked_until from idempotency
             where tenant_id = $1 and owner_id = $2 and key = $3",
        )
        .bind(key.tenant_id)
        .bind(key.owner_id)
        .bind(&key.key)
        .optional()
        .await?;
    match row {
        None => Ok(None),
        Some(row) if row.fingerprint != key.fingerprint => Err(Code::IdempotencyKeyReused.into()),
        Some(Row { body: Some(body), .. }) => Ok(Some(Claim::Answered(body))),
        Some(row) if row.locked_until > now => Err(Problem::new(Code::IdempotencyInFlight).into()),
        Some(_) => Ok(Some(Claim::Mine)),
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
            "insert into idempotency (tenant_id, owner_id, key, fingerprint, status, body, created_at, locked_until)
             values {rows:uuid,uuid,text,text,bigint,text,timestamptz,timestamptz}
             on conflict (tenant_id, owner_id, key) do nothing
             returning tenant_id, owner_id, key",
        )
        .rows(keys, |query, (key, body)| {
            query
                .bind(key.tenant_id)
                .bind(key.owner_id)
                .bind(key.key.clone())
                .bind(key.fingerprint.clone())
                .bind(200_i64)
                .bind(body.clone())
                .bind(now)
                .bind(now)
        })
        .all()
        .await?)
}

/// Claims `key` for work that commits in several steps.
pub async fn claim(db: &mut Conn, key: &Key, now: Timestamp) -> Result<Claim> {
    let taken = db
        .query(
            "insert into idempotency (tenant_id, owner_id, key, fingerprint, created_at, locked_until)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (tenant_id, owner_id, key) do update set locked_until = excluded.locked_until
             where idempotency.status is null and idempotency.fingerprint = excluded.fingerprint
               and idempotency.locked_until <= $5",
        )
        .bind(key.tenant_id)
        .bind(key.owner_id)
        .bind(&key.key)
        .bind(&key.fingerprint)
        .bind(now)
        .bind(now.after(LOCK))
        .execute()
        .await?;
    if taken == 1 {
        return Ok(Claim::Mine);
    }
    look(db, key, now).await?.ok_or_else(|| Code::IdempotencyInFlight.into())
}

/// Keeps the answer of a claimed key.
pub async fn keep(db: &mut Conn, key: &Key, body: &str) -> Result<()> {
    db.query(
        "update idempotency set status = 200, body = $4 where tenant_id = $1 and owner_id = $2 and key = $3",
    )
    .bind(key.tenant_id)
    .bind(key.owner_id)
    .bind(&key.key)
    .bind(body)
    .execute()
    .await?;
    Ok(())
}

/// Gives a claimed key back, because the work was refused.
pub async fn release(db: &mut Conn, key: &Key) -> Result<()> {
    db.query(
        "delete from idempotency where tenant_id = $1 and owner_id = $2 and key = $3 and status is null",
    )
    .bind(key.tenant_id)
    .bind(key.owner_id)
    .bind(&key.key)
    .execute()
    .await?;
    Ok(())
}
