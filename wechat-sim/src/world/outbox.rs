//! Notifications and what became of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Task, World, numbered};

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its next attempt.
    Pending,
    /// The receiver took it.
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
    /// Why there was no answer, or why the answer was no good.
    pub error: Option<String>,
    /// The fault that was played, if any.
    #[serde(default)]
    pub fault: Option<String>,
}

/// What is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Parcel {
    /// A notification of WeChat Pay.
    Pay { mchid: String, event_type: String, original_type: String, summary: String, plaintext: Value },
    /// A message push of a mini program; the content as JSON, whatever format it is sent in.
    Push { app_id: String, content: Value },
}

impl Parcel {
    /// The name faults are planned by: `TRANSACTION.SUCCESS`, `user_enter_tempsession`, `text`, …
    pub(crate) fn event(&self) -> &str {
        match self {
            Self::Pay { event_type, .. } => event_type,
            Self::Push { content, .. } => {
                let event = content["Event"].as_str();
                event.or(content["MsgType"].as_str()).unwrap_or_default()
            }
        }
    }
}

/// A notification on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) notification_id: String,
    pub(crate) parcel: Parcel,
    pub(crate) url: String,
    pub(crate) created_at: i64,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: Vec<Attempt>,
    /// How many waits of the schedule were used.
    pub(crate) waits: usize,
    /// How often it still goes out although the receiver took it.
    #[serde(default)]
    pub(crate) repeats: u32,
}

impl World {
    /// Puts a notification into the outbox, to be sent at `at`, or lost when it is `None`.
    pub(crate) fn post(&mut self, mut delivery: Delivery, at: Option<i64>) -> u64 {
        let id = self.deliveries.next_number();
        if at.is_none() {
            delivery.state = DeliveryState::Dropped;
        }
        self.deliveries.insert(numbered(id), delivery);
        if let Some(at) = at {
            self.send_at(id, at);
        }
        id
    }

    /// Sends a notification at a moment, also one that was delivered or dropped.
    pub(crate) fn send_at(&mut self, id: u64, at: i64) {
        let Some(delivery) = self.deliveries.get_mut(&numbered(id)) else { return };
        delivery.state = DeliveryState::Pending;
        self.sending.remove(&id);
        self.waiting.insert(numbered(id), at);
        self.letters.add(at, id);
    }

    /// Takes a waiting notification to send it now: its due time has come, or `now` is `None`.
    pub(crate) fn claim(&mut self, id: u64, now: Option<i64>) -> bool {
        let due = self.waiting.get(&numbered(id)).is_some_and(|due| now.is_none_or(|now| *due <= now));
        due && self.waiting.remove(&numbered(id)).is_some() && self.sending.insert(id)
    }

    /// Whether the newest notification about an order, by its number, has been tried.
    pub(crate) fn was_told(&self, number: &str) -> bool {
        let about = |delivery: &&Delivery| match &delivery.parcel {
            Parcel::Pay { plaintext, .. } => {
                plaintext["out_trade_no"] == number || plaintext["combine_out_trade_no"] == number
            }
            Parcel::Push { .. } => false,
        };
        self.deliveries.values().rev().find(about).is_some_and(|delivery| !delivery.attempts.is_empty())
    }

    /// Whether nothing is left to deliver.
    pub(crate) fn all_delivered(&self) -> bool {
        self.waiting.is_empty() && self.sending.is_empty()
    }

    /// Sends at once what was pending but on nobody's list.
    pub(super) fn requeue(&mut self, now: i64) {
        let lost: Vec<u64> = self
            .deliveries
            .iter()
            .filter(|(key, delivery)| delivery.state == DeliveryState::Pending && !self.waiting.contains(key))
            .filter_map(|(key, _)| key.parse().ok())
            .collect();
        for id in lost {
            self.send_at(id, now);
        }
    }

    /// Moves every wait that ends later.
    pub(crate) fn retime(&mut self, moved: impl Fn(i64) -> i64) {
        self.agenda.retime(Task::is_wait, &moved);
        self.letters.retime(|_| true, &moved);
        let waiting: Vec<(String, i64)> = self.waiting.iter().map(|(key, at)| (key.clone(), *at)).collect();
        for (key, at) in waiting {
            self.waiting.insert(key, moved(at));
        }
    }
}
