//! Times and sums as people and the protocol write them.

use chrono::{DateTime, FixedOffset, SecondsFormat};

pub(super) fn zone() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("eight hours are an offset")
}

pub(super) fn beijing(millis: i64) -> DateTime<FixedOffset> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().with_timezone(&zone())
}

/// `2015-05-20T13:29:35+08:00`
pub(crate) fn rfc3339(millis: i64) -> String {
    beijing(millis).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// `20150520132935`
pub(crate) fn compact(millis: i64) -> String {
    beijing(millis).format("%Y%m%d%H%M%S").to_string()
}

/// Milliseconds of an RFC 3339 text.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}

pub(crate) fn year(millis: i64) -> i32 {
    use chrono::Datelike as _;
    beijing(millis).year()
}

/// Fen as `¥12.34`.
pub(crate) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}¥{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// `2015-05-20 13:29:35` in Beijing.
pub(crate) fn readable(millis: i64) -> String {
    beijing(millis).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A segment of a path: everything but letters, digits and `-_.~` is percent-encoded.
pub(crate) fn segment(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&crate::crypto::hex(&[byte]));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_of_beijing() {
        assert_eq!(readable(0), "1970-01-01 08:00:00");
        assert_eq!(readable(1_767_294_244_999), "2026-01-02 03:04:04");
    }
}
