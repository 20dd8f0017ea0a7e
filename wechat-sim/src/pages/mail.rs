//! Every notification with its attempts, and a button to send it again.

use http::StatusCode;
use maud::{Markup, html};

use super::frame;
use crate::core::Core;
use crate::views::NotificationView;
use crate::wire::Answer;
use crate::wire::text;
use crate::world::DeliveryState;

pub(super) fn list(core: &Core) -> Answer {
    let newest = core.newest_notifications(300);
    let body = html! {
        h1 { "通知" }
        (frame::table(&["#", "事件", "对象", "地址", "状态", "次数", ""], newest.iter().map(row)))
    };
    frame::page(core, StatusCode::OK, "/_control/mail", "通知", &body)
}

fn row(letter: &NotificationView) -> Vec<Markup> {
    let whose = if letter.mchid.is_empty() { &letter.app_id } else { &letter.mchid };
    vec![
        html! { a href=(format!("/_control/mail/{}", letter.id)) { (letter.id) } },
        frame::cell(&letter.event_type),
        html! { (whose) " " (letter.out_trade_no) },
        frame::cell(&letter.url),
        state(letter.state),
        html! { (letter.attempts.len()) },
        again_button(letter.id),
    ]
}

fn state(state: DeliveryState) -> Markup {
    match state {
        DeliveryState::Pending => html! { "等待发送" },
        DeliveryState::Delivered => html! { span.good { "已送达" } },
        DeliveryState::GivenUp => html! { span.bad { "已放弃" } },
        DeliveryState::Dropped => html! { span.bad { "被丢弃" } },
    }
}

fn again_button(id: u64) -> Markup {
    html! { form method="post" action=(format!("/_control/mail/{id}/again")) { button { "再次发送" } } }
}

pub(super) fn page(core: &Core, id: &str) -> Answer {
    let letter = id.parse().ok().and_then(|id| core.notification_view(id));
    let Some(letter) = letter else {
        let body = html! { p.bad { "没有这个通知" } };
        return frame::page(core, StatusCode::NOT_FOUND, "/_control/mail", "通知", &body);
    };
    let attempts = letter.attempts.iter().map(|attempt| {
        vec![
            frame::cell(text::readable(attempt.at)),
            html! { @if let Some(status) = attempt.status { (status) } @else { "无应答" } },
            frame::cell(attempt.error.as_deref().unwrap_or_default()),
            frame::cell(attempt.fault.as_deref().unwrap_or_default()),
        ]
    });
    let body = html! {
        h1 { "通知 " (letter.id) " " (letter.event_type) }
        p { (state(letter.state)) "　" (letter.url) "　" (again_button(letter.id)) }
        @if let Some(next) = letter.next_at { p.dim { "下一次 " (text::readable(next)) } }
        h2 { "发送记录" }
        (frame::table(&["时间", "状态码", "问题", "故障"], attempts))
        h2 { "内容（加密前）" }
        pre { (frame::pretty(&letter.content.to_string())) }
    };
    frame::page(core, StatusCode::OK, "/_control/mail", "通知", &body)
}

pub(super) fn again(core: &Core, id: &str) -> Answer {
    let Ok(number) = id.parse() else { return page(core, id) };
    if core.resend(number) { Answer::see_other(&format!("/_control/mail/{number}")) } else { page(core, id) }
}
