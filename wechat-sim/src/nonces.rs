//! The nonces of signed requests, to notice one that is replayed.

use std::collections::{HashSet, VecDeque};

/// Longer than a signature is accepted.
const LIFE: i64 = 600_000;

/// The nonces of the last ten minutes.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    /// In the order they came.
    times: VecDeque<(i64, String)>,
    known: HashSet<String>,
}

impl Nonces {
    /// Whether the nonce is new.
    pub(crate) fn take(&mut self, nonce: String, now: i64) -> bool {
        while self.times.front().is_some_and(|(at, _)| *at < now - LIFE) {
            if let Some((_, nonce)) = self.times.pop_front() {
                self.known.remove(&nonce);
            }
        }
        let new = self.known.insert(nonce.clone());
        if new {
            self.times.push_back((now, nonce));
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_new_once_in_ten_minutes() {
        let mut nonces = Nonces::default();
        assert!(nonces.take("a".to_owned(), 0));
        assert!(!nonces.take("a".to_owned(), LIFE));
        assert!(nonces.take("a".to_owned(), LIFE + 1));
    }
}
