//! The phone of one shopper: what is to be paid, and the messages as `WeChat` shows them.

use http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::frame;
use crate::core::Core;
use crate::wire::Answer;
use crate::wire::text::{self, segment, yuan};
use crate::world::{Message, MessageKind, Order, Shopper, TradeState, World, key};

pub(super) fn page(core: &Core, app_id: &str, openid: &str) -> Answer {
    let body = core.read(|world| {
        let shopper = world.shoppers.get(&key(app_id, openid))?;
        Some(html! {
            section.phone {
                h1 { (shopper.nickname) }
                (person(shopper))
                h2 { "待付款" }
                (to_pay(world, shopper))
                h2 { "消息" }
                (messages(world, shopper))
            }
        })
    });
    match body {
        Some(body) => frame::page(core, StatusCode::OK, "/_control/", openid, &body),
        None => frame::page(
            core,
            StatusCode::NOT_FOUND,
            "/_control/",
            "无此顾客",
            &html! { p.bad { "没有这位顾客" } },
        ),
    }
}

fn person(shopper: &Shopper) -> Markup {
    html! {
        dl {
            dt { "小程序" } dd { (shopper.app_id) }
            dt { "openid" } dd { (shopper.openid) }
            @if let Some(unionid) = &shopper.unionid { dt { "unionid" } dd { (unionid) } }
            @if !shopper.phone.is_empty() { dt { "手机号" } dd { (shopper.phone) } }
        }
    }
}

fn to_pay(world: &World, shopper: &Shopper) -> Markup {
    let mine = |order: &&Order| order.app_id == shopper.app_id && order.openid == shopper.openid;
    let open: Vec<&Order> =
        world.orders.values().filter(mine).filter(|order| order.state == TradeState::NotPay).collect();
    html! {
        @for order in &open {
            p {
                (order.description) " " b { (yuan(order.total)) } " "
                @if let Some(ticket) = order.prepay_ids.last() {
                    a href=(format!("/_control/sheet/{}", segment(ticket))) { "付款" }
                }
            }
        }
        @if open.is_empty() { p.dim { "暂无" } }
    }
}

fn messages(world: &World, shopper: &Shopper) -> Markup {
    let mine = |message: &&Message| message.app_id == shopper.app_id && message.openid == shopper.openid;
    let newest: Vec<&Message> = world.messages.values().rev().filter(mine).take(100).collect();
    html! {
        @for message in &newest { (rendered(message)) }
        @if newest.is_empty() { p.dim { "暂无" } }
    }
}

fn rendered(message: &Message) -> Markup {
    match message.kind {
        MessageKind::Customer => bubble(message),
        MessageKind::Subscribe => card("服务通知", message),
        MessageKind::ServiceCard => card("服务动态", message),
        MessageKind::Updatable => card("动态消息", message),
    }
}

/// A card with a title and one line per value.
fn card(name: &str, message: &Message) -> Markup {
    html! {
        section.message {
            div.app { (name) " · " (message.app_id) " · " (text::readable(message.at)) }
            h4 { (message.title) }
            dl { @for (name, value) in lines(&message.content) { dt { (name) } dd { (value) } } }
        }
    }
}

fn bubble(message: &Message) -> Markup {
    let text = message.content["content"].as_str().or(message.content["title"].as_str());
    html! {
        div { div.dim { (text::readable(message.at)) } div.bubble { (text.unwrap_or(&message.title)) } }
    }
}

/// The lines of a card: label and value, whichever way the content lists them.
fn lines(content: &Value) -> Vec<(String, String)> {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(lines) = content["lines"].as_array() {
        return lines.iter().map(|line| (plain(&line["label"]), plain(&line["value"]))).collect();
    }
    let members = content.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), plain(value))).collect()
}
