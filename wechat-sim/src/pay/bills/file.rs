//! The text file all bills share: UTF-8, CRLF, a header, detail lines, a second header, one line of totals.
//!
//! Fields are parted by commas and never quoted. Those of detail and summary lines start with a backtick, so
//! that a spreadsheet keeps long numbers as text; headers do without.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

pub(crate) use crate::world::{BillColumns as Columns, BillFees as FeeDecimals, BillStyle as Style};

/// One column of the detail lines or of the summary, filled from an `R`.
pub(crate) struct Column<R> {
    name: &'static str,
    early: &'static str,
    cell: fn(&R, Style) -> String,
}

impl<R> Column<R> {
    pub(crate) const fn new(name: &'static str, cell: fn(&R, Style) -> String) -> Self {
        Self { name, early: name, cell }
    }

    /// A column that is called `early` in the oldest files.
    pub(crate) const fn renamed(
        name: &'static str,
        early: &'static str,
        cell: fn(&R, Style) -> String,
    ) -> Self {
        Self { name, early, cell }
    }

    pub(crate) fn name(&self, style: Style) -> &'static str {
        if style.columns == Columns::Early { self.early } else { self.name }
    }
}

/// The whole file: `details` filled from each row, then `summary` filled from `totals`.
pub(crate) fn lay_out<R, T>(
    style: Style,
    details: &[&Column<R>],
    rows: &[&R],
    summary: &[&Column<T>],
    totals: &T,
) -> String {
    let mut out = String::from(if style.bom { "\u{feff}" } else { "" });
    header(&mut out, style, details);
    for row in rows {
        line(&mut out, style, details, row);
    }
    header(&mut out, style, summary);
    line(&mut out, style, summary, totals);
    out
}

fn header<R>(out: &mut String, style: Style, columns: &[&Column<R>]) {
    let names: Vec<&str> = columns.iter().map(|column| column.name(style)).collect();
    out.push_str(&names.join(","));
    out.push_str("\r\n");
}

fn line<R>(out: &mut String, style: Style, columns: &[&Column<R>], row: &R) {
    let cells: Vec<String> = columns.iter().map(|column| (column.cell)(row, style)).collect();
    out.push('`');
    out.push_str(&cells.join(",`"));
    out.push_str("\r\n");
}

/// Fen as `12.34`.
pub(crate) fn yuan(fen: i64) -> String {
    fixed(fen < 0, fen.unsigned_abs(), 2)
}

/// A fee in hundred-thousandths of a yuan as `0.00600`, or rounded to the fen as `0.01`.
pub(crate) fn fee5(amount: i64, decimals: FeeDecimals) -> String {
    let size = amount.unsigned_abs();
    match decimals {
        FeeDecimals::Five => fixed(amount < 0, size, 5),
        FeeDecimals::Two => fixed(amount < 0, size / 1000 + u64::from(size % 1000 >= 500), 2),
    }
}

fn fixed(negative: bool, size: u64, decimals: usize) -> String {
    let scale = 10_u64.pow(u32::try_from(decimals).expect("two or five decimals"));
    let sign = if negative && size > 0 { "-" } else { "" };
    format!("{sign}{}.{:0decimals$}", size / scale, size % scale)
}

/// A sum of a summary, in fen.
pub(crate) fn total(fen: i64, style: Style) -> String {
    let text = yuan(fen);
    if style.shortest_summary { text.strip_suffix('0').map_or(text.clone(), str::to_owned) } else { text }
}

/// A number of lines in a summary.
pub(crate) fn count(lines: usize, style: Style) -> String {
    if style.shortest_summary { format!("{lines}.0") } else { lines.to_string() }
}

/// Which rule a text of the merchant is escaped by in a trade bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    Payment,
    Refund,
}

/// A text of the merchant in a trade bill. No comma or line break is left, so that a line can be split at its
/// commas; which blank was a comma cannot be told any more.
pub(crate) fn escape(text: &str, rule: Escapes) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match (letter, rule) {
            ('\n', _) => out.push_str("\\n"),
            ('\r', _) => out.push_str("\\r"),
            ('\t', _) => out.push_str("\\t"),
            (',' | '\u{e000}', _) => out.push_str("\\ "),
            ('`', Escapes::Refund) => out.push_str("\\140"),
            ('\\' | '"' | '\u{1a}', _) | ('`' | '\'', Escapes::Payment) => out.extend(['\\', letter]),
            _ => out.push(letter),
        }
    }
    out
}

/// A text of the merchant in the other bills: only line breaks and U+0001 are documented to change.
pub(crate) fn escape_remark(text: &str, style: Style) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{1}' => out.push(' '),
            ',' if !style.bare_commas => out.push_str("\\ "),
            _ => out.push(letter),
        }
    }
    out
}

/// The file as `tar_type=GZIP` sends it.
pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).expect("a vector takes all bytes");
    encoder.finish().expect("a vector takes all bytes")
}

/// A reader that knows nothing but the rules of the file.
#[cfg(test)]
pub(crate) mod reader {
    use std::collections::HashMap;

    pub(crate) type Line = HashMap<String, String>;

    #[derive(Debug)]
    pub(crate) struct Bill {
        pub(crate) header: Vec<String>,
        pub(crate) rows: Vec<Line>,
        pub(crate) summary_header: Vec<String>,
        pub(crate) summary: Line,
    }

    pub(crate) fn read(text: &str) -> Bill {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines: Vec<&str> =
            text.strip_suffix("\r\n").expect("a last line end").split("\r\n").collect();
        assert!(lines.iter().all(|line| !line.contains(['\r', '\n'])), "a bare line break");
        let totals = lines.pop().expect("a line of totals");
        let summary_header = names(lines.pop().expect("a header of totals"));
        let header = names(lines.remove(0));
        let rows = lines.iter().map(|line| pair(&header, line)).collect();
        Bill { summary: pair(&summary_header, totals), header, rows, summary_header }
    }

    fn names(line: &str) -> Vec<String> {
        assert!(!line.contains('`'), "a backtick in a header: {line}");
        line.split(',').map(str::to_owned).collect()
    }

    fn pair(header: &[String], line: &str) -> Line {
        let cells: Vec<&str> =
            line.split(',').map(|cell| cell.strip_prefix('`').expect("a backtick")).collect();
        assert_eq!(cells.len(), header.len(), "{line}");
        header.iter().cloned().zip(cells.into_iter().map(str::to_owned)).collect()
    }

    /// Hundred-thousandths of a yuan out of a text of up to five decimals.
    pub(crate) fn amount(text: &str) -> i64 {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{decimals:0<5}").parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The sum of one column, in hundred-thousandths of a yuan.
    pub(crate) fn sum(rows: &[Line], name: &str) -> i64 {
        rows.iter().map(|row| amount(&row[name])).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::digest::sha1_hex;
    use std::io::Read as _;

    #[test]
    fn writes_amounts_without_rounding_them() {
        for (fen, text) in [(1, "0.01"), (0, "0.00"), (-30, "-0.30"), (9900, "99.00"), (123_405, "1234.05")] {
            assert_eq!(yuan(fen), text);
        }
        assert_eq!(yuan(i64::MIN), "-92233720368547758.08");
    }

    #[test]
    fn writes_fees_with_five_decimals_or_rounded_to_the_fen() {
        for (amount, five, two) in [
            (600, "0.00600", "0.01"),
            (499, "0.00499", "0.00"),
            (500, "0.00500", "0.01"),
            (-500, "-0.00500", "-0.01"),
            (-499, "-0.00499", "0.00"),
            (-30_000, "-0.30000", "-0.30"),
            (0, "0.00000", "0.00"),
            (123_456, "1.23456", "1.23"),
        ] {
            assert_eq!(fee5(amount, FeeDecimals::Five), five);
            assert_eq!(fee5(amount, FeeDecimals::Two), two);
        }
    }

    #[test]
    fn cuts_the_figures_of_a_summary_when_asked_to() {
        let style = Style { shortest_summary: true, ..Style::default() };
        assert_eq!([count(45, style), total(0, style), total(47, style)], ["45.0", "0.0", "0.47"]);
        assert_eq!([total(10_000, style), total(-50, style)], ["100.0", "-0.5"]);
        assert_eq!([count(45, Style::default()), total(0, Style::default())], ["45", "0.00"]);
    }

    #[test]
    fn escapes_texts_of_payments_and_refunds_differently() {
        let text = "a\\b'c\"d`e,f\ng\rh\ti\u{e000}j\u{1a}k你";
        assert_eq!(escape(text, Escapes::Payment), "a\\\\b\\'c\\\"d\\`e\\ f\\ng\\rh\\ti\\ j\\\u{1a}k你");
        assert_eq!(escape(text, Escapes::Refund), "a\\\\b'c\\\"d\\140e\\ f\\ng\\rh\\ti\\ j\\\u{1a}k你");
    }

    #[test]
    fn escapes_little_in_remarks() {
        let bare = Style { bare_commas: true, ..Style::default() };
        assert_eq!(escape_remark("缺货,'`\\\"\n\r\u{1}。", bare), "缺货,'`\\\"\\n\\r 。");
        assert_eq!(escape_remark("缺货,退", Style::default()), "缺货\\ 退");
    }

    #[test]
    fn hashes_the_plain_file_and_packs_it_without_loss() {
        assert_eq!(sha1_hex(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let plain = "`1,`2\r\n".repeat(1000).into_bytes();
        let packed = gzip(&plain);
        assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() < plain.len());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain);
    }
}
