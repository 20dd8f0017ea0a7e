//! Tenants: one mini-program business each. Who they are comes from the settings; the row gives
//! them an id that lasts. A tenant that sells itself has one merchant of its own.
//!
//! Tables: `tenant`, `merchant`.

mod routes;
mod store;

pub use self::routes::admin;
pub use self::store::{all, first_merchant, has_merchant};

use crate::base::{Result, TenantId, Timestamp};
use crate::infra::db::Conn;

/// What the settings say about a tenant.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name in settings and call-back paths.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The mini program's appid.
    pub app_id: String,
    /// The merchant number at WeChat Pay.
    pub mch_id: String,
}

/// Makes the rows agree with the settings; gives the tenant's id.
pub async fn ensure(db: &mut Conn, listed: &Listed, now: Timestamp) -> Result<TenantId> {
    let id = store::upsert(db, TenantId::fresh(now), listed, now).await?;
    if store::first_merchant(db, id).await?.is_none() {
        store::insert_merchant(db, id, &listed.name, now).await?;
    }
    Ok(id)
}
