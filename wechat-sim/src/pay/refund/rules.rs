//! What a refund has to keep to, beyond the shape of its parameters.

use serde::Deserialize;
use serde_json::Value;

use crate::core::Core;
use crate::pay::PayCall;
use crate::pay::balance::{balance, gain};
use crate::pay::refusal::Refusal;
use crate::world::store::SaveFailed;
use crate::world::{Order, Payment, Refund, RefundStatus, TradeState, World};

const YEAR: i64 = 365 * 24 * 3_600_000;
/// The most refunds one order can have.
const MOST: usize = 50;

/// Goods that are given back.
#[derive(Debug, Deserialize)]
pub(super) struct Goods {
    merchant_goods_id: String,
    wechatpay_goods_id: Option<String>,
    unit_price: i64,
    refund_amount: i64,
    refund_quantity: i64,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) refund: i64,
    pub(super) total: i64,
    pub(super) goods: &'a [Goods],
}

fn frequent() -> Refusal {
    Refusal::new(429, "FREQUENCY_LIMITED", "频率超限，请降低请求频率后重试")
}

/// After too many refused refunds of a merchant within a second none is looked at.
pub(super) fn check_rate(call: &PayCall<'_>) -> Result<(), Refusal> {
    let Some(most) = call.core.settings.failing_refunds_per_second else { return Ok(()) };
    let now = call.core.now();
    let refused = call.core.read(|world| {
        let all = world.refused_refunds.get(&call.mchid);
        all.map_or(0, |all| all.iter().filter(|at| now - **at < 1000).count())
    });
    if u32::try_from(refused).unwrap_or(u32::MAX) < most {
        return Ok(());
    }
    Err(frequent().explained(format!("{most} refunds of this merchant were refused within a second")))
}

/// Counts a refused refund, where that is wanted.
pub(super) fn note_refused(call: &PayCall<'_>) -> Result<(), SaveFailed> {
    if call.core.settings.failing_refunds_per_second.is_none() {
        return Ok(());
    }
    call.core.change(|world, now| {
        let refused = world.refused_refunds.entry(&call.mchid);
        refused.retain(|at| now - *at < 1000);
        refused.push(now);
        Ok(())
    })
}

/// Time, sums, count and goods.
pub(super) fn check(
    core: &Core,
    world: &World,
    (order, payment): (&Order, &Payment),
    asked: &Asked<'_>,
    now: i64,
) -> Result<(), Refusal> {
    if order.state == TradeState::Revoked {
        return Err(Refusal::invalid("订单已撤销"));
    }
    if now - payment.paid_at > YEAR {
        return Err(Refusal::invalid("订单已超过可退款的最大期限"));
    }
    if asked.total != payment.total {
        return Err(Refusal::invalid("订单金额与原订单不一致"));
    }
    let live = live(world, order);
    let refunded: i64 = live.iter().map(|refund| refund.refund).sum();
    if asked.refund > payment.total - refunded {
        return Err(Refusal::invalid("申请退款金额超过订单可退金额"));
    }
    if live.len() >= MOST {
        return Err(Refusal::invalid("退款次数超过限制"));
    }
    check_goods(order, &live, asked)?;
    check_spacing(core, world, order, now)
}

/// The refunds of an order that happened or will happen.
pub(super) fn live<'a>(world: &'a World, order: &Order) -> Vec<&'a Refund> {
    world.refunds_of(order).filter(|refund| refund.status != RefundStatus::Closed).collect()
}

fn check_spacing(core: &Core, world: &World, order: &Order, now: i64) -> Result<(), Refusal> {
    let last = world.refunds_of(order).map(|last| last.created_at).max();
    let wait = core.time.wait(core.settings.refund_spacing);
    match last {
        Some(last) if now < last.saturating_add(wait) => {
            Err(frequent().explained("another refund of this order was asked for a moment ago"))
        }
        _ => Ok(()),
    }
}

/// Goods can only be given back that were ordered, and not more of them.
fn check_goods(order: &Order, live: &[&Refund], asked: &Asked<'_>) -> Result<(), Refusal> {
    if asked.goods.is_empty() {
        return Ok(());
    }
    let ordered = &order.parameters["detail"]["goods_detail"];
    for goods in asked.goods {
        let same = ordered.as_array().into_iter().flatten().find(|line| is_same(line, goods));
        let bought = same.and_then(|line| line["quantity"].as_i64());
        let back = given_back(live, &goods.merchant_goods_id).saturating_add(now_back(asked, goods));
        if bought.is_none_or(|bought| back > bought) {
            return Err(Refusal::invalid("退款商品与下单时的商品不一致").explained(format!(
                "goods {}: ordered {bought:?}, given back {back}",
                goods.merchant_goods_id
            )));
        }
    }
    let sum = asked.goods.iter().fold(0_i64, |sum, goods| sum.saturating_add(goods.refund_amount));
    if sum > asked.refund {
        Err(Refusal::invalid("商品退款金额之和超过退款金额"))
    } else {
        Ok(())
    }
}

fn is_same(line: &Value, goods: &Goods) -> bool {
    let known = line["wechatpay_goods_id"].as_str();
    let other = goods.wechatpay_goods_id.as_deref().is_some_and(|id| known.is_some_and(|known| known != id));
    line["merchant_goods_id"] == goods.merchant_goods_id && line["unit_price"] == goods.unit_price && !other
}

fn now_back(asked: &Asked<'_>, goods: &Goods) -> i64 {
    let same = asked.goods.iter().filter(|other| other.merchant_goods_id == goods.merchant_goods_id);
    same.fold(0, |sum, other| sum.saturating_add(other.refund_quantity))
}

/// How many of the goods earlier refunds gave back.
fn given_back(live: &[&Refund], id: &str) -> i64 {
    let lists = live.iter().filter_map(|refund| refund.parameters["goods_detail"].as_array());
    let same = lists.flatten().filter(|line| line["merchant_goods_id"] == id);
    same.filter_map(|line| line["refund_quantity"].as_i64()).fold(0, i64::saturating_add)
}

/// The merchant's own money, where that counts.
pub(super) fn check_balance(core: &Core, world: &World, refund: &Refund, now: i64) -> Result<(), Refusal> {
    if !core.settings.refund_from_balance {
        return Ok(());
    }
    let left = balance(world, &refund.mchid);
    if left.saturating_add(gain(&super::entry(world, refund, now))) >= 0 {
        return Ok(());
    }
    Err(Refusal::new(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
        .explained(format!("the merchant has {left} fen; top up and ask again with the same number")))
}

/// What the shopper gets in cash when a coupon paid for some of the order. All refunds of an order add up to
/// what the shopper paid, however it is cut.
pub(super) fn cash(refund: i64, payment: &Payment, live: &[&Refund]) -> i64 {
    let before: i64 = live.iter().map(|refund| refund.refund).sum();
    let paid_back: i64 = live.iter().map(|refund| refund.payer_refund).sum();
    let due = share(before.saturating_add(refund), payment) - paid_back;
    let coupon_left = (payment.total - payment.payer_total) - (before - paid_back);
    due.max(refund - coupon_left).min(refund).min(payment.payer_total - paid_back).max(0)
}

fn share(part: i64, payment: &Payment) -> i64 {
    let share = i128::from(part) * i128::from(payment.payer_total) / i128::from(payment.total.max(1));
    i64::try_from(share).unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cash_adds_up_however_it_is_cut() {
        let payment = Payment { transaction_id: String::new(), total: 7, payer_total: 3, paid_at: 0 };
        let mut live = Vec::new();
        for _ in 0..7 {
            let cash = cash(1, &payment, &live.iter().collect::<Vec<_>>());
            assert!((0..=1).contains(&cash));
            live.push(refund_of(1, cash));
        }
        assert_eq!(live.iter().map(|refund| refund.payer_refund).sum::<i64>(), 3);
    }

    fn refund_of(refund: i64, payer_refund: i64) -> Refund {
        let text = String::new;
        Refund {
            mchid: text(),
            order: text(),
            out_trade_no: text(),
            transaction_id: text(),
            refund_id: text(),
            out_refund_no: text(),
            reason: None,
            refund,
            payer_refund,
            total: 7,
            payer_total: 3,
            notify_url: None,
            parameters: Value::Null,
            created_at: 0,
            outcome: RefundStatus::Success,
            status: RefundStatus::Success,
            success_at: None,
            abnormal: None,
        }
    }
}
