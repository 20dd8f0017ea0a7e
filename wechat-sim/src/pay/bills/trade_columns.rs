//! The columns of the trade bills by name.

use super::file::{self, Column, Columns, Escapes, Style};
use super::trade::{Totals, TradeBill};
use super::trade_row::{Payment, Refund, RefundStatus, TradeRow};
use crate::wire::text::readable;

type Row = Column<TradeRow>;
type Sum = Column<Totals>;

static COMMON: [Row; 14] = [
    Column::new("交易时间", |row, _| readable(row.time)),
    Column::new("公众账号ID", |row, _| row.appid.clone()),
    Column::new("商户号", |row, _| row.mchid.clone()),
    // Merchants of their own have no merchant above them.
    Column::renamed("特约商户号", "子商户号", |_, _| "0".into()),
    Column::new("设备号", |row, _| escaped(row, &row.device)),
    Column::new("微信订单号", |row, _| row.transaction_id.clone()),
    Column::new("商户订单号", |row, _| row.out_trade_no.clone()),
    Column::new("用户标识", |row, _| row.openid.clone()),
    Column::new("交易类型", |row, _| row.trade_type.clone()),
    Column::new("交易状态", |row, _| if row.refund().is_some() { "REFUND" } else { "SUCCESS" }.into()),
    Column::new("付款银行", |row, _| row.bank_type.clone()),
    Column::new("货币种类", |_, _| "CNY".into()),
    Column::renamed("应结订单金额", "总金额", settlement),
    Column::renamed("代金券金额", "代金券或立减优惠金额", |row, _| {
        paid(row, |payment| payment.coupon)
    }),
];

static REFUND_TIMES: [Row; 2] = [
    Column::new("退款申请时间", |row, _| readable(row.time)),
    Column::new("退款成功时间", |row, _| {
        row.refund().and_then(|refund| refund.success_time).map_or_else(String::new, readable)
    }),
];

static REFUND: [Row; 6] = [
    Column::new("微信退款单号", |row, _| number(row, |refund| &refund.id)),
    Column::new("商户退款单号", |row, _| number(row, |refund| &refund.out_refund_no)),
    Column::new("退款金额", |row, _| refunded(row, |refund| refund.settlement)),
    Column::renamed("充值券退款金额", "代金券或立减优惠退款金额", |row, _| {
        refunded(row, |refund| refund.coupon)
    }),
    Column::new("退款类型", |row, _| row.refund().map_or("", |_| "ORIGINAL").into()),
    Column::new("退款状态", |row, _| {
        row.refund().map(|refund| refund.status).map_or("", RefundStatus::word).into()
    }),
];

static GOODS: [Row; 4] = [
    Column::new("商品名称", |row, _| escaped(row, &row.description)),
    Column::new("商户数据包", |row, _| escaped(row, &row.attach)),
    Column::new("手续费", |row, style| file::fee5(row.fee().saturating_mul(1000), style.fees)),
    Column::new("费率", |row, _| format!("{}.{:02}%", row.rate / 100, row.rate % 100)),
];

static TOTAL: Row = Column::new("订单金额", |row, _| paid(row, |payment| payment.total));
static APPLIED: Row = Column::new("申请退款金额", |row, _| refunded(row, |refund| refund.applied));
static RATE_NOTE: Row = Column::new("费率备注", |row, _| escaped(row, &row.rate_note));

static COUNT_SUM: Sum = Column::new("总交易单数", |sums, style| file::count(sums.lines, style));
static SETTLEMENT_SUM: Sum = Column::renamed("应结订单总金额", "总交易额", |sums, style| {
    let fen = if style.columns == Columns::Early { sums.total } else { sums.settlement };
    file::total(fen, style)
});
static REFUND_SUM: Sum =
    Column::renamed("退款总金额", "总退款金额", |sums, style| file::total(sums.refund, style));
static COUPON_SUM: Sum =
    Column::renamed("充值券退款总金额", "总代金券或立减优惠退款金额", |sums, style| {
        file::total(sums.refund_coupon, style)
    });
static FEE_SUM: Sum = Column::new("手续费总金额", |sums, style| file::total(sums.fee, style));
static TOTAL_SUM: Sum = Column::new("订单总金额", |sums, style| file::total(sums.total, style));
static APPLIED_SUM: Sum =
    Column::new("申请退款总金额", |sums, style| file::total(sums.applied, style));

/// The columns of the detail lines.
pub(super) fn details(bill: TradeBill, style: Style) -> Vec<&'static Row> {
    let mut columns: Vec<&Row> = COMMON.iter().collect();
    if bill == TradeBill::Refund {
        columns.extend(&REFUND_TIMES);
    }
    if bill != TradeBill::Success {
        columns.extend(&REFUND);
    }
    columns.extend(&GOODS);
    match (style.columns, bill) {
        (Columns::Short | Columns::Early, _) => (),
        (Columns::Current, TradeBill::Success) => columns.extend([&TOTAL, &RATE_NOTE]),
        (Columns::Current, _) => columns.extend([&TOTAL, &APPLIED, &RATE_NOTE]),
    }
    columns
}

/// The columns of the summary.
pub(super) fn summary(bill: TradeBill, style: Style) -> Vec<&'static Sum> {
    let current = style.columns == Columns::Current;
    let mut columns = vec![&COUNT_SUM, &SETTLEMENT_SUM];
    if bill != TradeBill::Success {
        columns.extend([&REFUND_SUM, &COUPON_SUM]);
    }
    columns.push(&FEE_SUM);
    if current {
        columns.push(&TOTAL_SUM);
    }
    if current && bill != TradeBill::Success {
        columns.push(&APPLIED_SUM);
    }
    columns
}

/// The oldest files know no coupons that nobody paid for: their one amount is that of the order.
fn settlement(row: &TradeRow, style: Style) -> String {
    let early = style.columns == Columns::Early;
    paid(row, |payment| if early { payment.total } else { payment.settlement })
}

/// An amount of a payment, `0.00` in lines of refunds.
fn paid(row: &TradeRow, amount: impl Fn(&Payment) -> i64) -> String {
    file::yuan(row.payment().map_or(0, amount))
}

/// An amount of a refund, `0.00` in lines of payments.
fn refunded(row: &TradeRow, amount: impl Fn(&Refund) -> i64) -> String {
    file::yuan(row.refund().map_or(0, amount))
}

/// A number of a refund, `0` in lines of payments.
fn number(row: &TradeRow, text: impl Fn(&Refund) -> &String) -> String {
    row.refund().map_or_else(|| "0".to_owned(), |refund| text(refund).clone())
}

fn escaped(row: &TradeRow, text: &str) -> String {
    let rule = if row.refund().is_some() { Escapes::Refund } else { Escapes::Payment };
    file::escape(text, rule)
}
