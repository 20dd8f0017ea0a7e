//! Sharing the money of an order, unfreezing what is left, and looking at both.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::super::{PayCall, Reply};
use super::checks::{SHARE, UNFREEZE, Wish};
use super::{MERCHANT, NEVER, fund};
use crate::core::Core;
use crate::crypto::random_digits;
use crate::wire::text;
use crate::world::{Share, ShareResult, Sharing, Task, World, key};

/// The most requests to share one order can have.
const MOST: u32 = 50;
/// Requests to share one order have to be so far apart.
const APART: Duration = Duration::from_secs(1);
/// How long a sharing takes.
pub(super) const DELAY: Duration = Duration::from_secs(2);

pub(super) fn share(call: &PayCall<'_>) -> Reply {
    let (mut parameters, mut wish): (Value, Wish) = call.read(SHARE)?;
    wish.check(call)?;
    wish.open_names(call, &mut parameters)?;
    call.core.change(|world, now| {
        if let Some(answer) = repeated(world, call, &wish, &parameters) {
            return answer;
        }
        let fund = fund::find(world, &call.mchid, &wish.transaction_id)?;
        fund.check_open(call.core, world, now)?;
        check_pace(call.core, world, &fund.key, now)?;
        wish.check_receivers(call, world)?;
        fund.check_amount(call.core, world, wish.total(), now)?;
        let order = fund.key;
        let freeze = world.freezes.entry(&order);
        freeze.requests += 1;
        freeze.last_at = Some(now);
        freeze.ended = wish.unfreeze_unsplit;
        let shares = wish.receivers.iter().map(|receiver| {
            new_share(&receiver.kind, &receiver.account, receiver.amount, &receiver.description)
        });
        Ok(accept(call, world, order, &wish, parameters, shares.collect(), now).into())
    })
}

/// What is left goes to the merchant itself: that is a share, too.
pub(super) fn unfreeze(call: &PayCall<'_>) -> Reply {
    let (parameters, wish): (Value, Wish) = call.read(UNFREEZE)?;
    call.core.change(|world, now| {
        if let Some(answer) = repeated(world, call, &wish, &parameters) {
            return answer;
        }
        let fund = fund::find(world, &call.mchid, &wish.transaction_id)?;
        fund.check_open(call.core, world, now)?;
        let left = fund.left(call.core, world, now);
        let order = fund.key;
        world.freezes.entry(&order).ended = true;
        let description = wish.description.as_deref().unwrap_or_default();
        let rest = (left > 0).then(|| new_share(MERCHANT, &call.mchid, left, description));
        Ok(accept(call, world, order, &wish, parameters, rest.into_iter().collect(), now).into())
    })
}

/// The same number with the same parameters is the same request.
fn repeated(world: &World, call: &PayCall<'_>, wish: &Wish, parameters: &Value) -> Option<Reply> {
    let existing = world.sharings.get(&key(&call.mchid, &wish.out_order_no))?;
    Some(if existing.parameters == *parameters {
        Ok(view(existing).into())
    } else {
        Err(Refusal::invalid("商户分账单号已存在，但参数与首次请求时不一致"))
    })
}

fn check_pace(core: &Core, world: &World, order: &str, now: i64) -> Result<(), Refusal> {
    let Some(freeze) = world.freezes.get(order) else { return Ok(()) };
    if freeze.requests >= MOST {
        return Err(Refusal::new(403, "RULE_LIMIT", "订单分账次数超过限制"));
    }
    let next = freeze.last_at.map(|at| at.saturating_add(core.time.wait(APART)));
    if next.is_some_and(|next| now < next) {
        return Err(Refusal::new(429, "FREQUENCY_LIMITED", "对同笔订单分账频率过高，请降低频率后重试"));
    }
    Ok(())
}

fn new_share(kind: &str, account: &str, amount: i64, description: &str) -> Share {
    Share {
        kind: kind.to_owned(),
        account: account.to_owned(),
        amount,
        description: description.to_owned(),
        detail_id: format!("3601{}", random_digits::<24>()),
        result: ShareResult::Pending,
        fail_reason: None,
        finished_at: None,
    }
}

fn accept(
    call: &PayCall<'_>,
    world: &mut World,
    order: String,
    wish: &Wish,
    parameters: Value,
    shares: Vec<Share>,
    now: i64,
) -> Value {
    let sharing_key = key(&call.mchid, &wish.out_order_no);
    world.freezes.entry(&order).sharings.push(sharing_key.clone());
    let sharing = Sharing {
        mchid: call.mchid.clone(),
        order,
        transaction_id: wish.transaction_id.clone(),
        out_order_no: wish.out_order_no.clone(),
        order_id: format!("3008{}", random_digits::<24>()),
        parameters,
        created_at: now,
        shares,
    };
    let answer = view(&sharing);
    world
        .agenda
        .add(now.saturating_add(call.core.time.wait(DELAY)), Task::SettleSharing(sharing_key.clone()));
    world.sharing_ids.insert(&sharing.order_id, sharing_key.clone());
    world.sharings.insert(sharing_key, sharing);
    answer
}

pub(super) fn query(call: &PayCall<'_>) -> Reply {
    let transaction_id = call.needed_parameter("transaction_id")?;
    let found = call.core.read(|world| {
        let sharing = world.sharings.get(&key(&call.mchid, call.argument()));
        sharing.filter(|sharing| sharing.transaction_id == transaction_id).map(view)
    });
    found.map(Into::into).ok_or_else(missing)
}

pub(super) fn missing() -> Refusal {
    Refusal::new(404, "RESOURCE_NOT_EXISTS", "分账单不存在")
}

pub(super) fn amounts(call: &PayCall<'_>) -> Reply {
    call.core.read(|world| {
        let fund = fund::find(world, &call.mchid, call.argument())?;
        let left = fund.left(call.core, world, call.core.now());
        Ok(json!({"transaction_id": call.argument(), "unsplit_amount": left}).into())
    })
}

/// A sharing as answers show it.
pub(crate) fn view(sharing: &Sharing) -> Value {
    let receivers: Vec<Value> =
        sharing.shares.iter().map(|share| share_view(share, sharing.created_at)).collect();
    json!({
        "transaction_id": sharing.transaction_id,
        "out_order_no": sharing.out_order_no,
        "order_id": sharing.order_id,
        "state": if sharing.is_finished() { "FINISHED" } else { "PROCESSING" },
        "receivers": receivers,
    })
}

fn share_view(share: &Share, created_at: i64) -> Value {
    let mut body = json!({
        "type": share.kind,
        "account": share.account,
        "amount": share.amount,
        "description": share.description,
        "result": share.result.as_str(),
        "create_time": text::rfc3339(created_at),
        "finish_time": text::rfc3339(share.finished_at.unwrap_or(NEVER)),
        "detail_id": share.detail_id,
    });
    if let Some(reason) = &share.fail_reason {
        body["fail_reason"] = json!(reason);
    }
    body
}
