//! What stands in the trade and sharing bills of a merchant's day.

use std::collections::HashMap;

use super::sharing::{SharingKind, SharingRow};
use super::trade::{fee, returned_fee};
use super::trade_row::{Part, Payment, Refund, RefundStatus, TradeRow};
use crate::pay::payment::FEE_RATE;
use crate::wire::day::Day;
use crate::world::{self, EntryKind, Order, World};

/// The payments of a day and the refunds that were asked for on it, in the order of time. Refunds stand as
/// they were at the moment `as_of`, as far as that is remembered.
pub(super) fn trade(world: &World, mchid: &str, day: Day, as_of: i64) -> Vec<TradeRow> {
    let own = format!("{mchid}/");
    let payments = world.orders.below(&own).filter_map(|(_, order)| payment(order, day));
    let fees = returned_fees(world, mchid);
    let refunds = world.refunds.below(&own).map(|(_, refund)| refund);
    let refunds = refunds
        .filter(|refund| day.holds(refund.created_at))
        .filter_map(|refund| refund_row(world, refund, &fees, as_of));
    let mut rows: Vec<TradeRow> = payments.chain(refunds).collect();
    rows.sort_by_key(|row| row.time);
    rows
}

fn payment(order: &Order, day: Day) -> Option<TradeRow> {
    let payment = order.payment.as_ref().filter(|payment| day.holds(payment.paid_at))?;
    // The coupons of the simulator are paid for by the platform: the merchant gets the whole sum.
    let part = Payment {
        total: payment.total,
        settlement: payment.total,
        coupon: payment.total.saturating_sub(payment.payer_total),
        fee: fee(payment.total, FEE_RATE),
    };
    Some(row(order, payment, payment.paid_at, Part::Payment(part)))
}

fn refund_row(
    world: &World,
    refund: &world::Refund,
    fees: &HashMap<&str, i64>,
    as_of: i64,
) -> Option<TradeRow> {
    let order = world.orders.get(&refund.order)?;
    let status = status(refund, as_of);
    let returned = match (status, fees.get(refund.refund_id.as_str())) {
        (RefundStatus::Fail, _) => 0,
        (_, Some(fee)) => *fee,
        (_, None) => expected_fee(world, order, refund),
    };
    let part = Refund {
        id: refund.refund_id.clone(),
        out_refund_no: refund.out_refund_no.clone(),
        settlement: refund.refund,
        coupon: refund.refund.saturating_sub(refund.payer_refund),
        applied: refund.refund,
        status,
        success_time: refund.success_at.filter(|_| status == RefundStatus::Success),
        returned_fee: returned,
    };
    Some(row(order, order.payment.as_ref()?, refund.created_at, Part::Refund(part)))
}

fn status(refund: &world::Refund, as_of: i64) -> RefundStatus {
    match refund.status {
        world::RefundStatus::Success if refund.success_at.is_some_and(|at| at <= as_of) => {
            RefundStatus::Success
        }
        world::RefundStatus::Success | world::RefundStatus::Processing => RefundStatus::Processing,
        world::RefundStatus::Closed => RefundStatus::Fail,
        world::RefundStatus::Abnormal => RefundStatus::Change,
    }
}

/// The fees that refunds really gave back, by refund id.
fn returned_fees<'a>(world: &'a World, mchid: &str) -> HashMap<&'a str, i64> {
    let refunds = world.ledger.values().filter(|entry| entry.kind == EntryKind::Refund);
    refunds
        .filter(|entry| entry.mchid == mchid)
        .map(|entry| (entry.platform_number.as_str(), entry.fee.saturating_neg()))
        .collect()
}

/// What a refund on its way gives back, if those before it succeed.
fn expected_fee(world: &World, order: &Order, refund: &world::Refund) -> i64 {
    let before = world
        .refunds_of(order)
        .take_while(|other| other.refund_id != refund.refund_id)
        .filter(|other| other.status != world::RefundStatus::Closed)
        .fold(0_i64, |sum, other| sum.saturating_add(other.refund));
    returned_fee(refund.total, before, refund.refund, FEE_RATE)
}

fn row(order: &Order, payment: &world::Payment, time: i64, part: Part) -> TradeRow {
    TradeRow {
        time,
        appid: order.app_id.clone(),
        mchid: order.mchid.clone(),
        device: order.parameters["scene_info"]["device_id"].as_str().unwrap_or_default().to_owned(),
        transaction_id: payment.transaction_id.clone(),
        out_trade_no: order.out_trade_no.clone(),
        openid: order.openid.clone(),
        trade_type: order.product.trade_type().to_owned(),
        bank_type: "OTHERS".to_owned(),
        description: order.description.clone(),
        attach: order.attach.clone().unwrap_or_default(),
        rate: FEE_RATE,
        rate_note: String::new(),
        part,
    }
}

/// The shares of a day that arrived, and those that came back.
pub(super) fn sharing(world: &World, mchid: &str, day: Day) -> Vec<SharingRow> {
    let own = world.ledger.values().filter(|entry| entry.mchid == mchid && day.holds(entry.at));
    own.filter_map(|entry| {
        let kind = match entry.kind {
            EntryKind::Sharing => SharingKind::Share,
            EntryKind::SharingReturn => SharingKind::Return,
            _ => return None,
        };
        let paid = world.paid_order(&entry.transaction_id).and_then(|order| order.payment.as_ref());
        Some(SharingRow {
            time: entry.at,
            initiator: entry.mchid.clone(),
            payer: entry.mchid.clone(),
            transaction_id: entry.transaction_id.clone(),
            order_id: entry.platform_number.clone(),
            detail_id: String::new(),
            out_order_no: entry.number.clone(),
            order_amount: paid.map_or(0, |payment| payment.total),
            receiver: entry.openid.clone(),
            amount: entry.amount.saturating_abs(),
            kind,
            description: String::new(),
        })
    })
    .collect()
}
