//! After-sales, what they claim, and the refunds that come of them.

use super::Invariant;
use crate::base::{AfterSaleId, AfterSaleLineId, LineId, OrderId, PaymentId, RefundId, StockMoveId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "line_claims",
        rule: "what is claimed of an order's line is the sum of its after-sales that are open or done",
        prefix: LineId::PREFIX,
        sql: "select l.id from order_line l left join
             (select c.tenant_id, c.line_id, sum(c.quantity) as quantity, sum(c.amount) as amount,
                sum(case a.kind when 'cancel' then c.quantity else 0 end) as cancelled
              from after_sale_line c join after_sale a on a.tenant_id = c.tenant_id and a.id = c.after_sale_id
              where c.tenant_id = $1 and a.state not in ('rejected', 'cancelled')
              group by c.tenant_id, c.line_id) s on s.tenant_id = l.tenant_id and s.line_id = l.id
           where l.tenant_id = $1 and (l.claimed <> coalesce(s.quantity, 0)
             or l.claimed_amount <> coalesce(s.amount, 0) or l.cancelled <> coalesce(s.cancelled, 0))",
    },
    Invariant {
        name: "after_sale_worth",
        rule: "a case is worth the sum of its lines; only goodwill has none",
        prefix: AfterSaleId::PREFIX,
        sql: "select a.id from after_sale a where a.tenant_id = $1 and case a.kind when 'goodwill' then
             (select count(*) from after_sale_line c where c.tenant_id = a.tenant_id and c.after_sale_id = a.id) <> 0
           else a.worth <> (select coalesce(sum(c.amount), -1) from after_sale_line c
             where c.tenant_id = a.tenant_id and c.after_sale_id = a.id) end",
    },
    Invariant {
        name: "after_sale_of_its_order",
        rule: "a case and its lines belong to one order, its trade and its shopper",
        prefix: AfterSaleId::PREFIX,
        sql: "select a.id from after_sale a join orders o on o.tenant_id = a.tenant_id and o.id = a.order_id
           where a.tenant_id = $1 and (o.trade_id <> a.trade_id or o.customer_id <> a.customer_id
             or o.state in ('unpaid', 'closed') or exists (select 1 from after_sale_line c
               join order_line l on l.tenant_id = c.tenant_id and l.id = c.line_id
               where c.tenant_id = a.tenant_id and c.after_sale_id = a.id and l.order_id <> a.order_id))",
    },
    Invariant {
        name: "after_sale_refunding",
        rule: "a case whose money is on its way has a refund of its amount, and none that succeeded",
        prefix: AfterSaleId::PREFIX,
        sql: "select a.id from after_sale a where a.tenant_id = $1 and a.state = 'refunding' and
           (not exists (select 1 from refund r where r.tenant_id = a.tenant_id and r.after_sale_id = a.id
              and r.amount = a.amount)
            or exists (select 1 from refund r where r.tenant_id = a.tenant_id and r.after_sale_id = a.id
              and r.state = 'succeeded'))",
    },
    Invariant {
        name: "after_sale_done",
        rule: "a case is done by one refund of its amount that succeeded, or had nothing to give back",
        prefix: AfterSaleId::PREFIX,
        sql: "select a.id from after_sale a where a.tenant_id = $1 and a.state = 'done' and
           (select coalesce(sum(r.amount), 0) from refund r where r.tenant_id = a.tenant_id
              and r.after_sale_id = a.id and r.state = 'succeeded') <> a.amount",
    },
    Invariant {
        name: "refund_of_its_case",
        rule: "a refund for an after-sale belongs to the case's order and trade, and that case lets money go",
        prefix: RefundId::PREFIX,
        sql: "select r.id from refund r left join after_sale a
             on a.tenant_id = r.tenant_id and a.id = r.after_sale_id and a.order_id = r.order_id
               and a.trade_id = r.trade_id and a.state in ('refunding', 'done')
           where r.tenant_id = $1 and r.after_sale_id is not null and a.id is null",
    },
    Invariant {
        name: "order_refunding",
        rule: "what goes back of an order is the sum of its refunds that are not closed",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o where o.tenant_id = $1 and o.refunding <>
           (select coalesce(sum(r.amount), 0) from refund r where r.tenant_id = o.tenant_id and r.order_id = o.id
              and r.state <> 'closed')",
    },
    Invariant {
        name: "order_refunded",
        rule: "what went back of an order is the sum of its refunds that succeeded; all of it: it is refunded",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o where o.tenant_id = $1 and (o.refunded <>
           (select coalesce(sum(r.amount), 0) from refund r where r.tenant_id = o.tenant_id and r.order_id = o.id
              and r.state = 'succeeded')
           or (o.total > 0 and o.refunded = o.total and o.state <> 'refunded'))",
    },
    Invariant {
        name: "payment_refunding",
        rule: "what goes back of a payment is the sum of its refunds that are not closed, and all are counted",
        prefix: PaymentId::PREFIX,
        sql: "select p.id from payment p left join
             (select r.tenant_id, r.payment_id, count(*) as refunds,
                sum(case r.state when 'closed' then 0 else r.amount end) as amount
              from refund r where r.tenant_id = $1 group by r.tenant_id, r.payment_id) s
             on s.tenant_id = p.tenant_id and s.payment_id = p.id
           where p.tenant_id = $1 and (p.refunding <> coalesce(s.amount, 0) or p.refunds <> coalesce(s.refunds, 0))",
    },
    Invariant {
        name: "restocked_once",
        rule: "pieces of a case that were put back have one stock move of their number",
        prefix: AfterSaleLineId::PREFIX,
        sql: "select c.id from after_sale_line c where c.tenant_id = $1 and c.restocked <>
           (select coalesce(sum(m.quantity), 0) from stock_move m
            where m.tenant_id = c.tenant_id and m.kind = 'return' and m.source_id = c.id)",
    },
    Invariant {
        name: "returns_have_a_case",
        rule: "whatever was put back on the shelf belongs to a case's line of that SKU",
        prefix: StockMoveId::PREFIX,
        sql: "select m.id from stock_move m where m.tenant_id = $1 and m.kind = 'return' and not exists
           (select 1 from after_sale_line c join order_line l on l.tenant_id = c.tenant_id and l.id = c.line_id
            where c.tenant_id = m.tenant_id and c.id = m.source_id and l.sku_id = m.sku_id)",
    },
    Invariant {
        name: "restocked_what_is_here",
        rule: "only pieces that were never sent, or came back, were put back on the shelf",
        prefix: AfterSaleLineId::PREFIX,
        sql: "select c.id from after_sale_line c join after_sale a
             on a.tenant_id = c.tenant_id and a.id = c.after_sale_id
           where c.tenant_id = $1 and c.restocked > 0 and not (a.state in ('refunding', 'done')
             and (a.kind = 'cancel' or (a.kind = 'return_refund' and a.received_at is not null)))",
    },
    Invariant {
        name: "after_sale_history_complete",
        rule: "a case's history leads to its state and not away from it",
        prefix: AfterSaleId::PREFIX,
        sql: "select a.id from after_sale a where a.tenant_id = $1 and (not exists
             (select 1 from after_sale_history h where h.tenant_id = a.tenant_id and h.after_sale_id = a.id
                and h.to_state = a.state and (h.from_state is null or h.from_state <> h.to_state))
           or exists (select 1 from after_sale_history h where h.tenant_id = a.tenant_id
                and h.after_sale_id = a.id and h.from_state = a.state and h.to_state <> a.state))",
    },
    Invariant {
        name: "after_sale_timer",
        rule: "a case that waits for somebody has a time-out; only goodwill waits for ever",
        prefix: AfterSaleId::PREFIX,
        sql: "select a.id from after_sale a where a.tenant_id = $1 and a.kind <> 'goodwill' and a.due_at is null
           and a.state in ('requested', 'approved', 'returned')",
    },
];
