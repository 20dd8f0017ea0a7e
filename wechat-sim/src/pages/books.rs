//! The books: what shoppers really paid and got back.

use http::StatusCode;
use maud::html;

use super::frame;
use crate::core::Core;
use crate::wire::Answer;
use crate::wire::text::{readable, yuan};
use crate::world::LedgerEntry;

pub(super) fn page(core: &Core) -> Answer {
    let books = core.read(|world| world.books(None));
    let sum = |of: fn(&LedgerEntry) -> i64| {
        yuan(books.iter().fold(0_i64, |sum, entry| sum.saturating_add(of(entry))))
    };
    let rows = books.iter().rev().take(500).map(|entry| {
        vec![
            html! { (entry.id) },
            frame::cell(readable(entry.at)),
            frame::cell(format!("{:?}", entry.kind)),
            frame::cell(&entry.mchid),
            frame::cell(&entry.openid),
            html! { (entry.number) div.dim { (entry.platform_number) } },
            html! { span.number { (yuan(entry.amount)) } },
            html! { span.number { (yuan(entry.cash)) } },
            html! { span.number { (yuan(entry.fee)) } },
        ]
    });
    let body = html! {
        h1 { "账本" }
        p { "商户净收 " b { (sum(|entry| entry.amount)) } "　顾客净付 " b { (sum(|entry| entry.cash)) } "　手续费 " b { (sum(|entry| entry.fee)) } }
        (frame::table(&["#", "时间", "事由", "商户", "顾客", "单号", "商户", "顾客", "手续费"], rows))
    };
    frame::page(core, StatusCode::OK, "/_control/books", "账本", &body)
}
