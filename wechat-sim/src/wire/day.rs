//! Days of Beijing, by which bills and books are cut.

use chrono::{DateTime, Days, FixedOffset, Months, NaiveDate, NaiveTime};

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
        let moment = DateTime::from_timestamp_millis(millis).unwrap_or_default();
        Self(moment.with_timezone(&zone()).date_naive())
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

fn zone() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("eight hours are an offset")
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
        assert_eq!(day.to_string(), "2026-01-02");
        assert_eq!(Day::parse("2026-05-31").unwrap().months_before(3).to_string(), "2026-02-28");
    }

    #[test]
    fn reads_one_form_only() {
        for wrong in ["", "2026-1-2", "20260102", "2026-02-30", "2026-01-02 ", "2026/01/02", "+026-01-02"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }
}
