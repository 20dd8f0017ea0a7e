//! The payment sheet, as the user sees it.

use http::StatusCode;

use super::page;
use crate::core::Core;
use crate::pay::payment::{self, PayOptions};
use crate::pay::refusal::Refusal;
use crate::wire::Answer;
use crate::wire::text::{html, rfc3339, yuan};
use crate::world::{Order, TradeState};

/// The sheet of one `prepay_id`, with a note above it after something was tried.
pub(crate) fn page(core: &Core, prepay_id: &str, note: Option<&str>) -> Answer {
    let now = core.now();
    let found = core.read(|world| {
        let prepay = world.prepays.get(prepay_id)?;
        Some((world.orders.get(&prepay.order)?.clone(), prepay.expires_at))
    });
    let Some((order, expires_at)) = found else {
        let body = "<section class=\"sheet\"><p class=\"bad\">没有这笔预支付交易</p></section>";
        return page::page(StatusCode::NOT_FOUND, "微信支付（模拟）", "", body);
    };
    let payable = order.state == TradeState::NotPay && now <= expires_at.min(order.expires_at);
    let note = note.map(|text| format!("<p class=\"note bad\">{}</p>", html(text))).unwrap_or_default();
    let actions = if payable { forms(prepay_id) } else { outcome(&order) };
    let body = format!("<section class=\"sheet\">{note}{}{actions}</section>", summary(&order));
    page::page(StatusCode::OK, "微信支付（模拟）", "", &body)
}

fn summary(order: &Order) -> String {
    format!(
        "<div class=\"shop\">商户 {}</div><div class=\"sum\">{}</div>\
         <dl><dt>商品</dt><dd>{}</dd><dt>商户单号</dt><dd>{}</dd><dt>支付截止</dt><dd>{}</dd></dl>",
        html(&order.mchid),
        yuan(order.total),
        html(&order.description),
        html(&order.out_trade_no),
        rfc3339(order.expires_at),
    )
}

fn forms(prepay_id: &str) -> String {
    let id = html(prepay_id);
    format!(
        "<form method=\"post\" action=\"/_control/sheet/{id}/pay\"><button class=\"pay\">立即支付</button></form>\
         <form method=\"post\" action=\"/_control/sheet/{id}/cancel\"><button class=\"cancel\">取消</button></form>"
    )
}

fn outcome(order: &Order) -> String {
    match &order.payment {
        Some(payment) => format!(
            "<p class=\"note good\">支付成功</p><dl><dt>交易单号</dt><dd>{}</dd><dt>支付时间</dt><dd>{}</dd></dl>",
            html(&payment.transaction_id),
            rfc3339(payment.paid_at)
        ),
        None if order.state == TradeState::Closed => "<p class=\"note bad\">订单已关闭</p>".to_owned(),
        None => "<p class=\"note bad\">支付已过期</p>".to_owned(),
    }
}

pub(crate) fn pay(core: &Core, prepay_id: &str) -> Answer {
    match payment::pay_prepay(core, prepay_id, &PayOptions::default()) {
        Ok(_) => Answer::see_other(&format!("/_control/sheet/{prepay_id}")),
        Err(Refusal { message, .. }) => page(core, prepay_id, Some(&message)),
    }
}

/// Nothing changes: the order stays payable.
pub(crate) fn cancel(core: &Core, prepay_id: &str) -> Answer {
    page(core, prepay_id, Some("支付已取消，订单仍可支付"))
}
