//! The simulator's own books: what shoppers really paid and got back, to reconcile a shop against.

use serde::{Deserialize, Serialize};

use super::{World, numbered};

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A shopper paid an order.
    Payment,
    /// A shopper got money back.
    Refund,
    /// A merchant sent money to a shopper, who took it.
    Transfer,
    /// A merchant's share went to a receiver of profit sharing.
    Sharing,
    /// A receiver of profit sharing gave its share back.
    SharingReturn,
    /// A merchant put money of its own into its account.
    TopUp,
    /// A merchant took money out of its account.
    Withdrawal,
}

/// Money that moved; never changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: i64,
    pub(crate) kind: EntryKind,
    pub(crate) mchid: String,
    pub(crate) app_id: String,
    /// The shopper, or the account of a receiver.
    pub(crate) openid: String,
    /// What the merchant's books gain, in fen; negative when it loses.
    pub(crate) amount: i64,
    /// What the shopper's purse loses, in fen; negative when it gains.
    pub(crate) cash: i64,
    /// What the platform keeps of it, in fen; negative when it gives back.
    pub(crate) fee: i64,
    /// The merchant's number: of the order, the refund, the transfer…
    pub(crate) number: String,
    /// The platform's number of the same.
    pub(crate) platform_number: String,
    /// The platform's number of the payment it belongs to.
    pub(crate) transaction_id: String,
}

/// An entry of the books of the simulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// Counted from 1.
    pub id: u64,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// Why money moved.
    pub kind: EntryKind,
    /// The merchant.
    pub mchid: String,
    /// The mini program.
    pub app_id: String,
    /// The shopper, or the account of a receiver.
    pub openid: String,
    /// What the merchant gains, in fen; negative when it loses.
    pub amount: i64,
    /// What the shopper pays, in fen; negative when it gets money.
    pub cash: i64,
    /// What the platform keeps, in fen; negative when it gives back.
    pub fee: i64,
    /// The merchant's number.
    pub number: String,
    /// The platform's number.
    pub platform_number: String,
    /// The platform's number of the payment.
    pub transaction_id: String,
}

/// What moved of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerTotal {
    /// Why money moved.
    pub kind: EntryKind,
    /// How often.
    pub count: usize,
    /// What merchants gained, in fen.
    pub amount: i64,
    /// What shoppers paid, in fen.
    pub cash: i64,
    /// What the platform kept, in fen.
    pub fee: i64,
}

impl LedgerTotal {
    /// The sums of some entries, one for each kind that occurs, in the order of [`EntryKind`].
    pub(crate) fn of(entries: &[LedgerEntry]) -> Vec<Self> {
        let kinds = [
            EntryKind::Payment,
            EntryKind::Refund,
            EntryKind::Transfer,
            EntryKind::Sharing,
            EntryKind::SharingReturn,
            EntryKind::TopUp,
            EntryKind::Withdrawal,
        ];
        let totals = kinds.into_iter().map(|kind| {
            let nothing = Self { kind, count: 0, amount: 0, cash: 0, fee: 0 };
            entries.iter().filter(|entry| entry.kind == kind).fold(nothing, Self::with)
        });
        totals.filter(|total| total.count > 0).collect()
    }

    fn with(self, entry: &LedgerEntry) -> Self {
        Self {
            kind: self.kind,
            count: self.count + 1,
            amount: self.amount.saturating_add(entry.amount),
            cash: self.cash.saturating_add(entry.cash),
            fee: self.fee.saturating_add(entry.fee),
        }
    }
}

impl World {
    /// Notes that money moved.
    pub(crate) fn book(&mut self, entry: Entry) {
        self.ledger.insert(numbered(self.ledger.next_number()), entry);
    }

    /// The books of a merchant, or of all; oldest first.
    pub(crate) fn books(&self, mchid: Option<&str>) -> Vec<LedgerEntry> {
        let wanted = self.ledger.iter().filter(|(_, entry)| mchid.is_none_or(|mchid| entry.mchid == mchid));
        wanted.map(|(key, entry)| view(key.parse().unwrap_or(0), entry.clone())).collect()
    }
}

fn view(id: u64, entry: Entry) -> LedgerEntry {
    LedgerEntry {
        id,
        at: entry.at,
        kind: entry.kind,
        mchid: entry.mchid,
        app_id: entry.app_id,
        openid: entry.openid,
        amount: entry.amount,
        cash: entry.cash,
        fee: entry.fee,
        number: entry.number,
        platform_number: entry.platform_number,
        transaction_id: entry.transaction_id,
    }
}
