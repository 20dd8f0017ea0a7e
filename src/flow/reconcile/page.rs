//! The report as a page: one file that needs nothing else, fit for printing.

use super::report::{Report, class, local, resolution, state, subject};
use crate::base::{Money, Timestamp};
use crate::mall::bill::{BillKind, BillState, Class, Difference, DifferenceState};
use std::fmt::Write as _;

const STYLE: &str = "\
body{font:14px/1.6 -apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:#222;margin:2em auto;max-width:1100px;padding:0 1em}
h1{font-size:22px;margin:0}h2{font-size:16px;margin:1.8em 0 .5em;border-left:4px solid #07c160;padding-left:.5em}
.sub{color:#666}table{border-collapse:collapse;width:100%}
th,td{border:1px solid #ccc;padding:.35em .6em;text-align:left;vertical-align:top}
th{background:#f5f6f7;font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.id{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px;word-break:break-all}
.ok{color:#0a7f3f}.bad{color:#c00;font-weight:600}.verdict{font-size:16px;margin:.8em 0}
.sign{display:flex;gap:6em;margin-top:3em}
@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}tr{break-inside:avoid}@page{size:A4 landscape;margin:12mm}}";

/// The whole page.
pub(super) fn page(report: &Report, now: Timestamp) -> String {
    let title = format!("微信支付对账报告 {}", report.day);
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n\
         <p class=\"sub\">{shop} · 商户号 {mch} · 账单日按北京时间 · 制表时间 {now}</p>\n\
         {verdict}{summary}{classes}{list}\
         <div class=\"sign\"><span>制表：</span><span>复核：</span><span>日期：</span></div>\n</body></html>\n",
        shop = escaped(&report.shop),
        mch = escaped(&report.mch_id),
        now = local(now),
        verdict = verdict(report),
        summary = summary(report),
        classes = classes(report),
        list = list(report),
    )
}

fn verdict(report: &Report) -> String {
    let compared = [BillKind::Trade, BillKind::FundFlow].iter().all(|kind| {
        report.bill(*kind).is_some_and(|bill| matches!(bill.state, BillState::Compared | BillState::Empty))
    });
    let open = report.differences.iter().filter(|case| case.state == DifferenceState::Open).count();
    let (style, words) = match (compared, open) {
        (false, _) => ("bad", "账单尚未全部核对，以下结果不完整。".to_owned()),
        (true, 0) if report.differences.is_empty() => ("ok", "账实相符，无差异。".to_owned()),
        (true, 0) => ("ok", "差异均已处理。".to_owned()),
        (true, open) => ("bad", format!("有 {open} 笔差异待处理。")),
    };
    format!("<p class=\"verdict {style}\">{words}</p>\n")
}

fn summary(report: &Report) -> String {
    let trade = report.bill(BillKind::Trade).map(|bill| bill.totals).unwrap_or_default();
    let flow = report.bill(BillKind::FundFlow).map(|bill| bill.totals).unwrap_or_default();
    let ours = &report.ours;
    let mut rows = String::new();
    rows += &compare("收款", (ours.payments, ours.paid), (trade.incomes, trade.income));
    rows += &compare("退款（按申请日）", (ours.refunds, ours.refunded), (trade.expenses, trade.expense));
    let mut html = format!(
        "<h2>交易汇总</h2>\n<table><tr><th>项目</th><th>我方笔数</th><th>我方金额(元)</th><th>微信笔数</th>\
         <th>微信金额(元)</th><th>差额(元)</th></tr>\n{rows}</table>\n\
         <h2>手续费与资金</h2>\n<table><tr><th>账单</th><th>状态</th><th>收入笔数</th><th>收入(元)</th>\
         <th>支出笔数</th><th>支出(元)</th><th>收取手续费(元)</th><th>退还手续费(元)</th><th>文件 SHA-1</th></tr>\n"
    );
    for (kind, name, totals) in [(BillKind::Trade, "交易账单", trade), (BillKind::FundFlow, "资金账单", flow)]
    {
        let bill = report.bill(kind);
        let hash = bill.and_then(|bill| bill.hash.as_deref()).unwrap_or_default();
        let told = bill.map_or("未获取", |bill| bill_state(bill.state));
        let why = bill.and_then(|bill| bill.last_error.as_deref()).unwrap_or_default();
        let _ = writeln!(
            html,
            "<tr><td>{name}</td><td>{told} {}</td>{}{}{}{}{}{}<td class=\"id\">{}</td></tr>",
            escaped(why),
            count(totals.incomes),
            amount(Some(totals.income)),
            count(totals.expenses),
            amount(Some(totals.expense)),
            amount(Some(totals.fees_charged)),
            amount(Some(totals.fees_returned)),
            escaped(hash),
        );
    }
    html + "</table>\n"
}

fn compare(name: &str, ours: (i64, Money), theirs: (i64, Money)) -> String {
    let gap = Money::fen(theirs.1.as_fen().saturating_sub(ours.1.as_fen()));
    let cells =
        [count(ours.0), amount(Some(ours.1)), count(theirs.0), amount(Some(theirs.1)), amount(Some(gap))];
    format!("<tr><td>{name}</td>{}</tr>\n", cells.concat())
}

fn classes(report: &Report) -> String {
    let mut html =
        "<h2>差异分类</h2>\n<table><tr><th>类别</th><th>笔数</th><th>待处理</th></tr>\n".to_owned();
    for kind in Class::ALL {
        let (all, open) = report.count(*kind);
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td class=\"n\">{all}</td><td class=\"n\">{open}</td></tr>",
            class(*kind)
        );
    }
    html + "</table>\n"
}

fn list(report: &Report) -> String {
    if report.differences.is_empty() {
        return String::new();
    }
    let mut html = "<h2>差异明细</h2>\n<table><tr><th>类别</th><th>对象</th><th>单号</th><th>我方金额(元)</th>\
        <th>微信金额(元)</th><th>差额(元)</th><th>我方 / 微信状态</th><th>处理</th><th>负责人</th><th>备注</th></tr>\n"
        .to_owned();
    for case in &report.differences {
        html += &row(report, case);
    }
    html + "</table>\n"
}

fn row(report: &Report, case: &Difference) -> String {
    let (style, done) = match case.resolution {
        Some(found) => ("ok", resolution(found)),
        None => ("bad", state(case.state)),
    };
    let states = [&case.our_state, &case.their_state].map(|state| state.as_deref().unwrap_or("—"));
    format!(
        "<tr><td>{}</td><td>{}</td><td class=\"id\">{}</td>{}{}{}<td>{} / {}</td><td class=\"{style}\">{done}</td>\
         <td>{}</td><td>{}</td></tr>\n",
        class(case.class),
        subject(case.subject),
        escaped(&case.number),
        amount(case.ours),
        amount(case.theirs),
        amount(Some(case.gap())),
        escaped(states[0]),
        escaped(states[1]),
        escaped(report.owner(case).unwrap_or("—")),
        escaped(case.note.as_deref().unwrap_or_default()),
    )
}

fn bill_state(state: BillState) -> &'static str {
    match state {
        BillState::Wanted => "未获取",
        BillState::Empty => "当日无业务",
        BillState::Compared => "已核对",
        BillState::Refused => "已拒收",
    }
}

fn count(number: i64) -> String {
    format!("<td class=\"n\">{number}</td>")
}

fn amount(money: Option<Money>) -> String {
    format!("<td class=\"n\">{}</td>", money.map_or("—".to_owned(), Money::yuan))
}

/// Text that is only text, whatever it says.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escaped("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
    }
}
