//! What is to be written for one request: decided without I/O.

use super::super::quote::{Quote, QuotedLine, QuotedOrder};
use super::{Placed, Placement};
use crate::base::{Code, LineId, Money, OrderId, Problem, Result, SkuId, TenantId, Timestamp, TradeId};
use crate::infra::db::Json;
use crate::mall::order::{Line, NewTrade, Order, OrderState, TradeRow, TradeState};
use crate::mall::stock::Hold;
use serde_json::json;

/// One trade to be written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) new: NewTrade,
    pub(super) wanted: Vec<(SkuId, i64)>,
}

/// Refuses a total that the shopper did not see, otherwise drafts the trade.
pub(super) fn draft(
    placement: &Placement,
    quote: &Quote,
    wanted: Vec<(SkuId, i64)>,
    address_sealed: impl FnOnce(TradeId) -> String,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<Draft, Problem> {
    if quote.total != placement.input.expected_total {
        let detail = format!("the total is {} now, not {}", quote.total, placement.input.expected_total);
        return Err(Problem::with(Code::PriceChanged, detail));
    }
    let id = TradeId::fresh(now);
    let trade = TradeRow {
        id,
        customer_id: placement.customer_id,
        state: TradeState::Unpaid,
        goods_total: quote.goods_total,
        discount_total: quote.discount_total,
        freight_total: quote.freight_total,
        total: quote.total,
        remark: placement.input.remark.as_ref().map(|text| text.as_str().to_owned()),
        address_sealed: address_sealed(id),
        created_at: now,
        expires_at,
        closing_since: None,
        close_reason: None,
        paid_at: None,
        closed_at: None,
    };
    let orders = quote.orders.iter().map(|part| order(placement, id, part, now)).collect();
    Ok(Draft { new: NewTrade { tenant_id: placement.tenant_id, trade, orders }, wanted })
}

fn order(placement: &Placement, trade_id: TradeId, part: &QuotedOrder, now: Timestamp) -> (Order, Vec<Line>) {
    let order = Order {
        id: OrderId::fresh(now),
        trade_id,
        merchant_id: part.merchant_id,
        customer_id: placement.customer_id,
        state: OrderState::Unpaid,
        goods_total: part.goods_total,
        discount: part.discount,
        freight: part.freight,
        total: part.total,
        refunding: Money::ZERO,
        refunded: Money::ZERO,
        created_at: now,
        updated_at: now,
        shipped_at: None,
        received_at: None,
        completed_at: None,
    };
    let lines = part.lines.iter().map(|quoted| line(order.id, quoted, now)).collect();
    (order, lines)
}

fn line(order_id: OrderId, quoted: &QuotedLine, now: Timestamp) -> Line {
    Line {
        id: LineId::fresh(now),
        order_id,
        sku_id: quoted.sku_id,
        product_id: quoted.article.product_id,
        title: quoted.title.clone(),
        specs: Json(json!(quoted.specs)),
        image_url: quoted.image_url.clone(),
        price: quoted.price,
        quantity: quoted.quantity,
        total: quoted.total,
        discount: quoted.discount,
        freight: quoted.freight,
        payable: quoted.payable,
        shipped: 0,
        claimed: 0,
        cancelled: 0,
        claimed_amount: Money::ZERO,
    }
}

impl Draft {
    pub(super) fn tenant(&self) -> TenantId {
        self.new.tenant_id
    }

    /// What the shopper is told.
    pub(super) fn placed(&self) -> Placed {
        let trade = &self.new.trade;
        Placed {
            id: trade.id,
            state: trade.state,
            goods_total: trade.goods_total,
            discount_total: trade.discount_total,
            freight_total: trade.freight_total,
            total: trade.total,
            expires_at: trade.expires_at,
        }
    }

    /// What its lines hold.
    pub(super) fn holds(&self) -> impl Iterator<Item = Hold> + '_ {
        let lines = self.new.orders.iter().flat_map(|(_, lines)| lines);
        lines.map(|line| Hold {
            tenant_id: self.new.tenant_id,
            line_id: line.id,
            trade_id: self.new.trade.id,
            sku_id: line.sku_id,
            quantity: line.quantity,
        })
    }
}
