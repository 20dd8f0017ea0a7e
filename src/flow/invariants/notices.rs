//! What shoppers were told, and what WeChat pushed.

use super::Invariant;
use crate::base::{MessageId, NoticeId, RefundId, TradeId};

pub(super) const ALL: &[Invariant] = &[
    Invariant {
        name: "notices_of_paid_trades",
        rule: "every paid trade has one notice of it, to its shopper",
        prefix: TradeId::PREFIX,
        sql: "select t.id from trade t where t.tenant_id = $1 and t.state = 'paid' and
           (select count(*) from notice n where n.tenant_id = t.tenant_id and n.kind = 'paid'
              and n.subject_id = t.id and n.customer_id = t.customer_id) <> 1",
    },
    Invariant {
        name: "notices_of_refunds",
        rule: "every refund that succeeded has one notice of it, to the shopper of its trade; none if it went to the merchant",
        prefix: RefundId::PREFIX,
        sql: "select r.id from refund r join trade t on t.tenant_id = r.tenant_id and t.id = r.trade_id
         where r.tenant_id = $1 and r.state = 'succeeded' and
           (select count(*) from notice n where n.tenant_id = r.tenant_id and n.kind = 'refunded'
              and n.subject_id = r.id and n.customer_id = t.customer_id)
             <> case when r.redirected_to = 'merchant' then 0 else 1 end",
    },
    Invariant {
        name: "notices_are_true",
        rule: "nobody is told of a payment or refund that did not succeed, or of an unpaid trade of somebody else",
        prefix: NoticeId::PREFIX,
        sql: "select n.id from notice n where n.tenant_id = $1 and
           ((n.kind = 'paid' and not exists (select 1 from trade t where t.tenant_id = n.tenant_id
               and t.id = n.subject_id and t.customer_id = n.customer_id and t.state = 'paid'))
            or (n.kind = 'closing_soon' and not exists (select 1 from trade t where t.tenant_id = n.tenant_id
               and t.id = n.subject_id and t.customer_id = n.customer_id))
            or (n.kind = 'refunded' and not exists (select 1 from refund r where r.tenant_id = n.tenant_id
               and r.id = n.subject_id and r.state = 'succeeded')))",
    },
    Invariant {
        name: "notices_allowed",
        rule: "nothing was sent to a shopper who never answered whether they want it",
        prefix: NoticeId::PREFIX,
        sql: "select n.id from notice n where n.tenant_id = $1 and n.state = 'sent' and not exists
           (select 1 from notice_grant g where g.tenant_id = n.tenant_id and g.customer_id = n.customer_id
              and (g.answer is not null or g.always))",
    },
    Invariant {
        name: "notices_driven",
        rule: "every notice that waits has its job, or its dead job waits for an operator",
        prefix: NoticeId::PREFIX,
        sql: "select n.id from notice n where n.tenant_id = $1 and n.state in ('waiting', 'sending') and not exists
           (select 1 from job j where j.tenant_id = n.tenant_id and j.subject_id = n.id
              and j.kind = 'send_notice' and j.state in ('ready', 'dead'))",
    },
    Invariant {
        name: "messages_driven",
        rule: "every message that is not handled has its job, or its dead job waits for an operator",
        prefix: MessageId::PREFIX,
        sql: "select m.id from message m where m.tenant_id = $1 and m.state <> 'handled' and not exists
           (select 1 from job j where j.tenant_id = m.tenant_id and j.subject_id = m.id
              and j.kind = 'handle_message' and j.state in ('ready', 'dead'))",
    },
];
