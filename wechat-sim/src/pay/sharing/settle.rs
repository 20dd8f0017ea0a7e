//! What becomes of the receivers of a sharing.

use serde_json::json;

use super::super::prepay::DAY;
use super::{MERCHANT, PERSON};
use crate::core::Core;
use crate::notify::pay_events::post_event;
use crate::wire::text;
use crate::world::{Entry, EntryKind, Share, ShareResult, Sharing, World};

/// What one person may receive in a month, in fen.
const MONTHLY: i64 = 20_000_000;

/// Gives every receiver that waits its share, or says why not.
pub(crate) fn settle(core: &Core, world: &mut World, sharing_key: &str, now: i64) {
    let count = world.sharings.get(sharing_key).map_or(0, |sharing| sharing.shares.len());
    for index in 0..count {
        let Some(sharing) = world.sharings.get(sharing_key).cloned() else { return };
        let share = &sharing.shares[index];
        if share.result == ShareResult::Pending {
            settle_one(core, world, (sharing_key, index), &sharing, share, now);
        }
    }
}

fn settle_one(
    core: &Core,
    world: &mut World,
    (sharing_key, index): (&str, usize),
    sharing: &Sharing,
    share: &Share,
    now: i64,
) {
    let (result, reason) = decide(world, sharing, share, now);
    if result == ShareResult::Pending {
        return;
    }
    if let Some(record) =
        world.sharings.get_mut(sharing_key).and_then(|sharing| sharing.shares.get_mut(index))
    {
        record.result = result;
        record.fail_reason = reason;
        record.finished_at = Some(now);
    }
    // What the merchant shares with itself only stops being frozen.
    if result == ShareResult::Success && share.account != sharing.mchid {
        book(world, sharing, share, now);
        tell(core, world, sharing, share, now);
    }
}

fn decide(world: &World, sharing: &Sharing, share: &Share, now: i64) -> (ShareResult, Option<String>) {
    let closed = |reason: &str| (ShareResult::Closed, Some(reason.to_owned()));
    if share.account == sharing.mchid {
        return (ShareResult::Success, None);
    }
    if let Some(planned) = world.share_outcomes.get(&share.account) {
        return (planned.result, planned.fail_reason.clone());
    }
    if !world.is_receiver(&sharing.mchid, &share.kind, &share.account) {
        return closed("NO_RELATION");
    }
    if share.kind == PERSON && received(world, &share.account, now).saturating_add(share.amount) > MONTHLY {
        return closed("RECEIVER_RECEIPT_LIMIT");
    }
    (ShareResult::Success, None)
}

/// What a person received in the month of `now`.
fn received(world: &World, account: &str, now: i64) -> i64 {
    let month = |at: i64| text::compact(at)[..6].to_owned();
    let recent = world.sharings.values().filter(|sharing| sharing.created_at > now - 62 * DAY);
    let shares = recent.flat_map(|sharing| &sharing.shares);
    let done = shares.filter(|share| share.account == account && share.result == ShareResult::Success);
    let now = month(now);
    let here = done.filter(|share| share.finished_at.is_some_and(|at| month(at) == now));
    here.fold(0, |sum, share| sum.saturating_add(share.amount))
}

fn book(world: &mut World, sharing: &Sharing, share: &Share, now: i64) {
    let app_id = world.orders.get(&sharing.order).map(|order| order.app_id.clone()).unwrap_or_default();
    let entry = Entry {
        at: now,
        kind: EntryKind::Sharing,
        mchid: sharing.mchid.clone(),
        app_id,
        openid: share.account.clone(),
        amount: share.amount.saturating_neg(),
        cash: if share.kind == PERSON { share.amount.saturating_neg() } else { 0 },
        fee: 0,
        number: sharing.out_order_no.clone(),
        platform_number: sharing.order_id.clone(),
        transaction_id: sharing.transaction_id.clone(),
    };
    book_both(world, entry, share.kind == MERCHANT);
}

/// Books for the payer, and the other way round for a receiver that has books here.
pub(super) fn book_both(world: &mut World, entry: Entry, to_merchant: bool) {
    let receiver = Entry {
        mchid: entry.openid.clone(),
        openid: entry.mchid.clone(),
        amount: entry.amount.saturating_neg(),
        ..entry.clone()
    };
    world.book(entry);
    if to_merchant && world.merchants.contains(&receiver.mchid) {
        world.book(receiver);
    }
}

/// Tells a receiver that is a merchant here and has an address for it.
fn tell(core: &Core, world: &mut World, sharing: &Sharing, share: &Share, now: i64) {
    let numbers = [&sharing.transaction_id, &sharing.order_id, &sharing.out_order_no];
    let movement = Movement {
        payer: &sharing.mchid,
        account: &share.account,
        numbers,
        amount: share.amount,
        description: &share.description,
        summary: "分账",
    };
    if share.kind == MERCHANT {
        movement.post(core, world, now);
    }
}

/// Money that a receiver got or gave back.
pub(super) struct Movement<'a> {
    pub(super) payer: &'a str,
    /// The merchant that receives.
    pub(super) account: &'a str,
    /// Of the transaction, and of the sharing or return: the platform's and the merchant's.
    pub(super) numbers: [&'a String; 3],
    pub(super) amount: i64,
    pub(super) description: &'a str,
    pub(super) summary: &'a str,
}

impl Movement<'_> {
    pub(super) fn post(&self, core: &Core, world: &mut World, now: i64) {
        let Some(url) = world.terms_of(self.account).sharing_notify_url else { return };
        if !world.merchants.contains(self.account) {
            return;
        }
        let [transaction_id, order_id, out_order_no] = self.numbers;
        let plaintext = json!({
            "mchid": self.payer,
            "transaction_id": transaction_id,
            "order_id": order_id,
            "out_order_no": out_order_no,
            "receiver": {
                "type": MERCHANT, "account": self.account, "amount": self.amount, "description": self.description,
            },
            "success_time": text::rfc3339(now),
        });
        let event = ("TRANSACTION.SUCCESS", "profitsharing", self.summary);
        post_event(core, world, (self.account, &url), event, plaintext, now);
    }
}
