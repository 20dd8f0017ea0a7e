//! How a transfer goes on, from being accepted to its end.

use std::time::Duration;

use super::super::refusal::Refusal;
use super::views::finished_plaintext;
use crate::core::Core;
use crate::crypto::random_base64;
use crate::notify::pay_events::post_event;
use crate::world::{Entry, EntryKind, Task, Transfer, TransferMode, TransferState, World, key};

/// How long a user has to confirm.
pub(super) const PATIENCE: Duration = Duration::from_hours(24);
/// How long a step takes.
const STEP: Duration = Duration::from_secs(1);

/// Why a transfer can fail.
const REASONS: &[&str] = &[
    "ACCOUNT_FROZEN",
    "ACCOUNT_NOT_EXIST",
    "BANK_CARD_ACCOUNT_ABNORMAL",
    "BANK_CARD_BANK_INFO_WRONG",
    "BANK_CARD_CARD_INFO_WRONG",
    "BANK_CARD_COLLECTIONS_ABOVE_QUOTA",
    "BANK_CARD_PARAM_ERROR",
    "BANK_CARD_STATUS_ABNORMAL",
    "BLOCK_B2C_USERLIMITAMOUNT_BSRULE_MONTH",
    "BLOCK_B2C_USERLIMITAMOUNT_MONTH",
    "BUDGET_NOT_ENOUGH",
    "DAY_RECEIVED_COUNT_EXCEED",
    "DAY_RECEIVED_QUOTA_EXCEED",
    "EXCEEDED_ESTIMATED_AMOUNT",
    "ID_CARD_NOT_CORRECT",
    "MCH_CANCEL",
    "MERCHANT_NOT_CONFIRM",
    "MERCHANT_REJECT",
    "NAME_NOT_CORRECT",
    "OPENID_INVALID",
    "OTHER_FAIL_REASON_TYPE",
    "OVERDUE_CLOSE",
    "PAYEE_ACCOUNT_ABNORMAL",
    "PAYER_ACCOUNT_ABNORMAL",
    "PRODUCT_AUTH_CHECK_FAIL",
    "REALNAME_ACCOUNT_RECEIVED_QUOTA_EXCEED",
    "REAL_NAME_CHECK_FAIL",
    "RECEIVE_ACCOUNT_NOT_CONFIGURE",
    "RELATED_ORDER_TRANSFER_AMOUNT_EXCEED",
    "RELATED_ORDER_TRANSFER_COUNT_EXCEED",
    "RESERVATION_INFO_NOT_MATCH",
    "RESERVATION_SCENE_NOT_MATCH",
    "RESERVATION_STATE_INVALID",
    "TRANSFER_QUOTA_EXCEED",
    "TRANSFER_REMARK_SET_FAIL",
    "TRANSFER_RISK",
    "TRANSFER_SCENE_INVALID",
    "TRANSFER_SCENE_UNAVAILABLE",
];

/// Lets the transfers of a shopper, or the one with a key (`mchid/out_bill_no`), fail at the end; `None` lets
/// them succeed again.
pub(crate) fn plan_failure(core: &Core, whose: &str, reason: Option<&str>) -> Result<(), Refusal> {
    if reason.is_some_and(|reason| !REASONS.contains(&reason)) {
        return Err(Refusal::invalid("no such fail_reason"));
    }
    core.change(|world, _| {
        match reason {
            Some(reason) => world.transfer_failures.insert(whose, reason.to_owned()),
            None => drop(world.transfer_failures.remove(whose)),
        }
        Ok(())
    })
}

/// Takes a new transfer in; refused when the balance is too low.
pub(super) fn start(core: &Core, world: &mut World, mut transfer: Transfer, now: i64) -> Result<(), Refusal> {
    let bill = key(&transfer.mchid, &transfer.out_bill_no);
    let terms = world.terms_of(&transfer.mchid);
    transfer.locked = lock(world, &transfer.mchid, transfer.amount);
    let locked = transfer.locked;
    if !locked {
        if !terms.waits_when_short {
            return Err(Refusal::new(403, "NOT_ENOUGH", "商户运营账户资金不足，请充值后原单重试"));
        }
        transfer.state = TransferState::Processing;
    }
    world.transfer_ids.insert(&transfer.transfer_bill_no, bill.clone());
    world.transfers.insert(&bill, transfer);
    if locked && terms.slow_transfers {
        soon(core, world, &bill, now);
    } else if locked {
        process(core, world, &bill, now);
    }
    Ok(())
}

/// A repeated request finds the balance filled up.
pub(super) fn retry(core: &Core, world: &mut World, bill: &str, now: i64) {
    let Some(transfer) = world.transfers.get(bill).cloned() else { return };
    let stuck = transfer.state == TransferState::Processing && !transfer.locked;
    if stuck && lock(world, &transfer.mchid, transfer.amount) {
        if let Some(transfer) = world.transfers.get_mut(bill) {
            transfer.locked = true;
        }
        process(core, world, bill, now);
    }
}

/// Takes the money out of the balance, if there is one.
fn lock(world: &mut World, mchid: &str, amount: i64) -> bool {
    match world.terms.get_mut(mchid).and_then(|terms| terms.balance.as_mut()) {
        Some(balance) if *balance < amount => false,
        Some(balance) => {
            *balance -= amount;
            true
        }
        None => true,
    }
}

fn unlock(world: &mut World, mchid: &str, amount: i64) {
    if let Some(balance) = world.terms.get_mut(mchid).and_then(|terms| terms.balance.as_mut()) {
        *balance = balance.saturating_add(amount);
    }
}

fn soon(core: &Core, world: &mut World, bill: &str, now: i64) {
    world.agenda.add(now.saturating_add(core.time.wait(STEP)), Task::StepTransfer(bill.to_owned()));
}

/// Moves a transfer on, if its state is one of `from`.
pub(super) fn turn(
    core: &Core,
    world: &mut World,
    bill: &str,
    from: &[TransferState],
    to: TransferState,
    now: i64,
) {
    let found = world.transfers.get_mut(bill).filter(|transfer| from.contains(&transfer.state));
    let Some(transfer) = found else { return };
    transfer.state = to;
    transfer.updated_at = now;
    soon(core, world, bill, now);
}

/// The next step of a transfer that goes on by itself.
pub(crate) fn step(core: &Core, world: &mut World, bill: &str, now: i64) {
    let Some(transfer) = world.transfers.get(bill) else { return };
    match transfer.state {
        TransferState::Accepted => {
            turn(core, world, bill, &[TransferState::Accepted], TransferState::Processing, now);
        }
        TransferState::Processing if transfer.locked => process(core, world, bill, now),
        TransferState::Transfering => conclude(core, world, bill, now),
        TransferState::Canceling => {
            finish(core, world, bill, TransferState::Cancelled, Some("MCH_CANCEL"), now);
        }
        _ => {}
    }
}

/// The money is locked: now the user has to confirm, or gets it at once.
fn process(core: &Core, world: &mut World, bill: &str, now: i64) {
    let Some(transfer) = world.transfers.get(bill) else { return };
    let named = transfer.user_name.as_deref();
    if named.is_some_and(|name| !world.may_be_called(&transfer.openid, name)) {
        return finish(core, world, bill, TransferState::Fail, Some("NAME_NOT_CORRECT"), now);
    }
    if transfer.mode == TransferMode::Authorized {
        return conclude(core, world, bill, now);
    }
    let asked = transfer.authorization.as_ref().and_then(|key| world.authorizations.get(key));
    let package = asked.map_or_else(random_base64::<48>, |asked| asked.package_info.clone());
    if let Some(transfer) = world.transfers.get_mut(bill) {
        transfer.state = TransferState::WaitUserConfirm;
        transfer.updated_at = now;
        transfer.package_info = Some(package);
    }
    world.agenda.add(now.saturating_add(core.time.wait(PATIENCE)), Task::ExpireTransfer(bill.to_owned()));
}

/// The money arrives, unless it is planned not to.
fn conclude(core: &Core, world: &mut World, bill: &str, now: i64) {
    let Some(transfer) = world.transfers.get(bill) else { return };
    let planned = world.transfer_failures.get(bill).or_else(|| world.transfer_failures.get(&transfer.openid));
    match planned.cloned() {
        Some(reason) => finish(core, world, bill, TransferState::Fail, Some(&reason), now),
        None => finish(core, world, bill, TransferState::Success, None, now),
    }
}

/// The user has not confirmed.
pub(crate) fn expire(core: &Core, world: &mut World, bill: &str, now: i64) {
    let waits = world.transfers.get(bill).is_some_and(|it| it.state == TransferState::WaitUserConfirm);
    if waits {
        finish(core, world, bill, TransferState::Fail, Some("OVERDUE_CLOSE"), now);
    }
}

fn finish(core: &Core, world: &mut World, bill: &str, state: TransferState, reason: Option<&str>, now: i64) {
    let Some(transfer) = world.transfers.get_mut(bill) else { return };
    transfer.state = state;
    transfer.updated_at = now;
    transfer.fail_reason = reason.map(str::to_owned);
    let done = transfer.clone();
    if state == TransferState::Success {
        world.book(entry(&done, now));
    } else if done.locked {
        unlock(world, &done.mchid, done.amount);
    }
    if let Some(url) = &done.notify_url {
        let event = ("MCHTRANSFER.BILL.FINISHED", "mch_payment", "商家转账单据终态通知");
        post_event(core, world, (&done.mchid, url), event, finished_plaintext(&done), now);
    }
}

fn entry(transfer: &Transfer, now: i64) -> Entry {
    Entry {
        at: now,
        kind: EntryKind::Transfer,
        mchid: transfer.mchid.clone(),
        app_id: transfer.app_id.clone(),
        openid: transfer.openid.clone(),
        amount: transfer.amount.saturating_neg(),
        cash: transfer.amount.saturating_neg(),
        fee: 0,
        number: transfer.out_bill_no.clone(),
        platform_number: transfer.transfer_bill_no.clone(),
        transaction_id: String::new(),
    }
}
