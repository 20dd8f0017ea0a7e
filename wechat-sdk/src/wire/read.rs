//! How members are read: leniently.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, FixedOffset};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};

use crate::ids::Fen;

/// What a whole number becomes.
pub trait FromNumber {
    /// Takes the number.
    fn from_number(number: i64) -> Self;
}

impl FromNumber for i64 {
    fn from_number(number: i64) -> Self {
        number
    }
}

impl FromNumber for Fen {
    fn from_number(number: i64) -> Self {
        Self(number)
    }
}

/// A value of JSON that is not a list or an object.
enum Scalar<'de> {
    Number(i64),
    Float(f64),
    Text(Cow<'de, str>),
    Flag(bool),
    Nothing,
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text, true, false or null")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        // Beyond i64 it is an identifier.
        Ok(i64::try_from(value).map_or_else(|_| Scalar::Text(value.to_string().into()), Scalar::Number))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(value))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(value.to_owned().into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Ok(Scalar::Text(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Nothing)
    }
}

impl<'de> Scalar<'de> {
    fn read<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor)
    }

    fn is_missing(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    fn number<E: serde::de::Error>(&self) -> Result<i64, E> {
        let number = match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Flag(flag) => Some(i64::from(*flag)),
            // Some pages call amounts just a number.
            Self::Float(number) => whole(*number),
            Self::Nothing => None,
        };
        number.ok_or_else(|| E::custom("not a whole number"))
    }

    fn text<E: serde::de::Error>(self) -> Result<String, E> {
        match self {
            Self::Text(text) => Ok(text.into_owned()),
            Self::Number(number) => Ok(number.to_string()),
            Self::Float(number) => Ok(number.to_string()),
            Self::Flag(flag) => Ok(flag.to_string()),
            Self::Nothing => Err(E::custom("null instead of a text")),
        }
    }

    fn flag<E: serde::de::Error>(&self) -> Result<bool, E> {
        match self {
            Self::Flag(flag) => Ok(*flag),
            Self::Number(number) => Ok(*number != 0),
            Self::Text(text) if matches!(text.as_ref(), "true" | "TRUE" | "1") => Ok(true),
            Self::Text(text) if matches!(text.as_ref(), "false" | "FALSE" | "0") => Ok(false),
            _ => Err(E::custom("neither true nor false")),
        }
    }
}

/// `100.0`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "below 2^53 a float without fraction is exactly that number"
)]
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

/// A whole number, also as text.
pub fn number<'de, T: FromNumber, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Scalar::read(from)?.number().map(T::from_number)
}

/// A whole number, also as text; `null` and an empty text are none.
pub fn maybe_number<'de, T: FromNumber, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    match Scalar::read(from)? {
        missing if missing.is_missing() => Ok(None),
        scalar => scalar.number().map(T::from_number).map(Some),
    }
}

/// A text, also as number.
pub fn text<'de, T: From<String>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Scalar::read(from)?.text().map(T::from)
}

/// A word of a list, also as number. Known ones are not copied.
pub fn word<'de, T, D: Deserializer<'de>>(from: D, known: impl FnOnce(&str) -> T) -> Result<T, D::Error> {
    match Scalar::read(from)? {
        Scalar::Text(text) => Ok(known(&text)),
        other => other.text().map(|text| known(&text)),
    }
}

/// A text, also as number; `null` is none.
pub fn maybe_text<'de, T: From<String>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    match Scalar::read(from)? {
        Scalar::Nothing => Ok(None),
        scalar => scalar.text().map(T::from).map(Some),
    }
}

/// An identifier, also as number.
pub fn id<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: TryFrom<String>,
    T::Error: fmt::Display,
    D: Deserializer<'de>,
{
    T::try_from(Scalar::read(from)?.text()?).map_err(D::Error::custom)
}

/// An identifier, also as number; `null` and an empty text are none.
pub fn maybe_id<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<String>,
    T::Error: fmt::Display,
    D: Deserializer<'de>,
{
    match Scalar::read(from)? {
        missing if missing.is_missing() => Ok(None),
        scalar => T::try_from(scalar.text()?).map(Some).map_err(D::Error::custom),
    }
}

/// True or false, also as 1 and 0.
pub fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Scalar::read(from)?.flag()
}

/// True or false, also as 1 and 0; `null` and an empty text are none.
pub fn maybe_flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    match Scalar::read(from)? {
        missing if missing.is_missing() => Ok(None),
        scalar => scalar.flag().map(Some),
    }
}

/// A time as RFC 3339.
pub fn rfc3339<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<FixedOffset>, D::Error> {
    maybe_rfc3339(from)?.ok_or_else(|| D::Error::custom("the time is missing"))
}

/// A time as RFC 3339; `null` and an empty text are none.
pub fn maybe_rfc3339<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<FixedOffset>>, D::Error> {
    match Scalar::read(from)? {
        missing if missing.is_missing() => Ok(None),
        Scalar::Text(text) => DateTime::parse_from_rfc3339(text.trim())
            .map(Some)
            .map_err(|_| D::Error::custom("not a time of RFC 3339")),
        _ => Err(D::Error::custom("not a time of RFC 3339")),
    }
}

/// A time as RFC 3339 or in Unix seconds; anything else is none.
pub fn maybe_time_or_number<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<DateTime<FixedOffset>>, D::Error> {
    Ok(match Scalar::read(from)? {
        Scalar::Text(text) => DateTime::parse_from_rfc3339(text.trim()).ok(),
        Scalar::Number(seconds) => DateTime::from_timestamp(seconds, 0).map(Into::into),
        _ => None,
    })
}

/// A list; `null` and an empty text are an empty one, and an object that stands where a list should is its only entry.
pub fn list<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(Entries::<T>(std::marker::PhantomData))
}

struct Entries<T>(std::marker::PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Entries<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T>, A::Error> {
        let mut entries = vec![];
        while let Some(entry) = from.next_element()? {
            entries.push(entry);
        }
        Ok(entries)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, from: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(from)).map(|entry| vec![entry])
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        if text.trim().is_empty() { Ok(vec![]) } else { Err(E::custom("a text instead of a list")) }
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(vec![])
    }
}

/// A list of whole numbers, each also as text.
pub fn numbers<'de, T: FromNumber, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(Scalars)?.iter().map(|scalar| scalar.number().map(T::from_number)).collect()
}

/// A list of texts, each also as number.
pub fn texts<'de, T: From<String>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(Scalars)?.into_iter().map(|scalar| scalar.text().map(T::from)).collect()
}

/// A list of plain values; `null` is none, alone or in a list, and a value alone is the only one.
struct Scalars;

impl<'de> Visitor<'de> for Scalars {
    type Value = Vec<Scalar<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of plain values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut entries = vec![];
        while let Some(Plain(entry)) = from.next_element()? {
            if !matches!(entry, Scalar::Nothing) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(vec![Scalar::Number(value)])
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        ScalarVisitor.visit_u64(value).map(|only| vec![only])
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        let only = Scalar::Text(value.to_owned().into());
        Ok(if only.is_missing() { vec![] } else { vec![only] })
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(vec![])
    }
}

/// One plain value of a list.
struct Plain<'de>(Scalar<'de>);

impl<'de> Deserialize<'de> for Plain<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Scalar::read(from).map(Plain)
    }
}

/// JSON inside of a text, for `deserialize_with`: some answers of WeChat have that.
pub fn nested<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let text = Cow::<'de, str>::deserialize(from)?;
    serde_json::from_str(&text).map_err(|_| D::Error::custom("not JSON in a text"))
}
