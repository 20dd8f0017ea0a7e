//! Days of Beijing, by which bills and books are cut.

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveTime};

use super::text::{beijing, zone};

/// A day in UTC+8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(NaiveDate);

impl Day {
    /// Reads `2026-01-02` and nothing shorter or longer.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if text.len() != 10 || !digits {
            return None;
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self)
    }

    /// The day of a moment, in milliseconds since 1970.
    pub(crate) fn of(millis: i64) -> Self {
        Self(beijing(millis).date_naive())
    }

    /// Its first moment, in milliseconds since 1970.
    pub(crate) fn start(self) -> i64 {
        let midnight = self.0.and_time(NaiveTime::MIN).and_local_timezone(zone());
        midnight.single().map_or(0, |moment| moment.timestamp_millis())
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0.checked_add_days(Days::new(1)).unwrap_or(self.0))
    }

    pub(crate) fn months_before(self, months: u32) -> Self {
        Self(self.0.checked_sub_months(Months::new(months)).unwrap_or(self.0))
    }

    /// How many days after the first of 1970.
    pub(crate) fn number(self) -> i64 {
        self.0.signed_duration_since(NaiveDate::default()).num_days()
    }

    /// Year and month.
    pub(crate) fn month(self) -> (i32, u32) {
        (self.0.year(), self.0.month())
    }

    pub(crate) fn holds(self, millis: i64) -> bool {
        (self.start()..self.next().start()).contains(&millis)
    }
}

/// `2026-01-02`
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_beijing() {
        let day = Day::parse("2026-01-02").unwrap();
        assert_eq!(day.start(), 1_767_283_200_000);
        assert_eq!((Day::of(day.start()), Day::of(day.start() - 1).next()), (day, day));
        assert!(day.holds(day.start()) && !day.holds(day.next().start()) && !day.holds(day.start() - 1));
        assert_eq!((day.to_string().as_str(), day.month(), day.number()), ("2026-01-02", (2026, 1), 20_455));
        assert_eq!(Day::parse("2026-05-31").unwrap().months_before(3).to_string(), "2026-02-28");
    }

    #[test]
    fn reads_one_form_only() {
        for wrong in ["", "2026-1-2", "20260102", "2026-02-30", "2026-01-02 ", "2026/01/02", "+026-01-02"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }
}
