//! The ledger, and that it tells of the same money as payments and refunds.

use super::Invariant;
use crate::base::{LedgerId, MerchantId, PaymentId, RefundId, TenantId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "ledger_balanced",
        rule: "the entries of a ledger transaction add up to nothing",
        prefix: LedgerId::PREFIX,
        sql: "select t.id from ledger_transaction t left join ledger_entry e
                on e.tenant_id = t.tenant_id and e.transaction_id = t.id
              where t.tenant_id = $1 group by t.id having coalesce(sum(e.amount), 1) <> 0",
    },
    Invariant {
        name: "ledger_has_payments",
        rule: "every success has one ledger transaction of its amount",
        prefix: PaymentId::PREFIX,
        sql: "select p.id from payment p left join ledger_transaction t
                on t.tenant_id = p.tenant_id and t.source_id = p.id
                  and t.kind = case when p.applied then 'payment' else 'unwanted_payment' end
              left join ledger_entry e on e.tenant_id = t.tenant_id and e.transaction_id = t.id
                and e.account = 'wechat' and e.amount = p.paid_amount
              where p.tenant_id = $1 and p.state = 'succeeded' group by p.id having count(e.position) <> 1",
    },
    Invariant {
        name: "ledger_has_refunds",
        rule: "every succeeded refund has one ledger transaction of its amount",
        prefix: RefundId::PREFIX,
        sql: "select r.id from refund r left join ledger_transaction t
                on t.tenant_id = r.tenant_id and t.source_id = r.id and t.kind = 'refund'
              left join ledger_entry e on e.tenant_id = t.tenant_id and e.transaction_id = t.id
                and e.account = 'wechat' and e.amount = -r.amount
              where r.tenant_id = $1 and r.state = 'succeeded' group by r.id having count(e.position) <> 1",
    },
    Invariant {
        name: "ledger_has_refund_intents",
        rule: "every refund of an order has one transaction of its amount, and another one back once it is closed",
        prefix: RefundId::PREFIX,
        sql: "select r.id from refund r left join ledger_transaction t
                on t.tenant_id = r.tenant_id and t.source_id = r.id and t.kind in ('refund_intent', 'refund_closed')
              left join ledger_entry e on e.tenant_id = t.tenant_id and e.transaction_id = t.id
                and e.account = 'refunds'
                and e.amount = case t.kind when 'refund_intent' then r.amount else -r.amount end
              where r.tenant_id = $1 and r.order_id is not null group by r.id, r.state
              having sum(case when e.position is not null and t.kind = 'refund_intent' then 1 else 0 end) <> 1
                or sum(case when e.position is not null and t.kind = 'refund_closed' then 1 else 0 end)
                  <> case r.state when 'closed' then 1 else 0 end",
    },
    Invariant {
        name: "ledger_has_nothing_else",
        rule: "every ledger transaction about a payment or refund is of its kind and of what happened",
        prefix: LedgerId::PREFIX,
        sql: "select l.id from ledger_transaction l where l.tenant_id = $1
                and l.kind in ('payment', 'unwanted_payment', 'refund_intent', 'refund', 'refund_closed')
                and not exists
                  (select 1 from payment p where p.tenant_id = l.tenant_id and p.id = l.source_id
                     and p.state = 'succeeded'
                     and l.kind = case when p.applied then 'payment' else 'unwanted_payment' end)
                and not exists
                  (select 1 from refund r where r.tenant_id = l.tenant_id and r.id = l.source_id
                     and ((l.kind = 'refund' and r.state = 'succeeded')
                       or (l.kind = 'refund_intent' and r.order_id is not null)
                       or (l.kind = 'refund_closed' and r.order_id is not null and r.state = 'closed')))",
    },
    Invariant {
        name: "ledger_holds_what_wechat_holds",
        rule: "the ledger's WeChat account moved by what was collected less what went back",
        prefix: TenantId::PREFIX,
        sql: "select t.id from (select id, id as tenant_id from tenant) t where t.tenant_id = $1 and
                (select coalesce(sum(e.amount), 0) from ledger_transaction l join ledger_entry e
                   on e.tenant_id = l.tenant_id and e.transaction_id = l.id
                 where l.tenant_id = t.id and e.account = 'wechat'
                   and l.kind in ('payment', 'unwanted_payment', 'refund'))
                <> (select coalesce(sum(p.paid_amount), 0) from payment p
                    where p.tenant_id = t.id and p.state = 'succeeded')
                 - (select coalesce(sum(r.amount), 0) from refund r
                    where r.tenant_id = t.id and r.state = 'succeeded')",
    },
    Invariant {
        name: "ledger_owes_what_is_not_back",
        rule: "the ledger owes shoppers the unwanted money, and what orders are to give back, less what they got",
        prefix: TenantId::PREFIX,
        sql: "select t.id from (select id, id as tenant_id from tenant) t where t.tenant_id = $1 and
                (select coalesce(-sum(e.amount), 0) from ledger_transaction l join ledger_entry e
                   on e.tenant_id = l.tenant_id and e.transaction_id = l.id
                 where l.tenant_id = t.id and e.account = 'owed_to_customers' and l.kind <> 'correction')
                <> (select coalesce(sum(p.paid_amount), 0) from payment p
                    where p.tenant_id = t.id and p.state = 'succeeded' and not p.applied)
                 + (select coalesce(sum(r.amount), 0) from refund r
                    where r.tenant_id = t.id and r.order_id is not null and r.state <> 'closed')
                 - (select coalesce(sum(r.amount), 0) from refund r
                    where r.tenant_id = t.id and r.state = 'succeeded'
                      and (r.redirected_to is null or r.redirected_to = 'shopper'))",
    },
    Invariant {
        name: "ledger_has_sales",
        rule: "the ledger's sales and freight of a merchant are those of its orders that were paid",
        prefix: MerchantId::PREFIX,
        sql: "select m.id from merchant m left join
                (select o.merchant_id, sum(o.goods_total - o.discount) as goods, sum(o.freight) as freight
                 from orders o where o.tenant_id = $1 and o.state not in ('unpaid', 'closed')
                 group by o.merchant_id) s on s.merchant_id = m.id
              left join
                (select e.merchant_id, sum(case e.account when 'sales' then -e.amount else 0 end) as goods,
                   sum(case e.account when 'freight' then -e.amount else 0 end) as freight
                 from ledger_entry e join ledger_transaction l
                   on l.tenant_id = e.tenant_id and l.id = e.transaction_id
                 where e.tenant_id = $1 and l.kind <> 'correction' group by e.merchant_id) b on b.merchant_id = m.id
              where m.tenant_id = $1 and (coalesce(s.goods, 0) <> coalesce(b.goods, 0)
                or coalesce(s.freight, 0) <> coalesce(b.freight, 0))",
    },
    Invariant {
        name: "ledger_pays_merchants",
        rule: "the ledger's refunds of a merchant are those of its orders; it is to be paid what completed ones kept",
        prefix: MerchantId::PREFIX,
        sql: "select m.id from merchant m left join
                (select o.merchant_id, sum(o.refunding) as refunds,
                   sum(case when o.completed_at is null then 0 else o.total - o.refunding end) as payable
                 from orders o where o.tenant_id = $1 group by o.merchant_id) s on s.merchant_id = m.id
              left join
                (select e.merchant_id, sum(case e.account when 'refunds' then e.amount else 0 end) as refunds,
                   sum(case e.account when 'merchant_payable' then -e.amount else 0 end) as payable,
                   sum(case e.account when 'merchant_share' then e.amount else 0 end) as share
                 from ledger_entry e join ledger_transaction l
                   on l.tenant_id = e.tenant_id and l.id = e.transaction_id
                 where e.tenant_id = $1 and l.kind <> 'correction' group by e.merchant_id) b on b.merchant_id = m.id
              where m.tenant_id = $1 and (coalesce(s.refunds, 0) <> coalesce(b.refunds, 0)
                or coalesce(s.payable, 0) <> coalesce(b.payable, 0)
                or coalesce(s.payable, 0) <> coalesce(b.share, 0))",
    },
    Invariant {
        name: "ledger_accounts_have_owners",
        rule: "an entry names a merchant exactly where the account is one of a merchant",
        prefix: LedgerId::PREFIX,
        sql: "select distinct e.transaction_id from ledger_entry e
              where e.tenant_id = $1 and (e.merchant_id is not null) <>
                (e.account in ('sales', 'freight', 'refunds', 'merchant_share', 'merchant_payable'))",
    },
];
