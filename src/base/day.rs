use super::Timestamp;
use chrono::{Datelike as _, Days, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

/// China is this far ahead of UTC, all year.
const AHEAD: Duration = Duration::from_hours(8);

/// Days are read of these years: they have four digits, and every moment of them fits where times are kept.
const YEARS: Range<i32> = 2000..3000;

/// A day in China (+08:00), as WeChat's bills count them. `2026-11-20` on the wire and in columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, format = Date, example = "2026-11-20")]
pub struct Day(NaiveDate);

impl Day {
    /// The day on which `moment` is.
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.in_china().date_naive())
    }

    /// As `chrono` has it.
    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// Its first moment.
    pub fn start(self) -> Timestamp {
        Timestamp::from(self.0.and_time(chrono::NaiveTime::MIN).and_utc()).before(AHEAD)
    }

    /// The first moment that is not in it any more.
    pub fn end(self) -> Timestamp {
        self.start().after(Duration::from_hours(24))
    }

    /// The day after it.
    pub fn next(self) -> Self {
        Self(self.0.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX))
    }

    /// So many days earlier.
    pub fn before(self, days: u64) -> Self {
        Self(self.0.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        date.map(Self)
            .filter(|day| day.to_string() == text && YEARS.contains(&day.0.year()))
            .ok_or_else(|| "expected a day like 2026-11-20, from 2000 to 2999".to_owned())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<DB: sqlx::Database> sqlx::Type<DB> for Day
where
    String: sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as sqlx::Type<DB>>::type_info()
    }

    fn compatible(info: &DB::TypeInfo) -> bool {
        <String as sqlx::Type<DB>>::compatible(info)
    }
}

impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for Day
where
    String: sqlx::Encode<'q, DB>,
{
    fn encode_by_ref(
        &self,
        buffer: &mut <DB as sqlx::Database>::ArgumentBuffer,
    ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
        <String as sqlx::Encode<DB>>::encode(self.to_string(), buffer)
    }
}

impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Day
where
    &'r str: sqlx::Decode<'r, DB>,
{
    fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
        Ok(<&str as sqlx::Decode<DB>>::decode(value)?.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_when_it_begins_in_china() {
        let day: Day = "2026-11-20".parse().unwrap();
        assert_eq!(day.start().to_string(), "2026-11-19T16:00:00.000Z");
        assert_eq!((Day::of(day.start()), Day::of(day.end())), (day, day.next()));
        let last = Timestamp::from_millis(day.end().millis() - 1);
        assert_eq!((Day::of(last), day.next().before(1)), (day, day));
    }

    #[test]
    fn only_one_spelling_is_a_day() {
        assert!("2028-02-29".parse::<Day>().is_ok());
        for good in ["2000-01-01", "2999-12-31"] {
            assert!(good.parse::<Day>().is_ok(), "{good}");
        }
        for wrong in [
            "2026-2-29",
            "2026-02-29",
            "2026-1-2",
            "20261120",
            "+2026-11-20",
            "",
            "2026-11-20 ",
            "-9999-01-01",
            "+262142-12-31",
            "0000-01-01",
            "1999-12-31",
            "3000-01-01",
        ] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }
}
