//! The machinery under the trade: it knows databases, wires and keys, and nothing of malls.

pub mod crypto;
pub mod db;
pub mod http;
pub mod idempotency;
pub mod jobs;
pub mod session;
pub mod sheet;

use crate::base::{Clock, Timestamp};
use std::sync::Arc;

/// What every slice needs from below. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Core {
    /// The database.
    pub db: db::Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The keys.
    pub vault: crypto::Vault,
    /// How long logins live.
    pub sessions: session::Settings,
}

impl Core {
    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
