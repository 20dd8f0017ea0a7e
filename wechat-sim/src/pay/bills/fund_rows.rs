//! What stands in the fund flow bill of a merchant's day: the books of the simulator, line by line.

use super::file::{self, Style};
use super::fund_flow::{Direction, FundRow};
use crate::pay::balance::gain;
use crate::wire::day::Day;
use crate::wire::text::compact;
use crate::world::{BillReturnedFees, Entry, EntryKind, World};

/// `account_type`; the account of prepaid fees moves only for merchants that have one, and none has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    Basic,
    Operation,
}

/// What the account that transfers are paid from holds before the first of them, in fen: somebody charged it,
/// since a transfer needs money.
const CHARGED: i64 = 100_000_000;

impl Account {
    fn of(kind: EntryKind) -> Self {
        if kind == EntryKind::Transfer { Self::Operation } else { Self::Basic }
    }

    fn first_balance(self) -> i64 {
        if self == Self::Operation { CHARGED } else { 0 }
    }
}

/// The balance before the first movement of a day, in fen, and the movements in the order of the books.
pub(super) fn of_day(
    world: &World,
    mchid: &str,
    account: Account,
    day: Day,
    style: Style,
) -> (i64, Vec<FundRow>) {
    let own = || {
        let all = world.ledger.iter();
        all.filter(move |(_, entry)| entry.mchid == mchid && Account::of(entry.kind) == account)
    };
    let earlier = own().filter(|(_, entry)| entry.at < day.start());
    let opening = earlier.fold(account.first_balance(), |sum, (_, entry)| sum.saturating_add(gain(entry)));
    let rows =
        own().filter(|(_, entry)| day.holds(entry.at)).flat_map(|(key, entry)| rows(key, entry, style));
    (opening, rows.collect())
}

/// The sum of an order comes in whole and its fee goes out again; the other way round, the fee is part of the
/// movement, or comes back in a line of its own.
fn rows(key: &str, entry: &Entry, style: Style) -> Vec<FundRow> {
    let fee = match (entry.kind, style.returned_fees) {
        (EntryKind::Payment, _) => Some("扣除交易手续费"),
        (EntryKind::Refund, BillReturnedFees::Line) => Some("退还交易手续费"),
        _ => None,
    };
    let Some(fee) = fee else { return vec![row(key, 0, entry, kind(entry.kind), gain(entry))] };
    let mut rows = vec![row(key, 0, entry, kind(entry.kind), entry.amount)];
    if entry.fee != 0 {
        rows.push(row(key, 1, entry, ("交易", fee), entry.fee.saturating_neg()));
    }
    rows
}

/// 业务名称 and 业务类型.
fn kind(kind: EntryKind) -> (&'static str, &'static str) {
    match kind {
        EntryKind::Payment => ("交易", "交易"),
        EntryKind::Refund => ("退款", "退款"),
        EntryKind::Transfer => ("商家转账", "商家转账"),
        EntryKind::Sharing => ("分账", "分账"),
        EntryKind::SharingReturn => ("分账", "分账回退"),
        EntryKind::TopUp => ("充值", "充值"),
        EntryKind::Withdrawal => ("提现", "提现"),
    }
}

fn remark(entry: &Entry) -> String {
    let [sum, fee] = [entry.amount, entry.fee].map(|fen| file::yuan(fen.saturating_abs()));
    match entry.kind {
        EntryKind::Payment => format!("结算总金额 {sum} 元;含手续费 {fee} 元"),
        EntryKind::Refund => format!("退款总金额 {sum} 元;含手续费 {fee} 元"),
        _ => String::new(),
    }
}

fn row(key: &str, part: u8, entry: &Entry, kind: (&str, &str), gain: i64) -> FundRow {
    let day = compact(entry.at);
    let date = &day[..8];
    let applicant =
        if entry.kind == EntryKind::Payment { "system".to_owned() } else { format!("{}API", entry.mchid) };
    FundRow {
        time: entry.at,
        business_no: entry.platform_number.clone(),
        flow_no: format!("{}{date}{}{part}", entry.mchid, key.get(3..).unwrap_or(key)),
        name: kind.0.to_owned(),
        kind: kind.1.to_owned(),
        direction: if gain < 0 { Direction::Expense } else { Direction::Income },
        amount: gain.saturating_abs(),
        applicant,
        remark: remark(entry),
        voucher: entry.number.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::reader::read;
    use super::super::fund_flow::render;
    use super::*;

    const NOON: i64 = 1_767_283_200_000 + 12 * 3_600_000;

    fn booked(kind: EntryKind, at: i64, amount: i64, fee: i64) -> Entry {
        Entry {
            at,
            kind,
            mchid: "1900000001".into(),
            app_id: String::new(),
            openid: "o".into(),
            amount,
            cash: amount,
            fee,
            number: "number".into(),
            platform_number: "platform".into(),
            transaction_id: "4200".into(),
        }
    }

    fn lines(world: &World, account: Account, style: Style) -> Vec<[String; 4]> {
        let (opening, rows) = of_day(world, "1900000001", account, Day::of(NOON), style);
        let lines = read(&render(opening, &rows, style)).rows;
        let columns = ["业务类型", "收支类型", "收支金额(元)", "账户结余(元)"];
        lines.iter().map(|line| columns.map(|name| line[name].clone())).collect()
    }

    #[test]
    fn each_account_has_its_own_movements_and_goes_on_from_the_days_before() {
        let mut world = World::default();
        for (kind, amount, fee) in [
            (EntryKind::Payment, 10_000, 60),
            (EntryKind::Transfer, -30, 0),
            (EntryKind::Sharing, -1000, 0),
            (EntryKind::SharingReturn, 400, 0),
            (EntryKind::Refund, -5000, -30),
        ] {
            world.book(booked(kind, NOON, amount, fee));
        }
        let mut earlier = booked(EntryKind::Payment, NOON - 24 * 3_600_000, 1000, 6);
        world.book(earlier.clone());
        earlier.mchid = "1900000002".into();
        world.book(Entry { at: NOON, ..earlier });
        assert_eq!(
            lines(&world, Account::Basic, Style::default()),
            [
                ["交易", "收入", "100.00", "109.94"],
                ["扣除交易手续费", "支出", "0.60", "109.34"],
                ["分账", "支出", "10.00", "99.34"],
                ["分账回退", "收入", "4.00", "103.34"],
                ["退款", "支出", "49.70", "53.64"],
            ]
        );
        let own = Style { returned_fees: BillReturnedFees::Line, ..Style::default() };
        assert_eq!(
            lines(&world, Account::Basic, own)[4..],
            [["退款", "支出", "50.00", "53.34"], ["退还交易手续费", "收入", "0.30", "53.64"]]
        );
        assert_eq!(
            lines(&world, Account::Operation, Style::default()),
            [["商家转账", "支出", "0.30", "999999.70"]]
        );
    }
}
