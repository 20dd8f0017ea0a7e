//! Faults that happen on purpose: planned one by one, or drawn by chance.

mod chaos;
mod fault;

use std::collections::VecDeque;

use chaos::Dice;
use fault::{befalls, befalls_event};

pub use chaos::Chaos;
pub use fault::{Effect, Fault, RefundOutcome};
pub(crate) use fault::{Flaw, Place};

/// A fault that happens now, with its name for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) does: Effect,
    pub(crate) label: String,
}

/// Everything that is planned to go wrong.
#[derive(Debug)]
pub(crate) struct Faults {
    planned: VecDeque<Fault>,
    dice: Option<Dice>,
    pub(crate) refund_outcome: RefundOutcome,
    pub(crate) refund_delay_ms: Option<u64>,
    /// Notifications are lost from the moment they come up.
    pub(crate) notifications_off: bool,
    /// Notifications wait.
    pub(crate) delivery_paused: bool,
}

impl Faults {
    pub(crate) fn new(chaos: Option<Chaos>) -> Self {
        Self {
            planned: VecDeque::new(),
            dice: chaos.map(Dice::new),
            refund_outcome: RefundOutcome::Success,
            refund_delay_ms: None,
            notifications_off: false,
            delivery_paused: false,
        }
    }

    pub(crate) fn plan(&mut self, fault: Fault) {
        if fault.times != Some(0) {
            self.planned.push_back(fault);
        }
    }

    pub(crate) fn planned(&self) -> impl Iterator<Item = &Fault> {
        self.planned.iter()
    }

    /// Whether notifications stay where they are.
    pub(crate) fn holds_letters(&self) -> bool {
        self.delivery_paused || self.notifications_off
    }

    /// Forgets what was planned; refunds succeed again. Switches of notifications stay.
    pub(crate) fn clear(&mut self) {
        self.planned.clear();
        self.refund_outcome = RefundOutcome::Success;
        self.refund_delay_ms = None;
    }

    pub(crate) fn chaos(&self) -> Option<Chaos> {
        self.dice.as_ref().map(Dice::chaos)
    }

    /// Begins chaos anew, or ends it.
    pub(crate) fn set_chaos(&mut self, chaos: Option<Chaos>) {
        self.dice = chaos.map(Dice::new);
    }

    /// What goes wrong with this call.
    pub(crate) fn of_call(&mut self, place: Place) -> Option<Now> {
        let planned = self.take(|fault| fault.does.is_of_calls() && befalls(&fault.at, place));
        planned.or_else(|| self.dice.as_mut()?.of_call(place))
    }

    /// What goes wrong with this attempt of a notification.
    pub(crate) fn of_notification(&mut self, event: &str) -> Option<Now> {
        let planned = self.take(|fault| fault.does.is_of_notifications() && befalls_event(&fault.at, event));
        planned.or_else(|| self.dice.as_mut()?.of_notification(event))
    }

    /// The oldest fault that fits, used up once more; those that fit and still let calls pass let one pass.
    fn take(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<Now> {
        for fault in self.planned.iter_mut().filter(|fault| fits(fault)) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times = fault.times.map(|times| times - 1);
            let now = Now { does: fault.does.clone(), label: format!("planned: {:?}", fault.does) };
            self.planned.retain(|fault| fault.times != Some(0));
            return Some(now);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUND: Place = Place { name: "refund", path: "/v3/refund/domestic/refunds", pay: true };

    #[test]
    fn the_oldest_fault_that_fits_happens_as_often_as_planned() {
        let mut faults = Faults::new(None);
        faults.plan(Fault::error("refund", 429, "FREQUENCY_LIMITED").skip(1));
        faults.plan(Fault::new("/v3/refund/*", Effect::Truncated).times(2));
        let mut happens = || faults.of_call(REFUND).map(|now| now.does);
        assert_eq!(happens(), Some(Effect::Truncated));
        assert!(matches!(happens(), Some(Effect::Error { status: 429, .. })));
        assert_eq!(happens(), Some(Effect::Truncated));
        assert_eq!(happens(), None);
    }

    #[test]
    fn a_fault_that_can_never_happen_is_refused() {
        let check = |at, does| Fault::new(at, does).check([REFUND].into_iter());
        assert!(check("notify", Effect::Truncated).is_err());
        assert!(check("pay", Effect::Lose).is_err());
        assert!(check("no_such_call", Effect::Truncated).is_err());
        for (at, does) in [("notify", Effect::Probe), ("pay", Effect::Probe), ("/v3/*", Effect::Truncated)] {
            assert_eq!(check(at, does), Ok(()));
        }
    }
}
