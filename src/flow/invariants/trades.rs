//! Trades and orders: their sums, their states, their histories.

use super::Invariant;
use crate::base::{HistoryId, LineId, OrderId, TradeId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "trade_totals",
        rule: "a trade's totals are the sums of its orders'",
        prefix: TradeId::PREFIX,
        sql: "select t.id from trade t left join orders o on o.tenant_id = t.tenant_id and o.trade_id = t.id
              where t.tenant_id = $1 group by t.id, t.total, t.goods_total, t.discount_total, t.freight_total
              having t.total <> coalesce(sum(o.total), 0) or t.goods_total <> coalesce(sum(o.goods_total), 0)
                or t.discount_total <> coalesce(sum(o.discount), 0)
                or t.freight_total <> coalesce(sum(o.freight), 0)",
    },
    Invariant {
        name: "order_totals",
        rule: "an order has lines, and its goods, discount, freight and total are the sums of theirs",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o left join order_line l on l.tenant_id = o.tenant_id and l.order_id = o.id
              where o.tenant_id = $1 group by o.id, o.goods_total, o.discount, o.freight, o.total
              having count(l.id) = 0 or o.goods_total <> sum(l.total) or o.discount <> sum(l.discount)
                or o.freight <> sum(l.freight) or o.total <> sum(l.payable)",
    },
    Invariant {
        name: "line_totals",
        rule: "a line's total is its price times its quantity; what is paid for it, that less discount and with freight",
        prefix: LineId::PREFIX,
        sql: "select l.id from order_line l where l.tenant_id = $1 and
                (l.total <> l.price * l.quantity or l.payable <> l.total - l.discount + l.freight)",
    },
    Invariant {
        name: "order_states",
        rule: "an order is unpaid or closed exactly when its trade is",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o join trade t on t.tenant_id = o.tenant_id and t.id = o.trade_id
              where o.tenant_id = $1 and ((t.state = 'unpaid') <> (o.state = 'unpaid')
                or (t.state = 'closed') <> (o.state = 'closed'))",
    },
    Invariant {
        name: "trade_times",
        rule: "a trade knows when it was paid or closed exactly when it is, and why it was closed",
        prefix: TradeId::PREFIX,
        sql: "select t.id from trade t where t.tenant_id = $1
                and ((t.state = 'paid') <> (t.paid_at is not null)
                  or (t.state = 'closed') <> (t.closed_at is not null)
                  or (t.state = 'closed' and (t.closing_since is null or t.close_reason is null)))",
    },
    Invariant {
        name: "unpaid_trades_will_close",
        rule: "an unpaid trade has a live job that closes it",
        prefix: TradeId::PREFIX,
        sql: "select t.id from trade t where t.tenant_id = $1 and t.state = 'unpaid' and not exists
                (select 1 from job j where j.tenant_id = t.tenant_id and j.subject_id = t.id
                   and j.kind = 'close_trade' and j.state = 'ready')",
    },
    Invariant {
        name: "trade_history_ends_in_state",
        rule: "a trade's history leads to its state and no further",
        prefix: TradeId::PREFIX,
        sql: "select t.id from trade t left join order_history h
                on h.tenant_id = t.tenant_id and h.trade_id = t.id and h.order_id is null
              where t.tenant_id = $1 group by t.id, t.state
              having sum(case when h.to_state = t.state then 1 else 0 end) <> 1
                or sum(case when h.from_state = t.state then 1 else 0 end) > 0",
    },
    Invariant {
        name: "order_history_ends_in_state",
        rule: "an order's history leads to its state and no further; an unpaid order has none",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o left join order_history h
                on h.tenant_id = o.tenant_id and h.trade_id = o.trade_id and h.order_id = o.id
              where o.tenant_id = $1 group by o.id, o.state
              having sum(case when h.to_state = o.state then 1 else 0 end)
                  <> case o.state when 'unpaid' then 0 else 1 end
                or sum(case when h.from_state = o.state then 1 else 0 end) > 0",
    },
    Invariant {
        name: "history_moves_are_legal",
        rule: "every move in a history is one that the tables of moves allow",
        prefix: HistoryId::PREFIX,
        sql: "select h.id from order_history h where h.tenant_id = $1 and case
                when h.order_id is null then coalesce(h.from_state, '') || '>' || h.to_state not in
                  ('>unpaid', 'unpaid>paid', 'unpaid>closed')
                else coalesce(h.from_state, '') || '>' || h.to_state not in
                  ('unpaid>paid', 'unpaid>closed', 'paid>shipped', 'paid>completed', 'paid>refunded',
                   'shipped>received', 'shipped>refunded', 'received>completed', 'received>refunded',
                   'completed>refunded') end",
    },
    // No state is reached twice, so this needs no order in time, in which two instances may differ.
    Invariant {
        name: "history_is_a_chain",
        rule: "every move in a history starts where another arrived, and no state is left twice",
        prefix: HistoryId::PREFIX,
        sql: "select distinct h.id from order_history h
              left join order_history prior on prior.tenant_id = h.tenant_id and prior.trade_id = h.trade_id
                and prior.order_id is not distinct from h.order_id and prior.to_state = h.from_state
                and prior.id <> h.id
              left join order_history rival on rival.tenant_id = h.tenant_id and rival.trade_id = h.trade_id
                and rival.order_id is not distinct from h.order_id and rival.from_state = h.from_state
                and rival.id <> h.id
              where h.tenant_id = $1 and h.from_state is not null and (rival.id is not null
                or (prior.id is null and (h.order_id is null or h.from_state <> 'unpaid')))",
    },
];

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::mall::order::{OrderState, TradeState};

    /// The list of moves between `after` and the next closing bracket.
    fn moves(after: &str) -> Vec<String> {
        let sql = ALL.iter().find(|one| one.name == "history_moves_are_legal").unwrap().sql;
        let list = sql.split_once(after).unwrap().1.split_once("not in").unwrap().1;
        let list = list.split_once('(').unwrap().1.split_once(')').unwrap().0;
        list.split(',').map(|word| word.trim().trim_matches('\'').to_owned()).collect()
    }

    #[test]
    fn the_legal_moves_are_those_of_the_model() {
        let mut trade: Vec<_> = vec![">unpaid".to_owned()];
        for from in TradeState::ALL {
            let to = TradeState::ALL.iter().filter(|to| from.may_become(**to));
            trade.extend(to.map(|to| format!("{from}>{to}")));
        }
        assert_eq!(moves("order_id is null"), trade);
        let mut order = vec![];
        for from in OrderState::ALL {
            let to = OrderState::ALL.iter().filter(|to| from.may_become(**to));
            order.extend(to.map(|to| format!("{from}>{to}")));
        }
        assert_eq!(moves("else "), order);
    }
}
