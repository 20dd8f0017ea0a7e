//! Faults that happen on purpose: planned one by one, or drawn by chance.

mod chaos;

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use chaos::Chaos;
use chaos::Dice;

use crate::world::RefundStatus;

/// Something goes wrong, somewhere, some times.
///
/// As JSON: `{"at": "refund", "times": 3, "does": {"error": {"status": 429, "code": "FREQUENCY_LIMITED"}}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Where: `*` (every call), `pay`, `mini`, the name of a call (`prepay_jsapi`), a path (`/v3/refund/*`),
    /// `notify` (every notification) or `notify:` with an event (`notify:TRANSACTION.SUCCESS`).
    pub at: String,
    /// How often; `null` is until it is cleared.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// So many calls pass before it begins.
    #[serde(default)]
    pub skip: u32,
    /// What goes wrong.
    pub does: Effect,
}

#[expect(clippy::unnecessary_wraps, reason = "the value of a member that is an option")]
fn once() -> Option<u32> {
    Some(1)
}

/// What goes wrong. The first ones befall calls, those from `lose` on befall notifications, and those about
/// signatures both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// The answer comes later, in real time.
    Delay {
        /// Milliseconds.
        ms: u64,
        /// The work is done first.
        #[serde(default)]
        after_work: bool,
    },
    /// An error answer of the interface's own shape.
    Error {
        /// The HTTP status; 0 is the usual one: 500 on the pay side, 200 on the mini-program side.
        #[serde(default)]
        status: u16,
        /// `SYSTEM_ERROR`, `FREQUENCY_LIMITED`, `40001`, …; empty is `SYSTEM_ERROR` or -1.
        #[serde(default)]
        code: String,
        /// The work is done although the answer says no.
        #[serde(default)]
        after_work: bool,
    },
    /// A page of some gateway instead of JSON.
    Html {
        /// The HTTP status; 0 is 502.
        #[serde(default)]
        status: u16,
        /// The work is done first.
        #[serde(default)]
        after_work: bool,
    },
    /// The connection is reset without an answer.
    Reset {
        /// The work is done first.
        #[serde(default)]
        after_work: bool,
    },
    /// No answer comes for so long, in real time, and then the connection is reset.
    Hang {
        /// Milliseconds.
        ms: u64,
        /// The work is done first: a time-out after doing the work.
        #[serde(default)]
        after_work: bool,
    },
    /// The body breaks off in the middle. The work is done.
    Truncated,
    /// 202: nothing is done, the same request is to be made again.
    Accepted,
    /// The answer says `text/plain`, as some of the mini-program side do.
    TextPlain,
    /// The answer carries no signature.
    Unsigned,
    /// The signature does not verify.
    BadSignature,
    /// The signature is one of those that WeChat Pay probes with.
    Probe,
    /// The signature names a key that nobody knows.
    UnknownSerial,
    /// The signature was made so long ago, or in the future when negative.
    Stale {
        /// Seconds.
        secs: i64,
    },
    /// The platform changes to new keys, and signs with them from this answer on.
    RotateKeys,
    /// The access token of the call stops being valid before it is looked at.
    InvalidateToken,
    /// The shopper pays, and the notification arrives, before the prepay is answered.
    PaidFirst,
    /// The notification is not sent; the next one of the schedule may be.
    Lose,
    /// The notification comes so many times more although it was taken.
    Repeat {
        /// How often.
        times: u32,
    },
    /// The notification comes after the one that follows it.
    Reorder,
    /// The notification comes so much later, in life time.
    Late {
        /// Seconds.
        secs: u64,
    },
}

/// A call, as far as faults tell calls apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) pay: bool,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    Unsigned,
    Broken,
    Probe,
    UnknownSerial,
    /// Made so many milliseconds off.
    Stale(i64),
}

impl Effect {
    pub(crate) fn flaw(&self) -> Option<Flaw> {
        match self {
            Self::Unsigned => Some(Flaw::Unsigned),
            Self::BadSignature => Some(Flaw::Broken),
            Self::Probe => Some(Flaw::Probe),
            Self::UnknownSerial => Some(Flaw::UnknownSerial),
            Self::Stale { secs } => Some(Flaw::Stale(secs.saturating_mul(-1000))),
            _ => None,
        }
    }

    /// Whether it can befall a notification.
    fn is_of_notifications(&self) -> bool {
        self.flaw().is_some()
            || matches!(self, Self::Lose | Self::Repeat { .. } | Self::Reorder | Self::Late { .. })
    }

    fn is_of_calls(&self) -> bool {
        self.flaw().is_some() || !self.is_of_notifications()
    }
}

impl Fault {
    /// A fault that happens once.
    pub fn new(at: &str, does: Effect) -> Self {
        Self { at: at.to_owned(), times: Some(1), skip: 0, does }
    }

    /// An error answer before anything is done.
    pub fn error(at: &str, status: u16, code: &str) -> Self {
        Self::new(at, Effect::Error { status, code: code.to_owned(), after_work: false })
    }

    /// A late answer; the delay comes before the work.
    pub fn delay(at: &str, delay: Duration) -> Self {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self::new(at, Effect::Delay { ms, after_work: false })
    }

    /// Does the work before it goes wrong, where that makes a difference.
    #[must_use]
    pub fn after_work(mut self) -> Self {
        match &mut self.does {
            Effect::Delay { after_work, .. }
            | Effect::Error { after_work, .. }
            | Effect::Html { after_work, .. }
            | Effect::Reset { after_work }
            | Effect::Hang { after_work, .. } => *after_work = true,
            _ => {}
        }
        self
    }

    /// How often it happens.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Happens until it is cleared.
    #[must_use]
    pub fn always(self) -> Self {
        Self { times: None, ..self }
    }

    /// Lets so many calls pass first.
    #[must_use]
    pub fn skip(self, calls: u32) -> Self {
        Self { skip: calls, ..self }
    }

    /// Why it can never happen, if it cannot.
    pub(crate) fn check(&self, mut calls: impl Iterator<Item = Place>) -> Result<(), String> {
        let notify = self.at == "notify" || self.at.starts_with("notify:");
        let fits = if notify { self.does.is_of_notifications() } else { self.does.is_of_calls() };
        if !fits {
            return Err(format!("{:?} cannot happen at {}", self.does, self.at));
        }
        let known = notify
            || ["*", "pay", "mini"].contains(&self.at.as_str())
            || calls.any(|place| befalls(&self.at, place));
        if known { Ok(()) } else { Err(format!("there is no call {}", self.at)) }
    }
}

fn befalls(at: &str, place: Place) -> bool {
    match at {
        "*" => true,
        "pay" => place.pay,
        "mini" => !place.pay,
        _ if at.starts_with('/') => match at.strip_suffix('*') {
            Some(prefix) => place.path.starts_with(prefix),
            None => place.path == at,
        },
        name => place.name == name,
    }
}

fn befalls_event(at: &str, event: &str) -> bool {
    at == "notify" || at.strip_prefix("notify:").is_some_and(|wanted| wanted == event)
}

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
    pub(crate) refund_outcome: RefundStatus,
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
            refund_outcome: RefundStatus::Success,
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

    /// Forgets what was planned; refunds succeed again. Switches of notifications stay.
    pub(crate) fn clear(&mut self) {
        self.planned.clear();
        self.refund_outcome = RefundStatus::Success;
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
