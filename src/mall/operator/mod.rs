//! Operators: people in the admin. For now they log in; rights come with the admin's writing routes.
//!
//! Table: `operator`.

mod store;

pub use self::store::exists;

use crate::base::{Code, OperatorId, Result, TenantId};
use crate::infra::Core;
use crate::infra::crypto;
use crate::infra::db::Db;
use crate::infra::session::{self, Realm, Subject};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Who has this name and password.
///
/// An unknown name costs as much time as a wrong password, so that names cannot be found out.
pub async fn check(db: &Db, tenant: TenantId, username: &str, password: String) -> Result<OperatorId> {
    let found = store::by_name(&mut db.read().await?, tenant, username).await?;
    let (id, hash) = found.map_or((None, None), |(id, hash)| (Some(id), Some(hash)));
    let turn = tokio::time::timeout(PATIENCE, TURNS.acquire()).await.map_err(|_| Code::TooManyTries)?;
    let right = tokio::task::spawn_blocking(move || {
        crypto::verify_password(&password, hash.as_deref().unwrap_or(&NOBODY))
    });
    let right = right.await?;
    drop(turn);
    id.filter(|_| right).ok_or_else(|| Code::InvalidCredentials.into())
}

/// Gives the operator `name` a new random password, making the operator if there is none, and ends
/// their logins.
pub async fn new_password(core: &Core, tenant: TenantId, name: &str) -> Result<String> {
    let password = crypto::random_password();
    let hashed = password.clone();
    let hash = tokio::task::spawn_blocking(move || crypto::hash_password(&hashed)).await??;
    let mut tx = core.db.begin().await?;
    let id = store::upsert(&mut tx, tenant, name, &hash, core.now()).await?;
    let subject = Subject { realm: Realm::Admin, tenant_id: tenant, id: id.uuid() };
    session::end_all(&mut tx, subject, core.now()).await?;
    tx.commit().await?;
    Ok(password)
}

/// How many passwords are checked at a time. Each costs memory and time on purpose; more at once
/// would let strangers take both from the shoppers.
static TURNS: Semaphore = Semaphore::const_new(2);

/// How long to wait for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The hash of a random text that nobody has.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| crypto::hash_password(&crypto::random_token()).expect("argon2 hashes any text"));
