//! The same request twice does the work once.
//!
//! A key belongs to its owner (a customer, an operator). It is claimed, and the answer kept beside
//! it, in the transaction that does the work. The same key with the same request gets the kept
//! answer, with another request 422. Refusals (4xx) keep nothing: they changed nothing.

use super::crypto;
use super::db::Conn;
use crate::base::{Code, Result, TenantId, Timestamp};
use axum::http::HeaderMap;
use uuid::Uuid;

/// The header that carries the key.
pub const HEADER: &str = "idempotency-key";

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

#[derive(sqlx::FromRow)]
struct Known {
    tenant_id: TenantId,
    owner_id: Uuid,
    key: String,
    fingerprint: String,
    body: String,
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
