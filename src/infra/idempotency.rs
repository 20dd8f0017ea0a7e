//! The same request twice does the work once.
//!
//! A key belongs to its owner (a customer, an operator). The same key with the same request gets the
//! kept answer, with another request 422. Refusals keep nothing: they changed nothing.
//!
//! Work of one transaction claims its key there, with its answer beside it ([`known`], [`answered`];
//! for many at once [`claim_answered`]).
//! Work that calls others between its transactions holds its key meanwhile ([`once`]); such work
//! must be safe to repeat, for a process that dies leaves a hold that ends by itself.

use super::Core;
use super::crypto;
use super::db::{Conn, Tx};
use crate::base::{Code, Result, TenantId, Timestamp};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;
use uuid::Uuid;

/// How long a key is held for work that does not end: longer than any call to WeChat with its repeats.
const HOLD: Duration = Duration::from_mins(2);

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

    /// The same where the header may be left out.
    pub fn if_given(
        headers: &HeaderMap,
        tenant_id: TenantId,
        owner_id: Uuid,
        asked: &[&[u8]],
    ) -> Result<Option<Self>> {
        if !headers.contains_key(HEADER) {
            return Ok(None);
        }
        Self::from_headers(headers, tenant_id, owner_id, asked).map(Some)
    }
}

/// A kept answer: JSON, sent as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(pub String);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// Does `work` once for each key and keeps its answer; without a key it just does it.
/// Errors: 422 for a key of another request, 409 while the first one runs, and those of `work`.
pub async fn once<T: Serialize>(
    core: &Core,
    key: Option<&Key>,
    work: impl Future<Output = Result<T>>,
) -> Result<Answer> {
    let Some(key) = key else { return Ok(Answer(serde_json::to_string(&work.await?)?)) };
    let until = core.now().after(HOLD);
    if !hold(core, key, until).await? {
        let known = look_all(&mut core.db.read().await?, &[key]).await?;
        let Some((_, kept)) = known.into_iter().next() else { return Err(Code::IdempotencyInFlight.into()) };
        return Ok(Answer(core.vault.open(&place(key), &kept?)?));
    }
    let answer = match work.await {
        Ok(answer) => serde_json::to_string(&answer)?,
        Err(error) => {
            let_go(core, key, until).await?;
            return Err(error);
        }
    };
    keep(core, key, until, &core.vault.seal(&place(key), &answer)).await?;
    Ok(Answer(answer))
}

/// For work of one transaction: the kept answer of a key that was used before.
/// Errors: 422 for a key of another request, 409 while the first one runs.
pub async fn known(tx: &mut Tx, core: &Core, key: &Key) -> Result<Option<Answer>> {
    match look_all(tx, &[key]).await?.into_iter().next() {
        Some((_, kept)) => Ok(Some(Answer(core.vault.open(&place(key), &kept?)?))),
        None => Ok(None),
    }
}

/// Keeps the answer in the transaction that does the work.
/// Errors: 409 when another request took the key meanwhile; the caller must not commit then.
pub async fn answered<T: Serialize>(tx: &mut Tx, core: &Core, key: &Key, answer: &T) -> Result<Answer> {
    let body = serde_json::to_string(answer)?;
    let kept = (key.clone(), core.vault.seal(&place(key), &body));
    if claim_answered(tx, &[kept], core.now()).await?.is_empty() {
        return Err(Code::IdempotencyInFlight.into());
    }
    Ok(Answer(body))
}

/// Answers may name people: what [`once`] and [`answered`] keep is sealed.
fn place(key: &Key) -> String {
    format!("idempotency/body/{}/{}", key.owner_id, key.key)
}

/// Takes a key that is free, or whose holder must be dead.
async fn hold(core: &Core, key: &Key, until: Timestamp) -> Result<bool> {
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

async fn keep(core: &Core, key: &Key, until: Timestamp, answer: &str) -> Result<()> {
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

async fn let_go(core: &Core, key: &Key, until: Timestamp) -> Result<()> {
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
