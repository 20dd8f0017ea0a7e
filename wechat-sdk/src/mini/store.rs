//! Sharing access tokens between processes.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::ids::AppId;
use crate::secret::Secret;

/// An access token and when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token; up to 512 characters and more.
    pub value: Secret,
    /// Unix seconds.
    pub expires_at: i64,
}

/// The number of a lease. Later leases have greater numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub u64);

/// What became of a token that was to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is the shared one now.
    Yes,
    /// A later lease has saved already; this one was dropped.
    TooLate,
}

/// The store is out of order. The client then works as if it were empty.
#[derive(Debug, thiserror::Error)]
#[error("the token store failed: {0}")]
pub struct StoreError(Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps the cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// How many forced refreshes there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForceLimit {
    /// On one day.
    pub per_day: u32,
    /// Seconds between two.
    pub apart: i64,
}

impl ForceLimit {
    /// The day that a moment belongs to, at +08:00.
    #[must_use]
    pub fn day(now: i64) -> i64 {
        now.saturating_add(8 * 3600).div_euclid(86_400)
    }
}

/// Where the processes of one app share its token. Times are Unix seconds and come from the client's clock.
#[async_trait]
pub trait TokenStore: Send + Sync + Debug {
    /// The shared token, if there is one.
    async fn load(&self, app: &AppId) -> Result<Option<Token>, StoreError>;

    /// The right to renew the token for `ttl`; `None` if another process has it.
    async fn lease(&self, app: &AppId, ttl: Duration, now: i64) -> Result<Option<Fence>, StoreError>;

    /// Shares a token and ends the lease, unless a later lease has saved. It must not outlive the token.
    async fn save(&self, app: &AppId, token: &Token, fence: Fence, now: i64) -> Result<Saved, StoreError>;

    /// Ends a lease without a token.
    async fn release(&self, app: &AppId, fence: Fence) -> Result<(), StoreError>;

    /// Takes one of the forced refreshes of the day (at +08:00), if there is one left and the last one is long enough
    /// ago: WeChat counts them for all processes together.
    async fn take_forced(&self, app: &AppId, limit: ForceLimit, now: i64) -> Result<bool, StoreError>;

    /// Removes the shared token, but only if it is still this one.
    async fn invalidate(&self, app: &AppId, token: &Secret) -> Result<(), StoreError>;
}

/// Shares tokens between the clients of one process.
#[derive(Debug, Default)]
pub struct MemoryTokens {
    apps: Mutex<HashMap<AppId, Entry>>,
}

#[derive(Debug, Default)]
struct Entry {
    token: Option<Token>,
    issued: u64,
    saved: u64,
    lease: Option<(Fence, i64)>,
    forced: Forced,
}

/// What forced refreshes have used.
#[derive(Debug, Default)]
struct Forced {
    last: Option<i64>,
    day: i64,
    used: u32,
}

impl Forced {
    fn take(&mut self, limit: ForceLimit, now: i64) -> bool {
        if self.last.is_some_and(|last| now.saturating_sub(last) < limit.apart) {
            return false;
        }
        let day = ForceLimit::day(now);
        if day != self.day {
            (self.day, self.used) = (day, 0);
        }
        if self.used >= limit.per_day {
            return false;
        }
        (self.used, self.last) = (self.used + 1, Some(now));
        true
    }
}

impl MemoryTokens {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, app: &AppId, work: impl FnOnce(&mut Entry) -> T) -> T {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        work(apps.entry(app.clone()).or_default())
    }
}

#[async_trait]
impl TokenStore for MemoryTokens {
    async fn load(&self, app: &AppId) -> Result<Option<Token>, StoreError> {
        Ok(self.with(app, |entry| entry.token.clone()))
    }

    async fn lease(&self, app: &AppId, ttl: Duration, now: i64) -> Result<Option<Fence>, StoreError> {
        let ends = now.saturating_add(i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX));
        Ok(self.with(app, |entry| entry.lease(now, ends)))
    }

    async fn save(&self, app: &AppId, token: &Token, fence: Fence, _now: i64) -> Result<Saved, StoreError> {
        Ok(self.with(app, |entry| entry.save(token, fence)))
    }

    async fn release(&self, app: &AppId, fence: Fence) -> Result<(), StoreError> {
        self.with(app, |entry| entry.release(fence));
        Ok(())
    }

    async fn take_forced(&self, app: &AppId, limit: ForceLimit, now: i64) -> Result<bool, StoreError> {
        Ok(self.with(app, |entry| entry.forced.take(limit, now)))
    }

    async fn invalidate(&self, app: &AppId, token: &Secret) -> Result<(), StoreError> {
        self.with(app, |entry| {
            entry.token.take_if(|current| current.value == *token);
        });
        Ok(())
    }
}

impl Entry {
    fn lease(&mut self, now: i64, ends: i64) -> Option<Fence> {
        if self.lease.is_some_and(|(_, until)| until > now) {
            return None;
        }
        self.issued += 1;
        let fence = Fence(self.issued);
        self.lease = Some((fence, ends));
        Some(fence)
    }

    fn save(&mut self, token: &Token, fence: Fence) -> Saved {
        self.release(fence);
        if fence.0 < self.saved {
            return Saved::TooLate;
        }
        self.saved = fence.0;
        self.token = Some(token.clone());
        Saved::Yes
    }

    fn release(&mut self, fence: Fence) {
        self.lease.take_if(|(held, _)| *held == fence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forced_refreshes_are_apart_and_few() {
        let limit = ForceLimit { per_day: 5, apart: 30 };
        let mut forced = Forced::default();
        let start = 100 * 86_400;
        assert!(forced.take(limit, start));
        assert!(!forced.take(limit, start + 29));
        let taken = (1..100).filter(|turn| forced.take(limit, start + 30 * turn)).count();
        assert_eq!(taken, 4);
        // Days begin at midnight in China.
        assert!(!forced.take(limit, start + 57_599));
        assert!(forced.take(limit, start + 57_600));
    }
}
