//! Which payment is meant, and how far it is.

use crate::core::Core;
use crate::mini::Errcode;
use crate::world::{Order, Payment, Shipment, TradeState, World, key};

/// How far a payment is, as `order_state` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    ToShip = 1,
    Shipped = 2,
    Received = 3,
    Done = 4,
    Refunded = 5,
    AwaitsSettlement = 6,
}

/// A payment by one of its numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named<'a> {
    Transaction(&'a str),
    /// `mchid`, `out_trade_no`
    Merchant(&'a str, &'a str),
}

/// A payment with its order and its shipping.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paid<'a> {
    pub(crate) order: &'a Order,
    pub(crate) payment: &'a Payment,
    pub(crate) shipment: Option<&'a Shipment>,
}

impl Paid<'_> {
    pub(crate) fn id(&self) -> &str {
        &self.payment.transaction_id
    }

    pub(crate) fn state(&self, world: &World) -> State {
        if is_refunded(world, self.order) {
            return State::Refunded;
        }
        match self.shipment {
            Some(Shipment { settled_at: Some(_), .. }) => State::Done,
            Some(Shipment { received: Some(_), in_complaint: true, .. }) => State::AwaitsSettlement,
            Some(Shipment { received: Some(_), .. }) => State::Received,
            Some(Shipment { finished_at: Some(_), .. }) => State::Shipped,
            _ => State::ToShip,
        }
    }
}

/// Whether all the money went back.
fn is_refunded(world: &World, order: &Order) -> bool {
    if order.state == TradeState::Revoked {
        return true;
    }
    let back = world.given_back(order);
    order.payment.as_ref().is_some_and(|payment| back > 0 && back >= payment.total)
}

/// An order with its payment and its shipping, if it is paid.
pub(crate) fn paid<'a>(world: &'a World, order: &'a Order) -> Option<Paid<'a>> {
    let payment = order.payment.as_ref()?;
    Some(Paid { order, payment, shipment: world.shipments.get(&payment.transaction_id) })
}

/// The payment of a number, whichever app it belongs to.
pub(crate) fn named<'a>(world: &'a World, number: Named<'_>) -> Option<Paid<'a>> {
    let order = match number {
        Named::Transaction(id) => world.paid_order(id)?,
        Named::Merchant(mchid, number) => world.orders.get(&key(mchid, number))?,
    };
    paid(world, order)
}

/// The payment of an app; it is unknown until the management of shipping has heard of it.
pub(crate) fn find<'a>(
    core: &Core,
    world: &'a World,
    app_id: &str,
    number: Named<'_>,
    now: i64,
) -> Result<Paid<'a>, Errcode> {
    named(world, number)
        .filter(|paid| paid.order.app_id == app_id && is_visible(core, paid, now))
        .ok_or_else(unknown)
}

pub(super) fn unknown() -> Errcode {
    Errcode::new(10_060_001, "支付单不存在")
}

/// The payments of an app that the management of shipping has heard of.
pub(super) fn payments<'a>(
    core: &Core,
    world: &'a World,
    app_id: &str,
    now: i64,
) -> impl Iterator<Item = Paid<'a>> {
    let orders = world.orders.values().filter(move |order| order.app_id == app_id);
    orders.filter_map(|order| paid(world, order)).filter(move |paid| is_visible(core, paid, now))
}

pub(crate) fn is_visible(core: &Core, paid: &Paid<'_>, now: i64) -> bool {
    now >= paid.payment.paid_at.saturating_add(core.time.wait(core.settings.shipping_lag))
}
