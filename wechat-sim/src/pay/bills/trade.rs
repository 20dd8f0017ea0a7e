//! The trade bill: one line for each payment and one for each refund of a day.
//!
//! Amounts are fen. A payment adds its fee, a refund gives its part back and shows it negative. Lines of
//! state REVOKED do not occur: only codes shown to a cashier can be revoked.

use super::file::{self, Style};
use super::trade_columns as columns;
use super::trade_row::{Part, TradeRow};

/// `bill_type`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TradeBill {
    /// Payments and refunds.
    All,
    Success,
    Refund,
}

impl TradeBill {
    pub(super) fn holds(self, row: &TradeRow) -> bool {
        match self {
            Self::All => true,
            Self::Success => row.refund().is_none(),
            Self::Refund => row.refund().is_some(),
        }
    }
}

/// The sums of a bill, in fen.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(super) lines: usize,
    pub(super) settlement: i64,
    pub(super) total: i64,
    pub(super) refund: i64,
    pub(super) refund_coupon: i64,
    pub(super) applied: i64,
    pub(super) fee: i64,
}

impl Totals {
    fn with(mut self, row: &TradeRow) -> Self {
        self.lines += 1;
        self.fee = self.fee.saturating_add(row.fee());
        match &row.part {
            Part::Payment(payment) => {
                self.settlement = self.settlement.saturating_add(payment.settlement);
                self.total = self.total.saturating_add(payment.total);
            }
            Part::Refund(refund) => {
                self.refund = self.refund.saturating_add(refund.settlement);
                self.refund_coupon = self.refund_coupon.saturating_add(refund.coupon);
                self.applied = self.applied.saturating_add(refund.applied);
            }
        }
        self
    }
}

/// The file of one day. Lines keep the order of `rows`; those that do not belong into `bill` are left out.
pub(crate) fn render(bill: TradeBill, rows: &[TradeRow], style: Style) -> String {
    let rows: Vec<&TradeRow> = rows.iter().filter(|row| bill.holds(row)).collect();
    let totals = rows.iter().fold(Totals::default(), |totals, row| totals.with(row));
    let (details, summary) = (columns::details(bill, style), columns::summary(bill, style));
    file::lay_out(style, &details, &rows, &summary, &totals)
}

/// The fee of an amount of zero or more, in fen, rounded half up. `rate` is in ten-thousandths.
pub(crate) fn fee(fen: i64, rate: u32) -> i64 {
    let exact = i128::from(fen) * i128::from(rate) + 5_000;
    i64::try_from(exact.div_euclid(10_000)).unwrap_or(i64::MAX)
}

/// The part of the fee that a refund of `fen` gives back, when `refunded` of `total` went back before.
///
/// It is what the fee of the rest loses, so that all refunds of an order together give back its fee and not a
/// fen more. UNCONFIRMED: nothing tells how parts are rounded.
pub(crate) fn returned_fee(total: i64, refunded: i64, fen: i64, rate: u32) -> i64 {
    let before = total.saturating_sub(refunded);
    fee(before, rate).saturating_sub(fee(before.saturating_sub(fen), rate))
}

#[cfg(test)]
mod tests {
    use super::super::file::reader::{amount, read, sum};
    use super::super::file::{Columns, FeeDecimals, gzip};
    use super::super::trade_row::{Payment, Refund, RefundStatus};
    use super::*;
    use crate::crypto::digest::sha1_hex;
    use base64::Engine as _;
    use std::io::Read as _;

    const VECTORS: &str = include_str!("../../../tests/data/vectors.json");

    fn vector() -> serde_json::Value {
        let all: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        let vectors = all["vectors"].as_array().unwrap();
        vectors.iter().find(|vector| vector["id"] == "pay-tradebill-ALL-shape").unwrap().clone()
    }

    fn bytes(vector: &serde_json::Value, name: &str) -> Vec<u8> {
        let text = vector["input"][name].as_str().unwrap();
        base64::engine::general_purpose::STANDARD.decode(text).unwrap()
    }

    fn row(part: Part) -> TradeRow {
        TradeRow {
            time: if matches!(part, Part::Refund(_)) { 1_767_405_600_000 } else { 1_767_294_244_000 },
            appid: "wxd678efh567hg6787".into(),
            mchid: "1900007291".into(),
            device: String::new(),
            transaction_id: "4200000000202601020000000001".into(),
            out_trade_no: "S20260102030405001".into(),
            openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into(),
            trade_type: "JSAPI".into(),
            bank_type: "OTHERS".into(),
            description: "商城订单".into(),
            attach: String::new(),
            rate: 60,
            rate_note: String::new(),
            part,
        }
    }

    fn payment(total: i64, settlement: i64, coupon: i64) -> TradeRow {
        row(Part::Payment(Payment { total, settlement, coupon, fee: fee(settlement, 60) }))
    }

    fn refund(applied: i64, settlement: i64, coupon: i64, returned_fee: i64) -> TradeRow {
        row(Part::Refund(Refund {
            id: "50300000000202601030000000001".into(),
            out_refund_no: "R20260103000000001".into(),
            settlement,
            coupon,
            applied,
            status: RefundStatus::Success,
            success_time: Some(1_767_405_605_000),
            returned_fee,
        }))
    }

    fn sample() -> Vec<TradeRow> {
        vec![payment(9900, 9900, 500), refund(5000, 5000, 0, returned_fee(9900, 0, 5000, 60))]
    }

    /// Rows with hostile texts and amounts that differ in every column, the same on every run.
    fn many(seed: u64) -> Vec<TradeRow> {
        const TEXTS: [&str; 5] = ["", "a,b,,c", "`,`,`", "\r\n\t'\"\\", "你\u{e000}\u{1a},`1.00"];
        let mut state = seed;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut rows = Vec::new();
        for _ in 0..next(20) {
            let [a, b, c, d] = [(); 4].map(|()| next(10_000_000).cast_signed());
            let part = if next(2) == 0 { payment(a, b, c) } else { refund(a, b, c, d) };
            let [device, description, attach, rate_note] =
                [(); 4].map(|()| TEXTS[usize::try_from(next(5)).unwrap()].to_owned());
            rows.push(TradeRow { device, description, attach, rate_note, ..part });
        }
        rows
    }

    const BILLS: [TradeBill; 3] = [TradeBill::All, TradeBill::Success, TradeBill::Refund];

    #[test]
    fn the_sample_of_the_vector_comes_out_byte_for_byte() {
        let vector = vector();
        let plain = bytes(&vector, "bill_base64");
        let text = render(TradeBill::All, &sample(), Style::default());
        assert_eq!(text, String::from_utf8(plain.clone()).unwrap());
        assert_eq!(sha1_hex(text.as_bytes()), vector["expected"]["sha1_of_uncompressed"]);
        for packed in [bytes(&vector, "gzip_base64"), gzip(text.as_bytes())] {
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, plain);
        }
    }

    #[test]
    fn the_bills_have_27_20_and_29_columns() {
        let expected = [
            "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,\
             货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,\
             商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
            "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,\
             货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注",
            "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,\
             货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,\
             充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注",
        ];
        for ((bill, expected), columns) in BILLS.into_iter().zip(expected).zip([27, 20, 29]) {
            let header = read(&render(bill, &sample(), Style::default())).header;
            assert_eq!((header.join(","), header.len()), (expected.to_owned(), columns));
        }
    }

    #[test]
    fn the_summaries_have_seven_four_and_seven_figures() {
        let seven =
            "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
        let four = "总交易单数,应结订单总金额,手续费总金额,订单总金额";
        for (bill, expected) in BILLS.into_iter().zip([seven, four, seven]) {
            let bill = read(&render(bill, &sample(), Style::default()));
            assert_eq!(bill.summary_header.join(","), expected);
        }
    }

    #[test]
    fn older_files_have_fewer_columns_and_the_oldest_other_names() {
        for (bill, columns) in BILLS.into_iter().zip([24, 18, 26]) {
            for set in [Columns::Short, Columns::Early] {
                let style = Style { columns: set, ..Style::default() };
                assert_eq!(read(&render(bill, &sample(), style)).header.len(), columns);
            }
        }
        let early = Style { columns: Columns::Early, ..Style::default() };
        let bill = read(&render(TradeBill::All, &[payment(1000, 900, 50)], early));
        assert_eq!(bill.rows[0]["总金额"], "10.00");
        assert_eq!(bill.rows[0]["代金券或立减优惠金额"], "0.50");
        assert_eq!(bill.summary["总交易额"], "10.00");
        assert_eq!(
            bill.summary_header.join(","),
            "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额"
        );
        let short = Style { columns: Columns::Short, ..Style::default() };
        assert_eq!(
            read(&render(TradeBill::All, &[payment(1000, 900, 50)], short)).rows[0]["应结订单金额"],
            "9.00"
        );
    }

    #[test]
    fn a_reader_gets_back_every_figure_whatever_the_texts_hold() {
        for seed in 0..200 {
            let rows = many(seed);
            let lines = read(&render(TradeBill::All, &rows, Style::default())).rows;
            assert_eq!(lines.len(), rows.len());
            for (row, line) in rows.iter().zip(&lines) {
                let figures = [
                    "应结订单金额",
                    "代金券金额",
                    "订单金额",
                    "退款金额",
                    "充值券退款金额",
                    "申请退款金额",
                    "手续费",
                ]
                .map(|name| amount(&line[name]));
                let fen = match &row.part {
                    Part::Payment(p) => [p.settlement, p.coupon, p.total, 0, 0, 0, p.fee],
                    Part::Refund(r) => [0, 0, 0, r.settlement, r.coupon, r.applied, -r.returned_fee],
                };
                assert_eq!(figures, fen.map(|fen| fen * 1000));
            }
        }
    }

    #[test]
    fn the_summary_is_the_sum_of_the_lines() {
        let pairs = [
            ("应结订单总金额", "应结订单金额"),
            ("退款总金额", "退款金额"),
            ("充值券退款总金额", "充值券退款金额"),
            ("手续费总金额", "手续费"),
            ("订单总金额", "订单金额"),
            ("申请退款总金额", "申请退款金额"),
        ];
        for seed in 0..200 {
            let fees = if seed % 2 == 0 { FeeDecimals::Two } else { FeeDecimals::Five };
            let style = Style { fees, shortest_summary: seed % 3 == 0, ..Style::default() };
            for bill in BILLS {
                let bill = read(&render(bill, &many(seed), style));
                let lines = i64::try_from(bill.rows.len()).unwrap();
                assert_eq!(amount(&bill.summary["总交易单数"]), lines * 100_000);
                for (total, column) in pairs.iter().filter(|(total, _)| bill.summary.contains_key(*total)) {
                    assert_eq!(amount(&bill.summary[*total]), sum(&bill.rows, column), "{total} of {seed}");
                }
            }
        }
    }

    #[test]
    fn each_bill_holds_its_own_lines() {
        let rows = sample();
        let states = |bill| {
            let lines = read(&render(bill, &rows, Style::default())).rows;
            lines.into_iter().map(|line| line["交易状态"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(states(TradeBill::All), ["SUCCESS", "REFUND"]);
        assert_eq!(states(TradeBill::Success), ["SUCCESS"]);
        assert_eq!(states(TradeBill::Refund), ["REFUND"]);
    }

    #[test]
    fn a_refund_shows_when_it_was_asked_for_and_when_it_succeeded() {
        let mut rows = vec![refund(5000, 5000, 0, 30), refund(1, 1, 0, 0)];
        let Part::Refund(pending) = &mut rows[1].part else { panic!("a refund") };
        (pending.success_time, pending.status) = (None, RefundStatus::Change);
        let lines = read(&render(TradeBill::Refund, &rows, Style::default())).rows;
        assert_eq!(
            [&lines[0]["退款申请时间"], &lines[0]["退款成功时间"]],
            ["2026-01-03 10:00:00", "2026-01-03 10:00:05"]
        );
        assert_eq!([&lines[1]["退款成功时间"], &lines[1]["退款状态"]], ["", "CHANGE"]);
        assert_eq!(lines[1]["手续费"], "0.00000");
    }

    #[test]
    fn fees_are_rounded_half_up_to_the_fen() {
        for (fen, expected) in [(0, 0), (1, 0), (83, 0), (84, 1), (9900, 59), (9_917, 60), (1_000_000, 6000)]
        {
            assert_eq!(fee(fen, 60), expected, "{fen}");
        }
        assert_eq!([fee(50, 100), fee(49, 100), fee(3, 3900)], [1, 0, 1]);
        assert_eq!(fee(i64::MAX, 20_000), i64::MAX);
    }

    #[test]
    fn partial_refunds_give_back_the_whole_fee_and_no_more() {
        for total in [1, 84, 168, 9900, 12_345] {
            for step in [1, 7, 84, 5000] {
                let (mut refunded, mut returned) = (0, 0);
                while refunded < total {
                    let fen = step.min(total - refunded);
                    let part = returned_fee(total, refunded, fen, 60);
                    assert!(part >= 0);
                    (refunded, returned) = (refunded + fen, returned + part);
                }
                assert_eq!(returned, fee(total, 60), "{total} by {step}");
            }
        }
    }

    #[test]
    fn sums_stop_at_the_largest_number() {
        let bill =
            read(&render(TradeBill::All, &[payment(i64::MAX, 1, 0), payment(1, 1, 0)], Style::default()));
        assert_eq!(bill.summary["订单总金额"], "92233720368547758.07");
    }
}
