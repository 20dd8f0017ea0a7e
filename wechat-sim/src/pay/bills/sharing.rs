//! The profit sharing bill: one line for each share that arrived and each return that succeeded.
//!
//! UNCONFIRMED: the documentation tells that amounts are yuan, that what did not succeed is left out and that
//! lines and totals look like those of the other bills, but not the columns. Their names follow what a public
//! reader of such files takes by position; of the totals it knows only 总条数. The other totals and the
//! words of 业务类型 and 处理状态 are chosen here. Map columns by name.

use super::file::{self, Column, Style};
use crate::wire::text::readable;

/// 业务类型
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SharingKind {
    /// Money that went to a receiver, or at the end of sharing to the payer itself.
    Share,
    Return,
}

/// One share or return.
#[derive(Debug, Clone)]
pub(crate) struct SharingRow {
    /// Milliseconds since 1970.
    pub(crate) time: i64,
    /// 分账发起方: the merchant that asked, or `system` when frozen money was freed by time.
    pub(crate) initiator: String,
    /// 分账方: the merchant that pays.
    pub(crate) payer: String,
    pub(crate) transaction_id: String,
    /// `order_id` of the sharing, or `return_id`.
    pub(crate) order_id: String,
    /// `detail_id` of the receiver; empty for returns.
    pub(crate) detail_id: String,
    /// `out_order_no`, or `out_return_no`.
    pub(crate) out_order_no: String,
    /// What the order was paid with, in fen.
    pub(crate) order_amount: i64,
    /// A merchant's number or an openid; for returns the merchant that gives back.
    pub(crate) receiver: String,
    /// In fen, zero or more.
    pub(crate) amount: i64,
    pub(crate) kind: SharingKind,
    pub(crate) description: String,
}

#[derive(Default)]
struct Totals {
    lines: usize,
    shared: i64,
    returned: i64,
}

impl Totals {
    fn with(mut self, row: &SharingRow) -> Self {
        self.lines += 1;
        let sum = match row.kind {
            SharingKind::Share => &mut self.shared,
            SharingKind::Return => &mut self.returned,
        };
        *sum = sum.saturating_add(row.amount);
        self
    }
}

/// The file of one day; lines keep the order of `rows`.
pub(crate) fn render(rows: &[SharingRow], style: Style) -> String {
    let totals = rows.iter().fold(Totals::default(), Totals::with);
    let rows: Vec<&SharingRow> = rows.iter().collect();
    file::lay_out(style, &DETAILS.each_ref(), &rows, &SUMMARY.each_ref(), &totals)
}

static DETAILS: [Column<SharingRow>; 13] = [
    Column::new("分账时间", |row, _| readable(row.time)),
    Column::new("分账发起方", |row, _| row.initiator.clone()),
    Column::new("分账方", |row, _| row.payer.clone()),
    Column::new("微信订单号", |row, _| row.transaction_id.clone()),
    Column::new("微信分账/回退单号", |row, _| row.order_id.clone()),
    Column::new("分账明细单号", |row, _| row.detail_id.clone()),
    Column::new("商户分账/回退单号", |row, _| row.out_order_no.clone()),
    Column::new("订单金额", |row, _| file::yuan(row.order_amount)),
    Column::new("分账接收方", |row, _| row.receiver.clone()),
    Column::new("金额", |row, _| file::yuan(row.amount)),
    Column::new("业务类型", |row, _| match row.kind {
        SharingKind::Share => "分账".into(),
        SharingKind::Return => "分账回退".into(),
    }),
    Column::new("处理状态", |_, _| "成功".into()),
    Column::new("备注", |row, style| file::escape_remark(&row.description, style)),
];

static SUMMARY: [Column<Totals>; 3] = [
    Column::new("总条数", |sums, style| file::count(sums.lines, style)),
    Column::new("分账总金额", |sums, style| file::total(sums.shared, style)),
    Column::new("回退总金额", |sums, style| file::total(sums.returned, style)),
];

#[cfg(test)]
mod tests {
    use super::super::file::reader::{amount, read, sum};
    use super::*;

    fn row(kind: SharingKind, amount: i64) -> SharingRow {
        SharingRow {
            time: 1_767_294_244_000,
            initiator: "1900007291".into(),
            payer: "1900007291".into(),
            transaction_id: "4200000000202601020000000001".into(),
            order_id: "30000000000202601020000000001".into(),
            detail_id: "36011111111111111111111".into(),
            out_order_no: "P2026010200000001".into(),
            order_amount: 9900,
            receiver: "1900000110".into(),
            amount,
            kind,
            description: "分给商户,第一笔\n".into(),
        }
    }

    #[test]
    fn writes_one_line_for_each_share_and_return() {
        let text = render(&[row(SharingKind::Share, 990)], Style::default());
        let expected = "\u{feff}分账时间,分账发起方,分账方,微信订单号,微信分账/回退单号,分账明细单号,商户分账/回退单号,\
            订单金额,分账接收方,金额,业务类型,处理状态,备注\r\n\
            `2026-01-02 03:04:04,`1900007291,`1900007291,`4200000000202601020000000001,\
            `30000000000202601020000000001,`36011111111111111111111,`P2026010200000001,`99.00,`1900000110,\
            `9.90,`分账,`成功,`分给商户\\ 第一笔\\n\r\n\
            总条数,分账总金额,回退总金额\r\n\
            `1,`9.90,`0.00\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_summary_adds_shares_and_returns_apart() {
        use SharingKind::{Return, Share};
        let rows = [row(Share, 990), row(Share, 11), row(Return, 500), row(Return, 1)];
        let bill = read(&render(&rows, Style::default()));
        let (shares, returns): (Vec<_>, Vec<_>) =
            bill.rows.into_iter().partition(|line| line["业务类型"] == "分账");
        assert_eq!(bill.summary["总条数"], "4");
        assert_eq!((sum(&shares, "金额"), sum(&returns, "金额")), (1_001_000, 501_000));
        assert_eq!(amount(&bill.summary["分账总金额"]), 1_001_000);
        assert_eq!(amount(&bill.summary["回退总金额"]), 501_000);
    }

    #[test]
    fn a_day_without_shares_has_headers_and_zeros() {
        let text = render(&[], Style::default());
        assert!(text.ends_with("备注\r\n总条数,分账总金额,回退总金额\r\n`0,`0.00,`0.00\r\n"), "{text}");
    }
}
