//! Every request with its verdict: what a developer needs most.

use http::StatusCode;
use maud::{Markup, html};

use super::frame;
use crate::core::Core;
use crate::journal::RequestView;
use crate::wire::Answer;
use crate::wire::text;

pub(super) fn list(core: &Core, only_refused: bool) -> Answer {
    let entries = core.journal(|journal| journal.newest(300, only_refused));
    let body = html! {
        h1 { "请求" }
        p { a href="/_control/log" { "全部" } "　" a href="/_control/log?only=refused" { "只看被拒绝的和故障" } }
        (frame::table(&["#", "时间", "接口", "请求", "状态", "结论"], entries.iter().map(row)))
    };
    frame::page(core, StatusCode::OK, "/_control/log", "请求", &body)
}

fn row(entry: &RequestView) -> Vec<Markup> {
    let shown: String = entry.verdict.chars().take(160).collect();
    vec![
        html! { a href=(format!("/_control/log/{}", entry.id)) { (entry.id) } },
        frame::cell(text::readable(entry.at)),
        frame::cell(&entry.operation),
        html! { (entry.method) " " (entry.target) },
        html! { (entry.status) },
        html! {
            span class=(class(entry)) { (shown) }
            @if let Some(fault) = &entry.fault { div.dim { (fault) } }
        },
    ]
}

fn class(entry: &RequestView) -> &'static str {
    if entry.verdict == "ok" { "good" } else { "bad" }
}

pub(super) fn page(core: &Core, id: &str) -> Answer {
    let entry = id.parse().ok().and_then(|id| core.journal(|journal| journal.view(id)));
    let Some(entry) = entry else {
        let body = html! { p.bad { "没有这个请求，或者它已被遗忘" } };
        return frame::page(core, StatusCode::NOT_FOUND, "/_control/log", "请求", &body);
    };
    let body = html! {
        h1 { "请求 " (entry.id) " " (entry.operation) }
        p.note class=(class(&entry)) { (entry.verdict) }
        @if let Some(string) = string_to_sign(&entry.verdict) { h2 { "待签名串" } pre { (string) } }
        @if let Some(fault) = &entry.fault { p.note { "故障：" (fault) } }
        h2 { (entry.method) " " (entry.target) }
        (side(&entry.request_headers, &entry.request_body))
        h2 { "应答 " (entry.status) }
        (side(&entry.answer_headers, &entry.answer_body))
    };
    frame::page(core, StatusCode::OK, "/_control/log", "请求", &body)
}

fn side(headers: &[(String, String)], body: &str) -> Markup {
    html! {
        dl { @for (name, value) in headers { dt { (name) } dd { (value) } } }
        @if !body.is_empty() { pre { (body) } }
    }
}

/// The string to sign, as a verdict quotes it, with its line feeds to be seen as lines.
fn string_to_sign(verdict: &str) -> Option<String> {
    let quoted = verdict.split_once("the string to sign was ")?.1;
    let signed: String = serde_json::from_str(quoted).ok()?;
    Some(signed.replace('\n', "↵\n"))
}
