//! Receivers give shares back.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::prepay::DAY;
use super::super::refusal::Refusal;
use super::super::shape::{FEN, Field, OUT_REFUND_NO, Rule, may, need};
use super::super::{PayCall, Reply};
use super::settle::{Movement, book_both};
use super::{DESCRIPTION, MERCHANT, NEVER};
use crate::core::Core;
use crate::crypto::random_digits;
use crate::wire::text;
use crate::world::{
    Entry, EntryKind, Outcome, ReturnResult, ShareResult, Sharing, SharingReturn, Task, World, key,
};

/// The most returns of one sharing.
const MOST: usize = 50;
/// How long after the sharing something can be returned.
const LATEST: i64 = 180 * DAY;
/// A return that hangs so long has failed.
const PATIENCE: Duration = Duration::from_hours(5 * 24);

const SHAPE: &[Field] = &[
    may("order_id", Rule::Text(64)),
    may("out_order_no", OUT_REFUND_NO),
    need("out_return_no", OUT_REFUND_NO),
    need("return_mchid", Rule::Text(32)),
    need("amount", FEN),
    DESCRIPTION,
];

#[derive(Debug, Deserialize)]
struct Wish {
    order_id: Option<String>,
    out_order_no: Option<String>,
    out_return_no: String,
    return_mchid: String,
    amount: i64,
    description: String,
}

pub(super) fn give_back(call: &PayCall<'_>) -> Reply {
    let (parameters, wish): (Value, Wish) = call.read(SHAPE)?;
    if wish.order_id.is_none() && wish.out_order_no.is_none() {
        return Err(Refusal::body("/order_id", &Value::Null, "与 out_order_no 二选一必填"));
    }
    if wish.return_mchid == call.mchid {
        return Err(Refusal::body("/return_mchid", &json!(wish.return_mchid), "不能为分账方自己"));
    }
    let return_key = key(&call.mchid, &wish.out_return_no);
    call.core.change(|world, now| {
        if let Some(existing) = world.sharing_returns.get(&return_key) {
            return if existing.parameters == parameters {
                Ok(view(world, existing).into())
            } else {
                Err(Refusal::invalid("商户回退单号已存在，但参数与首次请求时不一致"))
            };
        }
        let sharing = find(world, &call.mchid, &wish)?;
        check(world, &sharing, &wish, now)?;
        start(call.core, world, &return_key, new_return(&sharing, &wish, parameters, now), now);
        let made = world.sharing_returns.get(&return_key);
        Ok(made.map_or(Value::Null, |made| view(world, made)).into())
    })
}

fn find(world: &World, mchid: &str, wish: &Wish) -> Result<Sharing, Refusal> {
    let by_id = wish.order_id.as_ref().map(|id| world.sharing_ids.get(id).cloned().unwrap_or_default());
    let by_number = wish.out_order_no.as_ref().map(|number| key(mchid, number));
    let one = by_id.clone().or_else(|| by_number.clone()).unwrap_or_default();
    let same = by_number.is_none_or(|key| key == one);
    let found = world.sharings.get(&one).filter(|sharing| sharing.mchid == mchid && same);
    found.cloned().ok_or_else(super::orders::missing)
}

fn check(world: &World, sharing: &Sharing, wish: &Wish, now: i64) -> Result<(), Refusal> {
    let theirs = sharing.shares.iter().filter(|share| {
        share.kind == MERCHANT && share.account == wish.return_mchid && share.result == ShareResult::Success
    });
    let shared: i64 = theirs.map(|share| share.amount).sum();
    if shared == 0 {
        return Err(Refusal::invalid("回退商户不是该分账单的接收方，或分账未成功"));
    }
    if world.terms_of(&wish.return_mchid).refuses_returns {
        return Err(Refusal::new(403, "NO_AUTH", "回退商户未授权分账回退"));
    }
    if now > sharing.created_at.saturating_add(LATEST) {
        return Err(Refusal::invalid("已超过可回退的最大期限"));
    }
    let number = key(&sharing.mchid, &sharing.out_order_no);
    let all = world.sharing_returns.values().filter(|made| made.sharing == number);
    let live: Vec<_> = all.filter(|made| made.result != ReturnResult::Failed).collect();
    if live.len() >= MOST {
        return Err(Refusal::new(403, "RULE_LIMIT", "分账回退次数超过限制"));
    }
    let theirs = live.iter().filter(|made| made.return_mchid == wish.return_mchid);
    let back = theirs.fold(0_i64, |sum, made| sum.saturating_add(made.amount));
    if wish.amount > shared.saturating_sub(back) {
        return Err(Refusal::new(403, "NOT_ENOUGH", "回退金额超过可回退金额")
            .explained(format!("{shared} fen were shared, {back} of them came back")));
    }
    Ok(())
}

fn new_return(sharing: &Sharing, wish: &Wish, parameters: Value, now: i64) -> SharingReturn {
    SharingReturn {
        mchid: sharing.mchid.clone(),
        sharing: key(&sharing.mchid, &sharing.out_order_no),
        out_return_no: wish.out_return_no.clone(),
        return_id: format!("3008{}", random_digits::<24>()),
        return_mchid: wish.return_mchid.clone(),
        amount: wish.amount,
        description: wish.description.clone(),
        parameters,
        created_at: now,
        result: ReturnResult::Processing,
        fail_reason: None,
        finished_at: None,
    }
}

/// Returns end at once, unless the account is set to let them hang.
fn start(core: &Core, world: &mut World, return_key: &str, made: SharingReturn, now: i64) {
    let success = Outcome { result: ReturnResult::Success, fail_reason: None };
    let outcome = world.return_outcomes.get(&made.return_mchid).cloned().unwrap_or(success);
    world.sharing_returns.insert(return_key, made);
    if outcome.result == ReturnResult::Processing {
        let due = now.saturating_add(core.time.wait(PATIENCE));
        world.agenda.add(due, Task::ExpireReturn(return_key.to_owned()));
    } else {
        finish(core, world, return_key, outcome, now);
    }
}

/// Ends a return that is on its way.
pub(super) fn finish(
    core: &Core,
    world: &mut World,
    return_key: &str,
    outcome: Outcome<ReturnResult>,
    now: i64,
) {
    let pending = world.sharing_returns.get_mut(return_key);
    let Some(made) = pending.filter(|made| made.result == ReturnResult::Processing) else { return };
    made.result = outcome.result;
    made.fail_reason = outcome.fail_reason;
    made.finished_at = Some(now);
    let made = made.clone();
    let sharing = world.sharings.get(&made.sharing).cloned();
    if let Some(sharing) = sharing.filter(|_| made.result == ReturnResult::Success) {
        book_both(world, entry(world, &sharing, &made, now), true);
        let movement = Movement {
            payer: &made.mchid,
            account: &made.return_mchid,
            numbers: [&sharing.transaction_id, &made.return_id, &made.out_return_no],
            amount: made.amount,
            description: &made.description,
            summary: "分账回退",
        };
        movement.post(core, world, now);
    }
}

fn entry(world: &World, sharing: &Sharing, made: &SharingReturn, now: i64) -> Entry {
    Entry {
        at: now,
        kind: EntryKind::SharingReturn,
        mchid: made.mchid.clone(),
        app_id: world.orders.get(&sharing.order).map(|order| order.app_id.clone()).unwrap_or_default(),
        openid: made.return_mchid.clone(),
        amount: made.amount,
        cash: 0,
        fee: 0,
        number: made.out_return_no.clone(),
        platform_number: made.return_id.clone(),
        transaction_id: sharing.transaction_id.clone(),
    }
}

pub(crate) fn expire(core: &Core, world: &mut World, return_key: &str, now: i64) {
    let outcome = Outcome { result: ReturnResult::Failed, fail_reason: Some("TIME_OUT_CLOSED".to_owned()) };
    finish(core, world, return_key, outcome, now);
}

pub(super) fn query(call: &PayCall<'_>) -> Reply {
    let out_order_no = call.needed_parameter("out_order_no")?;
    let found = call.core.read(|world| {
        let made = world.sharing_returns.get(&key(&call.mchid, call.argument()));
        made.filter(|made| made.sharing == key(&call.mchid, &out_order_no)).map(|made| view(world, made))
    });
    found.map(Into::into).ok_or_else(|| Refusal::new(404, "RESOURCE_NOT_EXISTS", "分账回退单不存在"))
}

/// A return as answers show it.
fn view(world: &World, made: &SharingReturn) -> Value {
    let sharing = world.sharings.get(&made.sharing);
    let mut body = json!({
        "order_id": sharing.map(|sharing| sharing.order_id.as_str()).unwrap_or_default(),
        "out_order_no": sharing.map(|sharing| sharing.out_order_no.as_str()).unwrap_or_default(),
        "out_return_no": made.out_return_no,
        "return_id": made.return_id,
        "return_mchid": made.return_mchid,
        "amount": made.amount,
        "description": made.description,
        "result": made.result.as_str(),
        "create_time": text::rfc3339(made.created_at),
        "finish_time": text::rfc3339(made.finished_at.unwrap_or(NEVER)),
    });
    if let Some(reason) = &made.fail_reason {
        body["fail_reason"] = json!(reason);
    }
    body
}
