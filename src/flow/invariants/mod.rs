//! What must be true at any moment, on a live system too. Each invariant is one query for the rows
//! that break it: one statement sees one state of the database, so work in progress breaks none.
//!
//! Most of them the schema holds as well, by constraints; they are asked all the same, for a
//! database may have been restored, repaired by hand, or run with another schema before.
//!
//! To add one: a row in the list of its area, and in `tests/it/invariants/breaks` the statement
//! that breaks it.

mod after_sales;
mod books;
mod ledger;
mod notices;
mod payments;
mod refunds;
mod shipments;
mod stock;
mod store;
mod tenants;
mod trades;
mod work;

use crate::base::{TenantId, id};
use crate::infra::db::{Conn, Result};
use serde::Serialize;

/// So many of the rows that break an invariant are listed.
pub const MOST_LISTED: usize = 100;

/// Something that must be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invariant {
    /// Its name; never changes.
    pub name: &'static str,
    /// What must be true, in a sentence.
    pub rule: &'static str,
    /// What the ids of its rows begin with.
    pub prefix: &'static str,
    /// Selects the ids (one uuid column) of the rows of tenant `$1` that break it. No `order by`, no `limit`.
    pub sql: &'static str,
}

const AREAS: &[&[Invariant]] = &[
    stock::ALL,
    trades::ALL,
    payments::ALL,
    refunds::ALL,
    after_sales::ALL,
    shipments::ALL,
    ledger::ALL,
    books::ALL,
    notices::ALL,
    tenants::ALL,
    work::ALL,
];

/// One invariant and the rows that break it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// Its name.
    #[schema(example = "ledger_balanced")]
    pub name: &'static str,
    /// What must be true.
    pub rule: &'static str,
    /// How many rows break it: at least so many when there are `more`.
    pub broken: usize,
    /// Whether none does.
    pub holds: bool,
    /// The ids of the rows that break it, at most a hundred.
    #[schema(example = json!(["ledger_01j9x3mz8ke6rr0v2t4w5y7a9b"]))]
    pub violations: Vec<String>,
    /// Whether there are more than are listed.
    pub more: bool,
}

/// All of them, in the order in which they are looked at.
pub fn all() -> impl Iterator<Item = &'static Invariant> {
    AREAS.iter().copied().flatten()
}

/// Asks the database about one invariant of a tenant.
pub async fn look(db: &mut Conn, invariant: &Invariant, tenant: TenantId) -> Result<Finding> {
    let mut found = store::broken(db, invariant.sql, tenant, MOST_LISTED + 1).await?;
    let more = found.len() > MOST_LISTED;
    found.truncate(MOST_LISTED);
    found.sort_unstable();
    let name = |broken: &uuid::Uuid| format!("{}_{}", invariant.prefix, id::encode(*broken));
    Ok(Finding {
        name: invariant.name,
        rule: invariant.rule,
        broken: found.len() + usize::from(more),
        holds: found.is_empty(),
        violations: found.iter().map(name).collect(),
        more,
    })
}

/// Asks the database about every invariant of a tenant.
pub async fn check(db: &mut Conn, tenant: TenantId) -> Result<Vec<Finding>> {
    let mut findings = vec![];
    for invariant in all() {
        findings.push(look(db, invariant, tenant).await?);
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_invariant_is_named_once_and_asks_about_one_tenant() {
        let mut names = HashSet::new();
        for Invariant { name, rule, prefix, sql } in all() {
            assert!(names.insert(*name), "{name} stands there twice");
            assert!(!rule.is_empty() && !prefix.is_empty(), "{name}");
            assert!(sql.starts_with("select ") && sql.contains(".tenant_id = $1"), "{name}");
            assert!(!sql.contains("$2") && !sql.contains(" limit "), "{name}");
        }
        assert!(names.len() >= 30, "only {}", names.len());
    }
}
