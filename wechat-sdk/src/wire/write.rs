//! How members are written.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::Serialize;
use serde::ser::{Error as _, Serializer};

use crate::ids::Fen;
use crate::secret::Secret;
use crate::text;

/// Whether a member of an answer is that of the call.
pub trait Same<T> {
    /// The same, and there.
    fn same(&self, other: &T) -> bool;
}

impl<T: PartialEq> Same<T> for T {
    fn same(&self, other: &T) -> bool {
        self == other
    }
}

impl<T: PartialEq> Same<T> for Option<T> {
    fn same(&self, other: &T) -> bool {
        self.as_ref() == Some(other)
    }
}

/// A length that WeChat limits: characters of a text, entries of a list.
pub trait Length {
    /// Characters or entries.
    fn length(&self) -> usize;
}

impl Length for String {
    fn length(&self) -> usize {
        self.chars().count()
    }
}

impl Length for Secret {
    fn length(&self) -> usize {
        self.expose().chars().count()
    }
}

impl<T> Length for Vec<T> {
    fn length(&self) -> usize {
        self.len()
    }
}

impl<T: Length> Length for Option<T> {
    fn length(&self) -> usize {
        self.as_ref().map_or(0, Length::length)
    }
}

/// A text, or none.
pub trait Text {
    /// The text.
    fn text(&self) -> &str;
}

impl Text for String {
    fn text(&self) -> &str {
        self
    }
}

impl Text for Secret {
    fn text(&self) -> &str {
        self.expose()
    }
}

impl<T: Text> Text for Option<T> {
    fn text(&self) -> &str {
        self.as_ref().map_or("", Text::text)
    }
}

/// Refuses more than `N` characters or entries.
pub fn max<const N: usize, T: Length + Serialize, S: Serializer>(
    value: &T,
    to: S,
) -> Result<S::Ok, S::Error> {
    if value.length() > N {
        return Err(S::Error::custom(format_args!("more than {N} characters or entries")));
    }
    value.serialize(to)
}

/// The same for a secret.
pub fn max_exposed<const N: usize, T: Length + Text, S: Serializer>(
    value: &T,
    to: S,
) -> Result<S::Ok, S::Error> {
    max::<N, Exposed<'_, T>, S>(&Exposed(value), to)
}

struct Exposed<'a, T>(&'a T);

impl<T: Length> Length for Exposed<'_, T> {
    fn length(&self) -> usize {
        self.0.length()
    }
}

impl<T: Text> Serialize for Exposed<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.text())
    }
}

/// Writes what is there as if it were not optional.
pub fn some<T: Serialize, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => value.serialize(to),
        None => to.serialize_none(),
    }
}

/// Refuses more than `N` bytes of UTF-8.
pub fn max_bytes<const N: usize, T: Text, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    if value.text().len() > N {
        return Err(S::Error::custom(format_args!("more than {N} bytes")));
    }
    to.serialize_str(value.text())
}

/// Keeps `N` characters, and none that takes four bytes.
pub fn cut<const N: usize, T: Text, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text::by_chars(value.text(), N))
}

/// Keeps `N` bytes without splitting a character, and none that takes four bytes.
pub fn cut_bytes<const N: usize, T: Text, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text::by_bytes(value.text(), N))
}

/// Writes a secret into a request.
pub fn exposed<T: Text, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(value.text())
}

/// Refuses amounts below one fen.
pub fn positive<S: Serializer>(amount: &Fen, to: S) -> Result<S::Ok, S::Error> {
    if amount.0 <= 0 {
        return Err(S::Error::custom("an amount is more than nothing"));
    }
    amount.serialize(to)
}

/// A time, or none.
pub trait Time {
    /// The time.
    fn time(&self) -> Option<DateTime<FixedOffset>>;
}

impl Time for DateTime<FixedOffset> {
    fn time(&self) -> Option<DateTime<FixedOffset>> {
        Some(*self)
    }
}

impl Time for Option<DateTime<FixedOffset>> {
    fn time(&self) -> Option<DateTime<FixedOffset>> {
        *self
    }
}

/// RFC 3339 at +08:00, whole seconds.
pub fn time<T: Time, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    written(value, SecondsFormat::Secs, to)
}

/// RFC 3339 at +08:00 with milliseconds.
pub fn millis<T: Time, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    written(value, SecondsFormat::Millis, to)
}

fn written<T: Time, S: Serializer>(value: &T, precision: SecondsFormat, to: S) -> Result<S::Ok, S::Error> {
    let Some(at) = value.time() else { return to.serialize_none() };
    match text::china_time(at, precision) {
        Some(text) => to.serialize_str(&text),
        None => Err(S::Error::custom("a time beyond the year 9999")),
    }
}
