//! Tables for spreadsheets: CSV that Excel reads as UTF-8, and in which no cell is a formula.

use crate::base::Money;
use anyhow::Context as _;

/// Without it Excel takes the file for its country's old encoding.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words, whoever wrote them.
    Text(String),
    /// Yuan, to compute with.
    Yuan(Money),
    /// A number, to compute with.
    Number(i64),
    /// Nothing.
    Empty,
}

impl Cell {
    /// Text, or nothing.
    pub fn text(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_string()))
    }

    /// Yuan, or nothing.
    pub fn yuan(amount: Option<Money>) -> Self {
        amount.map_or(Self::Empty, Self::Yuan)
    }

    fn written(&self) -> String {
        match self {
            Self::Text(text) => harmless(text),
            Self::Yuan(amount) => amount.yuan(),
            Self::Number(number) => number.to_string(),
            Self::Empty => String::new(),
        }
    }
}

/// A spreadsheet runs a cell that begins with one of these, in some languages also full-width; with an
/// apostrophe it is text.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// A table that is being written.
#[derive(Debug)]
pub struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    /// A table with these headings.
    pub fn with_headings(headings: &[&str]) -> anyhow::Result<Self> {
        let mut csv = csv::Writer::from_writer(BYTE_ORDER_MARK.to_vec());
        csv.write_record(headings)?;
        Ok(Self(csv))
    }

    /// More rows of a table that was begun before.
    pub fn more() -> Self {
        Self(csv::Writer::from_writer(vec![]))
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[Cell]) -> anyhow::Result<()> {
        Ok(self.0.write_record(cells.iter().map(Cell::written))?)
    }

    /// What was written.
    pub fn into_bytes(self) -> anyhow::Result<Vec<u8>> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error).context("writing a table into memory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_amounts_stay_numbers() {
        let mut sheet = Sheet::with_headings(&["备注", "金额"]).unwrap();
        for text in ["=cmd|' /C calc'!A0", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a", "a,\"b\"\r\nc"] {
            sheet.row(&[Cell::Text(text.to_owned()), Cell::Yuan(Money::fen(-105))]).unwrap();
        }
        let text = String::from_utf8(sheet.into_bytes().unwrap()).unwrap();
        let rows = "'=cmd|' /C calc'!A0,-1.05\n'+1,-1.05\n'-1,-1.05\n'@a,-1.05\n\
            '＝1,-1.05\n'＋1,-1.05\n'－1,-1.05\n'＠a,-1.05\n\"a,\"\"b\"\"\r\nc\",-1.05\n";
        assert_eq!(text, format!("\u{feff}备注,金额\n{rows}"));
    }
}
