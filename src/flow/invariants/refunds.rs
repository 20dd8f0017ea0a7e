//! Money that goes back.

use super::Invariant;
use crate::base::{OrderId, PaymentId, RefundId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "unwanted_goes_back",
        rule: "every success that pays no trade has one refund of its amount, or three that WeChat closed",
        prefix: PaymentId::PREFIX,
        sql: "select p.id from payment p left join refund r on r.tenant_id = p.tenant_id and r.payment_id = p.id
              where p.tenant_id = $1 and p.state = 'succeeded' and not p.applied group by p.id, p.paid_amount
              having sum(case when r.state = 'closed' then 0 when r.amount = p.paid_amount then 1 else 2 end) <> 1
                and (count(r.id) < 3 or sum(case r.state when 'closed' then 0 else 1 end) > 0)",
    },
    Invariant {
        name: "refunds_within_paid",
        rule: "no payment gives back more than it got",
        prefix: PaymentId::PREFIX,
        sql: "select p.id from payment p
              join refund r on r.tenant_id = p.tenant_id and r.payment_id = p.id and r.state <> 'closed'
              where p.tenant_id = $1 group by p.id, p.paid_amount
              having coalesce(p.paid_amount, 0) < sum(r.amount)",
    },
    Invariant {
        name: "refunds_within_order",
        rule: "no order gives back more than was paid for it, and nothing went back that is not to go back",
        prefix: OrderId::PREFIX,
        sql: "select o.id from orders o
              where o.tenant_id = $1 and (o.refunding > o.total or o.refunded > o.refunding or o.refunded < 0)",
    },
    Invariant {
        name: "refunds_of_successes",
        rule: "a refund is of a payment that succeeded, of the same trade",
        prefix: RefundId::PREFIX,
        sql: "select r.id from refund r join payment p on p.tenant_id = r.tenant_id and p.id = r.payment_id
              where r.tenant_id = $1 and (p.state <> 'succeeded' or p.trade_id <> r.trade_id)",
    },
    Invariant {
        name: "refunds_are_few",
        rule: "a payment has at most fifty refunds, as WeChat allows",
        prefix: PaymentId::PREFIX,
        sql: "select r.payment_id from refund r where r.tenant_id = $1 group by r.payment_id having count(*) > 50",
    },
    Invariant {
        name: "open_refunds_are_driven",
        rule: "a refund that has not ended has a live job that sees it through",
        prefix: RefundId::PREFIX,
        sql: "select r.id from refund r where r.tenant_id = $1
                and r.state in ('created', 'submitted', 'abnormal')
                and not exists (select 1 from job j where j.tenant_id = r.tenant_id
                  and j.subject_id = r.trade_id and j.kind = 'drive_refund' and j.state = 'ready')",
    },
    Invariant {
        name: "refunds_go_where_operators_sent_them",
        rule: "a refund went another way exactly where an operator's latest redirection that was not refused sent it",
        prefix: RefundId::PREFIX,
        sql: "select r.id from refund r where r.tenant_id = $1 and (
                (r.redirected_to is null and exists (select 1 from refund_action a
                   where a.tenant_id = r.tenant_id and a.refund_id = r.id and a.answer <> 'refused'))
                or (r.redirected_to is not null and not exists (select 1 from refund_action a
                   where a.tenant_id = r.tenant_id and a.refund_id = r.id and a.answer <> 'refused'
                     and a.way = r.redirected_to and not exists (select 1 from refund_action b
                       where b.tenant_id = a.tenant_id and b.refund_id = a.refund_id and b.answer <> 'refused'
                         and b.id > a.id))))",
    },
    Invariant {
        name: "refunds_are_numbered",
        rule: "a refund that WeChat took has WeChat's number, and a time when it succeeded",
        prefix: RefundId::PREFIX,
        sql: "select r.id from refund r where r.tenant_id = $1
                and ((r.state in ('submitted', 'succeeded', 'abnormal') and r.wechat_refund_id is null)
                  or (r.state = 'succeeded') <> (r.succeeded_at is not null))",
    },
];
