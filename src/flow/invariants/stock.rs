//! Goods: what lies on the shelf, what is held, what was sold.

use super::Invariant;
use crate::base::{LineId, SkuId, StockMoveId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "stock_moves",
        rule: "what is on hand is the sum of its moves",
        prefix: SkuId::PREFIX,
        sql: "select s.sku_id from stock s where s.tenant_id = $1 and s.on_hand <>
                (select coalesce(sum(m.quantity), 0) from stock_move m
                 where m.tenant_id = s.tenant_id and m.sku_id = s.sku_id)",
    },
    Invariant {
        name: "stock_reserved",
        rule: "what is reserved is the sum of the open holds",
        prefix: SkuId::PREFIX,
        sql: "select s.sku_id from stock s where s.tenant_id = $1 and s.reserved <>
                (select coalesce(sum(h.quantity), 0) from stock_hold h
                 where h.tenant_id = s.tenant_id and h.sku_id = s.sku_id and h.state = 'held')",
    },
    Invariant {
        name: "stock_bounds",
        rule: "nothing is reserved that is not on hand",
        prefix: SkuId::PREFIX,
        sql: "select s.sku_id from stock s
              where s.tenant_id = $1 and (s.reserved < 0 or s.on_hand < s.reserved)",
    },
    Invariant {
        name: "stock_move_directions",
        rule: "what is received or returned comes, what is sold goes",
        prefix: StockMoveId::PREFIX,
        sql: "select m.id from stock_move m where m.tenant_id = $1
                and (m.quantity = 0 or (m.kind = 'sale' and m.quantity > 0)
                  or (m.kind in ('receive', 'return') and m.quantity < 0))",
    },
    Invariant {
        name: "holds_match_lines",
        rule: "every line has one hold of its SKU and quantity, in its trade",
        prefix: LineId::PREFIX,
        sql: "select l.id from order_line l left join stock_hold h
                on h.tenant_id = l.tenant_id and h.line_id = l.id and h.quantity = l.quantity
                  and h.sku_id = l.sku_id and h.trade_id = l.trade_id
              where l.tenant_id = $1 and h.line_id is null",
    },
    Invariant {
        name: "holds_match_trades",
        rule: "a hold is held, committed or released as its trade is unpaid, paid or closed",
        prefix: LineId::PREFIX,
        sql: "select h.line_id from stock_hold h
              join trade t on t.tenant_id = h.tenant_id and t.id = h.trade_id
              where h.tenant_id = $1 and h.state <> case t.state
                when 'unpaid' then 'held' when 'paid' then 'committed' else 'released' end",
    },
    Invariant {
        name: "sales_moved_once",
        rule: "every committed hold has one sale of its SKU and quantity",
        prefix: LineId::PREFIX,
        sql: "select h.line_id from stock_hold h left join stock_move m
                on m.tenant_id = h.tenant_id and m.kind = 'sale' and m.source_id = h.line_id
                  and m.quantity = -h.quantity and m.sku_id = h.sku_id
              where h.tenant_id = $1 and h.state = 'committed' and m.id is null",
    },
    Invariant {
        name: "sales_have_holds",
        rule: "every sale is of a committed hold",
        prefix: StockMoveId::PREFIX,
        sql: "select m.id from stock_move m left join stock_hold h
                on h.tenant_id = m.tenant_id and h.line_id = m.source_id and h.state = 'committed'
              where m.tenant_id = $1 and m.kind = 'sale' and h.line_id is null",
    },
];
