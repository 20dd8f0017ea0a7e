//! How often apps have called what, so that too much is refused. In memory only: every call counts here, and a
//! restart forgiving a few calls hurts nobody.

use std::collections::HashMap;

use crate::wire::day::Day;

const MINUTE: i64 = 60_000;

/// How often a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) daily: u64,
    pub(crate) short: Option<Window>,
}

/// So many calls in each second, or each minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) calls: u64,
    pub(crate) secs: i64,
}

/// What an app may do instead of what is documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) daily: Option<u64>,
    pub(crate) per_minute: Option<u64>,
}

/// Which allowance is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spent {
    Day,
    Window,
}

#[derive(Debug, Default)]
struct Count {
    /// Numbers of the day and the window that are counted.
    day: i64,
    window: i64,
    of_day: u64,
    of_window: u64,
    own: Own,
}

/// The counts of all apps, by what they call.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    apps: HashMap<String, HashMap<&'static str, Count>>,
    /// What single people did in the minute of this number.
    minute: i64,
    people: HashMap<String, u32>,
}

impl Allowance {
    fn with(self, own: Own) -> Self {
        let short = own.per_minute.map(|calls| Window { calls, secs: 60 });
        Self { daily: own.daily.unwrap_or(self.daily), short: short.or(self.short) }
    }
}

impl Count {
    /// Begins at nothing when a new day or window has begun.
    fn turn(&mut self, allowed: Allowance, now: i64) {
        let day = Day::of(now).number();
        let window = now.div_euclid(allowed.short.map_or(60, |short| short.secs) * 1000);
        if std::mem::replace(&mut self.day, day) != day {
            self.of_day = 0;
        }
        if std::mem::replace(&mut self.window, window) != window {
            self.of_window = 0;
        }
    }

    fn spend(&mut self, allowed: Allowance) -> Result<(), Spent> {
        if self.of_day >= allowed.daily {
            return Err(Spent::Day);
        }
        if allowed.short.is_some_and(|short| self.of_window >= short.calls) {
            return Err(Spent::Window);
        }
        self.of_day += 1;
        self.of_window += 1;
        Ok(())
    }
}

impl Quotas {
    fn count(&mut self, app_id: &str, call: &'static str) -> &mut Count {
        self.apps.entry(app_id.to_owned()).or_default().entry(call).or_default()
    }

    /// Counts a call, or says which allowance is used up.
    pub(crate) fn spend(
        &mut self,
        app_id: &str,
        call: &'static str,
        allowed: Allowance,
        now: i64,
    ) -> Result<(), Spent> {
        let count = self.count(app_id, call);
        let allowed = allowed.with(count.own);
        count.turn(allowed, now);
        count.spend(allowed)
    }

    /// How much an app may do, and how often it has called today.
    pub(crate) fn look(
        &mut self,
        app_id: &str,
        call: &'static str,
        allowed: Allowance,
        now: i64,
    ) -> (Allowance, u64) {
        let count = self.count(app_id, call);
        let allowed = allowed.with(count.own);
        count.turn(allowed, now);
        (allowed, count.of_day)
    }

    /// Begins the day anew: for one call, or for all.
    pub(crate) fn clear(&mut self, app_id: &str, call: Option<&str>) {
        let counts = self.apps.get_mut(app_id).into_iter().flatten();
        for (_, count) in counts.filter(|(name, _)| call.is_none_or(|call| call == **name)) {
            count.of_day = 0;
        }
    }

    /// Gives an app a limit of its own.
    pub(crate) fn limit(&mut self, app_id: &str, call: &'static str, own: Own) {
        self.count(app_id, call).own = own;
    }

    /// The limits of their own that apps have.
    pub(crate) fn limits(&self) -> Vec<(String, &'static str, Own)> {
        let all = self.apps.iter().flat_map(|(app_id, counts)| {
            counts.iter().map(move |(call, count)| (app_id.clone(), *call, count.own))
        });
        let mut own: Vec<_> = all.filter(|(_, _, own)| *own != Own::default()).collect();
        own.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        own
    }

    /// Counts what a person does; false when it was done `most` times in this minute already.
    pub(crate) fn person(&mut self, what: &str, most: u32, now: i64) -> bool {
        let minute = now.div_euclid(MINUTE);
        if std::mem::replace(&mut self.minute, minute) != minute {
            self.people.clear();
        }
        let done = self.people.entry(what.to_owned()).or_default();
        let free = *done < most;
        *done += u32::from(free);
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: Allowance = Allowance { daily: 3, short: Some(Window { calls: 2, secs: 60 }) };
    /// Midnight in Beijing.
    const MIDNIGHT: i64 = 100 * 24 * 3_600_000 - 8 * 3_600_000;

    #[test]
    fn minutes_and_days_are_counted_apart() {
        let mut quotas = Quotas::default();
        let mut spend = |now| quotas.spend("a", "/x", ALLOWED, now);
        let last = MIDNIGHT - MINUTE;
        assert_eq!([spend(last - MINUTE), spend(last - 1)], [Ok(()); 2]);
        assert_eq!(spend(last - 1), Err(Spent::Window));
        assert_eq!(spend(last), Ok(()));
        assert_eq!(spend(last), Err(Spent::Day));
        assert_eq!(spend(MIDNIGHT), Ok(()));
    }

    #[test]
    fn an_app_can_have_limits_of_its_own_and_start_anew() {
        let mut quotas = Quotas::default();
        quotas.limit("a", "/x", Own { daily: Some(1), per_minute: None });
        assert_eq!(quotas.spend("a", "/x", ALLOWED, 0), Ok(()));
        assert_eq!(quotas.spend("a", "/x", ALLOWED, 0), Err(Spent::Day));
        assert_eq!(quotas.spend("b", "/x", ALLOWED, 0), Ok(()));
        quotas.clear("a", Some("/y"));
        assert_eq!(quotas.look("a", "/x", ALLOWED, 0).1, 1);
        quotas.clear("a", None);
        assert_eq!(quotas.spend("a", "/x", ALLOWED, 0), Ok(()));
        assert_eq!(quotas.limits(), [("a".to_owned(), "/x", Own { daily: Some(1), per_minute: None })]);
    }

    #[test]
    fn a_person_may_do_something_so_often_in_a_minute() {
        let mut quotas = Quotas::default();
        assert!(quotas.person("login a", 1, 0));
        assert!(!quotas.person("login a", 1, MINUTE - 1));
        assert!(quotas.person("login b", 1, MINUTE - 1));
        assert!(quotas.person("login a", 1, MINUTE));
    }
}
