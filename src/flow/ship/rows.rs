//! The CSV file of shipments, read as a whole before anything is done. Pure.

use super::{Dispatch, Piece};
use crate::base::{Code, LineId, OrderId, Problem, Quantity, Text};
use crate::mall::shipment::{Carrier, Contents, Kind, Shipment, Way};
use csv::{ReaderBuilder, StringRecord, Trim};

/// The most rows of one file.
const MOST_ROWS: usize = 5_000;

const NEEDED: [&str; 3] = ["order_id", "carrier_code", "tracking_no"];
const POSSIBLE: [&str; 2] = ["line_id", "quantity"];

/// One row of the file.
#[derive(Debug)]
pub(super) struct Row {
    /// Its place in the file, where the heading is 1 and empty lines do not count.
    pub(super) place: usize,
    /// As it stands there.
    pub(super) order: String,
    /// What it asks for, or what is wrong with it.
    pub(super) wish: Result<(OrderId, Dispatch), Problem>,
}

/// Reads the file. Errors: 400 `invalid_csv` when it is none, or not of the stated form.
pub(super) fn parse(body: &[u8]) -> Result<Vec<Row>, Problem> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    if std::str::from_utf8(body).is_err() {
        return Err(wrong("the file must be UTF-8; in Excel, save it as \"CSV UTF-8\""));
    }
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(body);
    let heading = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
    check_heading(&heading)?;
    let mut rows = vec![];
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        if rows.len() == MOST_ROWS {
            return Err(wrong(format!("the file has more than {MOST_ROWS} rows: cut it")));
        }
        rows.push(row(rows.len() + 2, &heading, &record));
    }
    if rows.is_empty() { Err(wrong("the file has no rows below its heading")) } else { Ok(rows) }
}

fn wrong(detail: impl Into<String>) -> Problem {
    Problem::with(Code::InvalidCsv, detail)
}

fn check_heading(heading: &StringRecord) -> Result<(), Problem> {
    let known = |name: &str| NEEDED.contains(&name) || POSSIBLE.contains(&name);
    let once = |name: &str| heading.iter().filter(|other| *other == name).count() == 1;
    let good = NEEDED.iter().all(|name| once(name)) && heading.iter().all(|name| known(name) && once(name));
    if good {
        return Ok(());
    }
    Err(wrong(format!(
        "the first line must name the columns {}, and if wanted {}, separated by commas",
        NEEDED.join(", "),
        POSSIBLE.join(", ")
    )))
}

fn row(place: usize, heading: &StringRecord, record: &StringRecord) -> Row {
    let cell = |name: &str| {
        let column = heading.iter().position(|column| column == name);
        column.and_then(|column| record.get(column)).unwrap_or_default()
    };
    Row { place, order: cell("order_id").chars().take(60).collect(), wish: wish(cell) }
}

fn wish<'r>(cell: impl Fn(&str) -> &'r str) -> Result<(OrderId, Dispatch), Problem> {
    let field = |name: &'static str| move |message: String| Problem::field(name, message);
    let order: OrderId = cell("order_id").parse().map_err(|_| field("order_id")("is no order id".into()))?;
    let carrier = Carrier::try_from(cell("carrier_code").to_owned()).map_err(field("carrier_code"))?;
    let number = Text::try_from(cell("tracking_no").to_owned()).map_err(field("tracking_no"))?;
    let way = Way::new(Kind::Express, Some(carrier), Some(&number))?;
    let line_id = filled(cell("line_id"))
        .map(|id| id.parse::<LineId>().map_err(|_| field("line_id")("is no line id".into())))
        .transpose()?;
    let quantity = filled(cell("quantity")).map(quantity).transpose().map_err(field("quantity"))?;
    if line_id.is_none() && quantity.is_some() {
        return Err(Problem::field("line_id", "is needed with a quantity"));
    }
    let pieces = line_id.map(|line_id| vec![Piece { line_id, quantity }]);
    Ok((order, Dispatch { way, pieces, note: None }))
}

fn filled(cell: &str) -> Option<&str> {
    Some(cell).filter(|cell| !cell.is_empty())
}

fn quantity(cell: &str) -> Result<Quantity, String> {
    let number: i64 = cell.parse().map_err(|_| "must be a whole number".to_owned())?;
    Quantity::try_from(number)
}

/// Whether this was sent before: the same parcel with the same pieces.
pub(super) fn is_repeat(wish: &Dispatch, sent: &[(Shipment, Vec<Contents>)]) -> bool {
    let mut same = sent.iter().filter(|(shipment, _)| shipment.goes(&wish.way));
    let Some([piece]) = wish.pieces.as_deref() else {
        return same.any(|(shipment, _)| shipment.takes_rest);
    };
    same.any(|(_, inside)| match inside.as_slice() {
        [only] => {
            only.line_id == piece.line_id && piece.quantity.is_none_or(|wanted| wanted.get() == only.quantity)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;

    fn ids() -> (OrderId, LineId) {
        let now = Timestamp::from_millis(1_800_000_000_000);
        (OrderId::fresh(now), LineId::fresh(now))
    }

    #[test]
    fn a_file_with_mark_blanks_and_empty_lines_is_read() {
        let (order, line) = ids();
        let file = format!(
            "\u{feff}order_id , carrier_code,tracking_no,line_id,quantity\r\n{order},sf, SF123456 ,,\r\n\r\n\
             {order},ZTO,75312345678901,{line},2\r\n"
        );
        let rows = parse(file.as_bytes()).unwrap();
        assert_eq!(rows.iter().map(|row| row.place).collect::<Vec<_>>(), [2, 3]);
        let (_, first) = rows[0].wish.as_ref().unwrap();
        assert_eq!((first.way.carrier_code(), first.way.tracking_no()), (Some("SF"), Some("SF123456")));
        assert!(first.pieces.is_none());
        let (_, second) = rows[1].wish.as_ref().unwrap();
        let two = Quantity::try_from(2).ok();
        assert_eq!(second.pieces.as_deref(), Some(&[Piece { line_id: line, quantity: two }][..]));
    }

    #[test]
    fn what_is_no_csv_is_refused_whole() {
        let (order, _) = ids();
        let heading = "order_id,carrier_code,tracking_no\n";
        let long = format!("{heading}{}", format!("{order},SF,SF123456\n").repeat(MOST_ROWS + 1));
        for (bad, word) in [
            (b"".as_slice(), "first line"),
            (br#"{"order_id": "x"}"#.as_slice(), "first line"),
            (b"order_id;carrier_code;tracking_no\n".as_slice(), "first line"),
            (b"order_id,carrier_code,tracking_no,colour\n".as_slice(), "first line"),
            (b"order_id,order_id,carrier_code,tracking_no\n".as_slice(), "first line"),
            (b"order_id,carrier_code,tracking_no\n".as_slice(), "no rows"),
            (b"order_id,carrier_code,tracking_no\n1,2\n".as_slice(), "line: 2"),
            (b"order_id,carrier_code,tracking_no\n\xB6\xA9\xB5\xA5,SF,1\n".as_slice(), "UTF-8"),
            (long.as_bytes(), "5000 rows"),
        ] {
            let problem = parse(bad).unwrap_err();
            assert_eq!(problem.code, Code::InvalidCsv);
            assert!(problem.detail.contains(word), "{}", problem.detail);
        }
    }

    #[test]
    fn a_bad_cell_spoils_its_row_only() {
        let (order, line) = ids();
        let file = format!(
            "order_id,carrier_code,tracking_no,line_id,quantity\nx,SF,SF123456,,\n{order},顺丰,SF123456,,\n\
             {order},SF,7.5E+13,,\n{order},SF,SF123456,x,\n{order},SF,SF123456,{line},0\n\
             {order},SF,SF123456,,1\n{order},SF,SF123456,{line},1\n"
        );
        let rows = parse(file.as_bytes()).unwrap();
        let wrong = |row: &Row| row.wish.as_ref().err().map(|problem| problem.errors[0].field.clone());
        let fields: Vec<_> = rows.iter().map(wrong).collect();
        let named = ["order_id", "carrier_code", "tracking_no", "line_id", "quantity", "line_id"];
        assert_eq!(fields[..6], named.map(|name| Some(name.to_owned())));
        assert_eq!(fields[6], None);
    }
}
