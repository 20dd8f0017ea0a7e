//! Bills and books, as JSON.

use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{Reply, split};
use crate::core::Core;
use crate::pay::bills::make;
use crate::pay::refusal::Refusal;
use crate::wire::Request;
use crate::wire::day::Day;
use crate::world::{BillKind, BillStyle, BillTamper, LedgerTotal};

/// `GET /_control/ledger?mchid=&date=`: both may be left out; a date is a day in UTC+8.
pub(super) fn ledger(core: &Core, request: &Request) -> Reply {
    let parameter = |name| request.parameter(name).filter(|text: &String| !text.is_empty());
    let date = parameter("date");
    let day =
        date.map(|text| Day::parse(&text).ok_or_else(|| Refusal::invalid("a date looks like 2026-01-02")));
    let books = core.books(parameter("mchid").as_deref(), day.transpose()?);
    Ok(json!({"totals": LedgerTotal::of(&books), "ledger": books}))
}

/// The members of a [`BillStyle`]; what is left out is as by default. With `mchid` only for that merchant.
pub(super) fn style(core: &Core, body: &Value) -> Reply {
    #[derive(Deserialize)]
    struct Target {
        #[serde(default)]
        mchid: String,
    }
    let (Target { mchid }, style): (_, BillStyle) = split(body, &["mchid"])?;
    make::set_style(core, &mchid, style)?;
    Ok(json!(style))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tampered {
    mchid: String,
    bill: BillKind,
    date: String,
    /// In place of what was asked for before; nothing makes the bill right again.
    #[serde(default)]
    does: Vec<BillTamper>,
}

pub(super) fn tamper(core: &Core, fields: &Tampered) -> Reply {
    let made = make::tamper_with(core, &fields.mchid, fields.bill, &fields.date, &fields.does)?;
    Ok(json!({"files": made.files, "does": made.tampers}))
}
