//! Of what was sent, received and completed.

use super::Invariant;
use crate::base::{LedgerId, LineId, OrderId, PaymentId, ShipmentId, TradeId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "shipped_is_in_shipments",
        rule: "what of a line was sent is what its shipments hold",
        prefix: LineId::PREFIX,
        sql: "select l.id from order_line l where l.tenant_id = $1 and l.shipped <>
           (select coalesce(sum(s.quantity), 0) from shipment_line s
            where s.tenant_id = l.tenant_id and s.line_id = l.id)",
    },
    Invariant {
        name: "shipments_hold_their_order",
        rule: "a shipment holds lines of its own order, of its own trade, and at least one",
        prefix: ShipmentId::PREFIX,
        sql: "select s.id from shipment s
           left join shipment_line p on p.tenant_id = s.tenant_id and p.shipment_id = s.id
           left join order_line l on l.tenant_id = p.tenant_id and l.id = p.line_id
             and l.order_id = s.order_id and l.trade_id = s.trade_id
         where s.tenant_id = $1 and l.id is null",
    },
    Invariant {
        name: "shipments_are_paid",
        rule: "nothing is sent that was not paid",
        prefix: ShipmentId::PREFIX,
        sql: "select s.id from shipment s join orders o on o.tenant_id = s.tenant_id and o.id = s.order_id
         where s.tenant_id = $1 and o.state in ('unpaid', 'closed')",
    },
    Invariant {
        name: "orders_on_their_way_were_sent",
        rule: "an order that is shipped, received or completed has a shipment, or was completed with nothing to send",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o where o.tenant_id = $1 and o.state in ('shipped', 'received', 'completed')
           and not exists (select 1 from shipment s where s.tenant_id = o.tenant_id and s.order_id = o.id)
           and (o.state <> 'completed' or exists (select 1 from order_line l
             where l.tenant_id = o.tenant_id and l.order_id = o.id and l.cancelled < l.quantity))",
    },
    Invariant {
        name: "paid_orders_have_something_left",
        rule: "an order of which something was sent waits only for what is left to send, or for an open cancellation",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o where o.tenant_id = $1 and o.state = 'paid'
           and exists (select 1 from order_line l where l.tenant_id = o.tenant_id and l.order_id = o.id
             and l.shipped > 0)
           and not exists (select 1 from order_line l where l.tenant_id = o.tenant_id and l.order_id = o.id
             and l.shipped + l.cancelled < l.quantity)
           and not exists (select 1 from after_sale a where a.tenant_id = o.tenant_id and a.order_id = o.id
             and a.kind = 'cancel' and a.state in ('requested', 'refunding'))",
    },
    Invariant {
        name: "completed_orders_have_nothing_left",
        rule: "nothing of a completed order is left to be sent",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o where o.tenant_id = $1 and o.state = 'completed'
           and exists (select 1 from order_line l where l.tenant_id = o.tenant_id and l.order_id = o.id
             and l.shipped + l.cancelled < l.quantity)",
    },
    Invariant {
        name: "completions_are_posted",
        rule: "a completed order has one completion in the ledger, unless all its money goes back",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o where o.tenant_id = $1 and o.state = 'completed' and o.refunding < o.total
           and not exists (select 1 from ledger_transaction t
             where t.tenant_id = o.tenant_id and t.kind = 'completion' and t.source_id = o.id)",
    },
    Invariant {
        name: "posted_completions_happened",
        rule: "every completion in the ledger is that of an order which was completed",
        prefix: LedgerId::PREFIX,
        sql: "select t.id from ledger_transaction t
           left join orders o on o.tenant_id = t.tenant_id and o.id = t.source_id and o.completed_at is not null
         where t.tenant_id = $1 and t.kind = 'completion' and o.id is null",
    },
    Invariant {
        name: "sent_is_to_be_told",
        rule: "every trade of which something was sent has its line of what WeChat was told",
        prefix: TradeId::PREFIX,
        sql: "select distinct s.trade_id from shipment s
           left join wechat_shipping w on w.tenant_id = s.tenant_id and w.trade_id = s.trade_id
         where s.tenant_id = $1 and w.payment_id is null",
    },
    Invariant {
        name: "told_is_of_what_paid",
        rule: "WeChat is told about the payment that paid the trade",
        prefix: PaymentId::PREFIX,
        sql: "select w.payment_id from wechat_shipping w
           left join payment p on p.tenant_id = w.tenant_id and p.id = w.payment_id
             and p.trade_id = w.trade_id and p.applied
         where w.tenant_id = $1 and p.id is null",
    },
    Invariant {
        name: "waiting_uploads_are_worked_on",
        rule: "what WeChat is still to be told of a trade has its job: of parcels at once, of goods that go \
               another way once nothing of the trade is left to be sent",
        prefix: PaymentId::PREFIX,
        sql: "select w.payment_id from wechat_shipping w where w.tenant_id = $1 and w.state = 'waiting'
           and exists (select 1 from shipment s where s.tenant_id = w.tenant_id and s.trade_id = w.trade_id
             and (s.kind = 'express' or not exists (select 1 from orders o join order_line l
                 on l.tenant_id = o.tenant_id and l.order_id = o.id
               where o.tenant_id = s.tenant_id and o.trade_id = s.trade_id
                 and (o.state = 'paid' or l.shipped + l.cancelled < l.quantity))))
           and not exists (select 1 from job j where j.tenant_id = w.tenant_id
             and j.subject_id = w.trade_id and j.kind = 'upload_shipping' and j.state = 'ready')",
    },
    Invariant {
        name: "parcels_are_where_they_were_told",
        rule: "a parcel is where WeChat said it is",
        prefix: ShipmentId::PREFIX,
        sql: "select s.id from shipment s where s.tenant_id = $1 and s.state <> 'sent'
           and not exists (select 1 from trace_node n where n.tenant_id = s.tenant_id and n.shipment_id = s.id
             and n.source = 'wechat' and n.text = s.state)",
    },
];
