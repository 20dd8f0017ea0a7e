//! What happened, with what a message about it can say.

use crate::base::{AfterSaleId, Money, OrderId, RefundId, Timestamp, TradeId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

crate::column_enum!(
    /// What a notice is about.
    #[schema(as = NoticeKind)]
    Kind {
        /// A trade was paid.
        Paid = "paid",
        /// An order, or the first part of it, was sent.
        Shipped = "shipped",
        /// Money went back.
        Refunded = "refunded",
        /// An after-sale was approved or rejected.
        AfterSaleDecided = "after_sale_decided",
        /// A trade will be closed soon unless it is paid.
        ClosingSoon = "closing_soon",
    }
);

crate::column_enum!(
    /// What a message can say about an event. Not every kind has all of them.
    #[schema(as = NoticeValue)]
    Value {
        /// The number of the trade, order, refund or after-sale.
        Number = "number",
        /// What was bought.
        Goods = "goods",
        /// In yuan, as in `￥12.50`.
        Amount = "amount",
        /// When it happened or will happen, Beijing time.
        Time = "time",
        /// Who carries it.
        Carrier = "carrier",
        /// The carrier's number.
        TrackingNumber = "tracking_number",
        /// `已同意` or `已拒绝`.
        Decision = "decision",
        /// Why it was decided so.
        Reason = "reason",
    }
);

/// Something that a shopper wants to know. Amounts are fen, times UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A trade was paid.
    Paid {
        /// Which.
        trade_id: TradeId,
        /// How much.
        amount: Money,
        /// When.
        paid_at: Timestamp,
    },
    /// An order was sent. Of several parts the first is told.
    Shipped {
        /// Which.
        order_id: OrderId,
        /// The carrier's name for people.
        carrier: String,
        /// The carrier's number; empty if there is none.
        tracking_number: String,
        /// When.
        shipped_at: Timestamp,
    },
    /// Money went back.
    Refunded {
        /// By which refund.
        refund_id: RefundId,
        /// Of which trade.
        trade_id: TradeId,
        /// How much.
        amount: Money,
        /// When.
        refunded_at: Timestamp,
    },
    /// An after-sale was approved or rejected.
    AfterSaleDecided {
        /// Which.
        after_sale_id: AfterSaleId,
        /// Of which order.
        order_id: OrderId,
        /// Whether the shopper gets what they asked for.
        approved: bool,
        /// Why; may be empty.
        reason: String,
        /// When.
        decided_at: Timestamp,
    },
    /// A trade will be closed unless it is paid.
    ClosingSoon {
        /// Which.
        trade_id: TradeId,
        /// How much is to be paid.
        amount: Money,
        /// Until when.
        expires_at: Timestamp,
    },
}

/// Whose goods an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// All of a trade.
    Trade(TradeId),
    /// One order.
    Order(OrderId),
}

impl Event {
    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Paid { .. } => Kind::Paid,
            Self::Shipped { .. } => Kind::Shipped,
            Self::Refunded { .. } => Kind::Refunded,
            Self::AfterSaleDecided { .. } => Kind::AfterSaleDecided,
            Self::ClosingSoon { .. } => Kind::ClosingSoon,
        }
    }

    /// What it happened to; one message of a kind is sent about it.
    pub fn subject_id(&self) -> Uuid {
        match self {
            Self::Paid { trade_id, .. } | Self::ClosingSoon { trade_id, .. } => trade_id.uuid(),
            Self::Shipped { order_id, .. } => order_id.uuid(),
            Self::Refunded { refund_id, .. } => refund_id.uuid(),
            Self::AfterSaleDecided { after_sale_id, .. } => after_sale_id.uuid(),
        }
    }

    /// Whose goods it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Paid { trade_id, .. }
            | Self::ClosingSoon { trade_id, .. }
            | Self::Refunded { trade_id, .. } => Subject::Trade(*trade_id),
            Self::Shipped { order_id, .. } | Self::AfterSaleDecided { order_id, .. } => {
                Subject::Order(*order_id)
            }
        }
    }

    /// What it says, `None` where it has nothing of the sort. `goods` is what it is about.
    pub fn value(&self, value: Value, goods: &str) -> Option<String> {
        match value {
            Value::Number => Some(crate::base::id::encode(self.subject_id())),
            Value::Goods => Some(goods.to_owned()),
            Value::Amount => self.amount().map(|amount| format!("￥{}", amount.yuan())),
            Value::Time => Some(beijing(self.at())),
            Value::Carrier | Value::TrackingNumber => self.parcel(value),
            Value::Decision | Value::Reason => self.decision(value),
        }
    }

    fn amount(&self) -> Option<Money> {
        match self {
            Self::Paid { amount, .. } | Self::Refunded { amount, .. } | Self::ClosingSoon { amount, .. } => {
                Some(*amount)
            }
            Self::Shipped { .. } | Self::AfterSaleDecided { .. } => None,
        }
    }

    fn at(&self) -> Timestamp {
        match self {
            Self::Paid { paid_at: at, .. }
            | Self::Shipped { shipped_at: at, .. }
            | Self::Refunded { refunded_at: at, .. }
            | Self::AfterSaleDecided { decided_at: at, .. }
            | Self::ClosingSoon { expires_at: at, .. } => *at,
        }
    }

    fn parcel(&self, value: Value) -> Option<String> {
        let Self::Shipped { carrier, tracking_number, .. } = self else { return None };
        Some(if value == Value::Carrier { carrier } else { tracking_number }.clone())
    }

    fn decision(&self, value: Value) -> Option<String> {
        let Self::AfterSaleDecided { approved, reason, .. } = self else { return None };
        let word = if *approved { "已同意" } else { "已拒绝" };
        Some(if value == Value::Decision { word.to_owned() } else { reason.clone() })
    }

    /// One of each kind, by which a template is tried before it is used.
    pub fn example(kind: Kind) -> Self {
        let at = Timestamp::from_millis(1_800_000_000_000);
        let (trade_id, order_id) = (TradeId::fresh(at), OrderId::fresh(at));
        let amount = Money::fen(9900);
        match kind {
            Kind::Paid => Self::Paid { trade_id, amount, paid_at: at },
            Kind::Shipped => Self::Shipped {
                order_id,
                carrier: "顺丰速运".to_owned(),
                tracking_number: "SF1234567890".to_owned(),
                shipped_at: at,
            },
            Kind::Refunded => {
                Self::Refunded { refund_id: RefundId::fresh(at), trade_id, amount, refunded_at: at }
            }
            Kind::AfterSaleDecided => Self::AfterSaleDecided {
                after_sale_id: AfterSaleId::fresh(at),
                order_id,
                approved: true,
                reason: "七天无理由".to_owned(),
                decided_at: at,
            },
            Kind::ClosingSoon => Self::ClosingSoon { trade_id, amount, expires_at: at },
        }
    }
}

/// As WeChat wants times: `2026年11月21日 16:30`.
fn beijing(at: Timestamp) -> String {
    at.in_china().format("%Y年%m月%d日 %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_shoppers_know_them() {
        let event = Event::ClosingSoon {
            trade_id: TradeId::fresh(Timestamp::from_millis(0)),
            amount: Money::fen(1205),
            expires_at: Timestamp::from_millis(1_795_190_400_000),
        };
        assert_eq!(event.value(Value::Amount, "").as_deref(), Some("￥12.05"));
        assert_eq!(event.value(Value::Time, "").as_deref(), Some("2026年11月21日 00:00"));
        assert_eq!(event.value(Value::Goods, "茶").as_deref(), Some("茶"));
        assert_eq!(event.value(Value::Carrier, ""), None);
        assert_eq!(event.value(Value::Decision, ""), None);
    }

    #[test]
    fn events_read_back_from_their_column() {
        for kind in Kind::ALL {
            let event = Event::example(*kind);
            let column = serde_json::to_value(&event).unwrap();
            assert_eq!(column["kind"], kind.as_str());
            assert_eq!(serde_json::from_value::<Event>(column).unwrap(), event);
            assert_eq!(event.kind(), *kind);
        }
    }
}
