//! The page that explains every code; each problem's `type` leads here.

use crate::base::Code;
use axum::response::Html;
use std::fmt::Write as _;

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8>\
<meta name=viewport content='width=device-width'><title>Problems</title><style>\
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ddd}\
code{font-size:.9em}tr:target{background:#fff3c4}</style><h1>Problems</h1>\
<p>Every error is <code>application/problem+json</code>. Its <code>code</code> is one of these and never \
changes its meaning; <code>detail</code> says what is wrong in the case at hand, <code>errors</code> which \
fields, and <code>request_id</code> finds it in the log.</p>\
<table><tr><th>code<th>status<th>meaning";

/// The page.
pub async fn codes_page() -> Html<String> {
    let mut page = HEAD.to_owned();
    for code in Code::ALL {
        let (name, status, title) = (code.as_str(), code.status(), code.title());
        write!(page, "<tr id={name}><td><code>{name}</code><td>{status}<td>").expect("a String takes it");
        // Titles are our own words; the backquotes in them mark code.
        for (place, part) in title.split('`').enumerate() {
            let (open, close) = if place % 2 == 1 { ("<code>", "</code>") } else { ("", "") };
            write!(page, "{open}{part}{close}").expect("a String takes it");
        }
    }
    page.push_str("</table></html>");
    Html(page)
}
