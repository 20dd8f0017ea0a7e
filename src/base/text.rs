//! Input that is valid once it exists.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Text of 1 to `MAX` characters, trimmed, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let trimmed = text.trim();
        let length = trimmed.chars().count();
        if length == 0 || length > MAX {
            return Err(format!("must have 1 to {MAX} characters, has {length}"));
        }
        if trimmed.chars().any(char::is_control) {
            return Err("must not contain control characters".to_owned());
        }
        Ok(Self(trimmed.to_owned()))
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

/// A telephone number for deliveries: 5 to 20 digits, `+`, `-` and blanks. Never printed whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "13800138000")]
pub struct Phone(String);

impl Phone {
    /// The whole number, for whom it belongs to.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.0.get(self.0.len().saturating_sub(2)..).unwrap_or_default();
        write!(f, "Phone(…{tail})")
    }
}

impl TryFrom<String> for Phone {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text.trim();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let clean = number.bytes().all(|byte| byte.is_ascii_digit() || b"+- ".contains(&byte));
        if clean && (5..=20).contains(&digits) && number.len() <= 24 {
            Ok(Self(number.to_owned()))
        } else {
            Err("must be a telephone number of 5 to 20 digits".to_owned())
        }
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

/// How many of an article: 1 to 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "i64", into = "i64")]
#[schema(value_type = i64, minimum = 1, maximum = 999)]
pub struct Quantity(u16);

impl Quantity {
    /// The most of one article in one line.
    pub const MAX: i64 = 999;

    /// As a number to compute with.
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

impl TryFrom<i64> for Quantity {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        u16::try_from(number)
            .ok()
            .filter(|&number| (1..=Self::MAX).contains(&i64::from(number)))
            .map(Self)
            .ok_or_else(|| format!("must be between 1 and {}, is {number}", Self::MAX))
    }
}

impl From<Quantity> for i64 {
    fn from(quantity: Quantity) -> Self {
        quantity.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_a_small_whole_number() {
        for good in ["1", "999"] {
            assert!(serde_json::from_str::<Quantity>(good).is_ok(), "{good}");
        }
        for bad in ["-1", "0", "1.5", "1000", "1e9", "9223372036854775808", "\"1\"", "null"] {
            assert!(serde_json::from_str::<Quantity>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_phone_never_prints_whole() {
        let phone = Phone::try_from("13800138000".to_owned()).unwrap();
        assert!(!format!("{phone:?}").contains("138001"));
    }

    #[test]
    fn text_is_trimmed_and_bounded() {
        assert_eq!(Text::<3>::try_from(" 中文 ".to_owned()).unwrap().as_str(), "中文");
        assert!(Text::<3>::try_from("    ".to_owned()).is_err());
        assert!(Text::<3>::try_from("four".to_owned()).is_err());
        assert!(Text::<9>::try_from("a\nb".to_owned()).is_err());
    }
}
