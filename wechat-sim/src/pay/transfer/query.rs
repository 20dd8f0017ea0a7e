//! Looking at a transfer, and taking it back.

use serde_json::json;

use super::super::prepay::DAY;
use super::super::refusal::Refusal;
use super::super::{PayCall, Reply};
use super::{course, views};
use crate::wire::text;
use crate::world::{Transfer, TransferState, key};

/// How far back queries see.
const OLDEST: i64 = 30 * DAY;

pub(super) fn missing() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "转账单不存在")
}

pub(super) fn by_number(call: &PayCall<'_>) -> Reply {
    let bill = key(&call.mchid, call.argument());
    let found = call.core.read(|world| world.transfers.get(&bill).cloned());
    shown(call, found)
}

pub(super) fn by_id(call: &PayCall<'_>) -> Reply {
    let found = call.core.read(|world| {
        let bill = world.transfer_ids.get(call.argument())?;
        world.transfers.get(bill).filter(|transfer| transfer.mchid == call.mchid).cloned()
    });
    shown(call, found)
}

fn shown(call: &PayCall<'_>, found: Option<Transfer>) -> Reply {
    let oldest = call.core.now().saturating_sub(OLDEST);
    let found = found.filter(|transfer| transfer.created_at >= oldest).ok_or_else(missing)?;
    Ok(views::with_name(call, &found).into())
}

/// Possible until the user has confirmed; done a moment later.
pub(super) fn cancel(call: &PayCall<'_>) -> Reply {
    let bill = key(&call.mchid, call.argument());
    call.core.change(|world, now| {
        use TransferState::{Accepted, Canceling, Processing, WaitUserConfirm};
        course::turn(call.core, world, &bill, &[Accepted, Processing, WaitUserConfirm], Canceling, now);
        let transfer = world.transfers.get(&bill).ok_or_else(missing)?;
        if !matches!(transfer.state, Canceling | TransferState::Cancelled) {
            return Err(Refusal::invalid("当前单据状态不允许撤销"));
        }
        let body = json!({
            "out_bill_no": transfer.out_bill_no,
            "transfer_bill_no": transfer.transfer_bill_no,
            "state": transfer.state.as_str(),
            "update_time": text::rfc3339(transfer.updated_at),
        });
        Ok(body.into())
    })
}
