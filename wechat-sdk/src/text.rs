//! Text and times in the forms WeChat accepts.

use chrono::{DateTime, FixedOffset, SecondsFormat};

/// Removes what takes four bytes in UTF-8 (emoji and rare characters), which WeChat Pay refuses.
fn three_byte(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.len_utf8() < 4)
}

/// At most `limit` characters.
pub(crate) fn by_chars(text: &str, limit: usize) -> String {
    three_byte(text).take(limit).collect()
}

/// At most `limit` bytes, without splitting a character.
pub(crate) fn by_bytes(text: &str, limit: usize) -> String {
    let mut kept = String::new();
    for c in three_byte(text) {
        if kept.len() + c.len_utf8() > limit {
            break;
        }
        kept.push(c);
    }
    kept
}

/// RFC 3339 at +08:00, whole seconds.
pub(crate) fn china_time(at: DateTime<FixedOffset>) -> String {
    let china = FixedOffset::east_opt(8 * 3600).unwrap_or(*at.offset());
    at.with_timezone(&china).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Percent-encodes everything that is not unreserved, for a path segment or a query value.
pub(crate) fn percent(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Upper-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02X}");
        out
    })
}

/// A time that may be missing or an empty text.
pub(crate) fn optional_time<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<FixedOffset>>, D::Error> {
    let text: Option<String> = serde::Deserialize::deserialize(deserializer)?;
    match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => DateTime::parse_from_rfc3339(text).map(Some).map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_on_characters_and_loses_emoji() {
        assert_eq!(by_chars("茶🍵叶一斤", 3), "茶叶一");
        assert_eq!(by_bytes("茶🍵叶ab", 7), "茶叶a");
        assert_eq!(by_bytes("茶叶", 5), "茶");
    }

    #[test]
    fn times_are_written_at_plus_eight() {
        let at = DateTime::parse_from_rfc3339("2026-01-01T20:00:00.25Z").unwrap();
        assert_eq!(china_time(at), "2026-01-02T04:00:00+08:00");
    }

    #[test]
    fn reserved_characters_are_encoded() {
        assert_eq!(percent("a|b*c/茶-_.~"), "a%7Cb%2Ac%2F%E8%8C%B6-_.~");
    }
}
