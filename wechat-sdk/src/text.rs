//! Text and times in the forms WeChat accepts.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat};

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

/// RFC 3339 at +08:00; `None` beyond the year 9999, which has no such form.
pub(crate) fn china_time(at: DateTime<FixedOffset>, precision: SecondsFormat) -> Option<String> {
    let last = DateTime::UNIX_EPOCH.with_year(9999)?;
    let china = FixedOffset::east_opt(8 * 3600)?;
    ((DateTime::UNIX_EPOCH..last).contains(&at.to_utc()))
        .then(|| at.with_timezone(&china).to_rfc3339_opts(precision, false))
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

/// Undoes [`percent`]; a plus stays a plus.
#[cfg(any(feature = "pay", feature = "push"))]
pub(crate) fn unpercent(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let byte = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                rest = tail;
                hex_digit(*high)? << 4 | hex_digit(*low)?
            }
            (b'%', _) => return None,
            (byte, _) => *byte,
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(any(feature = "pay", feature = "push"))]
fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Upper-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    digits(bytes, b"0123456789ABCDEF")
}

/// Lower-case hex.
pub(crate) fn lower_hex(bytes: &[u8]) -> String {
    digits(bytes, b"0123456789abcdef")
}

fn digits(bytes: &[u8], alphabet: &[u8; 16]) -> String {
    let digit = |four: u8| char::from(alphabet[usize::from(four & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
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
        assert_eq!(china_time(at, SecondsFormat::Secs).as_deref(), Some("2026-01-02T04:00:00+08:00"));
        assert_eq!(china_time(at, SecondsFormat::Millis).as_deref(), Some("2026-01-02T04:00:00.250+08:00"));
        assert_eq!(china_time(DateTime::<chrono::Utc>::MAX_UTC.into(), SecondsFormat::Secs), None);
    }

    #[test]
    fn reserved_characters_are_encoded() {
        assert_eq!(percent("a|b*c/茶-_.~"), "a%7Cb%2Ac%2F%E8%8C%B6-_.~");
    }
}
