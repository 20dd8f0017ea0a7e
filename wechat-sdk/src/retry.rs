//! When a call is sent again. What is safe depends on the effect of the call, not on the caller's optimism.

use std::time::Duration;

use crate::clock::{Random, below};
use crate::transport::Sent;

/// What sending a call twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it only reads.
    Read,
    /// Nothing more than once: it carries a number of the caller's that makes repeats one call.
    Keyed,
    /// Harm, or the loss of a single-use code.
    Unsafe,
}

/// How often a call is sent again, and how long to wait in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Repeats after an answer that asks for one (429 for reads, `SYSTEM_ERROR`, errcode -1).
    pub repeats: u32,
    /// One more try on the backup host after a broken connection, a timeout, 502 or 503.
    pub failover: bool,
    /// The wait before the first repeat; doubled each time.
    pub first_delay: Duration,
    /// The longest wait.
    pub longest_delay: Duration,
}

impl RetryPolicy {
    /// Two repeats from 200 ms up, and the backup host.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            repeats: 2,
            failover: true,
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(2),
        }
    }

    /// One try, whatever comes back.
    #[must_use]
    pub const fn never() -> Self {
        Self { repeats: 0, failover: false, first_delay: Duration::ZERO, longest_delay: Duration::ZERO }
    }

    /// Decides after a try that went wrong. `None` ends the call.
    pub(crate) fn next(&self, effect: Effect, trouble: Trouble, tries: &mut Tries) -> Option<()> {
        tries.may_have_arrived |= effect != Effect::Read && trouble != Trouble::Silence(Sent::No);
        if !allowed(effect, trouble) {
            return None;
        }
        if trouble.calls_for_backup() {
            let first = self.failover && !tries.on_backup;
            tries.on_backup = true;
            return first.then_some(());
        }
        tries.repeats += 1;
        (tries.repeats <= self.repeats).then_some(())
    }

    /// Between half and the whole of the doubled delay.
    pub(crate) fn delay(&self, tries: &Tries, random: &dyn Random) -> Duration {
        let doubled = self.first_delay.saturating_mul(1 << tries.repeats.saturating_sub(1).min(16));
        let half = doubled.min(self.longest_delay) / 2;
        let jitter = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
        half + Duration::from_micros(below(random, jitter.saturating_add(1)))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::standard()
    }
}

/// What went wrong with one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No answer.
    Silence(Sent),
    /// 502 or 503: the call may have passed.
    Gateway,
    /// 429.
    Limited,
    /// `SYSTEM_ERROR`, 202, or errcode -1: the platform asks for the same call again.
    Busy,
}

impl Trouble {
    fn calls_for_backup(self) -> bool {
        matches!(self, Self::Silence(_) | Self::Gateway)
    }
}

/// How far a call has got.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tries {
    pub(crate) on_backup: bool,
    pub(crate) repeats: u32,
    /// A try without an answer may have arrived, whatever a later one says.
    pub(crate) may_have_arrived: bool,
}

fn allowed(effect: Effect, trouble: Trouble) -> bool {
    match trouble {
        Trouble::Silence(Sent::No) => true,
        Trouble::Silence(Sent::Maybe) | Trouble::Gateway | Trouble::Busy => effect != Effect::Unsafe,
        Trouble::Limited => effect == Effect::Read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[test]
    fn only_what_cannot_do_harm_is_sent_again() {
        let policy = RetryPolicy::standard();
        let cases = [
            (Effect::Read, Trouble::Silence(Sent::Maybe), true),
            (Effect::Keyed, Trouble::Silence(Sent::Maybe), true),
            (Effect::Unsafe, Trouble::Silence(Sent::Maybe), false),
            (Effect::Unsafe, Trouble::Silence(Sent::No), true),
            (Effect::Keyed, Trouble::Gateway, true),
            (Effect::Unsafe, Trouble::Gateway, false),
            (Effect::Read, Trouble::Limited, true),
            (Effect::Keyed, Trouble::Limited, false),
            (Effect::Keyed, Trouble::Busy, true),
            (Effect::Unsafe, Trouble::Busy, false),
        ];
        for (effect, trouble, again) in cases {
            let next = policy.next(effect, trouble, &mut Tries::default());
            assert_eq!(next.is_some(), again, "{effect:?} after {trouble:?}");
        }
    }

    #[test]
    fn repeats_are_bounded_and_the_backup_is_tried_once() {
        let policy = RetryPolicy::standard();
        let mut tries = Tries::default();
        let silent = Trouble::Silence(Sent::Maybe);
        assert!(policy.next(Effect::Read, silent, &mut tries).is_some());
        assert!(policy.next(Effect::Read, silent, &mut tries).is_none());
        let repeats = (0..10).take_while(|_| policy.next(Effect::Read, Trouble::Busy, &mut tries).is_some());
        assert_eq!(repeats.count(), 2);
        assert!(RetryPolicy::never().next(Effect::Read, silent, &mut Tries::default()).is_none());
    }

    #[test]
    fn waits_grow_up_to_a_limit() {
        let policy = RetryPolicy::standard();
        for (repeats, low, high) in [(0, 100, 200), (1, 100, 200), (2, 200, 400), (9, 1000, 2000)] {
            let delay = policy.delay(&Tries { repeats, ..Tries::default() }, &SystemRandom).as_millis();
            assert!((low..=high).contains(&delay), "{repeats}: {delay}");
        }
    }
}
