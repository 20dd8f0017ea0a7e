use crate::base::{
    CustomerId, LineId, MerchantId, Money, OrderId, ProductId, SkuId, TenantId, Timestamp, TradeId,
};
use crate::infra::db::Json;
use crate::infra::http::Language;
use serde::{Deserialize, Serialize};
use serde_json::Value;

crate::column_enum!(
    /// Where a trade stands.
    TradeState {
        /// Waiting for its payment.
        Unpaid = "unpaid",
        /// Paid.
        Paid = "paid",
        /// Over without payment.
        Closed = "closed",
    }
);

crate::column_enum!(
    /// Where an order stands.
    OrderState {
        /// Its trade waits for the payment.
        Unpaid = "unpaid",
        /// Paid, waiting to be sent.
        Paid = "paid",
        /// On its way.
        Shipped = "shipped",
        /// At the shopper's.
        Received = "received",
        /// Over.
        Completed = "completed",
        /// Over without payment.
        Closed = "closed",
        /// Everything was given back.
        Refunded = "refunded",
    }
);

crate::column_enum!(
    /// What its viewer may do with a trade or an order now.
    Action {
        /// `POST /trades/{id}/payment`
        Pay = "pay",
        /// `POST /trades/{id}/cancel`
        Cancel = "cancel",
        /// `POST /orders/{id}/confirm`
        Confirm = "confirm",
    }
);

impl TradeState {
    /// The allowed moves.
    pub fn may_become(self, next: Self) -> bool {
        matches!((self, next), (Self::Unpaid, Self::Paid | Self::Closed))
    }

    /// For people.
    pub fn text(self, language: Language) -> &'static str {
        match self {
            Self::Unpaid => language.pick("待付款", "To pay"),
            Self::Paid => language.pick("已付款", "Paid"),
            Self::Closed => language.pick("已关闭", "Closed"),
        }
    }
}

impl OrderState {
    /// The allowed moves.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Unpaid, Self::Paid | Self::Closed)
                | (Self::Paid, Self::Shipped | Self::Completed | Self::Refunded)
                | (Self::Shipped, Self::Received | Self::Refunded)
                | (Self::Received, Self::Completed | Self::Refunded)
                | (Self::Completed, Self::Refunded)
        )
    }

    /// For people.
    pub fn text(self, language: Language) -> &'static str {
        match self {
            Self::Unpaid => language.pick("待付款", "To pay"),
            Self::Paid => language.pick("待发货", "To ship"),
            Self::Shipped => language.pick("待收货", "On its way"),
            Self::Received => language.pick("已收货", "Received"),
            Self::Completed => language.pick("已完成", "Completed"),
            Self::Closed => language.pick("已关闭", "Closed"),
            Self::Refunded => language.pick("已退款", "Refunded"),
        }
    }
}

/// What the shopper may do with a trade, or with an order of it. `payable`: it is not being closed
/// and its time is not over.
pub fn actions(unpaid: bool, payable: bool) -> Vec<Action> {
    match (unpaid, payable) {
        (true, true) => vec![Action::Pay, Action::Cancel],
        (true, false) => vec![Action::Cancel],
        (false, _) => vec![],
    }
}

/// What the shopper may do with an order of these lines.
pub fn order_actions(state: OrderState, lines: &[Line], payable: bool) -> Vec<Action> {
    match state {
        OrderState::Shipped if lines.iter().all(|line| line.to_ship() == 0) => vec![Action::Confirm],
        state => actions(state == OrderState::Unpaid, payable),
    }
}

/// A trade's row, as rules need it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TradeRow {
    /// Which.
    pub id: TradeId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub state: TradeState,
    /// For the goods.
    pub goods_total: Money,
    /// Taken off.
    pub discount_total: Money,
    /// For the delivery.
    pub freight_total: Money,
    /// To be paid.
    pub total: Money,
    /// What the shopper wrote.
    pub remark: Option<String>,
    /// The sealed delivery address.
    pub address_sealed: String,
    /// When it was placed.
    pub created_at: Timestamp,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
    /// Since when it is being closed.
    pub closing_since: Option<Timestamp>,
    /// Why it is being closed.
    pub close_reason: Option<String>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// A trade, without the address.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trade {
    /// Which.
    pub id: TradeId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub state: TradeState,
    /// For the goods.
    pub goods_total: Money,
    /// Taken off.
    pub discount_total: Money,
    /// For the delivery.
    pub freight_total: Money,
    /// To be paid.
    pub total: Money,
    /// What the shopper wrote.
    pub remark: Option<String>,
    /// When it was placed.
    pub created_at: Timestamp,
    /// Until when it can be paid.
    pub expires_at: Timestamp,
    /// Whether it is being closed.
    pub closing: bool,
    /// Why it is being closed.
    pub close_reason: Option<String>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

impl TradeRow {
    /// Whether a payment may start at `now`.
    pub fn is_payable(&self, now: Timestamp) -> bool {
        self.state == TradeState::Unpaid && self.closing_since.is_none() && self.expires_at > now
    }
}

impl From<TradeRow> for Trade {
    fn from(row: TradeRow) -> Self {
        let closing = row.closing_since.is_some() && row.state == TradeState::Unpaid;
        Self {
            id: row.id,
            customer_id: row.customer_id,
            state: row.state,
            goods_total: row.goods_total,
            discount_total: row.discount_total,
            freight_total: row.freight_total,
            total: row.total,
            remark: row.remark,
            created_at: row.created_at,
            expires_at: row.expires_at,
            closing,
            close_reason: row.close_reason,
            paid_at: row.paid_at,
            closed_at: row.closed_at,
        }
    }
}

/// One merchant's part of a trade.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Order {
    /// Which.
    pub id: OrderId,
    /// Of which trade.
    pub trade_id: TradeId,
    /// Who sells.
    pub merchant_id: MerchantId,
    /// Who buys.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub state: OrderState,
    /// For the goods.
    pub goods_total: Money,
    /// Taken off.
    pub discount: Money,
    /// For the delivery.
    pub freight: Money,
    /// What was or is to be paid for it.
    pub total: Money,
    /// What goes back: of refunds that are not closed.
    pub refunding: Money,
    /// What went back.
    pub refunded: Money,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// When its last piece was sent.
    pub shipped_at: Option<Timestamp>,
    /// When the shopper had it.
    pub received_at: Option<Timestamp>,
    /// When it was over.
    pub completed_at: Option<Timestamp>,
}

impl Order {
    /// What of its money does not go back yet.
    pub fn left(&self) -> Money {
        self.total.minus(self.refunding).expect("the table holds amounts from nothing up")
    }

    /// For the goods, discounts taken off.
    pub fn goods_paid(&self) -> Money {
        self.total.minus(self.freight).expect("the table holds amounts from nothing up")
    }

    /// Whether money was paid for it, and all of that goes back.
    pub fn is_given_back(&self) -> bool {
        self.total.is_positive() && self.refunding == self.total
    }
}

/// One article of an order, as it was when the order was placed.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Line {
    /// Which.
    pub id: LineId,
    /// Of which order.
    pub order_id: OrderId,
    /// What.
    pub sku_id: SkuId,
    /// Of which product.
    pub product_id: ProductId,
    /// The product's name.
    pub title: String,
    /// What tells it from the others.
    #[schema(value_type = Vec<Object>)]
    pub specs: Json<Value>,
    /// Its picture.
    pub image_url: String,
    /// For one.
    pub price: Money,
    /// How many.
    pub quantity: i64,
    /// For all.
    pub total: Money,
    /// Its share of the order's discount.
    pub discount: Money,
    /// Its share of the order's freight.
    pub freight: Money,
    /// What of the payment falls to it.
    pub payable: Money,
    /// Pieces that were sent.
    pub shipped: i64,
    /// Pieces in after-sales that are open or done.
    pub claimed: i64,
    /// Of these, pieces that will not be sent.
    pub cancelled: i64,
    /// What those after-sales ask for.
    pub claimed_amount: Money,
}

/// Pieces of a line that are asked back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Of which line.
    pub line_id: LineId,
    /// How many.
    pub quantity: i64,
    /// For how much.
    pub amount: Money,
    /// Whether they have not been sent, and will not be.
    pub cancels: bool,
}

/// A trade to be written, with its orders and lines.
#[derive(Debug, Clone)]
pub struct NewTrade {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Its row.
    pub trade: TradeRow,
    /// Its orders, each with its lines.
    pub orders: Vec<(Order, Vec<Line>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_moves_once() {
        for from in TradeState::ALL {
            for to in TradeState::ALL {
                let allowed = *from == TradeState::Unpaid && *to != TradeState::Unpaid;
                assert_eq!(from.may_become(*to), allowed, "{from} to {to}");
            }
        }
    }

    #[test]
    fn nothing_leaves_closed_or_refunded() {
        for to in OrderState::ALL {
            assert!(!OrderState::Closed.may_become(*to));
            assert!(!OrderState::Refunded.may_become(*to));
            assert!(!to.may_become(OrderState::Unpaid));
        }
    }
}
