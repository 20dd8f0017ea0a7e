//! The frame of the pages.

use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::core::Core;
use crate::wire::{Answer, text};

const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:#ededed;color:#191919;font:15px/1.5 -apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}\
nav{background:#2e2e2e;color:#fff;padding:10px 16px;display:flex;gap:20px;align-items:center;flex-wrap:wrap}\
nav a{color:#d0d0d0;text-decoration:none}nav a.here{color:#07c160;font-weight:600}nav .time{margin-left:auto;color:#a0a0a0;font-size:13px}\
main{max-width:1120px;margin:0 auto;padding:20px 16px}main.sheet{max-width:420px;padding-top:32px}\
h1{font-size:20px;margin:8px 0 16px}h2{font-size:16px;margin:24px 0 10px}a{color:#33639b}\
.phones{display:grid;grid-template-columns:repeat(auto-fill,minmax(260px,1fr));gap:16px}\
.card{background:#fff;border-radius:10px;padding:16px}.card h3{margin:0 0 4px;font-size:16px}.dim{color:#8c8c8c;font-size:13px;overflow-wrap:anywhere}\
.phone{max-width:420px;margin:0 auto;background:#fff;border:10px solid #2e2e2e;border-radius:32px;padding:18px 14px 28px;min-height:520px}\
.message{background:#f7f7f7;border-radius:8px;padding:12px 14px;margin:10px 0}.message .app{color:#8c8c8c;font-size:12px}.message h4{margin:4px 0 8px}\
.bubble{background:#95ec69;border-radius:6px;padding:8px 12px;margin:10px 0;display:inline-block}\
.sheet-box{background:#fff;border-radius:12px;padding:28px 20px;text-align:center}.sum{font-size:40px;font-weight:600;margin:8px 0 20px}\
dl{display:grid;grid-template-columns:auto 1fr;gap:6px 16px;margin:0;font-size:14px;text-align:left}dt{color:#8c8c8c}dd{margin:0;overflow-wrap:anywhere}\
.sheet-box dl{border-top:1px solid #e5e5e5;padding-top:16px;margin-bottom:24px}.sheet-box dd{text-align:right}\
button{padding:8px 14px;border:0;border-radius:6px;background:#f2f2f2;color:#353535;font:inherit;cursor:pointer}\
button.go{background:#07c160;color:#fff;font-weight:600}.sheet-box button{width:100%;padding:12px;margin-top:10px}form{display:inline}\
input{padding:8px;border:1px solid #d0d0d0;border-radius:6px;font:inherit}\
.note{border-radius:8px;padding:10px;margin:0 0 16px;background:#f2f2f2}.good{color:#067a3d}.bad{color:#b3261e}\
table{border-collapse:collapse;width:100%;background:#fff;font-size:13px}th,td{padding:7px 9px;border-bottom:1px solid #e5e5e5;text-align:left;overflow-wrap:anywhere;vertical-align:top}\
th{white-space:nowrap}.scroll{overflow-x:auto}pre{background:#fff;padding:12px;border-radius:8px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}\
.number{text-align:right;white-space:nowrap}";

/// The pages that the head of each page leads to.
const PAGES: [(&str, &str); 4] = [
    ("/_control/", "手机"),
    ("/_control/log", "请求"),
    ("/_control/mail", "通知"),
    ("/_control/books", "账本"),
];

/// A whole page with the head that leads to the others; `here` is the address of one of them.
pub(super) fn page(core: &Core, status: StatusCode, here: &str, title: &str, body: &Markup) -> Answer {
    let head = html! {
        nav {
            strong { "微信模拟器" }
            @for (address, name) in PAGES {
                a href=(address) class=[(address == here).then_some("here")] { (name) }
            }
            span.time { (text::readable(core.now())) }
        }
    };
    whole(status, title, &html! { (head) main { (body) } })
}

/// A page of its own, as a phone shows it.
pub(super) fn bare(status: StatusCode, title: &str, body: &Markup) -> Answer {
    whole(status, title, &html! { main.sheet { (body) } })
}

fn whole(status: StatusCode, title: &str, body: &Markup) -> Answer {
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    Answer::html(status, page.into_string())
}

/// A table with a head; rows are given as cells.
pub(super) fn table(heads: &[&str], rows: impl Iterator<Item = Vec<Markup>>) -> Markup {
    let rows: Vec<Vec<Markup>> = rows.collect();
    html! {
        div.scroll { table {
            thead { tr { @for head in heads { th { (head) } } } }
            tbody {
                @for row in &rows { tr { @for cell in row { td { (cell) } } } }
                @if rows.is_empty() { tr { td colspan=(heads.len()) { "暂无" } } }
            }
        } }
    }
}

/// A text as a cell.
pub(super) fn cell(text: impl AsRef<str>) -> Markup {
    html! { (text.as_ref()) }
}

/// JSON that people can read; other texts as they are.
pub(super) fn pretty(text: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(text);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| text.to_owned())
}
