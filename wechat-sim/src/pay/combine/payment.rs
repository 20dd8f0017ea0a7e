//! One payment for all parts of a combined order.

use serde_json::Value;

use super::no_order;
use super::query::transaction;
use crate::core::Core;
use crate::notify::pay_events;
use crate::pay::payment::{
    PaidTransaction, PayOptions, Payee, check_call, check_payable, same_payer, settle, stranger,
};
use crate::pay::refusal::Refusal;
use crate::wire::text;
use crate::world::{Combine, Order, Payment, World, key};

/// Pays a combined order by its number.
pub(crate) fn pay(
    core: &Core,
    mchid: &str,
    number: &str,
    options: &PayOptions,
) -> Result<PaidTransaction, Refusal> {
    core.change(|world, now| pay_whole(core, world, &key(mchid, number), options, None, now))
}

/// Pays every part, or nothing.
pub(crate) fn pay_whole(
    core: &Core,
    world: &mut World,
    whole: &str,
    options: &PayOptions,
    prepay_id: Option<&str>,
    now: i64,
) -> Result<PaidTransaction, Refusal> {
    let combine = world.combines.get(whole).ok_or_else(no_order)?.clone();
    let parts: Vec<Order> = world.parts_of(&combine).into_iter().cloned().collect();
    parts.iter().try_for_each(|part| check_payable(part, options, now))?;
    same_payer(&combine.openid, options)?;
    if let Some(call) = &options.request_payment {
        let payee = Payee { mchid: &combine.mchid, app_id: &combine.app_id, prepay_ids: &combine.prepay_ids };
        check_call(world, &payee, call, prepay_id)?;
    }
    let mut paid = Vec::new();
    for (part, share) in combine.parts.iter().zip(shares(&parts, options)) {
        paid.push(settle(world, part, &share, now)?);
    }
    let transaction = transaction(world, &combine);
    pay_events::paid(core, world, &combine.mchid, &combine.notify_url, transaction.clone(), now);
    let first = paid.first().ok_or_else(no_order)?;
    Ok(view(&combine, first, &paid, transaction))
}

/// How each part is paid: a coupon is used up on the first parts, and what a fault adds is added to the first.
fn shares(parts: &[Order], options: &PayOptions) -> Vec<PayOptions> {
    let asked = parts.iter().fold(0_i64, |sum, part| sum.saturating_add(part.total));
    let mut added = options.amount_total.map_or(0, |said| said.saturating_sub(asked));
    let said = asked.saturating_add(added);
    let mut coupon = options.payer_total.map_or(0, |payer| said.saturating_sub(payer).max(0));
    let openid = options.openid.clone().unwrap_or_else(stranger);
    let share = |part: &Order| {
        let total = part.total.saturating_add(std::mem::take(&mut added));
        let off = coupon.min(total);
        coupon -= off;
        PayOptions {
            amount_total: Some(total),
            payer_total: Some(total - off),
            openid: Some(openid.clone()),
            ..PayOptions::default()
        }
    };
    parts.iter().map(share).collect()
}

fn view(
    combine: &Combine,
    first: &(Order, Payment),
    paid: &[(Order, Payment)],
    transaction: Value,
) -> PaidTransaction {
    let sum = |of: fn(&(Order, Payment)) -> i64| paid.iter().map(of).fold(0_i64, i64::saturating_add);
    PaidTransaction {
        mchid: combine.mchid.clone(),
        app_id: combine.app_id.clone(),
        out_trade_no: combine.number.clone(),
        transaction_id: first.1.transaction_id.clone(),
        openid: first.0.openid.clone(),
        total: sum(|(order, _)| order.total),
        paid_total: sum(|(_, payment)| payment.total),
        success_time: text::rfc3339(first.1.paid_at),
        transaction,
    }
}
