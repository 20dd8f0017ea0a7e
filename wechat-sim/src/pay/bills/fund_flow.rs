//! The fund flow bill: every movement of one account of the merchant on one day, with the balance after it.

use super::file::{self, Column, Style};
use crate::wire::text::readable;

/// 收支类型
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Income,
    Expense,
}

/// One movement.
#[derive(Debug, Clone)]
pub(crate) struct FundRow {
    /// When it was booked, milliseconds since 1970.
    pub(crate) time: i64,
    /// 微信支付业务单号: the transaction, refund or transfer bill.
    pub(crate) business_no: String,
    /// 资金流水单号
    pub(crate) flow_no: String,
    /// 业务名称, such as 交易 or 退款.
    pub(crate) name: String,
    /// 业务类型, such as 交易, 扣除交易手续费 or 退款.
    pub(crate) kind: String,
    pub(crate) direction: Direction,
    /// In fen, zero or more.
    pub(crate) amount: i64,
    /// 资金变更提交申请人: `system`, or a merchant's number with `API` behind it.
    pub(crate) applicant: String,
    pub(crate) remark: String,
    /// 业务凭证号: the merchant's own number.
    pub(crate) voucher: String,
}

impl FundRow {
    /// What the balance gains.
    pub(crate) fn gain(&self) -> i64 {
        match self.direction {
            Direction::Income => self.amount,
            Direction::Expense => self.amount.saturating_neg(),
        }
    }
}

/// A movement with the balance it leaves.
struct Booked {
    row: FundRow,
    balance: i64,
}

#[derive(Default)]
struct Totals {
    incomes: usize,
    income: i64,
    expenses: usize,
    expense: i64,
}

impl Totals {
    fn with(mut self, row: &FundRow) -> Self {
        let (lines, sum) = match row.direction {
            Direction::Income => (&mut self.incomes, &mut self.income),
            Direction::Expense => (&mut self.expenses, &mut self.expense),
        };
        *lines += 1;
        *sum = sum.saturating_add(row.amount);
        self
    }
}

/// The file of one account and day. `opening` is its balance in fen before the first of `rows`, which stand
/// in the order they were booked.
pub(crate) fn render(opening: i64, rows: &[FundRow], style: Style) -> String {
    let booked: Vec<Booked> = rows.iter().scan(opening, |balance, row| Some(book(balance, row))).collect();
    let booked: Vec<&Booked> = booked.iter().collect();
    let totals = rows.iter().fold(Totals::default(), Totals::with);
    file::lay_out(style, &DETAILS.each_ref(), &booked, &SUMMARY.each_ref(), &totals)
}

fn book(balance: &mut i64, row: &FundRow) -> Booked {
    *balance = balance.saturating_add(row.gain());
    Booked { row: row.clone(), balance: *balance }
}

static DETAILS: [Column<Booked>; 11] = [
    Column::new("记账时间", |booked, _| readable(booked.row.time)),
    Column::new("微信支付业务单号", |booked, _| booked.row.business_no.clone()),
    Column::new("资金流水单号", |booked, _| booked.row.flow_no.clone()),
    Column::new("业务名称", |booked, _| booked.row.name.clone()),
    Column::new("业务类型", |booked, _| booked.row.kind.clone()),
    Column::new("收支类型", |booked, _| match booked.row.direction {
        Direction::Income => "收入".into(),
        Direction::Expense => "支出".into(),
    }),
    Column::new("收支金额(元)", |booked, _| file::yuan(booked.row.amount)),
    Column::new("账户结余(元)", |booked, _| file::yuan(booked.balance)),
    Column::new("资金变更提交申请人", |booked, _| booked.row.applicant.clone()),
    Column::new("备注", |booked, style| file::escape_remark(&booked.row.remark, style)),
    Column::new("业务凭证号", |booked, _| booked.row.voucher.clone()),
];

static SUMMARY: [Column<Totals>; 5] = [
    Column::new("资金流水总笔数", |sums, style| {
        file::count(sums.incomes.saturating_add(sums.expenses), style)
    }),
    Column::new("收入笔数", |sums, style| file::count(sums.incomes, style)),
    Column::new("收入金额", |sums, style| file::total(sums.income, style)),
    Column::new("支出笔数", |sums, style| file::count(sums.expenses, style)),
    Column::new("支出金额", |sums, style| file::total(sums.expense, style)),
];

#[cfg(test)]
mod tests {
    use super::super::file::reader::{self, amount, read};
    use super::*;

    fn row(direction: Direction, amount: i64) -> FundRow {
        FundRow {
            time: 1_767_294_244_000,
            business_no: "4200000000202601020000000001".into(),
            flow_no: "4200000000202601020000000009".into(),
            name: "交易".into(),
            kind: "交易".into(),
            direction,
            amount,
            applicant: "system".into(),
            remark: "结算总金额 99.00 元;含手续费 0.59 元".into(),
            voucher: "S2026010203040501".into(),
        }
    }

    fn day() -> Vec<FundRow> {
        use Direction::{Expense, Income};
        vec![row(Income, 9900), row(Expense, 59), row(Expense, 5000), row(Income, 1)]
    }

    #[test]
    fn has_the_documented_lines() {
        let text = render(100, &[row(Direction::Expense, 59)], Style::default());
        let expected = "\u{feff}记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),\
            资金变更提交申请人,备注,业务凭证号\r\n\
            `2026-01-02 03:04:04,`4200000000202601020000000001,`4200000000202601020000000009,`交易,`交易,`支出,\
            `0.59,`0.41,`system,`结算总金额 99.00 元;含手续费 0.59 元,`S2026010203040501\r\n\
            资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n\
            `1,`0,`0.00,`1,`0.59\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn every_balance_follows_from_the_one_before() {
        let bill = read(&render(250, &day(), Style::default()));
        let mut balance = 250_000;
        for line in &bill.rows {
            let moved = amount(&line["收支金额(元)"]);
            balance += if line["收支类型"] == "收入" { moved } else { -moved };
            assert_eq!(amount(&line["账户结余(元)"]), balance);
        }
        assert_eq!(balance, (250 + 9900 - 59 - 5000 + 1) * 1000);
    }

    #[test]
    fn the_summary_counts_and_adds_each_direction() {
        for shortest_summary in [false, true] {
            let style = Style { shortest_summary, ..Style::default() };
            let bill = read(&render(0, &day(), style));
            let figures: Vec<i64> =
                bill.summary_header.iter().map(|name| amount(&bill.summary[name])).collect();
            assert_eq!(figures, [400_000, 200_000, 9_901_000, 200_000, 5_059_000]);
            let (incomes, expenses): (Vec<_>, Vec<_>) =
                bill.rows.into_iter().partition(|line| line["收支类型"] == "收入");
            assert_eq!(reader::sum(&incomes, "收支金额(元)"), figures[2]);
            assert_eq!(reader::sum(&expenses, "收支金额(元)"), figures[4]);
        }
    }

    #[test]
    fn an_account_may_go_below_zero_but_never_wraps() {
        let bill = read(&render(10, &[row(Direction::Expense, 59)], Style::default()));
        assert_eq!(bill.rows[0]["账户结余(元)"], "-0.49");
        let full = render(i64::MAX, &[row(Direction::Income, i64::MAX)], Style::default());
        assert_eq!(read(&full).rows[0]["账户结余(元)"], "92233720368547758.07");
    }

    #[test]
    fn a_remark_with_commas_can_be_split_unless_the_style_leaves_them() {
        let hostile = FundRow { remark: "缺货,退\n货".into(), ..row(Direction::Expense, 1) };
        let text = render(1, std::slice::from_ref(&hostile), Style::default());
        assert_eq!(read(&text).rows[0]["备注"], "缺货\\ 退\\n货");
        let bare = render(1, &[hostile], Style { bare_commas: true, ..Style::default() });
        assert!(bare.contains(",`缺货,退\\n货,`S2026010203040501\r\n"), "{bare}");
    }

    #[test]
    fn a_day_without_movements_has_headers_and_zeros() {
        let text = render(5, &[], Style { bom: false, ..Style::default() });
        assert!(text.starts_with("记账时间,") && text.ends_with("\r\n`0,`0,`0.00,`0,`0.00\r\n"), "{text}");
        assert_eq!(text.lines().count(), 3);
    }
}
