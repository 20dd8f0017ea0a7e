//! Times and sums as people and the protocol write them.

use chrono::{DateTime, FixedOffset, SecondsFormat};

fn beijing(millis: i64) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(8 * 3600).expect("eight hours are an offset");
    DateTime::from_timestamp_millis(millis).unwrap_or_default().with_timezone(&zone)
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

/// Text that may stand in HTML, also between double quotes.
pub(crate) fn html(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
        out
    })
}
