//! From the rows of WeChat's bills to lines that can be compared.

use super::Stop;
use crate::base::Money;
use crate::mall::bill::{Line, Subject, Totals};
use wechat_sdk::Fen;
use wechat_sdk::pay::bills::{Direction, FlowRow, MilliFen, RefundColumns, TradeRow};

/// A fee this close to its rate was only rounded. Thousandths of a fen.
const ROUNDING: i64 = 1000;

/// A row of the trade bill.
pub(super) fn of_trade(row: &TradeRow, totals: &mut Totals) -> Result<Option<Line>, Stop> {
    let fee = row.fee.unwrap_or_default();
    if let Some(refund) = &row.refund {
        totals.fees_returned = plus(totals.fees_returned, -whole(fee))?;
        return Ok(Some(of_refund(refund, totals)));
    }
    totals.fees_charged = plus(totals.fees_charged, whole(fee))?;
    of_payment(row, fee, totals).map(Some)
}

fn of_refund(refund: &RefundColumns, totals: &mut Totals) -> Line {
    let gain = -money(refund.requested_amount.unwrap_or(refund.refund_amount));
    totals.add(gain);
    line(Subject::Refund, refund.out_refund_no.as_str(), gain, &refund.refund_status)
}

fn of_payment(row: &TradeRow, fee: MilliFen, totals: &mut Totals) -> Result<Line, Stop> {
    let older = || row.columns.get("总金额").and_then(MilliFen::from_yuan).and_then(MilliFen::fen);
    let amount = row.order_amount.or_else(older).or(row.settlement_amount);
    let gain = money(amount.ok_or_else(|| Stop::Refused("a payment names no amount".to_owned()))?);
    totals.add(gain);
    let due = due(row.settlement_amount.map_or(gain, money), &row.rate);
    let odd = due.filter(|due| due.0.abs_diff(fee.0) > ROUNDING.unsigned_abs());
    let line = line(Subject::Payment, row.out_trade_no.as_str(), gain, &row.trade_state);
    Ok(Line { odd_fee: odd.map(|due| (whole(due), whole(fee))), ..line })
}

/// What `rate` (`0.60%`) makes of an amount, if it is a rate.
fn due(amount: Money, rate: &str) -> Option<MilliFen> {
    let percent = MilliFen::from_yuan(rate.strip_suffix('%')?)?;
    let exact = i128::from(amount.as_fen()) * i128::from(percent.0) / 10_000;
    i64::try_from(exact).ok().map(MilliFen)
}

/// A row of the fund-flow bill; nothing for the fees, which only count.
pub(super) fn of_flow(row: &FlowRow, totals: &mut Totals) -> Result<Option<Line>, Stop> {
    let amount = whole(row.amount);
    let gain = if row.direction == Direction::Income { amount } else { -amount };
    let fee = match row.business_type.as_str() {
        "扣除交易手续费" => &mut totals.fees_charged,
        "退还交易手续费" => &mut totals.fees_returned,
        _ => {
            totals.add(gain);
            return Ok(Some(of_movement(row, gain)));
        }
    };
    *fee = plus(*fee, amount)?;
    Ok(None)
}

fn of_movement(row: &FlowRow, gain: Money) -> Line {
    match (row.business_type.as_str(), row.direction) {
        ("交易", Direction::Income) => line(Subject::Payment, &row.voucher_no, gain, "SUCCESS"),
        ("退款", Direction::Expense) => {
            let returned = fee_in_remark(row.remark.expose()).unwrap_or_default();
            let gross = Money::fen(gain.as_fen().saturating_sub(returned.as_fen()));
            Line { gross, ..line(Subject::Refund, &row.voucher_no, gain, "SUCCESS") }
        }
        (kind, _) => line(Subject::Movement, &row.flow_no, gain, kind),
    }
}

/// `退款总金额 50.00 元;含手续费 0.30 元`: the refund took this much less.
fn fee_in_remark(remark: &str) -> Option<Money> {
    let (_, tail) = remark.split_once("含手续费")?;
    let yuan: String = tail.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    MilliFen::from_yuan(&yuan).map(whole)
}

fn line(subject: Subject, number: &str, gain: Money, state: &str) -> Line {
    Line { subject, number: number.to_owned(), gain, gross: gain, state: state.to_owned(), odd_fee: None }
}

fn money(fen: Fen) -> Money {
    Money::fen(fen.0)
}

/// The nearest fen: fees are shown with five decimals and taken in fen.
fn whole(amount: MilliFen) -> Money {
    let half = if amount.0 < 0 { -500 } else { 500 };
    Money::fen(amount.0.saturating_add(half) / 1000)
}

fn plus(sum: Money, amount: Money) -> Result<Money, Stop> {
    sum.plus(amount).ok_or_else(|| Stop::Refused("the fees are more than can be".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_become_whole_fen() {
        for (milli, fen) in [(59_000, 59), (59_499, 59), (59_500, 60), (-30_500, -31), (-400, 0), (0, 0)] {
            assert_eq!(whole(MilliFen(milli)), Money::fen(fen), "{milli}");
        }
    }

    #[test]
    fn a_fee_follows_from_its_rate() {
        assert_eq!(due(Money::fen(9900), "0.60%"), Some(MilliFen(59_400)));
        assert_eq!(due(Money::fen(9900), "1%"), Some(MilliFen(99_000)));
        assert_eq!(due(Money::fen(1), "0.38%"), Some(MilliFen(3)));
        for odd in ["", "0.60", "free", "-%"] {
            assert_eq!(due(Money::fen(9900), odd), None, "{odd}");
        }
    }

    #[test]
    fn the_remark_of_a_refund_tells_its_fee() {
        assert_eq!(fee_in_remark("退款总金额 50.00 元;含手续费 0.30 元"), Some(Money::fen(30)));
        assert_eq!(fee_in_remark("退款总金额50.00元;含手续费0.30元"), Some(Money::fen(30)));
        for without in ["", "缺货", "含手续费 元"] {
            assert_eq!(fee_in_remark(without), None, "{without}");
        }
    }
}
