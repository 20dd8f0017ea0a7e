//! What must be true at any moment. Each invariant is one query for the rows that break it.

mod store;

use crate::base::TenantId;
use crate::infra::db::{Conn, Result};
use serde::Serialize;

/// One invariant and how many rows break it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// Its name.
    #[schema(example = "ledger_balanced")]
    pub name: &'static str,
    /// What must be true.
    pub rule: &'static str,
    /// How many rows break it.
    pub broken: i64,
    /// Whether none does.
    pub holds: bool,
}

/// Asks the database about every invariant of a tenant.
pub async fn check(db: &mut Conn, tenant: TenantId) -> Result<Vec<Finding>> {
    let counts = store::broken(db, tenant).await?;
    Ok(counts
        .into_iter()
        .map(|(name, rule, broken)| Finding { name, rule, broken, holds: broken == 0 })
        .collect())
}
