//! The bills, their fees, and what was decided about differences.

use super::Invariant;
use crate::base::{BillId, DifferenceId, LedgerId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "fees_have_bills",
        rule: "every fee in the ledger is that of a trade bill",
        prefix: LedgerId::PREFIX,
        sql: "select t.id from ledger_transaction t where t.tenant_id = $1 and t.kind = 'fee' and not exists
           (select 1 from bill b where b.tenant_id = t.tenant_id and b.id = t.source_id and b.kind = 'trade')",
    },
    Invariant {
        name: "bills_have_fees",
        rule: "the fees of every compared trade bill are in the ledger, or a difference says that they are others",
        prefix: BillId::PREFIX,
        sql: "select b.id from bill b where b.tenant_id = $1 and b.kind = 'trade' and b.compared_at is not null
           and b.fees_charged - b.fees_returned <>
             (select coalesce(sum(e.amount), 0) from ledger_transaction t
              join ledger_entry e on e.tenant_id = t.tenant_id and e.transaction_id = t.id
              where t.tenant_id = b.tenant_id and t.kind = 'fee' and t.source_id = b.id and e.account = 'fees')
           and not exists (select 1 from difference d where d.tenant_id = b.tenant_id and d.day = b.day
             and d.subject = 'fees' and d.number = 'trade')",
    },
    Invariant {
        name: "states_are_not_booked",
        rule: "no difference of a payment or refund whose state WeChat settles was booked besides",
        prefix: DifferenceId::PREFIX,
        sql: "select d.id from difference d where d.tenant_id = $1 and d.resolution = 'booked'
           and d.class = 'state'",
    },
    Invariant {
        name: "booked_differences_in_ledger",
        rule: "a difference that was booked has one transaction in suspense of what our books lacked",
        prefix: DifferenceId::PREFIX,
        sql: "select d.id from difference d where d.tenant_id = $1 and d.resolution = 'booked'
           and coalesce(d.theirs, 0) - coalesce(d.ours, 0) <>
             (select coalesce(sum(e.amount), 0) from ledger_transaction t
              join ledger_entry e on e.tenant_id = t.tenant_id and e.transaction_id = t.id
              where t.tenant_id = d.tenant_id and t.kind = 'suspense' and t.source_id = d.id
                and e.account = 'wechat')",
    },
    Invariant {
        name: "suspense_has_differences",
        rule: "nothing is booked into suspense but by a difference that says so",
        prefix: LedgerId::PREFIX,
        sql: "select t.id from ledger_transaction t where t.tenant_id = $1 and t.kind = 'suspense' and not exists
           (select 1 from difference d where d.tenant_id = t.tenant_id and d.id = t.source_id
              and d.resolution = 'booked')",
    },
    Invariant {
        name: "delivered_differences_paid",
        rule: "a difference that was delivered is about a payment that pays its trade",
        prefix: DifferenceId::PREFIX,
        sql: "select d.id from difference d where d.tenant_id = $1 and d.resolution = 'delivered' and not exists
           (select 1 from payment p where p.tenant_id = d.tenant_id and p.id = d.source_id and p.applied)",
    },
    Invariant {
        name: "refunded_differences_go_back",
        rule: "a difference that was refunded is about a payment with a refund, or a refund that succeeded",
        prefix: DifferenceId::PREFIX,
        sql: "select d.id from difference d where d.tenant_id = $1 and d.resolution = 'refunded'
           and not exists (select 1 from refund r where r.tenant_id = d.tenant_id and r.payment_id = d.source_id)
           and not exists (select 1 from refund r where r.tenant_id = d.tenant_id and r.id = d.source_id
             and r.state = 'succeeded')",
    },
    Invariant {
        name: "differences_name_ours",
        rule: "a difference that we have a side of names a payment or refund of ours",
        prefix: DifferenceId::PREFIX,
        sql: "select d.id from difference d where d.tenant_id = $1 and d.source_id is not null
           and not exists (select 1 from payment p where p.tenant_id = d.tenant_id and p.id = d.source_id
             and d.subject = 'payment')
           and not exists (select 1 from refund r where r.tenant_id = d.tenant_id and r.id = d.source_id
             and d.subject = 'refund')",
    },
    Invariant {
        name: "differences_differ",
        rule: "the sides of an amount or fee difference are not the same",
        prefix: DifferenceId::PREFIX,
        sql: "select d.id from difference d where d.tenant_id = $1 and d.class in ('amount', 'fee')
           and d.ours = d.theirs",
    },
];
