//! Rows that name each other by more than one way, which foreign keys cannot compare.

use super::Invariant;
use crate::base::{CallId, CustomerId, HistoryId, LineId, OrderId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "orders_are_of_their_shopper",
        rule: "an order is of the shopper of its trade",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o join trade t on t.tenant_id = o.tenant_id and t.id = o.trade_id
              where o.tenant_id = $1 and o.customer_id <> t.customer_id",
    },
    Invariant {
        name: "lines_are_in_their_trade",
        rule: "a line is in the trade of its order",
        prefix: LineId::PREFIX,
        sql: "select l.id from order_line l join orders o on o.tenant_id = l.tenant_id and o.id = l.order_id
              where l.tenant_id = $1 and l.trade_id <> o.trade_id",
    },
    Invariant {
        name: "lines_are_of_their_product",
        rule: "a line names the product of its SKU",
        prefix: LineId::PREFIX,
        sql: "select l.id from order_line l join sku s on s.tenant_id = l.tenant_id and s.id = l.sku_id
              where l.tenant_id = $1 and l.product_id <> s.product_id",
    },
    Invariant {
        name: "lines_are_sold_by_their_merchant",
        rule: "a line is of a product of its order's merchant",
        prefix: LineId::PREFIX,
        sql: "select l.id from order_line l
              join orders o on o.tenant_id = l.tenant_id and o.id = l.order_id
              join product p on p.tenant_id = l.tenant_id and p.id = l.product_id
              where l.tenant_id = $1 and p.merchant_id <> o.merchant_id",
    },
    Invariant {
        name: "history_is_in_its_trade",
        rule: "a step of an order's history is in the trade of the order",
        prefix: HistoryId::PREFIX,
        sql:
            "select h.id from order_history h join orders o on o.tenant_id = h.tenant_id and o.id = h.order_id
              where h.tenant_id = $1 and h.trade_id <> o.trade_id",
    },
    Invariant {
        name: "calls_are_in_their_trade",
        rule: "a call to WeChat about a payment or a refund is in the story of its trade",
        prefix: CallId::PREFIX,
        sql: "select c.id from wechat_call c
              left join payment p on p.tenant_id = c.tenant_id and p.id = c.subject_id
              left join refund r on r.tenant_id = c.tenant_id and r.id = c.subject_id
              where c.tenant_id = $1 and coalesce(p.trade_id, r.trade_id) is not null
                and coalesce(p.trade_id, r.trade_id) is distinct from c.trade_id",
    },
    Invariant {
        name: "one_default_address",
        rule: "a shopper has at most one default address",
        prefix: CustomerId::PREFIX,
        sql: "select a.customer_id from address a where a.tenant_id = $1 and a.is_default
              group by a.customer_id having count(*) > 1",
    },
    Invariant {
        name: "carts_are_bounded",
        rule: "a cart has at most a hundred articles, of each 1 to 999",
        prefix: CustomerId::PREFIX,
        sql: "select c.customer_id from cart_item c where c.tenant_id = $1 group by c.customer_id
              having count(*) > 100 or min(c.quantity) < 1 or max(c.quantity) > 999",
    },
];

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::base::Quantity;
    use crate::mall::cart::MOST_ITEMS;

    #[test]
    fn the_bounds_of_a_cart_are_those_of_the_cart() {
        let sql = ALL.iter().find(|one| one.name == "carts_are_bounded").unwrap().sql;
        assert!(sql.contains(&format!("count(*) > {MOST_ITEMS} ")));
        assert!(sql.ends_with(&format!("max(c.quantity) > {}", Quantity::MAX)));
    }
}
