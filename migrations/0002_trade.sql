-- What is bought and paid. Amounts are fen.

-- What is paid once.
create table trade (
  tenant_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  state text not null check (state in ('unpaid', 'paid', 'closed')),
  goods_total bigint not null check (goods_total >= 0),
  discount_total bigint not null check (discount_total >= 0),
  freight_total bigint not null check (freight_total >= 0),
  total bigint not null check (total > 0),
  remark text,
  -- sealed JSON snapshot of the delivery address
  address_sealed text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- from here on no payment may start; set before WeChat is asked to close
  closing_since timestamptz,
  close_reason text check (close_reason in ('timeout', 'shopper', 'operator')),
  paid_at timestamptz,
  closed_at timestamptz,
  primary key (tenant_id, id),
  check (total = goods_total - discount_total + freight_total),
  check ((state = 'paid') = (paid_at is not null)),
  check ((state = 'closed') = (closed_at is not null)),
  check ((closing_since is null) = (close_reason is null)),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id)
);
create index trade_of_customer on trade (tenant_id, customer_id, id);

-- One per merchant of a trade.
create table orders (
  tenant_id uuid not null,
  id uuid not null,
  trade_id uuid not null,
  merchant_id uuid not null,
  customer_id uuid not null,
  state text not null check (state in ('unpaid', 'paid', 'shipped', 'received', 'completed', 'closed', 'refunded')),
  goods_total bigint not null check (goods_total >= 0),
  discount bigint not null check (discount between 0 and goods_total),
  freight bigint not null check (freight >= 0),
  total bigint not null check (total >= 0),
  -- what its refunds give back: those that are not closed, and of these those that succeeded
  refunding bigint not null default 0,
  refunded bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  shipped_at timestamptz,
  received_at timestamptz,
  completed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, trade_id, merchant_id),
  check (total = goods_total - discount + freight),
  check (refunded >= 0 and refunded <= refunding and refunding <= total),
  check (refunding = 0 or state not in ('unpaid', 'closed')),
  check (state <> 'refunded' or refunded = total),
  check (state not in ('shipped', 'received') or shipped_at is not null),
  check (state <> 'received' or received_at is not null),
  -- an order of which nothing was to be sent any more was neither sent nor received before it was over
  check (state <> 'completed' or (completed_at is not null and (shipped_at is null) = (received_at is null))),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, merchant_id) references merchant (tenant_id, id),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id)
);
create index orders_of_customer on orders (tenant_id, customer_id, id);

create table order_line (
  tenant_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  trade_id uuid not null,
  sku_id uuid not null,
  product_id uuid not null,
  -- as they were when the order was placed
  title text not null,
  specs jsonb not null,
  image_url text not null,
  price bigint not null check (price > 0),
  quantity bigint not null check (quantity between 1 and 999),
  total bigint not null,
  -- its shares of the order's discount and freight, and with them what of the payment falls to it
  discount bigint not null check (discount between 0 and total),
  freight bigint not null check (freight >= 0),
  payable bigint not null,
  -- pieces that were sent; pieces in after-sales that are open or done, of these cancelled ones that
  -- will not be sent; and the money that those after-sales ask for
  shipped bigint not null default 0 check (shipped >= 0),
  claimed bigint not null default 0,
  cancelled bigint not null default 0,
  claimed_amount bigint not null default 0,
  primary key (tenant_id, id),
  check (total = price * quantity),
  check (payable = total - discount + freight),
  check (shipped + cancelled <= quantity),
  check (cancelled >= 0 and cancelled <= claimed and claimed <= quantity),
  -- only what was sent can come back
  check (claimed - cancelled <= shipped),
  check (claimed_amount between 0 and payable),
  foreign key (tenant_id, order_id) references orders (tenant_id, id),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, sku_id) references sku (tenant_id, id),
  foreign key (tenant_id, product_id) references product (tenant_id, id)
);
create index order_line_of_order on order_line (tenant_id, order_id);

-- One row per move of a trade or an order; never updated.
create table order_history (
  tenant_id uuid not null,
  id uuid not null,
  trade_id uuid not null,
  -- null: the trade itself moved
  order_id uuid,
  from_state text,
  to_state text not null,
  actor text not null check (actor in ('shopper', 'operator', 'wechat', 'system')),
  operator_id uuid,
  reason text,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check (operator_id is null or actor = 'operator'),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, order_id) references orders (tenant_id, id),
  foreign key (tenant_id, operator_id) references operator (tenant_id, id)
);
create index order_history_of_trade on order_history (tenant_id, trade_id, id);

create table stock_hold (
  tenant_id uuid not null,
  -- the order line
  line_id uuid not null,
  trade_id uuid not null,
  sku_id uuid not null,
  quantity bigint not null check (quantity > 0),
  state text not null check (state in ('held', 'committed', 'released')),
  primary key (tenant_id, line_id),
  foreign key (tenant_id, line_id) references order_line (tenant_id, id),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, sku_id) references stock (tenant_id, sku_id)
);
create index stock_hold_of_trade on stock_hold (tenant_id, trade_id);
create index stock_hold_open on stock_hold (tenant_id, sku_id) where state = 'held';

-- One attempt to collect a trade. The id's base32 part is WeChat's out_trade_no.
create table payment (
  tenant_id uuid not null,
  id uuid not null,
  trade_id uuid not null,
  customer_id uuid not null,
  state text not null check (state in ('created', 'prepaid', 'succeeded', 'closed', 'failed')),
  amount bigint not null check (amount > 0),
  app_id text not null,
  mch_id text not null,
  prepay_id text,
  prepaid_at timestamptz,
  -- when the shopper last had WeChat asked about it: not more often than every few seconds
  asked_at timestamptz,
  transaction_id text,
  -- what WeChat says was collected
  paid_amount bigint,
  -- this payment made its trade paid; money of any other success goes back
  applied boolean not null,
  -- what goes back of it: the sum of its refunds that are not closed
  refunding bigint not null default 0 check (refunding >= 0),
  -- how many refunds it ever had; WeChat takes 50
  refunds bigint not null default 0 check (refunds between 0 and 50),
  -- when the last of them was handed to WeChat, which takes one a minute
  refund_sent_at timestamptz,
  paid_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((state = 'succeeded') = (paid_at is not null)),
  check ((state = 'succeeded') = (transaction_id is not null)),
  check ((state = 'succeeded') = (paid_amount is not null)),
  check (paid_amount > 0),
  check (refunding <= coalesce(paid_amount, 0)),
  check ((prepay_id is null) = (prepaid_at is null)),
  check (not applied or state = 'succeeded'),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id)
);
create index payment_of_trade on payment (tenant_id, trade_id);
create unique index payment_open on payment (tenant_id, trade_id) where state in ('created', 'prepaid');
create unique index payment_applied on payment (tenant_id, trade_id) where applied;
create unique index payment_transaction on payment (tenant_id, transaction_id) where transaction_id is not null;

-- One intent to give back. The id's base32 part is WeChat's out_refund_no, for ever.
create table refund (
  tenant_id uuid not null,
  id uuid not null,
  trade_id uuid not null,
  payment_id uuid not null,
  -- which one of its payment, counted from 1
  ordinal bigint not null check (ordinal between 1 and 50),
  -- unwanted money belongs to no order; everything else does, and to an after-sale
  order_id uuid,
  after_sale_id uuid,
  state text not null check (state in ('created', 'submitted', 'succeeded', 'closed', 'abnormal')),
  amount bigint not null check (amount > 0),
  reason text not null check (reason in ('closed_trade', 'paid_twice', 'wrong_amount', 'after_sale')),
  wechat_refund_id text,
  -- where an operator sent the money that could not go back the way it came: as far as we know, the way
  -- of the latest redirection that WeChat did not refuse
  redirected_to text check (redirected_to in ('shopper', 'merchant')),
  -- when it was first handed to WeChat: from then on its outcome is asked for
  sent_at timestamptz,
  -- who took an abnormal one in hand
  operator_id uuid,
  note text,
  last_error text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  succeeded_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, payment_id, ordinal),
  check ((state = 'succeeded') = (succeeded_at is not null)),
  check ((reason = 'after_sale') = (order_id is not null)),
  check ((reason = 'after_sale') = (after_sale_id is not null)),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, payment_id) references payment (tenant_id, id),
  foreign key (tenant_id, order_id) references orders (tenant_id, id),
  foreign key (tenant_id, operator_id) references operator (tenant_id, id)
);
create index refund_of_trade on refund (tenant_id, trade_id);
create index refund_of_case on refund (tenant_id, after_sale_id) where after_sale_id is not null;
create unique index refund_of_after_sale on refund (tenant_id, after_sale_id)
  where after_sale_id is not null and state <> 'closed';
-- Unwanted money goes back in full, once: a second try needs the first one closed.
create unique index refund_of_unwanted on refund (tenant_id, payment_id)
  where state <> 'closed' and after_sale_id is null;

-- What operators did about a refund; written before WeChat is asked. Never deleted.
create table refund_action (
  tenant_id uuid not null,
  id uuid not null,
  refund_id uuid not null,
  kind text not null check (kind in ('take', 'retry', 'redirect')),
  operator_id uuid not null,
  note text,
  -- of a redirection: where to, the end of the card's number, and what WeChat said to it
  way text check (way in ('shopper', 'merchant')),
  card_tail text check (length(card_tail) = 4),
  answer text check (answer in ('none', 'accepted', 'refused')),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check ((kind = 'redirect') = (way is not null)),
  check ((kind = 'redirect') = (answer is not null)),
  check ((card_tail is not null) = (way is not null and way = 'shopper')),
  foreign key (tenant_id, refund_id) references refund (tenant_id, id),
  foreign key (tenant_id, operator_id) references operator (tenant_id, id)
);
create index refund_action_of on refund_action (tenant_id, refund_id, id);

-- Call-backs whose signature was good. Forged ones leave no row, so that nobody can fill the table.
create table callback (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  notification_id text not null,
  event_type text not null,
  -- out_trade_no or out_refund_no
  subject text not null,
  -- the same as an id; null when it cannot be one of ours
  subject_id uuid,
  outcome text not null check (outcome in ('done', 'rejected')),
  detail text,
  times bigint not null,
  received_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, notification_id)
);

-- Double entry. Rows are written once; the entries of a transaction add up to nothing.
create table ledger_transaction (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  kind text not null check (kind in ('payment', 'unwanted_payment', 'refund_intent', 'refund', 'refund_closed',
    'completion', 'fee', 'suspense', 'correction')),
  -- the payment, refund, order or bill; one transaction for each thing that happened to it
  source_id uuid not null,
  -- who made a correction, and why
  operator_id uuid,
  note text,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, kind, source_id),
  check ((kind = 'correction') = (operator_id is not null)),
  check ((kind = 'correction') = (note is not null)),
  foreign key (tenant_id, operator_id) references operator (tenant_id, id)
);

create table ledger_entry (
  tenant_id uuid not null,
  transaction_id uuid not null,
  position bigint not null,
  account text not null check (account in ('wechat', 'owed_to_customers', 'sales', 'freight', 'refunds', 'fees',
    'merchant_share', 'merchant_payable', 'suspense')),
  -- whose sale; absent where an account is the tenant's own
  merchant_id uuid,
  -- debit positive, credit negative
  amount bigint not null check (amount <> 0),
  primary key (tenant_id, transaction_id, position),
  check ((merchant_id is not null) =
    (account in ('sales', 'freight', 'refunds', 'merchant_share', 'merchant_payable'))),
  foreign key (tenant_id, transaction_id) references ledger_transaction (tenant_id, id),
  foreign key (tenant_id, merchant_id) references merchant (tenant_id, id)
);
