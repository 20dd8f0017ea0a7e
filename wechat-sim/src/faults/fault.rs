//! What can go wrong, and where.

use std::time::Duration;

use serde::{Deserialize, Serialize};

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

/// What becomes of the refunds that are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefundOutcome {
    /// The user gets the money.
    #[default]
    Success,
    /// The refund does not happen.
    Closed,
    /// The money cannot be delivered.
    Abnormal,
    /// The call is refused, because the account of the user is closed.
    UserAccountAbnormal,
}

impl RefundOutcome {
    /// The state an accepted refund ends in; `None` where none is accepted.
    pub(crate) fn status(self) -> Option<RefundStatus> {
        match self {
            Self::Success => Some(RefundStatus::Success),
            Self::Closed => Some(RefundStatus::Closed),
            Self::Abnormal => Some(RefundStatus::Abnormal),
            Self::UserAccountAbnormal => None,
        }
    }
}

impl From<RefundStatus> for RefundOutcome {
    /// What goes on processing succeeds at last.
    fn from(status: RefundStatus) -> Self {
        match status {
            RefundStatus::Processing | RefundStatus::Success => Self::Success,
            RefundStatus::Closed => Self::Closed,
            RefundStatus::Abnormal => Self::Abnormal,
        }
    }
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
    pub(super) fn is_of_notifications(&self) -> bool {
        self.flaw().is_some()
            || matches!(self, Self::Lose | Self::Repeat { .. } | Self::Reorder | Self::Late { .. })
    }

    pub(super) fn is_of_calls(&self) -> bool {
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
        if known {
            Ok(())
        } else {
            Err(format!("there is no call {}; wechat-sim --calls lists them", self.at))
        }
    }
}

pub(super) fn befalls(at: &str, place: Place) -> bool {
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

pub(super) fn befalls_event(at: &str, event: &str) -> bool {
    at == "notify" || at.strip_prefix("notify:").is_some_and(|wanted| wanted == event)
}
