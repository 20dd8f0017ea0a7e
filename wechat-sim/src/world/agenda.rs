//! What happens by itself as time goes by.

use serde::{Deserialize, Serialize};

use super::table::Table;

/// Something that happens at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// A refund ends its processing, by its key.
    SettleRefund(String),
    /// Nobody entered the password for a payment code, by the key of the order.
    EndPassword(String),
    /// A platform certificate expires, by the merchant.
    SucceedCertificate(String),
    /// A sharing reaches its receivers, by its key.
    SettleSharing(String),
    /// A return has taken too long, by its key.
    ExpireReturn(String),
    /// A transfer goes one step on, by its key.
    StepTransfer(String),
    /// The user has not confirmed a transfer in time, by its key.
    ExpireTransfer(String),
    /// The user has not confirmed an authorization in time, by its key.
    ExpireAuthorization(String),
    /// A payment came to the management of shipping, by its transaction id.
    WatchShipping(String),
    /// A payment should have been shipped, by its transaction id.
    RemindShipping(String),
    /// An app with payments never shipped, by its appid.
    RemindAccess(String),
    /// The shopper has the goods though nothing was said: `transaction_id/round`.
    ConfirmReceipt(String),
    /// The money of a payment is let go, by its transaction id.
    SettleTrade(String),
    /// A picture or a sound was looked at, by its `trace_id`.
    JudgeMedia(String),
}

impl Task {
    /// Whether it ends a wait, which the speed shortens, and is not bound to a moment of the calendar.
    pub(crate) fn is_wait(&self) -> bool {
        !matches!(self, Self::EndPassword(_) | Self::SucceedCertificate(_))
    }
}

/// Things to do by the moment they are due, in milliseconds; those of one moment in the order they were made.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    pub(super) tasks: Table<T>,
    made: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { tasks: Table::default(), made: 0 }
    }
}

impl<T: Clone> Agenda<T> {
    pub(crate) fn add(&mut self, at: i64, task: T) {
        self.made += 1;
        let key = format!("{:020}/{:020}", at.max(0), self.made);
        self.tasks.insert(key, task);
    }

    /// When the next task is due.
    pub(crate) fn next(&self) -> Option<i64> {
        self.tasks.first().map(|(key, _)| due(key))
    }

    pub(crate) fn is_due(&self, now: i64) -> bool {
        self.next().is_some_and(|at| at <= now)
    }

    /// The next task whose time has come, with the moment it was due.
    pub(crate) fn take_due(&mut self, now: i64) -> Option<(i64, T)> {
        let key = self.tasks.first().filter(|(key, _)| due(key) <= now)?.0.clone();
        Some((due(&key), self.tasks.remove(&key)?))
    }

    /// Moves every task that `wanted` wants to the moment that `moved` says.
    pub(crate) fn retime(&mut self, wanted: impl Fn(&T) -> bool, moved: impl Fn(i64) -> i64) {
        let wanted = self.tasks.iter().filter(|(_, task)| wanted(task));
        let all: Vec<(String, T)> = wanted.map(|(key, task)| (key.clone(), task.clone())).collect();
        for (key, task) in all {
            self.tasks.remove(&key);
            self.add(moved(due(&key)), task);
        }
    }

    /// Goes on counting behind what was loaded.
    pub(super) fn loaded(&mut self) {
        let last = self.tasks.iter().filter_map(|(key, _)| key.split_once('/')?.1.parse().ok()).max();
        self.made = last.unwrap_or(0);
    }
}

fn due(key: &str) -> i64 {
    key.split_once('/').and_then(|(at, _)| at.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_come_in_the_order_of_their_time() {
        let mut agenda = Agenda::default();
        for (at, id) in [(30, 3), (10, 1), (20, 2), (10, 4)] {
            agenda.add(at, id);
        }
        assert_eq!(agenda.next(), Some(10));
        let mut seen = Vec::new();
        while let Some((_, id)) = agenda.take_due(20) {
            seen.push(id);
        }
        assert_eq!(seen, [1, 4, 2]);
        agenda.retime(|_| true, |at| at * 10);
        assert_eq!(agenda.next(), Some(300));
    }
}
