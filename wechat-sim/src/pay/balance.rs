//! What a merchant has in its account.

use super::refund;
use super::refusal::Refusal;
use crate::core::Core;
use crate::world::{Entry, EntryKind, RefundStatus, World};

/// What came in, less what went out, what the platform kept, and what refunds under way will take; in fen.
pub(crate) fn balance(world: &World, mchid: &str) -> i64 {
    // Transfers are paid from the account of operations, not from this one.
    let own = |entry: &&Entry| entry.mchid == mchid && entry.kind != EntryKind::Transfer;
    let entries = world.ledger.values().filter(own);
    let booked = entries.fold(0_i64, |sum, entry| sum.saturating_add(gain(entry)));
    let under_way = |status| matches!(status, RefundStatus::Processing | RefundStatus::Abnormal);
    let refunds = world.refunds.values().filter(|refund| refund.mchid == mchid && under_way(refund.status));
    refunds.fold(booked, |sum, refund| sum.saturating_add(gain(&refund::entry(world, refund, 0))))
}

/// What an entry changes in the account.
pub(crate) fn gain(entry: &Entry) -> i64 {
    entry.amount.saturating_sub(entry.fee)
}

/// The merchant puts money of its own into its account, or takes some out when the amount is negative; answers
/// the balance, which is only looked at when the amount is 0.
pub(crate) fn top_up(core: &Core, mchid: &str, amount: i64) -> Result<i64, Refusal> {
    core.change(|world, now| {
        if !world.merchants.contains(mchid) {
            return Err(Refusal::no_merchant());
        }
        if amount < 0 && balance(world, mchid).saturating_add(amount) < 0 {
            return Err(Refusal::new(403, "NOT_ENOUGH", "the merchant has not so much"));
        }
        if amount != 0 {
            world.book(entry(mchid, amount, now));
        }
        Ok(balance(world, mchid))
    })
}

fn entry(mchid: &str, amount: i64, at: i64) -> Entry {
    Entry {
        at,
        kind: if amount < 0 { EntryKind::Withdrawal } else { EntryKind::TopUp },
        mchid: mchid.to_owned(),
        app_id: String::new(),
        openid: String::new(),
        amount,
        cash: 0,
        fee: 0,
        number: String::new(),
        platform_number: String::new(),
        transaction_id: String::new(),
    }
}
