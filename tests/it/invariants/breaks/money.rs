//! What breaks payments, refunds and the books.

use super::Break;

pub(super) const ALL: &[Break] = &[
    // payments
    ("one_success_per_trade", "update payment set applied = false where tenant_id = $1 and applied returning trade_id"),
    (
        "one_success_per_trade",
        "update payment set applied = true where tenant_id = $1 and not applied returning trade_id",
    ),
    (
        "one_success_per_trade",
        "update payment set paid_amount = paid_amount - 1 where tenant_id = $1 and applied returning trade_id",
    ),
    ("payments_match_trades", "update payment set amount = amount + 1 where tenant_id = $1 returning id"),
    ("payments_match_trades", "update payment set customer_id = id where tenant_id = $1 returning id"),
    (
        "successes_are_whole",
        "update payment set transaction_id = null where tenant_id = $1 and state = 'succeeded' returning id",
    ),
    (
        "successes_are_whole",
        "update payment set state = 'closed' where tenant_id = $1 and state = 'succeeded' returning id",
    ),
    (
        "one_open_payment",
        "update payment set state = 'created' where tenant_id = $1 and trade_id in
           (select id from trade where tenant_id = $1 and state = 'closed') returning trade_id",
    ),
    (
        "one_open_payment",
        "update payment set state = 'created', trade_id = (select trade_id from payment
           where tenant_id = $1 and state = 'prepaid') where tenant_id = $1 returning trade_id",
    ),
    (
        "open_payments_are_asked_about",
        "update payment set state = 'prepaid' where tenant_id = $1 and state = 'succeeded' returning id",
    ),
    (
        "transactions_are_taken_once",
        "update payment set transaction_id = '1' where tenant_id = $1 and state = 'succeeded' returning id",
    ),
    // refunds
    ("unwanted_goes_back", "delete from refund where tenant_id = $1 and order_id is null returning payment_id"),
    ("unwanted_goes_back", "update refund set amount = amount - 1 where tenant_id = $1 and order_id is null returning payment_id"),
    ("unwanted_goes_back", "update refund set state = 'closed' where tenant_id = $1 and order_id is null returning payment_id"),
    ("refunds_within_paid", "update refund set amount = 1000000000 where tenant_id = $1 returning payment_id"),
    ("refunds_within_order", "update orders set refunding = total + 1 where tenant_id = $1 returning id"),
    ("refunds_within_order", "update orders set refunded = refunding + 1 where tenant_id = $1 returning id"),
    ("refunds_of_successes", "update refund set trade_id = id where tenant_id = $1 returning id"),
    (
        "refunds_are_few",
        "insert into refund (tenant_id, id, trade_id, payment_id, ordinal, state, amount, reason, created_at, updated_at)
         select r.tenant_id, s.id, r.trade_id, r.payment_id, 50 + row_number() over (order by s.id), 'closed', 1,
           r.reason, r.created_at, r.updated_at
         from refund r join sku s on s.tenant_id = r.tenant_id
         where r.tenant_id = $1 and r.order_id is null returning payment_id",
    ),
    (
        "open_refunds_are_driven",
        "update refund set state = 'submitted', succeeded_at = null where tenant_id = $1 returning id",
    ),
    (
        "refunds_go_where_operators_sent_them",
        "update refund set redirected_to = 'merchant' where tenant_id = $1 returning id",
    ),
    ("refunds_are_numbered", "update refund set wechat_refund_id = null where tenant_id = $1 returning id"),
    ("refunds_are_numbered", "update refund set succeeded_at = null where tenant_id = $1 returning id"),
    // ledger
    (
        "ledger_balanced",
        "update ledger_entry set amount = amount + 1 where tenant_id = $1 and account = 'wechat'
         returning transaction_id",
    ),
    ("ledger_balanced", "delete from ledger_entry where tenant_id = $1 returning transaction_id"),
    ("ledger_has_payments", "delete from ledger_transaction where tenant_id = $1 and kind in ('payment', 'unwanted_payment') returning source_id"),
    (
        "ledger_has_payments",
        "update payment set paid_amount = paid_amount + 1 where tenant_id = $1 and state = 'succeeded' returning id",
    ),
    ("ledger_has_refunds", "delete from ledger_transaction where tenant_id = $1 and kind = 'refund' returning source_id"),
    (
        "ledger_has_refund_intents",
        "delete from ledger_transaction where tenant_id = $1 and kind = 'refund_intent' returning source_id",
    ),
    (
        "ledger_has_refund_intents",
        "update refund set state = 'closed' where tenant_id = $1 and order_id is not null returning id",
    ),
    (
        "ledger_has_nothing_else",
        "update ledger_transaction set source_id = id where tenant_id = $1
           and kind in ('payment', 'unwanted_payment', 'refund_intent', 'refund') returning id",
    ),
    (
        "ledger_has_nothing_else",
        "update ledger_transaction set kind = 'payment' where tenant_id = $1 and kind = 'unwanted_payment' returning id",
    ),
    (
        "ledger_has_nothing_else",
        "update ledger_transaction set kind = 'refund_closed' where tenant_id = $1 and kind = 'refund' returning id",
    ),
    (
        "ledger_holds_what_wechat_holds",
        "delete from ledger_entry where tenant_id = $1 and account = 'wechat' returning tenant_id",
    ),
    (
        "ledger_owes_what_is_not_back",
        "delete from ledger_entry where tenant_id = $1 and account = 'owed_to_customers' and amount > 0
         returning tenant_id",
    ),
    ("ledger_owes_what_is_not_back", "update refund set state = 'closed' where tenant_id = $1 returning tenant_id"),
    ("ledger_has_sales", "delete from ledger_entry where tenant_id = $1 and account = 'sales' returning merchant_id"),
    (
        "ledger_has_sales",
        "update orders set freight = freight + 1 where tenant_id = $1 and state = 'paid' returning merchant_id",
    ),
    (
        "ledger_pays_merchants",
        "delete from ledger_entry where tenant_id = $1 and account = 'refunds' returning merchant_id",
    ),
    (
        "ledger_pays_merchants",
        "delete from ledger_entry where tenant_id = $1 and account = 'merchant_payable' returning merchant_id",
    ),
    (
        "ledger_pays_merchants",
        "delete from ledger_entry where tenant_id = $1 and account = 'merchant_share' returning merchant_id",
    ),
    (
        "ledger_accounts_have_owners",
        "update ledger_entry set merchant_id = null where tenant_id = $1 and merchant_id is not null
         returning transaction_id",
    ),
    // books
    ("fees_have_bills", "update ledger_transaction set kind = 'fee', source_id = id where tenant_id = $1 returning id"),
    (
        "bills_have_fees",
        "update bill set fees_charged = fees_charged + 1 where tenant_id = $1 and kind = 'trade' returning id",
    ),
    (
        "bills_have_fees",
        "delete from ledger_transaction where tenant_id = $1 and kind = 'fee' returning source_id",
    ),
    (
        "states_are_not_booked",
        "update difference set resolution = 'booked', class = 'state' where tenant_id = $1 returning id",
    ),
    (
        "booked_differences_in_ledger",
        "update difference set resolution = 'booked', theirs = coalesce(ours, 0) + 1 where tenant_id = $1 returning id",
    ),
    ("suspense_has_differences", "update ledger_transaction set kind = 'suspense', source_id = id where tenant_id = $1 returning id"),
    (
        "delivered_differences_paid",
        "update difference set resolution = 'delivered', source_id = id where tenant_id = $1 returning id",
    ),
    (
        "refunded_differences_go_back",
        "update difference set resolution = 'refunded', source_id = id where tenant_id = $1 returning id",
    ),
    ("differences_name_ours", "update difference set source_id = id where tenant_id = $1 returning id"),
    (
        "differences_differ",
        "update difference set class = 'amount', ours = 1, theirs = 1 where tenant_id = $1 returning id",
    ),
];
