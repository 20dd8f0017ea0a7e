use crate::base::TenantId;
use crate::infra::db::{Conn, Result};

macro_rules! invariants {
    ($db:ident, $tenant:ident; $($name:literal, $rule:literal, $sql:literal;)*) => {
        vec![$(($name, $rule, $db.query($sql).bind($tenant).scalar::<i64>().await?),)*]
    };
}

/// Name, rule and number of offending rows of every invariant.
pub(super) async fn broken(
    db: &mut Conn,
    tenant: TenantId,
) -> Result<Vec<(&'static str, &'static str, i64)>> {
    let mut found = goods(db, tenant).await?;
    found.extend(trades(db, tenant).await?);
    found.extend(money(db, tenant).await?);
    Ok(found)
}

async fn goods(db: &mut Conn, tenant: TenantId) -> Result<Vec<(&'static str, &'static str, i64)>> {
    Ok(invariants! { db, tenant;
        "stock_moves", "what is on hand is the sum of its moves",
        "select count(*) from stock s where s.tenant_id = $1 and s.on_hand <>
           (select coalesce(sum(m.quantity), 0) from stock_move m
            where m.tenant_id = s.tenant_id and m.sku_id = s.sku_id)";
        "stock_reserved", "what is reserved is the sum of the open holds",
        "select count(*) from stock s where s.tenant_id = $1 and s.reserved <>
           (select coalesce(sum(h.quantity), 0) from stock_hold h
            where h.tenant_id = s.tenant_id and h.sku_id = s.sku_id and h.state = 'held')";
        "stock_bounds", "nothing is sold that is not there",
        "select count(*) from stock where tenant_id = $1 and (reserved < 0 or on_hand < reserved)";
        "holds_match_lines", "every line has one hold of its quantity",
        "select count(*) from order_line l left join stock_hold h
           on h.tenant_id = l.tenant_id and h.line_id = l.id and h.quantity = l.quantity and h.sku_id = l.sku_id
         where l.tenant_id = $1 and h.line_id is null";
        "holds_match_trades", "a hold is held, committed or released as its trade is unpaid, paid or closed",
        "select count(*) from stock_hold h join trade t on t.tenant_id = h.tenant_id and t.id = h.trade_id
         where h.tenant_id = $1 and h.state <> case t.state
           when 'unpaid' then 'held' when 'paid' then 'committed' else 'released' end";
        "sales_moved_once", "every committed hold has one sale of its quantity",
        "select count(*) from stock_hold h left join stock_move m
           on m.tenant_id = h.tenant_id and m.kind = 'sale' and m.source_id = h.line_id and m.quantity = -h.quantity
         where h.tenant_id = $1 and h.state = 'committed' and m.id is null";
    })
}

async fn trades(db: &mut Conn, tenant: TenantId) -> Result<Vec<(&'static str, &'static str, i64)>> {
    Ok(invariants! { db, tenant;
        "trade_totals", "a trade's totals are the sums of its orders'",
        "select count(*) from trade t where t.tenant_id = $1 and (t.total <>
             (select coalesce(sum(o.total), 0) from orders o where o.tenant_id = t.tenant_id and o.trade_id = t.id)
           or t.goods_total <>
             (select coalesce(sum(o.goods_total), 0) from orders o
              where o.tenant_id = t.tenant_id and o.trade_id = t.id))";
        "order_totals", "an order's goods total is the sum of its lines'",
        "select count(*) from orders o where o.tenant_id = $1 and o.goods_total <>
           (select coalesce(sum(l.total), 0) from order_line l where l.tenant_id = o.tenant_id and l.order_id = o.id)";
        "order_states", "an order is unpaid or closed exactly when its trade is",
        "select count(*) from orders o join trade t on t.tenant_id = o.tenant_id and t.id = o.trade_id
         where o.tenant_id = $1 and ((t.state = 'unpaid') <> (o.state = 'unpaid')
           or (t.state = 'closed') <> (o.state = 'closed'))";
        "history_complete", "a trade's history leads to its state",
        "select count(*) from trade t where t.tenant_id = $1 and
           ((select count(*) from order_history h where h.tenant_id = t.tenant_id and h.trade_id = t.id
              and h.order_id is null) <> case t.state when 'unpaid' then 1 else 2 end
            or not exists (select 1 from order_history h where h.tenant_id = t.tenant_id and h.trade_id = t.id
              and h.order_id is null and h.to_state = t.state))";
    })
}

async fn money(db: &mut Conn, tenant: TenantId) -> Result<Vec<(&'static str, &'static str, i64)>> {
    Ok(invariants! { db, tenant;
        "one_success_per_trade", "a paid trade has exactly one payment that pays it, of its total; others have none",
        "select count(*) from trade t where t.tenant_id = $1 and
           (select count(*) from payment p where p.tenant_id = t.tenant_id and p.trade_id = t.id and p.applied
              and p.paid_amount = t.total) <> case t.state when 'paid' then 1 else 0 end";
        "unwanted_goes_back", "every success that pays no trade has one refund of its amount",
        "select count(*) from payment p where p.tenant_id = $1 and p.state = 'succeeded' and not p.applied and
           (select count(*) from refund r where r.tenant_id = p.tenant_id and r.payment_id = p.id
              and r.state <> 'closed' and r.amount = p.paid_amount) <> 1";
        "refunds_within_paid", "no payment gives back more than it got",
        "select count(*) from payment p where p.tenant_id = $1 and coalesce(p.paid_amount, 0) <
           (select coalesce(sum(r.amount), 0) from refund r where r.tenant_id = p.tenant_id and r.payment_id = p.id
              and r.state <> 'closed')";
        "ledger_balanced", "the entries of a ledger transaction add up to nothing",
        "select count(*) from ledger_transaction t where t.tenant_id = $1 and
           (select coalesce(sum(e.amount), 1) from ledger_entry e
            where e.tenant_id = t.tenant_id and e.transaction_id = t.id) <> 0";
        "ledger_has_payments", "every success has one ledger transaction of its amount",
        "select count(*) from payment p where p.tenant_id = $1 and p.state = 'succeeded' and
           (select count(*) from ledger_transaction t join ledger_entry e
              on e.tenant_id = t.tenant_id and e.transaction_id = t.id
            where t.tenant_id = p.tenant_id and t.source_id = p.id
              and t.kind = case when p.applied then 'payment' else 'unwanted_payment' end
              and e.account = 'wechat' and e.amount = p.paid_amount) <> 1";
        "ledger_has_refunds", "every succeeded refund has one ledger transaction of its amount",
        "select count(*) from refund r where r.tenant_id = $1 and r.state = 'succeeded' and
           (select count(*) from ledger_transaction t join ledger_entry e
              on e.tenant_id = t.tenant_id and e.transaction_id = t.id
            where t.tenant_id = r.tenant_id and t.source_id = r.id and t.kind = 'refund'
              and e.account = 'wechat' and e.amount = -r.amount) <> 1";
        "ledger_has_nothing_else", "there are as many ledger transactions as successes",
        "select abs((select count(*) from ledger_transaction
             where tenant_id = $1 and kind in ('payment', 'unwanted_payment', 'refund'))
           - (select count(*) from payment where tenant_id = $1 and state = 'succeeded')
           - (select count(*) from refund where tenant_id = $1 and state = 'succeeded'))";
    })
}
