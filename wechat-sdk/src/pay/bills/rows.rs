//! Rows of bills.

use chrono::{DateTime, FixedOffset, NaiveDateTime};

use super::columns::Columns;
use super::money::MilliFen;
use crate::ids::{AppId, Fen, MchId, OpenId, OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::pay::transactions::TradeType;
use crate::secret::Secret;

/// What a line of a bill becomes.
pub trait BillRow: Sized + Send {
    /// Reads a line; `Err` names the column that is wrong.
    fn read(line: Columns) -> Result<Self, &'static str>;
}

impl BillRow for Columns {
    fn read(line: Columns) -> Result<Self, &'static str> {
        Ok(line)
    }
}

/// A payment or a refund in a trade bill.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeRow {
    /// When it was paid, or when the refund was asked for.
    pub time: DateTime<FixedOffset>,
    /// The app.
    pub appid: Option<AppId>,
    /// The merchant.
    pub mchid: MchId,
    /// WeChat Pay's number of the payment.
    pub transaction_id: TransactionId,
    /// The merchant's number of the payment.
    pub out_trade_no: OutTradeNo,
    /// Who paid.
    pub openid: Option<OpenId>,
    /// How. Bills write `FACE` where calls write `FACEPAY`.
    pub trade_type: TradeType,
    /// `SUCCESS` in rows of payments, `REFUND` in rows of refunds, `REVOKED`.
    pub trade_state: String,
    /// Where the money came from.
    pub bank_type: String,
    /// `CNY`.
    pub currency: String,
    /// What is settled to the merchant; nothing in rows of refunds.
    pub settlement_amount: Option<Fen>,
    /// Coupons that were taken off.
    pub coupon_amount: Option<Fen>,
    /// The refund, in its rows.
    pub refund: Option<RefundColumns>,
    /// What was sold.
    pub goods_name: Secret,
    /// What the announcement carried.
    pub attach: Secret,
    /// The fee; less than nothing in rows of refunds.
    pub fee: Option<MilliFen>,
    /// `0.60%`.
    pub rate: String,
    /// What the order is worth; nothing in rows of refunds. Missing in the older column set that some merchants
    /// still get.
    pub order_amount: Option<Fen>,
    /// All columns, also those that are not listed.
    pub columns: Columns,
}

/// What rows of refunds have besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundColumns {
    /// WeChat Pay's number of the refund.
    pub refund_id: RefundId,
    /// The merchant's number of the refund.
    pub out_refund_no: OutRefundNo,
    /// What is taken off the settlement.
    pub refund_amount: Fen,
    /// Coupons that go back.
    pub coupon_refund_amount: Option<Fen>,
    /// What was asked for.
    pub requested_amount: Option<Fen>,
    /// `ORIGINAL`, `BALANCE` and others.
    pub refund_type: String,
    /// `SUCCESS`, `PROCESSING`, `FAIL`, `CHANGE` when the bill was made; never brought up to date.
    pub refund_status: String,
    /// When the money arrived; only in bills of refunds.
    pub success_time: Option<DateTime<FixedOffset>>,
}

impl BillRow for TradeRow {
    fn read(line: Columns) -> Result<Self, &'static str> {
        let trade_type = match text(&line, "交易类型")? {
            "FACE" => TradeType::FacePay,
            other => other.into(),
        };
        Ok(Self {
            time: time(&line, "交易时间")?,
            appid: id(&line, "公众账号ID")?,
            mchid: id(&line, "商户号")?.ok_or("商户号")?,
            transaction_id: id(&line, "微信订单号")?.ok_or("微信订单号")?,
            out_trade_no: id(&line, "商户订单号")?.ok_or("商户订单号")?,
            openid: id(&line, "用户标识")?,
            trade_type,
            trade_state: text(&line, "交易状态")?.to_owned(),
            bank_type: optional(&line, "付款银行"),
            currency: optional(&line, "货币种类"),
            settlement_amount: maybe_fen(&line, "应结订单金额")?,
            coupon_amount: maybe_fen(&line, "代金券金额")?,
            refund: refund(&line)?,
            goods_name: optional(&line, "商品名称").into(),
            attach: optional(&line, "商户数据包").into(),
            fee: maybe_yuan(&line, "手续费")?,
            rate: optional(&line, "费率"),
            order_amount: order_amount(&line)?,
            columns: line,
        })
    }
}

/// Rows of payments have `0` for the numbers of a refund, or no such columns.
fn refund(line: &Columns) -> Result<Option<RefundColumns>, &'static str> {
    let Some(refund_id) = id::<RefundId>(line, "微信退款单号")? else { return Ok(None) };
    Ok(Some(RefundColumns {
        refund_id,
        out_refund_no: id(line, "商户退款单号")?.ok_or("商户退款单号")?,
        refund_amount: fen(line, "退款金额")?,
        coupon_refund_amount: maybe_fen(line, "充值券退款金额")?,
        requested_amount: maybe_fen(line, "申请退款金额")?,
        refund_type: optional(line, "退款类型"),
        refund_status: optional(line, "退款状态"),
        success_time: match optional(line, "退款成功时间").as_str() {
            "" => None,
            _ => Some(time(line, "退款成功时间")?),
        },
    }))
}

/// A movement on an account of the merchant.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowRow {
    /// When it was booked.
    pub time: DateTime<FixedOffset>,
    /// WeChat Pay's number of what it was for: a payment, a refund, a transfer and others.
    pub business_no: String,
    /// The number of the movement.
    pub flow_no: String,
    /// What it was for, in words.
    pub business_name: String,
    /// `交易`, `退款`, `扣除交易手续费` and others.
    pub business_type: String,
    /// In or out.
    pub direction: Direction,
    /// How much.
    pub amount: MilliFen,
    /// What was on the account afterwards.
    pub balance: MilliFen,
    /// Who caused it.
    pub applicant: Secret,
    /// A remark.
    pub remark: Secret,
    /// The merchant's number of what it was for.
    pub voucher_no: String,
    /// All columns, also those that are not listed.
    pub columns: Columns,
}

/// Whether money came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It came.
    Income,
    /// It went.
    Expense,
}

impl BillRow for FlowRow {
    fn read(line: Columns) -> Result<Self, &'static str> {
        let direction = match text(&line, "收支类型")? {
            "收入" => Direction::Income,
            "支出" => Direction::Expense,
            _ => return Err("收支类型"),
        };
        Ok(Self {
            time: time(&line, "记账时间")?,
            business_no: text(&line, "微信支付业务单号")?.to_owned(),
            flow_no: text(&line, "资金流水单号")?.to_owned(),
            business_name: optional(&line, "业务名称"),
            business_type: text(&line, "业务类型")?.to_owned(),
            direction,
            amount: yuan(&line, in_brackets(&line, "收支金额(元)", "收支金额（元）"))?,
            balance: yuan(&line, in_brackets(&line, "账户结余(元)", "账户结余（元）"))?,
            applicant: optional(&line, "资金变更提交申请人").into(),
            remark: optional(&line, "备注").into(),
            voucher_no: optional(&line, "业务凭证号"),
            columns: line,
        })
    }
}

fn text<'l>(line: &'l Columns, name: &'static str) -> Result<&'l str, &'static str> {
    line.get(name).map(str::trim).ok_or(name)
}

fn optional(line: &Columns, name: &str) -> String {
    line.get(name).unwrap_or_default().trim().to_owned()
}

/// Nothing and `0` are none.
fn id<T: TryFrom<String>>(line: &Columns, name: &'static str) -> Result<Option<T>, &'static str> {
    match line.get(name).map(str::trim) {
        None | Some("" | "0") => Ok(None),
        Some(text) => T::try_from(text.to_owned()).map(Some).map_err(|_| name),
    }
}

/// Nothing where the column is missing or empty.
fn maybe_yuan(line: &Columns, name: &'static str) -> Result<Option<MilliFen>, &'static str> {
    match line.get(name).map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => MilliFen::from_yuan(text).map(Some).ok_or(name),
    }
}

/// A sum without which the row says nothing: a heading that changed must not become zero.
fn yuan(line: &Columns, name: &'static str) -> Result<MilliFen, &'static str> {
    maybe_yuan(line, name)?.ok_or(name)
}

fn maybe_fen(line: &Columns, name: &'static str) -> Result<Option<Fen>, &'static str> {
    maybe_yuan(line, name)?.map(|amount| amount.fen().ok_or(name)).transpose()
}

/// Missing only where an older column set has another sum in its place: a heading that nobody knows is not zero.
fn order_amount(line: &Columns) -> Result<Option<Fen>, &'static str> {
    let older = ["应结订单金额", "总金额"].iter().any(|name| line.get(name).is_some());
    match maybe_fen(line, "订单金额")? {
        None if !older => Err("订单金额"),
        amount => Ok(amount),
    }
}

fn fen(line: &Columns, name: &'static str) -> Result<Fen, &'static str> {
    maybe_fen(line, name)?.ok_or(name)
}

/// Whichever kind of brackets the heading has.
fn in_brackets(line: &Columns, narrow: &'static str, wide: &'static str) -> &'static str {
    if line.get(narrow).is_none() && line.get(wide).is_some() { wide } else { narrow }
}

/// `yyyy-MM-dd HH:mm:ss` at +08:00.
fn time(line: &Columns, name: &'static str) -> Result<DateTime<FixedOffset>, &'static str> {
    let naive = NaiveDateTime::parse_from_str(text(line, name)?, "%Y-%m-%d %H:%M:%S").map_err(|_| name)?;
    let china = FixedOffset::east_opt(8 * 3600).ok_or(name)?;
    naive.and_local_timezone(china).single().ok_or(name)
}
