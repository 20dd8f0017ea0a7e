use crate::base::{
    AfterSaleId, CustomerId, Money, OperatorId, OrderId, PaymentId, RefundId, Timestamp, TradeId,
};
use crate::mall::payment::action::Way;
use serde::{Deserialize, Serialize};

crate::column_enum!(
    /// Where a payment stands.
    PaymentState {
        /// Meant, not yet known to WeChat as far as we know.
        Created = "created",
        /// WeChat gave a `prepay_id`.
        Prepaid = "prepaid",
        /// The money came.
        Succeeded = "succeeded",
        /// WeChat confirmed that it cannot be paid any more.
        Closed = "closed",
        /// WeChat refused it.
        Failed = "failed",
    }
);

crate::column_enum!(
    /// Where a refund stands.
    RefundState {
        /// Meant, not yet known to WeChat as far as we know.
        Created = "created",
        /// WeChat works on it.
        Submitted = "submitted",
        /// The money went back.
        Succeeded = "succeeded",
        /// WeChat closed it; nothing went back.
        Closed = "closed",
        /// The money cannot go back the way it came: an operator must act.
        Abnormal = "abnormal",
    }
);

crate::column_enum!(
    /// Why money goes back.
    RefundReason {
        /// It came after the trade was closed.
        ClosedTrade = "closed_trade",
        /// The trade was paid already.
        PaidTwice = "paid_twice",
        /// It was not the amount of the trade.
        WrongAmount = "wrong_amount",
        /// The shopper or an operator asked for it.
        AfterSale = "after_sale",
    }
);

impl PaymentState {
    /// The allowed moves. Money that comes is always taken note of.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Created, Self::Prepaid)
                | (Self::Created | Self::Prepaid, Self::Closed | Self::Failed)
                | (Self::Created | Self::Prepaid | Self::Closed | Self::Failed, Self::Succeeded)
        )
    }

    /// Whether a shopper could still pay with it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Prepaid)
    }
}

impl RefundState {
    /// Whether nothing will happen to it any more.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Closed)
    }

    /// The allowed moves.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Created, Self::Submitted | Self::Succeeded | Self::Closed | Self::Abnormal)
                | (Self::Submitted, Self::Succeeded | Self::Closed | Self::Abnormal)
                | (Self::Abnormal, Self::Submitted | Self::Succeeded | Self::Closed)
        )
    }
}

/// One attempt to collect a trade.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Payment {
    /// Which; its base32 part is the `out_trade_no`.
    pub id: PaymentId,
    /// What is to be paid.
    pub trade_id: TradeId,
    /// By whom.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub state: PaymentState,
    /// To be paid.
    pub amount: Money,
    /// Through which mini program.
    pub app_id: String,
    /// To which merchant number.
    pub mch_id: String,
    /// WeChat's name for the open payment.
    #[serde(skip)]
    pub prepay_id: Option<String>,
    /// When WeChat gave it.
    pub prepaid_at: Option<Timestamp>,
    /// WeChat's number of the collected money.
    pub transaction_id: Option<String>,
    /// What was collected.
    pub paid_amount: Option<Money>,
    /// Whether this is the money that paid the trade.
    pub applied: bool,
    /// What of it goes back: of refunds that are not closed.
    pub refunding: Money,
    /// How many refunds it ever had.
    pub refunds: i64,
    /// When the last of them was handed to WeChat.
    #[serde(skip)]
    pub refund_sent_at: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was meant.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
}

/// What WeChat says of a collected payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Success {
    /// WeChat's number of it.
    pub transaction_id: String,
    /// What was collected, coupons of WeChat's included.
    pub amount: Money,
    /// When.
    pub paid_at: Timestamp,
}

/// One intent to give back.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Refund {
    /// Which; its base32 part is the `out_refund_no`.
    pub id: RefundId,
    /// Of which trade.
    pub trade_id: TradeId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// Which one of its payment, from 1 to 50.
    pub ordinal: i64,
    /// Of which order; absent for money that nobody wanted.
    pub order_id: Option<OrderId>,
    /// For which after-sale.
    pub after_sale_id: Option<AfterSaleId>,
    /// Where it stands.
    pub state: RefundState,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
    /// WeChat's number of it.
    pub wechat_refund_id: Option<String>,
    /// Where an operator sent the money that could not go back the way it came.
    pub redirected_to: Option<Way>,
    /// When it was first handed to WeChat.
    pub sent_at: Option<Timestamp>,
    /// Who took it in hand.
    pub operator_id: Option<OperatorId>,
    /// What they say about it.
    pub note: Option<String>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was meant.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// When the money went back.
    pub succeeded_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_came_is_never_forgotten() {
        for to in PaymentState::ALL {
            assert!(!PaymentState::Succeeded.may_become(*to), "{to}");
        }
        for from in PaymentState::ALL {
            assert_eq!(from.may_become(PaymentState::Succeeded), *from != PaymentState::Succeeded, "{from}");
        }
    }

    #[test]
    fn a_refund_that_succeeded_stays() {
        for to in RefundState::ALL {
            assert!(!RefundState::Succeeded.may_become(*to), "{to}");
            assert!(!to.may_become(RefundState::Created), "{to}");
        }
    }
}
