//! The parameters of a refund.

use serde_json::Value;

use super::refusal::Refusal;
use super::validate::Object;

const TOP: &[&str] = &[
    "transaction_id",
    "out_trade_no",
    "out_refund_no",
    "reason",
    "notify_url",
    "funds_account",
    "amount",
    "goods_detail",
];
const GOODS: &[&str] = &[
    "merchant_goods_id",
    "wechatpay_goods_id",
    "goods_name",
    "unit_price",
    "refund_amount",
    "refund_quantity",
];

/// What a refund needs of its checked parameters.
#[derive(Debug)]
pub(crate) struct RefundFields<'a> {
    pub(crate) transaction_id: Option<&'a str>,
    pub(crate) out_trade_no: Option<&'a str>,
    pub(crate) out_refund_no: &'a str,
    pub(crate) reason: Option<&'a str>,
    pub(crate) notify_url: Option<&'a str>,
    pub(crate) refund: i64,
    pub(crate) total: i64,
}

impl<'a> RefundFields<'a> {
    pub(crate) fn check(value: &'a Value) -> Result<Self, Refusal> {
        let top = Object::top(value, TOP)?;
        let amount = top.needed_object("amount", &["refund", "total", "currency", "from"])?;
        amount.currency(true)?;
        top.choice("funds_account", &["AVAILABLE", "UNSETTLED"])?;
        check_goods(&top)?;
        let fields = Self {
            transaction_id: top.text("transaction_id", 32)?,
            out_trade_no: top.word("out_trade_no", (6, 32), "_-|*")?,
            out_refund_no: top.needed_word("out_refund_no", (1, 64), "_-|*@")?,
            reason: top.text("reason", 80)?,
            notify_url: top.notify_url(256)?,
            refund: amount.needed_integer("refund", 1)?,
            total: amount.needed_integer("total", 1)?,
        };
        fields.check_whole(&top, &amount)?;
        Ok(fields)
    }

    fn check_whole(&self, top: &Object<'_>, amount: &Object<'_>) -> Result<(), Refusal> {
        if self.transaction_id.is_none() && self.out_trade_no.is_none() {
            return Err(top.wrong("out_trade_no", "与 transaction_id 二选一必填"));
        }
        if self.reason.is_some_and(|reason| reason.len() > 80) {
            return Err(top.wrong("reason", "字节数超过限制"));
        }
        check_from(amount, self.refund)
    }
}

/// The accounts the money comes from add up to the refund, each named once.
fn check_from(amount: &Object<'_>, refund: i64) -> Result<(), Refusal> {
    let Some(sources) = amount.objects("from", &["account", "amount"])? else { return Ok(()) };
    let (mut seen, mut sum) = (Vec::new(), 0_i64);
    for source in sources {
        let account = source.choice("account", &["AVAILABLE", "UNAVAILABLE"])?;
        let account = account.ok_or_else(|| source.wrong("account", "必填"))?;
        if seen.contains(&account) {
            return Err(source.wrong("account", "重复"));
        }
        seen.push(account);
        sum = sum.saturating_add(source.needed_integer("amount", 1)?);
    }
    if sum == refund { Ok(()) } else { Err(amount.wrong("from", "金额之和与退款金额不一致")) }
}

fn check_goods(top: &Object<'_>) -> Result<(), Refusal> {
    for goods in top.objects("goods_detail", GOODS)?.unwrap_or_default() {
        goods.needed_text("merchant_goods_id", 32)?;
        goods.text("wechatpay_goods_id", 32)?;
        goods.text("goods_name", 256)?;
        goods.needed_integer("unit_price", 0)?;
        goods.needed_integer("refund_amount", 0)?;
        goods.needed_integer("refund_quantity", 1)?;
    }
    Ok(())
}
