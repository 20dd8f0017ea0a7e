//! Faults drawn by chance, the same ones for the same seed.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Effect, Now, Place};
use crate::crypto::sha256;

/// So many calls and notifications of a hundred go wrong, at random.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// Between 0 and 1.
    pub rate: f64,
    /// The same seed and the same calls, one after the other, give the same faults.
    pub seed: u64,
}

/// Draws by call: the third refund has the same luck whatever else happens in between.
#[derive(Debug)]
pub(super) struct Dice {
    chaos: Chaos,
    thrown: HashMap<String, u64>,
}

/// The luck of one call.
struct Throw([u8; 32]);

impl Throw {
    /// An even number below 1.
    fn share(&self) -> f64 {
        let high = u32::from_be_bytes([self.0[0], self.0[1], self.0[2], self.0[3]]);
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }

    fn choose<'a>(&self, of: &'a [Effect]) -> &'a Effect {
        &of[usize::from(u16::from_be_bytes([self.0[4], self.0[5]])) % of.len()]
    }
}

impl Dice {
    pub(super) fn new(chaos: Chaos) -> Self {
        Self { chaos, thrown: HashMap::new() }
    }

    pub(super) fn chaos(&self) -> Chaos {
        self.chaos
    }

    fn throw(&mut self, name: &str, effects: &[Effect]) -> Option<Now> {
        let count = self.thrown.entry(name.to_owned()).or_default();
        *count += 1;
        let throw = Throw(sha256(format!("{}/{name}/{count}", self.chaos.seed).as_bytes()));
        let bad = throw.share() < self.chaos.rate;
        bad.then(|| throw.choose(effects))
            .map(|does| Now { does: does.clone(), label: format!("chaos: {does:?}") })
    }

    pub(super) fn of_call(&mut self, place: Place) -> Option<Now> {
        let own = if place.pay { pay_faults() } else { mini_faults() };
        self.throw(place.name, &[common_faults(), own].concat())
    }

    pub(super) fn of_notification(&mut self, event: &str) -> Option<Now> {
        self.throw(&format!("notify:{event}"), &notification_faults())
    }
}

fn error(status: u16, code: &str, after_work: bool) -> Effect {
    Effect::Error { status, code: code.to_owned(), after_work }
}

/// What befalls both servers: the network and the gateways before them.
fn common_faults() -> Vec<Effect> {
    vec![
        Effect::Delay { ms: 200, after_work: false },
        Effect::Delay { ms: 400, after_work: true },
        Effect::Hang { ms: 3000, after_work: true },
        Effect::Reset { after_work: false },
        Effect::Reset { after_work: true },
        Effect::Truncated,
        Effect::Html { status: 502, after_work: false },
        Effect::Html { status: 200, after_work: true },
        error(503, "SERVICE_UNAVAILABLE", false),
    ]
}

fn pay_faults() -> Vec<Effect> {
    vec![
        error(500, "SYSTEM_ERROR", false),
        error(500, "SYSTEM_ERROR", true),
        error(429, "FREQUENCY_LIMITED", false),
        error(429, "FREQUENCY_LIMITED", true),
        Effect::Unsigned,
        Effect::BadSignature,
        Effect::Probe,
    ]
}

fn mini_faults() -> Vec<Effect> {
    vec![
        error(0, "-1", false),
        error(0, "-1", true),
        error(0, "45011", false),
        Effect::InvalidateToken,
        Effect::TextPlain,
    ]
}

fn notification_faults() -> Vec<Effect> {
    vec![
        Effect::Lose,
        Effect::Repeat { times: 2 },
        Effect::Reorder,
        Effect::Late { secs: 60 },
        Effect::BadSignature,
        Effect::Probe,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, rate: f64) -> Vec<Option<Now>> {
        let mut dice = Dice::new(Chaos { rate, seed });
        (0..2000).map(|_| dice.of_notification("TRANSACTION.SUCCESS")).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_run_and_another_seed_another() {
        assert_eq!(run(7, 0.05), run(7, 0.05));
        assert_ne!(run(7, 0.05), run(8, 0.05));
    }

    #[test]
    fn about_as_many_go_wrong_as_asked_for() {
        let bad = run(7, 0.05).iter().flatten().count();
        assert!((60..=140).contains(&bad), "{bad} of 2000");
        assert_eq!(run(7, 0.0).iter().flatten().count(), 0);
        assert_eq!(run(7, 1.0).iter().flatten().count(), 2000);
    }
}
