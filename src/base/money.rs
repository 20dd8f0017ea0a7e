use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in whole fen (1/100 yuan). Never a float, never rounded in passing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    sqlx::Type,
    utoipa::ToSchema,
)]
#[serde(transparent)]
#[sqlx(transparent)]
#[schema(value_type = i64, example = 12_900)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `fen` hundredths of a yuan.
    pub const fn fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The number of fen.
    pub const fn as_fen(self) -> i64 {
        self.0
    }

    /// The sum, or `None` when it does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` when it does not fit.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `count` times this amount, or `None` when it does not fit.
    pub fn times(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    /// The sum of many, or `None` when it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// Yuan for tables, `-129.05`.
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", fen / 100, fen % 100)
    }

    /// More than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
}

impl std::ops::Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// `¥129.00`, for people.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}¥{}.{:02}", fen / 100, fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Money::fen(i64::MAX).plus(Money::fen(1)), None);
        assert_eq!(Money::fen(i64::MIN).minus(Money::fen(1)), None);
        assert_eq!(Money::fen(3).minus(Money::fen(5)), Some(Money::fen(-2)));
        assert_eq!(Money::fen(i64::MAX).times(2), None);
        assert_eq!(Money::sum([Money::fen(i64::MAX), Money::fen(1)]), None);
    }

    #[test]
    fn people_read_yuan() {
        assert_eq!(Money::fen(12_905).to_string(), "¥129.05");
        assert_eq!(Money::fen(-5).to_string(), "-¥0.05");
        assert_eq!((Money::fen(-12_905).yuan(), Money::fen(7).yuan()), ("-129.05".into(), "0.07".into()));
    }
}
