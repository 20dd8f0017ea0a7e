//! Notifications and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its next attempt.
    Pending,
    /// The receiver answered 200 or 204.
    Delivered,
    /// All resends of the schedule failed.
    GivenUp,
    /// Lost on purpose, because notifications were off.
    Dropped,
}

/// One attempt to deliver a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// The HTTP status of the receiver; `None` when there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// A notification on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) notification_id: String,
    pub(crate) mchid: String,
    pub(crate) url: String,
    pub(crate) event_type: String,
    pub(crate) original_type: String,
    pub(crate) summary: String,
    pub(crate) plaintext: Value,
    pub(crate) created_at: i64,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: Vec<Attempt>,
    /// How many waits of the schedule were used.
    pub(crate) waits: usize,
    pub(crate) next_at: i64,
}

/// All notifications, numbered from 1.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Outbox {
    pub(crate) last: u64,
    pub(crate) all: BTreeMap<u64, Delivery>,
    pub(crate) pending: BTreeSet<u64>,
    pub(crate) paused: bool,
    pub(crate) off: bool,
    /// Being sent at this moment; a restart forgets it and sends again.
    #[serde(skip)]
    pub(crate) in_flight: BTreeSet<u64>,
}
