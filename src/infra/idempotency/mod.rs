//! The same request twice does the work once.
//!
//! A key belongs to its owner (a customer, an operator). The same key with the same request gets the
//! kept answer, with another request 422. Refusals keep nothing: they changed nothing.
//!
//! Work of one transaction claims its key with [`begin`], as the first thing of that transaction: whoever
//! comes with the same key waits there and gets the answer. Many at once claim theirs with
//! [`claim_answered`].
//! Work that calls others between its transactions holds its key meanwhile ([`once`]); such work
//! must be safe to repeat, for a process that dies leaves a hold that ends by itself.

mod asked;
mod store;

pub use self::asked::{Asked, Owner};
pub use self::store::{claim_answered, look_all, purge};

use super::Core;
use super::db::{Conn, Tx};
use crate::base::{Code, Result, TenantId};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;
use uuid::Uuid;

/// How long a key is held for work that does not end: longer than any call to WeChat with its repeats.
const HOLD: Duration = Duration::from_mins(2);

/// A key, its owner, and what was asked with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Whose key.
    pub owner_id: Uuid,
    /// The key.
    pub key: String,
    /// A keyed hash of method, path and body: a body may hold what is not to be guessed.
    pub fingerprint: String,
}

/// A kept answer: JSON, sent as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(pub String);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// Whether a request came before.
#[derive(Debug)]
pub enum Turn {
    /// It did: this was the answer.
    Again(Answer),
    /// It did not.
    First(Once),
}

/// The transaction that does the work of a key. Dropped, it changes nothing and leaves the key free.
#[derive(Debug)]
pub struct Once {
    /// Where the work is done.
    pub tx: Tx,
    key: Key,
}

/// Begins the transaction that does the work of a key. Others with this key wait for its end.
/// Errors: 422 for a key of another request, 409 while [`once`] does the work.
pub async fn begin(core: &Core, key: Key) -> Result<Turn> {
    let mut tx = core.db.begin().await?;
    let own = (key.clone(), String::new());
    if !claim_answered(&mut tx, &[own], core.now()).await?.is_empty() {
        return Ok(Turn::First(Once { tx, key }));
    }
    Ok(Turn::Again(known(&mut tx, core, &key).await?))
}

impl Once {
    /// Keeps the answer, and commits the work with it.
    pub async fn end<T: Serialize>(mut self, core: &Core, answer: &T) -> Result<Answer> {
        let answer = serde_json::to_string(answer)?;
        let kept = core.vault.seal(&place(&self.key), &answer);
        store::keep_claimed(&mut self.tx, &self.key, &kept).await?;
        self.tx.commit().await?;
        Ok(Answer(answer))
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
    if !store::hold(core, key, until).await? {
        return known(&mut core.db.read().await?, core, key).await;
    }
    let answer = match work.await {
        Ok(answer) => serde_json::to_string(&answer)?,
        Err(error) => {
            store::let_go(core, key, until).await?;
            return Err(error);
        }
    };
    store::keep(core, key, until, &core.vault.seal(&place(key), &answer)).await?;
    Ok(Answer(answer))
}

async fn known(db: &mut Conn, core: &Core, key: &Key) -> Result<Answer> {
    let known = look_all(db, &[key]).await?;
    // Whoever held it has let go in this moment.
    let Some((_, kept)) = known.into_iter().next() else { return Err(Code::IdempotencyInFlight.into()) };
    Ok(Answer(core.vault.open(&place(key), &kept?)?))
}

/// Answers may name people: what is kept is sealed.
fn place(key: &Key) -> String {
    format!("idempotency/body/{}/{}", key.owner_id, key.key)
}
