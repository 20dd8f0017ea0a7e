//! Amounts of bills: yuan as text, with up to five decimals.

use crate::ids::Fen;

/// An amount of money in thousandths of a fen (1/100,000 yuan), which is as exact as fees are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MilliFen(pub i64);

impl MilliFen {
    /// Reads yuan, `-0.59000` or `45.0`, exactly.
    #[must_use]
    pub fn from_yuan(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || decimals.len() > 5 || !all_digits(whole) || !all_digits(decimals) {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let decimals: i64 = format!("{decimals:0<5}").parse().ok()?;
        let amount = whole.checked_mul(100_000)?.checked_add(decimals)?;
        Some(Self(if negative { -amount } else { amount }))
    }

    /// The same in fen, if it is a whole number of them.
    #[must_use]
    pub fn fen(self) -> Option<Fen> {
        (self.0 % 1000 == 0).then_some(Fen(self.0 / 1000))
    }

    /// For people: `-0.59000`.
    #[must_use]
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let amount = self.0.unsigned_abs();
        format!("{sign}{}.{:05}", amount / 100_000, amount % 100_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_become_fen_exactly() {
        let cases = [
            ("99.00", 9_900_000),
            ("45.0", 4_500_000),
            ("0.29", 29_000),
            ("-0.30000", -30_000),
            ("7", 700_000),
            ("0.00001", 1),
            ("-0.00", 0),
            ("92233720368547.75807", i64::MAX),
        ];
        for (text, expected) in cases {
            assert_eq!(MilliFen::from_yuan(text), Some(MilliFen(expected)), "{text}");
        }
        for bad in
            ["", "-", ".5", "1.234567", "1,5", "1e3", "+1", "--1", "1.-5", "１", "92233720368547.75808", " 1"]
        {
            assert_eq!(MilliFen::from_yuan(bad), None, "{bad}");
        }
        assert_eq!(MilliFen(29_000).fen(), Some(Fen(29)));
        assert_eq!(MilliFen(29_001).fen(), None);
        assert_eq!((Fen(-9905).yuan(), Fen(7).yuan()), ("-99.05".to_owned(), "0.07".to_owned()));
        assert_eq!(MilliFen(-30_500).yuan(), "-0.30500");
    }
}
