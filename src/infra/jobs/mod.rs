//! Work that outlives the request which asked for it.
//!
//! A [`Job`] is a struct whose constants are its policy. [`enqueue`] inserts it in the caller's
//! transaction: the job exists if and only if the change does, so the table is the outbox too.
//! A [`Worker`] leases due jobs, runs them outside any transaction, and retries with back-off until
//! [`Job::ATTEMPTS`]; then, or at once when it says that it is [hopeless](Done::Hopeless), the job is dead
//! and waits for an operator. A job that is done is deleted, or stays for a while when it has a
//! [`Job::subject`], whose story it is part of.

mod store;
mod worker;

pub use self::store::{JobRow, about, backlog, list, purge, replay};
pub use self::worker::{Settings, Worker};

use crate::base::{Result, TenantId, Timestamp};
use crate::infra::crypto;
use crate::infra::db::Conn;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use uuid::Uuid;

crate::id!(
    /// One piece of work to do.
    JobId,
    "job"
);

/// What a run of a job ends in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// Nothing is left to do.
    Finished,
    /// All is well, but look again at this time. Does not count as a failed attempt.
    Again(Timestamp),
    /// Only a person can help, for this reason: it is dead at once, however many tries it has left.
    Hopeless(String),
}

/// A piece of work, for the context `C` (the application).
pub trait Job<C>: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the table; never changes while rows can hold it.
    const KIND: &'static str;
    /// After so many failures it is dead.
    const ATTEMPTS: u32 = 20;

    /// In whose mall the work is.
    fn tenant(&self) -> TenantId;

    /// What the work is about, by which stories and invariants find it: a trade; or the notice or
    /// message that it handles, of which there is one such job each.
    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// Does the work. May run more than once, also at the same time as itself after a lease ran
    /// out: whatever it does must be guarded by what it changes.
    fn run(self, context: &C) -> impl Future<Output = anyhow::Result<Done>> + Send;
}

/// The wait after the `attempt`-th failure: 1 s, 2 s, 4 s … at most an hour, ± a quarter.
pub fn back_off(attempt: i64, jitter: f64) -> Duration {
    let power = u32::try_from(attempt.clamp(1, 12)).unwrap_or(12) - 1;
    Duration::from_secs((1_u64 << power).min(3600)).mul_f64(0.75 + 0.5 * jitter.clamp(0.0, 1.0))
}

/// Puts `job` on the list, due at `at`, in the caller's transaction.
pub async fn enqueue<C, J: Job<C>>(db: &mut Conn, job: &J, now: Timestamp, at: Timestamp) -> Result<()> {
    enqueue_all::<C, J>(db, now, &[(job, at)]).await
}

/// Puts many jobs of one kind on the list with one statement.
pub async fn enqueue_all<C, J: Job<C>>(
    db: &mut Conn,
    now: Timestamp,
    jobs: &[(&J, Timestamp)],
) -> Result<()> {
    let rows = jobs.iter().map(|(job, at)| row::<C, J>(job, now, *at)).collect::<Result<Vec<_>>>()?;
    store::insert(db, now, &rows).await?;
    Ok(())
}

/// Sees to it that the tenant has the one job of this kind, due now unless it waits already; one that
/// is dead lives again. However many instances do so at a time, it is one.
pub async fn ensure<C, J: Job<C>>(db: &mut Conn, job: &J, now: Timestamp) -> Result<()> {
    let row = store::NewJob { id: only(job.tenant(), J::KIND), ..row::<C, J>(job, now, now)? };
    Ok(store::ensure(db, now, &row).await?)
}

/// The id of the one job of a kind that a tenant has: as old as the tenant, so that lists show it last.
fn only(tenant: TenantId, kind: &str) -> JobId {
    let mut bytes = tenant.uuid().into_bytes();
    let hash = crypto::digest(&[&bytes, kind.as_bytes()].concat());
    bytes[9..].copy_from_slice(&hash[..7]);
    JobId::from_uuid(Uuid::from_bytes(bytes))
}

/// Makes a job that waits due at `at`, if that is sooner; one that is running just now runs once more,
/// for what it has seen may be older. `false` when there is no such job, or none that lives. The job must
/// have a [`Job::subject`].
pub async fn wake<C, J: Job<C>>(db: &mut Conn, job: &J, at: Timestamp) -> Result<bool> {
    let (tenant, subject) = (job.tenant(), job.subject());
    Ok(store::wake(db, tenant, J::KIND, (subject, serde_json::to_value(job)?), at).await?)
}

fn row<C, J: Job<C>>(job: &J, now: Timestamp, run_at: Timestamp) -> Result<store::NewJob> {
    Ok(store::NewJob {
        id: JobId::fresh(now),
        tenant_id: job.tenant(),
        kind: J::KIND,
        payload: serde_json::to_value(job)?,
        subject_id: job.subject(),
        run_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_one_job_of_a_kind_as_old_as_itself() {
        let at = Timestamp::from_millis(1_700_000_000_000);
        let (one, other) = (TenantId::fresh(at), TenantId::fresh(at));
        assert_eq!(only(one, "sweep"), only(one, "sweep"));
        assert_ne!(only(one, "sweep"), only(one, "reconcile"));
        assert_ne!(only(one, "sweep"), only(other, "sweep"));
        let age = |id: Uuid| id.get_timestamp().unwrap().to_unix();
        assert_eq!(age(only(one, "sweep").uuid()).0, age(one.uuid()).0);
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        assert_eq!(back_off(1, 0.5), Duration::from_secs(1));
        assert_eq!(back_off(3, 0.5), Duration::from_secs(4));
        assert!(back_off(1_000, 1.0) <= Duration::from_mins(75));
    }
}
