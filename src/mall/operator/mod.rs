//! Operators: people in the admin. For now they log in; rights come with the admin's writing routes.
//!
//! Table: `operator`.

mod store;

pub use self::store::{by_name, exists, upsert};

use crate::base::{Code, OperatorId, Result, TenantId};
use crate::infra::crypto;
use crate::infra::db::Db;

/// Who has this name and password.
///
/// An unknown name costs as much time as a wrong password, so that names cannot be found out.
pub async fn check(db: &Db, tenant: TenantId, username: &str, password: String) -> Result<OperatorId> {
    let found = store::by_name(&mut db.read().await?, tenant, username).await?;
    let (id, hash) = found.map_or((None, NOBODY.to_owned()), |(id, hash)| (Some(id), hash));
    let right = tokio::task::spawn_blocking(move || crypto::verify_password(&password, &hash)).await?;
    id.filter(|_| right).ok_or_else(|| Code::InvalidCredentials.into())
}

/// The hash of a random text that nobody has.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$YCpc4Sk3G4bPHp8F2mQ7K5NX0yHTRXD0Vn0eZc0l3rQ";
