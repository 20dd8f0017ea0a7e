//! The frame of the HTML pages: no scripts, nothing from elsewhere.

use http::StatusCode;

use crate::wire::Answer;
use crate::wire::text::html;

const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:#ededed;color:#191919;font:16px/1.5 -apple-system,'PingFang SC','Microsoft YaHei',sans-serif}\
main{max-width:420px;margin:0 auto;padding:32px 16px}\
.wide{max-width:1080px}\
.sheet{background:#fff;border-radius:12px;padding:28px 20px;text-align:center}\
.shop{color:#353535}.sum{font-size:40px;font-weight:600;margin:8px 0 20px}\
dl{display:grid;grid-template-columns:auto 1fr;gap:8px 16px;border-top:1px solid #e5e5e5;padding-top:16px;margin:0 0 24px;text-align:left;font-size:14px}\
dt{color:#8c8c8c}dd{margin:0;text-align:right;overflow-wrap:anywhere}\
button{width:100%;padding:12px;border:0;border-radius:8px;font:inherit;font-weight:600;cursor:pointer}\
.pay{background:#07c160;color:#fff}.cancel{background:#f2f2f2;color:#353535;margin-top:12px}\
.note{border-radius:8px;padding:10px;margin:0 0 16px;background:#f2f2f2}.good{color:#067a3d}.bad{color:#b3261e}\
table{border-collapse:collapse;width:100%;background:#fff;font-size:14px}th,td{padding:8px 10px;border-bottom:1px solid #e5e5e5;text-align:left;overflow-wrap:anywhere}\
.scroll{overflow-x:auto}a{color:#33639b}h1{font-size:20px}h2{font-size:16px;margin-top:28px}";

/// A whole page; `title` is escaped here, `body` is HTML already.
pub(crate) fn page(status: StatusCode, title: &str, class: &str, body: &str) -> Answer {
    let title = html(title);
    Answer::html(
        status,
        format!(
            "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{title}</title><style>{STYLE}</style></head><body><main class=\"{class}\">{body}</main></body></html>"
        ),
    )
}
