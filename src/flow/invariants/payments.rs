//! Money that comes.

use super::Invariant;
use crate::base::{PaymentId, TradeId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "one_success_per_trade",
        rule: "a paid trade has exactly one payment that pays it, of its total; others have none",
        prefix: TradeId::PREFIX,
        sql: "select t.id from trade t
              left join payment p on p.tenant_id = t.tenant_id and p.trade_id = t.id and p.applied
              where t.tenant_id = $1 group by t.id, t.state
              having sum(case when p.id is null then 0 when p.paid_amount = t.total then 1 else 2 end)
                <> case t.state when 'paid' then 1 else 0 end",
    },
    Invariant {
        name: "payments_match_trades",
        rule: "a payment asks for its trade's total, of its trade's shopper",
        prefix: PaymentId::PREFIX,
        sql: "select p.id from payment p join trade t on t.tenant_id = p.tenant_id and t.id = p.trade_id
              where p.tenant_id = $1 and (p.amount <> t.total or p.customer_id <> t.customer_id)",
    },
    Invariant {
        name: "successes_are_whole",
        rule: "a payment has WeChat's number, amount and time exactly when it succeeded; only then it pays",
        prefix: PaymentId::PREFIX,
        sql: "select p.id from payment p where p.tenant_id = $1
                and ((p.state = 'succeeded') <> (p.transaction_id is not null)
                  or (p.state = 'succeeded') <> (p.paid_amount is not null)
                  or (p.state = 'succeeded') <> (p.paid_at is not null)
                  or (p.applied and p.state <> 'succeeded'))",
    },
    Invariant {
        name: "one_open_payment",
        rule: "a trade has at most one open payment, and none once it is closed",
        prefix: TradeId::PREFIX,
        sql: "select t.id from trade t where t.tenant_id = $1 and
                (select count(*) from payment p where p.tenant_id = t.tenant_id and p.trade_id = t.id
                   and p.state in ('created', 'prepaid')) > case t.state when 'closed' then 0 else 1 end",
    },
    Invariant {
        name: "open_payments_are_asked_about",
        rule: "an open payment has a live job that asks WeChat about it",
        prefix: PaymentId::PREFIX,
        sql: "select p.id from payment p where p.tenant_id = $1 and p.state in ('created', 'prepaid')
                and not exists (select 1 from job j where j.tenant_id = p.tenant_id
                  and j.subject_id = p.trade_id and j.kind = 'poll_payment' and j.state = 'ready')",
    },
    Invariant {
        name: "transactions_are_taken_once",
        rule: "no two payments have the same transaction of WeChat's",
        prefix: PaymentId::PREFIX,
        sql: "select p.id from payment p where p.tenant_id = $1 and p.transaction_id is not null and exists
                (select 1 from payment o where o.tenant_id = p.tenant_id
                   and o.transaction_id = p.transaction_id and o.id <> p.id)",
    },
];
