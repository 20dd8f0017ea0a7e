//! The page that lists what is in the simulator.

use http::StatusCode;

use super::page;
use crate::core::Core;
use crate::views::{NotificationView, OrderView, RefundView};
use crate::wire::Answer;
use crate::wire::text::{html, yuan};

pub(crate) fn page(core: &Core) -> Answer {
    let orders = table(
        &["商户订单号", "商户", "商品", "金额", "状态", "收银台"],
        core.order_views().iter().rev().map(order_row),
    );
    let refunds = table(
        &["商户退款单号", "商户订单号", "退款金额", "订单金额", "状态", ""],
        core.refund_views().iter().rev().map(refund_row),
    );
    let notifications = table(
        &["编号", "事件", "商户订单号", "地址", "状态", "次数"],
        core.notification_views().iter().rev().map(notification_row),
    );
    let body =
        format!("<h1>微信模拟器</h1><h2>订单</h2>{orders}<h2>退款</h2>{refunds}<h2>通知</h2>{notifications}");
    page::page(StatusCode::OK, "微信模拟器", "wide", &body)
}

fn table(heads: &[&str], rows: impl Iterator<Item = [String; 6]>) -> String {
    let heads = cells("th", heads);
    let rows = rows.map(|row| format!("<tr>{}</tr>", cells("td", &row))).collect::<Vec<_>>().concat();
    let rows = if rows.is_empty() { "<tr><td colspan=\"6\">暂无</td></tr>".to_owned() } else { rows };
    format!("<div class=\"scroll\"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>")
}

/// Table cells of HTML that is escaped already.
fn cells(tag: &str, texts: &[impl AsRef<str>]) -> String {
    texts.iter().map(|text| format!("<{tag}>{}</{tag}>", text.as_ref())).collect::<Vec<_>>().concat()
}

fn order_row(order: &OrderView) -> [String; 6] {
    let sheet =
        order.prepay_ids.last().map(|id| format!("<a href=\"/_control/sheet/{}\">打开</a>", html(id)));
    [
        html(&order.out_trade_no),
        html(&order.mchid),
        html(&order.description),
        yuan(order.total),
        order.state.to_string(),
        sheet.unwrap_or_default(),
    ]
}

fn refund_row(refund: &RefundView) -> [String; 6] {
    [
        html(&refund.out_refund_no),
        html(&refund.out_trade_no),
        yuan(refund.refund),
        yuan(refund.total),
        refund.status.to_string(),
        String::new(),
    ]
}

fn notification_row(notification: &NotificationView) -> [String; 6] {
    [
        notification.id.to_string(),
        html(&notification.event_type),
        html(&notification.out_trade_no),
        html(&notification.url),
        format!("{:?}", notification.state),
        notification.attempts.len().to_string(),
    ]
}
