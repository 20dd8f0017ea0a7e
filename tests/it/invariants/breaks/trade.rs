//! What breaks goods, trades, and rows that name each other.

use super::Break;

pub(super) const ALL: &[Break] = &[
    // stock
    ("stock_moves", "update stock set on_hand = on_hand + 1 where tenant_id = $1 returning sku_id"),
    ("stock_reserved", "update stock set reserved = reserved + 1 where tenant_id = $1 returning sku_id"),
    ("stock_bounds", "update stock set reserved = on_hand + 1 where tenant_id = $1 returning sku_id"),
    ("stock_move_directions", "update stock_move set quantity = -quantity where tenant_id = $1 returning id"),
    ("holds_match_lines", "update stock_hold set quantity = quantity + 1 where tenant_id = $1 returning line_id"),
    (
        "holds_match_trades",
        "update stock_hold set state = 'released' where tenant_id = $1 and state <> 'released' returning line_id",
    ),
    ("sales_moved_once", "delete from stock_move where tenant_id = $1 and kind = 'sale' returning source_id"),
    (
        "sales_have_holds",
        "update stock_move set source_id = id where tenant_id = $1 and kind = 'sale' returning id",
    ),
    // trades
    ("trade_totals", "update trade set freight_total = freight_total + 1 where tenant_id = $1 returning id"),
    ("trade_totals", "delete from orders where tenant_id = $1 returning trade_id"),
    ("order_totals", "update orders set goods_total = goods_total + 1 where tenant_id = $1 returning id"),
    ("order_totals", "delete from order_line where tenant_id = $1 returning order_id"),
    ("trade_totals", "update trade set discount_total = discount_total + 1 where tenant_id = $1 returning id"),
    ("order_totals", "update order_line set discount = discount + 1 where tenant_id = $1 returning order_id"),
    ("order_totals", "update orders set freight = freight + 1 where tenant_id = $1 returning id"),
    ("order_totals", "update order_line set payable = payable + 1 where tenant_id = $1 returning order_id"),
    ("line_totals", "update order_line set payable = payable + 1 where tenant_id = $1 returning id"),
    ("line_totals", "update order_line set total = total + 1 where tenant_id = $1 returning id"),
    ("order_states", "update orders set state = 'paid' where tenant_id = $1 and state in ('unpaid', 'closed') returning id"),
    ("order_states", "update orders set state = 'closed' where tenant_id = $1 and state = 'paid' returning id"),
    ("trade_times", "update trade set paid_at = null where tenant_id = $1 and state = 'paid' returning id"),
    ("trade_times", "update trade set close_reason = null where tenant_id = $1 and state = 'closed' returning id"),
    (
        "unpaid_trades_will_close",
        "update job set state = 'dead' where tenant_id = $1 and kind = 'close_trade' and subject_id in
           (select id from trade where tenant_id = $1 and state = 'unpaid') returning subject_id",
    ),
    (
        "unpaid_trades_will_close",
        "delete from job where tenant_id = $1 and kind = 'close_trade' and subject_id in
           (select id from trade where tenant_id = $1 and state = 'unpaid') returning subject_id",
    ),
    (
        "trade_history_ends_in_state",
        "delete from order_history where tenant_id = $1 and order_id is null and from_state is not null
         returning trade_id",
    ),
    (
        "trade_history_ends_in_state",
        "update trade set state = 'unpaid' where tenant_id = $1 and state <> 'unpaid' returning id",
    ),
    (
        "order_history_ends_in_state",
        "delete from order_history where tenant_id = $1 and order_id is not null returning order_id",
    ),
    ("order_history_ends_in_state", "update orders set state = 'refunded' where tenant_id = $1 and state <> 'refunded' returning id"),
    (
        "history_moves_are_legal",
        "update order_history set from_state = 'paid', to_state = 'unpaid'
         where tenant_id = $1 and from_state is not null returning id",
    ),
    (
        "history_moves_are_legal",
        "update order_history set to_state = 'shipped' where tenant_id = $1 and order_id is null returning id",
    ),
    (
        "history_is_a_chain",
        "update order_history set from_state = 'shipped' where tenant_id = $1 and order_id is not null returning id",
    ),
    (
        "history_is_a_chain",
        "update order_history set from_state = 'unpaid' where tenant_id = $1 and from_state is null returning id",
    ),
    // tenants
    ("orders_are_of_their_shopper", "update orders set customer_id = id where tenant_id = $1 returning id"),
    ("lines_are_in_their_trade", "update order_line set trade_id = id where tenant_id = $1 returning id"),
    ("lines_are_of_their_product", "update order_line set product_id = id where tenant_id = $1 returning id"),
    (
        "lines_are_sold_by_their_merchant",
        "update orders set merchant_id = id where tenant_id = $1 returning
           (select l.id from order_line l where l.tenant_id = orders.tenant_id and l.order_id = orders.id limit 1)",
    ),
    (
        "history_is_in_its_trade",
        "update order_history set trade_id = id where tenant_id = $1 and order_id is not null returning id",
    ),
    (
        "calls_are_in_their_trade",
        "update wechat_call set trade_id = null where tenant_id = $1 and subject_id in
           (select id from payment where tenant_id = $1 union all select id from refund where tenant_id = $1)
         returning id",
    ),
    (
        "one_default_address",
        "update address set is_default = true where tenant_id = $1 and customer_id in
           (select customer_id from address where tenant_id = $1 group by customer_id having count(*) > 1)
         returning customer_id",
    ),
    ("carts_are_bounded", "update cart_item set quantity = 1000 where tenant_id = $1 returning customer_id"),
    (
        "carts_are_bounded",
        "insert into cart_item (tenant_id, customer_id, sku_id, quantity, created_at)
         select c.tenant_id, c.customer_id, m.id, 1, c.created_at from cart_item c
         join stock_move m on m.tenant_id = c.tenant_id where c.tenant_id = $1 returning customer_id",
    ),
];
