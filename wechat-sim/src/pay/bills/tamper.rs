//! Bills that differ from what happened, to test who reconciles them.

use super::fund_flow::{Direction, FundRow};
use super::sharing::{SharingKind, SharingRow};
use super::trade_row::{Part, Payment, TradeRow};
use crate::crypto::random_digits;
use crate::pay::payment::{self, FEE_RATE};
use crate::wire::day::Day;
use crate::world::BillTamper;

/// A line of any bill, as far as it can be tampered with.
pub(super) trait Line: Clone {
    /// Adds so many fen to its amounts.
    fn change(&mut self, by: i64);
    /// A line of a merchant about something that never happened.
    fn stranger(mchid: &str, day: Day, amount: i64) -> Self;
}

/// Does to the lines what is asked for; lines that are not there stay away.
pub(super) fn apply<L: Line>(rows: &mut Vec<L>, tampers: &[BillTamper], mchid: &str, day: Day) {
    // Lines are counted as they really are, whatever was done to those before them.
    let mut dropped: Vec<usize> = Vec::new();
    for tamper in tampers {
        match tamper {
            BillTamper::DropLine(line) => dropped.push(*line),
            BillTamper::RepeatLine(line) => {
                let row = line.checked_sub(1).and_then(|index| rows.get(index)).cloned();
                rows.extend(row);
            }
            BillTamper::ChangeAmount { line, by } => {
                if let Some(row) = line.checked_sub(1).and_then(|index| rows.get_mut(index)) {
                    row.change(*by);
                }
            }
            BillTamper::Stranger(amount) => rows.push(L::stranger(mchid, day, *amount)),
            BillTamper::Replace { .. } | BillTamper::WrongHash | BillTamper::Cut => (),
        }
    }
    let mut line = 0;
    rows.retain(|_| {
        line += 1;
        !dropped.contains(&line)
    });
}

/// The text after what is done to the file as a whole.
pub(super) fn text(text: String, tampers: &[BillTamper]) -> String {
    tampers.iter().fold(text, |text, tamper| match tamper {
        BillTamper::Replace { from, to } if !from.is_empty() => text.replace(from.as_str(), to),
        _ => text,
    })
}

/// Noon, when nothing remarkable happens.
fn noon(day: Day) -> i64 {
    day.start() + 12 * 3_600_000
}

fn number() -> String {
    format!("STRANGER{}", random_digits::<12>())
}

fn transaction() -> String {
    format!("4200{}", random_digits::<24>())
}

impl Line for TradeRow {
    fn change(&mut self, by: i64) {
        let amounts = match &mut self.part {
            Part::Payment(payment) => [&mut payment.total, &mut payment.settlement],
            Part::Refund(refund) => [&mut refund.settlement, &mut refund.applied],
        };
        for amount in amounts {
            *amount = amount.saturating_add(by);
        }
    }

    fn stranger(mchid: &str, day: Day, amount: i64) -> Self {
        let part = Payment { total: amount, settlement: amount, coupon: 0, fee: 0 };
        Self {
            time: noon(day),
            appid: "wx0000000000000000".to_owned(),
            mchid: mchid.to_owned(),
            device: String::new(),
            transaction_id: transaction(),
            out_trade_no: number(),
            openid: payment::stranger(),
            trade_type: "JSAPI".to_owned(),
            bank_type: "OTHERS".to_owned(),
            description: "商品".to_owned(),
            attach: String::new(),
            rate: FEE_RATE,
            rate_note: String::new(),
            part: Part::Payment(part),
        }
    }
}

impl Line for FundRow {
    fn change(&mut self, by: i64) {
        self.amount = self.amount.saturating_add(by);
    }

    fn stranger(mchid: &str, day: Day, amount: i64) -> Self {
        Self {
            time: noon(day),
            business_no: transaction(),
            flow_no: format!("{mchid}{}", random_digits::<18>()),
            name: "交易".to_owned(),
            kind: "交易".to_owned(),
            direction: Direction::Income,
            amount,
            applicant: "system".to_owned(),
            remark: String::new(),
            voucher: number(),
        }
    }
}

impl Line for SharingRow {
    fn change(&mut self, by: i64) {
        self.amount = self.amount.saturating_add(by);
    }

    fn stranger(mchid: &str, day: Day, amount: i64) -> Self {
        Self {
            time: noon(day),
            initiator: mchid.to_owned(),
            payer: mchid.to_owned(),
            transaction_id: transaction(),
            order_id: format!("3000{}", random_digits::<24>()),
            detail_id: String::new(),
            out_order_no: number(),
            order_amount: amount,
            receiver: "1900000000".to_owned(),
            amount,
            kind: SharingKind::Share,
            description: String::new(),
        }
    }
}
