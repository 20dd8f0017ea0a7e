//! The machinery: call-backs, jobs, kept answers, logins.

use super::Invariant;
use crate::base::{CallbackId, SessionId};
use crate::infra::jobs::JobId;

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "callbacks_are_ours",
        rule: "what a call-back told was taken only about a payment or a refund of ours",
        prefix: CallbackId::PREFIX,
        sql: "select c.id from callback c where c.tenant_id = $1 and c.outcome = 'done'
                and (c.event_type like 'TRANSACTION.%' or c.event_type like 'REFUND.%')
                and not exists (select 1 from payment p where p.tenant_id = c.tenant_id and p.id = c.subject_id)
                and not exists (select 1 from refund r where r.tenant_id = c.tenant_id and r.id = c.subject_id)",
    },
    Invariant {
        name: "callbacks_had_their_effect",
        rule: "a payment or refund of whose success a call-back told, and was believed, succeeded",
        prefix: CallbackId::PREFIX,
        sql: "select c.id from callback c
              left join payment p on p.tenant_id = c.tenant_id and p.id = c.subject_id and p.state = 'succeeded'
              left join refund r on r.tenant_id = c.tenant_id and r.id = c.subject_id and r.state = 'succeeded'
              where c.tenant_id = $1 and c.outcome = 'done'
                and ((c.event_type = 'TRANSACTION.SUCCESS' and p.id is null)
                  or (c.event_type = 'REFUND.SUCCESS' and r.id is null))",
    },
    Invariant {
        name: "jobs_are_known",
        rule: "every job is of a kind that this jishi can do",
        prefix: JobId::PREFIX,
        sql: "select j.id from job j where j.tenant_id = $1
                and j.kind not in (
                  'auto_complete', 'auto_receive', 'close_trade', 'drive_refund', 'handle_message', 'poll_payment',
                  'reconcile', 'refresh_trace', 'remind_receipt', 'remind_unpaid', 'send_notice', 'sweep',
                  'time_out_after_sale', 'upload_shipping')",
    },
    Invariant {
        name: "jobs_are_about_trades",
        rule: "a job about a trade names it",
        prefix: JobId::PREFIX,
        sql: "select j.id from job j left join trade t on t.tenant_id = j.tenant_id and t.id = j.subject_id
              where j.tenant_id = $1 and t.id is null
                and j.kind in ('auto_complete', 'auto_receive', 'close_trade', 'drive_refund', 'poll_payment',
                  'refresh_trace', 'remind_receipt', 'remind_unpaid', 'time_out_after_sale', 'upload_shipping')",
    },
    Invariant {
        name: "jobs_are_whole",
        rule: "a job is leased by somebody for some time, and knows when it was done exactly when it is",
        prefix: JobId::PREFIX,
        sql: "select j.id from job j where j.tenant_id = $1
                and ((j.lease_id is null) <> (j.leased_until is null)
                  or (j.state = 'done') <> (j.finished_at is not null))",
    },
    Invariant {
        name: "answers_are_kept",
        rule: "a key whose request has ended has an answer",
        // There is no id; whose key it is leads to it.
        prefix: "owner",
        sql: "select i.owner_id from idempotency i
              where i.tenant_id = $1 and i.held_until is null and i.body = ''",
    },
    Invariant {
        name: "logins_have_people",
        rule: "a login is of a shopper or an operator there is",
        prefix: SessionId::PREFIX,
        sql: "select s.id from session s
              left join customer c on c.tenant_id = s.tenant_id and c.id = s.subject_id and s.realm = 'shop'
              left join operator o on o.tenant_id = s.tenant_id and o.id = s.subject_id and s.realm = 'admin'
              where s.tenant_id = $1 and c.id is null and o.id is null",
    },
    Invariant {
        name: "logins_stay_one_persons",
        rule: "all tokens of a login are of one person",
        prefix: SessionId::PREFIX,
        sql: "select s.id from session s where s.tenant_id = $1 and exists
                (select 1 from session n where n.tenant_id = s.tenant_id and n.family_id = s.family_id
                   and (n.subject_id <> s.subject_id or n.realm <> s.realm))",
    },
];
