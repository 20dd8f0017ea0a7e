//! The frozen money of an order.

use std::time::Duration;

use super::super::refusal::Refusal;
use crate::core::Core;
use crate::world::{Order, Payment, RefundStatus, ShareResult, TradeState, World, key};

/// Until then a payment is being settled.
const SETTLEMENT: Duration = Duration::from_mins(1);
/// After that what is left is the merchant's.
const FROZEN: Duration = Duration::from_hours(30 * 24);
/// What may be shared of an order, in ten-thousandths.
const RATIO: i64 = 3000;

/// A paid order that can be shared.
pub(super) struct Fund<'a> {
    pub(super) key: String,
    pub(super) order: &'a Order,
    payment: &'a Payment,
}

/// The order behind a transaction of this merchant, if its money was to be frozen.
pub(super) fn find<'a>(world: &'a World, mchid: &str, transaction_id: &str) -> Result<Fund<'a>, Refusal> {
    let paid = world.paid_order(transaction_id).filter(|order| order.mchid == mchid);
    let paid = paid.and_then(|order| Some((order, order.payment.as_ref()?)));
    let (order, payment) = paid.ok_or_else(|| Refusal::new(404, "RESOURCE_NOT_EXISTS", "订单不存在"))?;
    if !order.profit_sharing {
        return Err(Refusal::invalid("非分账订单不支持分账[271643175]")
            .explained("the prepay had no settle_info.profit_sharing: true"));
    }
    if order.state == TradeState::Revoked {
        return Err(Refusal::invalid("订单已撤销"));
    }
    Ok(Fund { key: key(mchid, &order.out_trade_no), order, payment })
}

impl Fund<'_> {
    /// Sharing has begun to be possible and has not ended.
    pub(super) fn check_open(&self, core: &Core, world: &World, now: i64) -> Result<(), Refusal> {
        if world.freezes.get(&self.key).is_some_and(|freeze| freeze.ended) {
            return Err(Refusal::invalid("订单已经完结分账[268588428]"));
        }
        if self.is_free(core, now) {
            return Err(Refusal::invalid("订单已超过分账期限，剩余资金已自动解冻[268588427]"));
        }
        if now < self.payment.paid_at.saturating_add(core.time.wait(SETTLEMENT)) {
            return Err(Refusal::invalid("订单处理中，暂时无法分账，请稍后再试")
                .explained("sharing begins a minute after the payment"));
        }
        Ok(())
    }

    /// Thirty days have passed.
    fn is_free(&self, core: &Core, now: i64) -> bool {
        now >= self.payment.paid_at.saturating_add(core.time.wait(FROZEN))
    }

    /// What went, or is going, to receivers.
    fn shared(&self, world: &World) -> i64 {
        let keys = world.freezes.get(&self.key).into_iter().flat_map(|freeze| &freeze.sharings);
        let shares = keys.filter_map(|key| world.sharings.get(key)).flat_map(|sharing| &sharing.shares);
        let live = shares.filter(|share| share.result != ShareResult::Closed);
        live.fold(0, |sum, share| sum.saturating_add(share.amount))
    }

    fn refunded(&self, world: &World) -> i64 {
        let live = world.refunds_of(self.order).filter(|refund| refund.status != RefundStatus::Closed);
        live.fold(0, |sum, refund| sum.saturating_add(refund.refund))
    }

    /// What is still frozen.
    pub(super) fn left(&self, core: &Core, world: &World, now: i64) -> i64 {
        if self.is_free(core, now) || world.freezes.get(&self.key).is_some_and(|freeze| freeze.ended) {
            return 0;
        }
        let gone = self.shared(world).saturating_add(self.refunded(world));
        self.payment.total.saturating_sub(gone).max(0)
    }

    /// Whether so much more may be shared.
    pub(super) fn check_amount(
        &self,
        core: &Core,
        world: &World,
        amount: i64,
        now: i64,
    ) -> Result<(), Refusal> {
        let left = self.left(core, world, now);
        if left == 0 {
            return Err(Refusal::new(403, "NOT_ENOUGH", "订单剩余可分金额为0[271643176]"));
        }
        if amount > left {
            let explanation = format!("{amount} fen are asked for, {left} are left");
            return Err(
                Refusal::new(403, "NOT_ENOUGH", "分账金额大于订单剩余可分金额").explained(explanation)
            );
        }
        let ratio = world.terms_of(&self.order.mchid).max_ratio.unwrap_or(RATIO);
        let most = i128::from(self.payment.total) * i128::from(ratio) / 10_000;
        let all = i128::from(self.shared(world)) + i128::from(amount);
        if all > most {
            let explanation = format!("{all} fen would be shared, the merchant's ratio allows {most}");
            let refusal = Refusal::new(403, "RULE_LIMIT", "分账金额超过最大分账比例[271643173]");
            return Err(refusal.explained(explanation));
        }
        Ok(())
    }
}
