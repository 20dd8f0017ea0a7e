//! What breaks what is done for shoppers once they paid, and the machinery.

use super::Break;

pub(super) const ALL: &[Break] = &[
    // after_sales
    ("line_claims", "update order_line set claimed = claimed + 1 where tenant_id = $1 returning id"),
    ("line_claims", "update order_line set claimed_amount = claimed_amount + 1 where tenant_id = $1 returning id"),
    ("line_claims", "update order_line set cancelled = cancelled + 1 where tenant_id = $1 returning id"),
    ("after_sale_worth", "update after_sale set worth = worth + 1 where tenant_id = $1 and kind <> 'goodwill' returning id"),
    (
        "after_sale_worth",
        "update after_sale set kind = 'goodwill' where tenant_id = $1 and kind <> 'goodwill' returning id",
    ),
    (
        "after_sale_worth",
        "update after_sale set kind = 'cancel' where tenant_id = $1 and kind = 'goodwill' returning id",
    ),
    ("after_sale_of_its_order", "update after_sale set customer_id = id where tenant_id = $1 returning id"),
    ("after_sale_of_its_order", "update after_sale set trade_id = id where tenant_id = $1 returning id"),
    (
        "after_sale_of_its_order",
        "update after_sale_line set line_id = (select l.id from order_line l
           join orders o on o.tenant_id = l.tenant_id and o.id = l.order_id
           where l.tenant_id = $1 and o.state = 'closed' limit 1)
         where tenant_id = $1 returning after_sale_id",
    ),
    (
        "after_sale_refunding",
        "update after_sale set state = 'refunding' where tenant_id = $1 and state in ('done', 'requested', 'rejected')
         returning id",
    ),
    ("after_sale_done", "update after_sale set amount = amount - 1 where tenant_id = $1 and state = 'done' returning id"),
    (
        "after_sale_done",
        "update refund set state = 'closed' where tenant_id = $1 and after_sale_id is not null returning after_sale_id",
    ),
    (
        "refund_of_its_case",
        "update refund set order_id = id where tenant_id = $1 and after_sale_id is not null returning id",
    ),
    (
        "refund_of_its_case",
        "update refund set after_sale_id = (select id from after_sale where tenant_id = $1 and state = 'rejected')
         where tenant_id = $1 returning id",
    ),
    ("order_refunding", "update orders set refunding = refunding + 1 where tenant_id = $1 returning id"),
    (
        "order_refunding",
        "update refund set state = 'closed' where tenant_id = $1 and order_id is not null returning order_id",
    ),
    ("order_refunded", "update orders set refunded = refunded + 1 where tenant_id = $1 returning id"),
    ("order_refunded", "update orders set state = 'paid' where tenant_id = $1 and state = 'refunded' returning id"),
    ("payment_refunding", "update payment set refunding = refunding + 1 where tenant_id = $1 returning id"),
    ("payment_refunding", "update payment set refunds = refunds + 1 where tenant_id = $1 returning id"),
    ("restocked_once", "delete from stock_move where tenant_id = $1 and kind = 'return' returning source_id"),
    ("restocked_once", "update after_sale_line set restocked = restocked + 1 where tenant_id = $1 returning id"),
    ("returns_have_a_case", "update stock_move set source_id = id where tenant_id = $1 and kind = 'return' returning id"),
    (
        "restocked_what_is_here",
        "update after_sale_line set restocked = 1 where tenant_id = $1 and after_sale_id in
           (select id from after_sale where tenant_id = $1 and kind = 'refund_only') returning id",
    ),
    ("after_sale_history_complete", "delete from after_sale_history where tenant_id = $1 returning after_sale_id"),
    (
        "after_sale_history_complete",
        "update after_sale set state = 'requested' where tenant_id = $1 and kind <> 'goodwill' and state <> 'requested'
         returning id",
    ),
    (
        "after_sale_timer",
        "update after_sale set due_at = null where tenant_id = $1 and state = 'requested' returning id",
    ),
    // shipments
    ("shipped_is_in_shipments", "update order_line set shipped = shipped + 1 where tenant_id = $1 returning id"),
    ("shipments_hold_their_order", "delete from shipment_line where tenant_id = $1 returning shipment_id"),
    ("shipments_hold_their_order", "update shipment set order_id = id where tenant_id = $1 returning id"),
    ("shipments_hold_their_order", "update shipment set trade_id = id where tenant_id = $1 returning id"),
    (
        "shipments_are_paid",
        "update shipment set order_id = (select id from orders where tenant_id = $1 and state = 'closed' limit 1)
         where tenant_id = $1 returning id",
    ),
    (
        "orders_on_their_way_were_sent",
        "delete from shipment where tenant_id = $1 and order_id in
           (select id from orders where tenant_id = $1 and state in ('shipped', 'completed')) returning order_id",
    ),
    (
        "paid_orders_have_something_left",
        "update orders set state = 'paid' where tenant_id = $1 and state in ('shipped', 'completed') returning id",
    ),
    (
        "completed_orders_have_nothing_left",
        "update orders set state = 'completed' where tenant_id = $1 and state = 'paid' returning id",
    ),
    (
        "completions_are_posted",
        "delete from ledger_transaction where tenant_id = $1 and kind = 'completion' returning source_id",
    ),
    (
        "posted_completions_happened",
        "update ledger_transaction set kind = 'completion', source_id = id where tenant_id = $1 returning id",
    ),
    ("sent_is_to_be_told", "delete from wechat_shipping where tenant_id = $1 returning trade_id"),
    (
        "told_is_of_what_paid",
        "update payment set applied = false where tenant_id = $1 and id in
           (select payment_id from wechat_shipping where tenant_id = $1) returning id",
    ),
    (
        "waiting_uploads_are_worked_on",
        "update wechat_shipping set state = 'waiting' where tenant_id = $1 and state <> 'waiting'
         returning payment_id",
    ),
    (
        "waiting_uploads_are_worked_on",
        "update job set kind = 'sweep' where tenant_id = $1 and kind = 'upload_shipping' and state = 'ready' returning
           (select w.payment_id from wechat_shipping w
            where w.tenant_id = job.tenant_id and w.trade_id = job.subject_id)",
    ),
    ("parcels_are_where_they_were_told", "update shipment set state = 'abnormal' where tenant_id = $1 returning id"),
    // notices
    ("notices_of_paid_trades", "delete from notice where tenant_id = $1 and kind = 'paid' returning subject_id"),
    ("notices_of_paid_trades", "update notice set customer_id = id where tenant_id = $1 and kind = 'paid' returning subject_id"),
    ("notices_of_refunds", "delete from notice where tenant_id = $1 and kind = 'refunded' returning subject_id"),
    (
        "notices_are_true",
        "update notice set subject_id = id where tenant_id = $1 and kind in ('paid', 'refunded', 'closing_soon')
         returning id",
    ),
    (
        "notices_allowed",
        "update notice set state = 'sent' where tenant_id = $1 and customer_id not in
           (select customer_id from notice_grant where tenant_id = $1) returning id",
    ),
    (
        "notices_driven",
        "update notice set state = 'waiting' where tenant_id = $1 and state not in ('waiting', 'sending') returning id",
    ),
    (
        "notices_driven",
        "delete from job where tenant_id = $1 and kind = 'send_notice' and state = 'ready' returning subject_id",
    ),
    (
        "messages_driven",
        "update message set state = 'received' where tenant_id = $1 and state = 'handled' returning id",
    ),
    (
        "messages_driven",
        "delete from job where tenant_id = $1 and kind = 'handle_message' and state = 'ready' returning subject_id",
    ),
    // work
    ("callbacks_are_ours", "update callback set subject_id = id where tenant_id = $1 returning id"),
    (
        "callbacks_had_their_effect",
        "update callback set subject_id = null where tenant_id = $1 and event_type like '%.SUCCESS' returning id",
    ),
    ("jobs_are_known", "update job set kind = 'unheard_of' where tenant_id = $1 returning id"),
    (
        "jobs_are_about_trades",
        "update job set subject_id = id where tenant_id = $1
           and kind in ('auto_complete', 'auto_receive', 'close_trade', 'drive_refund', 'poll_payment',
             'refresh_trace', 'remind_receipt', 'remind_unpaid', 'time_out_after_sale', 'upload_shipping')
         returning id",
    ),
    ("jobs_are_whole", "update job set lease_id = id where tenant_id = $1 returning id"),
    ("jobs_are_whole", "update job set state = 'ready' where tenant_id = $1 and state = 'done' returning id"),
    ("answers_are_kept", "update idempotency set body = '' where tenant_id = $1 returning owner_id"),
    ("logins_have_people", "update session set subject_id = id where tenant_id = $1 returning id"),
    ("logins_stay_one_persons", "update session set family_id = tenant_id where tenant_id = $1 returning id"),
];
