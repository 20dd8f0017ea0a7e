//! Bills are made once and stay as they are, unless somebody tampers with them.

use std::collections::BTreeMap;

use super::fund_rows::{self, Account};
use super::trade::TradeBill;
use super::{fund_flow, rows, sharing, tamper, trade};
use crate::core::Core;
use crate::crypto::digest::sha1_hex;
use crate::pay::refusal::Refusal;
use crate::wire::day::Day;
use crate::world::{BillDay, BillFile, BillKind, BillStyle, BillTamper, World};

/// The bills of one kind and day of a merchant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) mchid: &'a str,
    pub(crate) kind: BillKind,
    pub(crate) day: Day,
}

impl Wanted<'_> {
    pub(crate) fn key(&self) -> String {
        format!("{}/{}/{}", self.mchid, self.kind.as_str(), self.day)
    }
}

/// When the bills of a day can be fetched, in milliseconds since 1970.
pub(crate) fn ready_at(core: &Core, day: Day) -> i64 {
    day.next().start() + i64::from(core.settings.bill_hour) * HOUR
}

/// When the bills of a day are made, an hour before they can be fetched: what happens later is not in them.
fn made_at(core: &Core, day: Day) -> i64 {
    (ready_at(core, day) - HOUR).max(day.next().start())
}

const HOUR: i64 = 3_600_000;

/// The bills of a day, made now if that was not done before; `None` when there is nothing in them.
pub(crate) fn made<'w>(core: &Core, world: &'w mut World, wanted: Wanted<'_>) -> Option<&'w BillDay> {
    let key = wanted.key();
    if !world.bill_days.contains(&key) {
        let day = make(core, world, wanted, style_of(world, wanted.mchid), &[]);
        if day.files.is_empty() {
            return None;
        }
        world.bill_days.insert(&key, day);
    }
    world.bill_days.get(&key)
}

/// How the bills of a merchant are made that come up now.
fn style_of(world: &World, mchid: &str) -> BillStyle {
    let styles = [mchid, ""].into_iter().find_map(|owner| world.bill_styles.get(owner));
    styles.copied().unwrap_or_default()
}

/// Makes the bills of a day again, tampered with as asked; with nothing asked they are as they should be.
pub(crate) fn tamper_with(
    core: &Core,
    mchid: &str,
    kind: BillKind,
    date: &str,
    tampers: &[BillTamper],
) -> Result<BillDay, Refusal> {
    let day = Day::parse(date).ok_or_else(|| Refusal::invalid("a date looks like 2026-01-02"))?;
    let wanted = Wanted { mchid, kind, day };
    core.change(|world, now| {
        if !world.merchants.contains(mchid) {
            return Err(Refusal::no_merchant());
        }
        if now < made_at(core, day) {
            return Err(Refusal::invalid("the bills of this day are not made yet"));
        }
        let before = world.bill_days.get(&wanted.key());
        let style = before.map_or_else(|| style_of(world, mchid), |day| day.style);
        let made = make(core, world, wanted, style, tampers);
        world.bill_days.insert(wanted.key(), made.clone());
        Ok(made)
    })
}

/// Sets how the bills are made that come up from now on, of a merchant or, with an empty name, of all that
/// have no style of their own.
pub(crate) fn set_style(core: &Core, mchid: &str, style: BillStyle) -> Result<(), Refusal> {
    core.change(|world, _| {
        world.bill_styles.insert(mchid, style);
        Ok(())
    })
}

fn make(core: &Core, world: &World, wanted: Wanted<'_>, style: BillStyle, tampers: &[BillTamper]) -> BillDay {
    let texts = match wanted.kind {
        BillKind::Trade => trade_texts(core, world, wanted, style, tampers),
        BillKind::FundFlow => fund_text(world, wanted, Account::Basic, style, tampers),
        BillKind::OperationFundFlow => fund_text(world, wanted, Account::Operation, style, tampers),
        BillKind::Sharing => sharing_text(world, wanted, style, tampers),
    };
    let files = texts.into_iter().map(|(name, text)| (name.to_owned(), finished(text, tampers))).collect();
    BillDay { style, tampers: tampers.to_vec(), files }
}

fn finished(text: String, tampers: &[BillTamper]) -> BillFile {
    let text = tamper::text(text, tampers);
    let wrong = tampers.contains(&BillTamper::WrongHash);
    let hash = sha1_hex(if wrong { b"wrong" } else { text.as_bytes() });
    let cut = tampers.contains(&BillTamper::Cut);
    let text = if cut { text.chars().take(text.chars().count() / 2).collect() } else { text };
    BillFile { text, hash }
}

/// Texts by the name of the file; there is none where there are no lines.
type Texts = BTreeMap<&'static str, String>;

fn trade_texts(
    core: &Core,
    world: &World,
    wanted: Wanted<'_>,
    style: BillStyle,
    tampers: &[BillTamper],
) -> Texts {
    let Wanted { mchid, day, .. } = wanted;
    let mut rows = rows::trade(world, mchid, day, made_at(core, day));
    tamper::apply(&mut rows, tampers, mchid, day);
    let bills = [("ALL", TradeBill::All), ("SUCCESS", TradeBill::Success), ("REFUND", TradeBill::Refund)];
    let filled = bills.into_iter().filter(|(_, bill)| rows.iter().any(|row| bill.holds(row)));
    filled.map(|(name, bill)| (name, trade::render(bill, &rows, style))).collect()
}

fn fund_text(
    world: &World,
    wanted: Wanted<'_>,
    account: Account,
    style: BillStyle,
    tampers: &[BillTamper],
) -> Texts {
    let (opening, mut rows) = fund_rows::of_day(world, wanted.mchid, account, wanted.day, style);
    tamper::apply(&mut rows, tampers, wanted.mchid, wanted.day);
    let text = (!rows.is_empty()).then(|| fund_flow::render(opening, &rows, style));
    text.map(|text| ("", text)).into_iter().collect()
}

fn sharing_text(world: &World, wanted: Wanted<'_>, style: BillStyle, tampers: &[BillTamper]) -> Texts {
    let mut rows = rows::sharing(world, wanted.mchid, wanted.day);
    tamper::apply(&mut rows, tampers, wanted.mchid, wanted.day);
    let text = (!rows.is_empty()).then(|| sharing::render(&rows, style));
    text.map(|text| ("", text)).into_iter().collect()
}
