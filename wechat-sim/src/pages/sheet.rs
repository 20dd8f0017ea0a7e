//! The payment sheet, as the shopper sees it.

use http::StatusCode;
use maud::{Markup, html};

use super::{field, frame};
use crate::core::Core;
use crate::pay::payment::{self, PayOptions};
use crate::pay::refusal::Refusal;
use crate::wire::text::{rfc3339, segment, yuan};
use crate::wire::{Answer, Request};
use crate::world::{Order, Prepay, TradeState, World};

/// The sheet of one `prepay_id`, with a note above it after something was tried.
pub(super) fn page(core: &Core, prepay_id: &str, note: Option<&str>) -> Answer {
    let now = core.now();
    let found = core.read(|world| {
        let prepay = world.prepays.get(prepay_id)?;
        Some((parts(world, prepay), prepay.expires_at))
    });
    let Some((orders, expires_at)) = found.filter(|(orders, _)| !orders.is_empty()) else {
        let body = html! { section.sheet-box { p.bad { "没有这笔预支付交易" } } };
        return frame::bare(StatusCode::NOT_FOUND, "微信支付（模拟）", &body);
    };
    let order = &orders[0];
    let payable = order.state == TradeState::NotPay && now <= expires_at.min(order.expires_at);
    let body = html! {
        section.sheet-box {
            @if let Some(note) = note { p.note.bad { (note) } }
            (summary(&orders))
            @if payable { (buttons(prepay_id)) } @else { (outcome(order)) }
            @if !payable && order.state == TradeState::Closed { (late(prepay_id)) }
        }
        p { a href="/_control/" { "返回" } }
    };
    frame::bare(StatusCode::OK, "微信支付（模拟）", &body)
}

/// The order of a ticket, or the parts of a combined one.
fn parts(world: &World, prepay: &Prepay) -> Vec<Order> {
    if prepay.combined {
        let whole = world.combines.get(&prepay.order);
        whole.map(|whole| world.parts_of(whole).into_iter().cloned().collect()).unwrap_or_default()
    } else {
        world.orders.get(&prepay.order).cloned().into_iter().collect()
    }
}

fn summary(orders: &[Order]) -> Markup {
    let order = &orders[0];
    let total = orders.iter().fold(0_i64, |sum, order| sum.saturating_add(order.total));
    html! {
        div { "商户 " (order.mchid) }
        div.sum { (yuan(total)) }
        dl {
            @for part in orders {
                dt { "商品" } dd { (part.description) }
                dt { "商户单号" } dd { (part.out_trade_no) }
            }
            dt { "支付截止" } dd { (rfc3339(order.expires_at)) }
        }
    }
}

fn buttons(prepay_id: &str) -> Markup {
    let address = format!("/_control/sheet/{}", segment(prepay_id));
    html! {
        form method="post" action=(format!("{address}/pay")) { button.go { "立即支付" } }
        form method="post" action=(format!("{address}/cancel")) { button { "取消" } }
    }
}

/// The order was closed while the bank was still at it.
fn late(prepay_id: &str) -> Markup {
    html! {
        form method="post" action=(format!("/_control/sheet/{}/pay", segment(prepay_id))) {
            button name="late" value="1" { "关单后仍然支付" }
        }
    }
}

fn outcome(order: &Order) -> Markup {
    match &order.payment {
        Some(payment) => html! {
            p.note.good { "支付成功" }
            dl {
                dt { "交易单号" } dd { (payment.transaction_id) }
                dt { "支付时间" } dd { (rfc3339(payment.paid_at)) }
            }
        },
        None if order.state == TradeState::Closed => html! { p.note.bad { "订单已关闭" } },
        None => html! { p.note.bad { "支付已过期" } },
    }
}

pub(super) fn pay(core: &Core, prepay_id: &str, request: &Request) -> Answer {
    let options = PayOptions { even_if_closed: field(request, "late").is_some(), ..PayOptions::default() };
    match payment::pay_prepay(core, prepay_id, &options) {
        Ok(_) => Answer::see_other(&format!("/_control/sheet/{}", segment(prepay_id))),
        Err(Refusal { message, .. }) => page(core, prepay_id, Some(&message)),
    }
}

/// Nothing changes: the order stays payable.
pub(super) fn cancel(core: &Core, prepay_id: &str) -> Answer {
    page(core, prepay_id, Some("支付已取消，订单仍可支付"))
}
