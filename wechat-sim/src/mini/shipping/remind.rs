//! Reminding the shopper of goods that arrived, and announcing orders that are shipped late.

use serde_json::Value;

use super::find::{self, State};
use super::list::number;
use crate::core::Core;
use crate::mini::{Errcode, Members as _, MiniCall, Reply, done};
use crate::world::{Special, Task, World};

const DAY: i64 = 24 * 3_600_000;

pub(super) fn confirm_receive(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (number, received) = (number(&body)?, body.needed_number("received_time")?);
    call.core.change(|world, now| {
        let paid = find::find(call.core, world, &call.app_id, number, now)?;
        let shipment = paid.shipment.filter(|_| paid.state(world) == State::Shipped);
        let shipment = shipment.ok_or_else(|| Errcode::new(10_060_028, "支付单不是已发货状态"))?;
        if shipment.logistics_type != 1 {
            return Err(Errcode::new(10_060_032, "只有物流快递发货时允许提醒用户确认收货"));
        }
        if shipment.finished_at.is_some_and(|at| received <= at / 1000) {
            return Err(Errcode::new(10_060_029, "签收时间非法"));
        }
        if shipment.reminded {
            return Err(Errcode::new(10_060_030, "支付单已使用提醒收货机会"));
        }
        let id = paid.id().to_owned();
        world.shipments.entry(&id).reminded = true;
        done()
    })
}

pub(super) fn special(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (order_id, kind) = (body.needed_text("order_id")?, body.needed_number("type")?);
    let delay_to = body.number("delay_to")?;
    call.core.change(|world, now| {
        let (id, paid_at) = to_ship(call.core, world, &call.app_id, order_id, now)?;
        let special = match kind {
            1 => Special::Presale(announced(delay_to, paid_at)?),
            2 => Special::Test,
            _ => return Err(Errcode::new(268_546_000, "type非法")),
        };
        world.shipments.entry(&id).special = Some(special);
        if let Special::Presale(until) = special {
            world.agenda.add(until, Task::RemindShipping(id));
        }
        done()
    })
}

/// The payment of either number, if it is to be shipped, and when it was paid.
fn to_ship(
    core: &Core,
    world: &World,
    app_id: &str,
    order_id: &str,
    now: i64,
) -> Result<(String, i64), Errcode> {
    find::payments(core, world, app_id, now)
        .filter(|paid| paid.id() == order_id || paid.order.out_trade_no == order_id)
        .find(|paid| paid.state(world) == State::ToShip)
        .map(|paid| (paid.id().to_owned(), paid.payment.paid_at))
        .ok_or_else(|| Errcode::new(268_546_002, "账户不存在这个待发货单号"))
}

/// Milliseconds of a time between 15 and 330 days after the payment.
fn announced(delay_to: Option<i64>, paid_at: i64) -> Result<i64, Errcode> {
    let at = delay_to.map(|seconds| seconds.saturating_mul(1000));
    at.filter(|at| (paid_at + 15 * DAY..=paid_at + 330 * DAY).contains(at))
        .ok_or_else(|| Errcode::new(268_546_001, "delay_to非法"))
}

/// The members that name a payment in events.
pub(super) fn numbers(paid: &find::Paid<'_>) -> Value {
    serde_json::json!({
        "transaction_id": paid.id(),
        "merchant_id": paid.order.mchid,
        "sub_merchant_id": "",
        "merchant_trade_no": paid.order.out_trade_no,
        "pay_time": paid.payment.paid_at / 1000,
    })
}
