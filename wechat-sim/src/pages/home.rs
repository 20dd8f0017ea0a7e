//! The first page: the phones, what can be paid, and the time.

use std::collections::HashMap;

use http::StatusCode;
use maud::{Markup, html};

use super::{field, frame};
use crate::core::Core;
use crate::mini::codes;
use crate::time::check_advance;
use crate::wire::text::{self, segment, yuan};
use crate::wire::{Answer, Request};
use crate::world::{Order, RefundStatus, Shopper, TradeState, World};

/// The newest so many orders are shown.
const ORDERS: usize = 100;
/// The shoppers who came last.
const SHOPPERS: usize = 100;

pub(super) fn page(core: &Core) -> Answer {
    let body = core.read(|world| {
        html! {
            (time(core))
            h1 { "手机" }
            (phones(world))
            h2 { "订单" }
            (orders(world, core.now()))
            h2 { "退款" }
            (refunds(world))
        }
    });
    frame::page(core, StatusCode::OK, "/_control/", "微信模拟器", &body)
}

fn time(core: &Core) -> Markup {
    let steps = [("60", "1 分钟"), ("3600", "1 小时"), ("86400", "1 天")];
    html! {
        p.dim {
            "时间 " (text::readable(core.now())) "，快进 "
            @for (secs, name) in steps {
                form method="post" action="/_control/time/advance" {
                    button name="secs" value=(secs) { "+" (name) } " "
                }
            }
        }
    }
}

fn phones(world: &World) -> Markup {
    let mut newest: Vec<&Shopper> = world.shoppers.values().collect();
    newest.sort_by_key(|shopper| std::cmp::Reverse(shopper.seen_at));
    let shown = &newest[..newest.len().min(SHOPPERS)];
    let (to_pay, messages) = (orders_to_pay(world), messages_received(world));
    let count = |counts: &HashMap<_, usize>, shopper: &Shopper| {
        counts.get(&(shopper.app_id.as_str(), shopper.openid.as_str())).copied().unwrap_or(0)
    };
    html! {
        div.phones {
            @for shopper in shown { (phone(shopper, count(&to_pay, shopper), count(&messages, shopper))) }
            @for (app_id, _) in world.apps.iter() { (new_phone(app_id)) }
        }
    }
}

/// By app and openid.
type Counts<'a> = HashMap<(&'a str, &'a str), usize>;

fn orders_to_pay(world: &World) -> Counts<'_> {
    let mut counts = Counts::new();
    for order in world.orders.values().filter(|order| order.state == TradeState::NotPay) {
        *counts.entry((&order.app_id, &order.openid)).or_default() += 1;
    }
    counts
}

fn messages_received(world: &World) -> Counts<'_> {
    let mut counts = Counts::new();
    for message in world.messages.values() {
        *counts.entry((&message.app_id, &message.openid)).or_default() += 1;
    }
    counts
}

fn phone(shopper: &Shopper, to_pay: usize, messages: usize) -> Markup {
    let (app_id, openid) = (&shopper.app_id, &shopper.openid);
    html! {
        section.card {
            h3 { a href=(format!("/_control/phone/{}/{}", segment(app_id), segment(openid))) { (shopper.nickname) } }
            div.dim { (app_id) }
            div.dim { (openid) }
            p { "待付款 " b { (to_pay) } "　消息 " b { (messages) } }
        }
    }
}

fn new_phone(app_id: &str) -> Markup {
    html! {
        section.card {
            h3 { "新顾客" }
            div.dim { (app_id) }
            p { form method="post" action="/_control/phones/new" {
                input type="hidden" name="app_id" value=(app_id);
                button { "打开小程序" }
            } }
        }
    }
}

fn orders(world: &World, now: i64) -> Markup {
    let mut newest: Vec<&Order> = world.orders.values().collect();
    newest.sort_by_key(|order| std::cmp::Reverse(order.created_at));
    let rows = newest.into_iter().take(ORDERS).map(|order| {
        let ticket = order.prepay_ids.last();
        let open = order.state == TradeState::NotPay && now <= order.expires_at;
        vec![
            frame::cell(&order.out_trade_no),
            frame::cell(&order.mchid),
            frame::cell(&order.description),
            html! { span.number { (yuan(order.total)) } },
            frame::cell(order.state.as_str()),
            html! {
                @if let Some(ticket) = ticket {
                    a href=(format!("/_control/sheet/{}", segment(ticket))) { @if open { "付款" } @else { "查看" } }
                }
            },
        ]
    });
    frame::table(&["商户订单号", "商户", "商品", "金额", "状态", "收银台"], rows)
}

fn refunds(world: &World) -> Markup {
    let mut newest: Vec<_> = world.refunds.values().collect();
    newest.sort_by_key(|refund| std::cmp::Reverse(refund.created_at));
    let rows = newest.into_iter().take(ORDERS).map(|refund| {
        let class = if refund.status == RefundStatus::Abnormal { "bad" } else { "" };
        vec![
            frame::cell(&refund.out_refund_no),
            frame::cell(&refund.out_trade_no),
            html! { span.number { (yuan(refund.refund)) } },
            html! { span.number { (yuan(refund.total)) } },
            html! { span class=(class) { (refund.status.as_str()) } },
        ]
    });
    frame::table(&["商户退款单号", "商户订单号", "退款金额", "订单金额", "状态"], rows)
}

/// Moves the time forward, ten years at most.
pub(super) fn advance(core: &Core, request: &Request) -> Answer {
    let secs = field(request, "secs").and_then(|secs| secs.parse::<i64>().ok()).unwrap_or(0);
    let millis = secs.clamp(0, 315_360_000) * 1000;
    if check_advance(core.now(), millis).is_err() {
        return Answer::see_other("/_control/");
    }
    if let Err(error) = core.bend_time(millis, None) {
        tracing::error!(%error, "the time could not be moved");
    }
    Answer::see_other("/_control/")
}

/// A new shopper opens the mini program.
pub(super) fn new_shopper(core: &Core, request: &Request) -> Answer {
    let app_id = field(request, "app_id").unwrap_or_default();
    if core.read(|world| world.apps.contains(&app_id)) {
        core.set(|world, now| codes::login(world, &app_id, None, now));
    }
    Answer::see_other("/_control/")
}
