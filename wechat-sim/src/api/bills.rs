//! Bills and books.

use crate::life::tasks;
use crate::pay::bills::make;
use crate::pay::refusal::Refusal;
use crate::simulator::Simulator;
use crate::wire::day::Day;
use crate::world::{BillKind, BillStyle, BillTamper, LedgerEntry, LedgerTotal};

impl Simulator {
    /// How the bills are made that come up from now on, of a merchant, or of all that have no style of their own.
    pub fn bill_style(&self, mchid: Option<&str>, style: BillStyle) -> Result<(), Refusal> {
        make::set_style(&self.core, mchid.unwrap_or_default(), style)
    }

    /// Makes the bills of a day (`2026-01-02`, UTC+8) again, differing from what happened as asked; with nothing
    /// asked they are right again.
    pub fn tamper_bill(
        &self,
        mchid: &str,
        kind: BillKind,
        date: &str,
        tampers: &[BillTamper],
    ) -> Result<(), Refusal> {
        make::tamper_with(&self.core, mchid, kind, date, tampers).map(drop)
    }

    /// What really moved for a merchant, oldest first.
    pub fn ledger_of(&self, mchid: &str) -> Vec<LedgerEntry> {
        tasks::tick(&self.core);
        self.core.books(Some(mchid), None)
    }

    /// What really moved for a merchant on a day (`2026-01-02`, UTC+8), oldest first; nothing on what is no day.
    pub fn ledger_on(&self, mchid: &str, date: &str) -> Vec<LedgerEntry> {
        tasks::tick(&self.core);
        Day::parse(date).map(|day| self.core.books(Some(mchid), Some(day))).unwrap_or_default()
    }

    /// What really moved for a merchant, by kind.
    pub fn ledger_totals(&self, mchid: &str) -> Vec<LedgerTotal> {
        LedgerTotal::of(&self.ledger_of(mchid))
    }
}
