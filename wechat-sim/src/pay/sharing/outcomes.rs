//! How shares and returns are to end.

use super::super::refusal::Refusal;
use super::{returns, settle};
use crate::core::Core;
use crate::world::{Outcome, ReturnResult, ShareResult};

const SHARE_REASONS: &[&str] = &[
    "ACCOUNT_ABNORMAL",
    "NO_RELATION",
    "RECEIVER_HIGH_RISK",
    "RECEIVER_REAL_NAME_NOT_VERIFIED",
    "NO_AUTH",
    "RECEIVER_RECEIPT_LIMIT",
    "PAYER_ACCOUNT_ABNORMAL",
    "INVALID_REQUEST",
];
const RETURN_REASONS: &[&str] = &[
    "ACCOUNT_ABNORMAL",
    "BALANCE_NOT_ENOUGH",
    "TIME_OUT_CLOSED",
    "PAYER_ACCOUNT_ABNORMAL",
    "INVALID_REQUEST",
];

/// Lets the shares of an account end so from now on, also those that were left `PENDING`; `None` leaves it to
/// the rules again.
pub(crate) fn share_outcome(
    core: &Core,
    account: &str,
    result: Option<ShareResult>,
    reason: Option<&str>,
) -> Result<(), Refusal> {
    let reason = checked(result == Some(ShareResult::Closed), reason, SHARE_REASONS)?;
    core.change(|world, now| {
        world.share_outcomes.remove(account);
        if let Some(result) = result {
            world.share_outcomes.insert(account, Outcome { result, fail_reason: reason });
        }
        let hangs =
            |share: &crate::world::Share| share.account == account && share.result == ShareResult::Pending;
        let all = world.sharings.iter().filter(|(_, sharing)| sharing.shares.iter().any(hangs));
        // Only those whose time had come: others wait for it.
        let due: Vec<String> = all
            .filter(|(_, sharing)| {
                now >= sharing.created_at.saturating_add(core.time.wait(super::orders::DELAY))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in &due {
            settle::settle(core, world, key, now);
        }
        Ok(())
    })
}

/// Lets the returns of an account end so from now on, also those that were left `PROCESSING`; `None` lets them
/// succeed again.
pub(crate) fn return_outcome(
    core: &Core,
    account: &str,
    result: Option<ReturnResult>,
    reason: Option<&str>,
) -> Result<(), Refusal> {
    let reason = checked(result == Some(ReturnResult::Failed), reason, RETURN_REASONS)?;
    core.change(|world, now| {
        world.return_outcomes.remove(account);
        let outcome = Outcome { result: result.unwrap_or(ReturnResult::Success), fail_reason: reason };
        if result.is_some() {
            world.return_outcomes.insert(account, outcome.clone());
        }
        if outcome.result != ReturnResult::Processing {
            let theirs = world.sharing_returns.iter().filter(|(_, made)| made.return_mchid == account);
            let keys: Vec<String> = theirs.map(|(key, _)| key.clone()).collect();
            for key in &keys {
                returns::finish(core, world, key, outcome.clone(), now);
            }
        }
        Ok(())
    })
}

/// What fails has one of the documented reasons, by default the first; what does not fail has none.
fn checked(fails: bool, reason: Option<&str>, known: &[&str]) -> Result<Option<String>, Refusal> {
    match reason {
        Some(reason) if fails && known.contains(&reason) => Ok(Some(reason.to_owned())),
        Some(_) => Err(Refusal::invalid("no such fail_reason of this result")),
        None => Ok(fails.then(|| known.first().copied().unwrap_or_default().to_owned())),
    }
}
