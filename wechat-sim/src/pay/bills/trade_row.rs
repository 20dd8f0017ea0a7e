//! What one line of a trade bill is made of. Amounts are fen, times milliseconds since 1970.

/// One line, whichever bill it stands in.
#[derive(Debug, Clone)]
pub(crate) struct TradeRow {
    /// When it was paid, or when the refund was asked for; milliseconds since 1970.
    pub(crate) time: i64,
    pub(crate) appid: String,
    pub(crate) mchid: String,
    pub(crate) device: String,
    pub(crate) transaction_id: String,
    pub(crate) out_trade_no: String,
    pub(crate) openid: String,
    /// `JSAPI`, `NATIVE`, `APP` and so on.
    pub(crate) trade_type: String,
    /// `OTHERS`, `CMB_DEBIT` and so on.
    pub(crate) bank_type: String,
    pub(crate) description: String,
    pub(crate) attach: String,
    /// In ten-thousandths: 60 is 0.60%.
    pub(crate) rate: u32,
    pub(crate) rate_note: String,
    pub(crate) part: Part,
}

/// What only a payment or only a refund has.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Payment(Payment),
    Refund(Refund),
}

#[derive(Debug, Clone)]
pub(crate) struct Payment {
    /// 订单金额, what the order asked for.
    pub(crate) total: i64,
    /// 应结订单金额, the total without coupons that nobody paid for.
    pub(crate) settlement: i64,
    /// 代金券金额, coupons somebody paid for.
    pub(crate) coupon: i64,
    /// Zero or more; see [`fee`](super::trade::fee).
    pub(crate) fee: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) out_refund_no: String,
    /// 退款金额, what leaves the settlement.
    pub(crate) settlement: i64,
    /// 充值券退款金额
    pub(crate) coupon: i64,
    /// 申请退款金额
    pub(crate) applied: i64,
    pub(crate) status: RefundStatus,
    pub(crate) success_time: Option<i64>,
    /// The part of the fee that comes back, zero or more; see [`returned_fee`](super::trade::returned_fee).
    pub(crate) returned_fee: i64,
}

/// 退款状态 at the time the bill is made; the words are not those of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundStatus {
    Success,
    Processing,
    /// `CLOSED` of the API.
    Fail,
    /// `ABNORMAL` of the API.
    Change,
}

impl RefundStatus {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Processing => "PROCESSING",
            Self::Fail => "FAIL",
            Self::Change => "CHANGE",
        }
    }
}

impl TradeRow {
    pub(super) fn payment(&self) -> Option<&Payment> {
        if let Part::Payment(payment) = &self.part { Some(payment) } else { None }
    }

    pub(super) fn refund(&self) -> Option<&Refund> {
        if let Part::Refund(refund) = &self.part { Some(refund) } else { None }
    }

    /// 手续费 with its sign.
    pub(super) fn fee(&self) -> i64 {
        match &self.part {
            Part::Payment(payment) => payment.fee,
            Part::Refund(refund) => refund.returned_fee.saturating_neg(),
        }
    }
}
