-- What is bought and paid. Amounts are fen.

-- What is paid once.
create table trade (
  tenant_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  state text not null check (state in ('unpaid', 'paid', 'closed')),
  goods_total bigint not null check (goods_total >= 0),
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
  check (total = goods_total + freight_total),
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
  freight bigint not null check (freight >= 0),
  total bigint not null check (total >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, trade_id, merchant_id),
  check (total = goods_total + freight),
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
  primary key (tenant_id, id),
  check (total = price * quantity),
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
  reason text,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, order_id) references orders (tenant_id, id)
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
  paid_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((state = 'succeeded') = (paid_at is not null)),
  check ((state = 'succeeded') = (transaction_id is not null)),
  check ((state = 'succeeded') = (paid_amount is not null)),
  check (paid_amount > 0),
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
  state text not null check (state in ('created', 'submitted', 'succeeded', 'closed', 'abnormal')),
  amount bigint not null check (amount > 0),
  reason text not null check (reason in ('closed_trade', 'paid_twice', 'wrong_amount')),
  wechat_refund_id text,
  last_error text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  succeeded_at timestamptz,
  primary key (tenant_id, id),
  check ((state = 'succeeded') = (succeeded_at is not null)),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, payment_id) references payment (tenant_id, id)
);
create index refund_of_trade on refund (tenant_id, trade_id);
-- Unwanted money goes back in full, once: a second try needs the first one closed.
create unique index refund_of_unwanted on refund (tenant_id, payment_id) where state <> 'closed';

-- Call-backs whose signature was good. Forged ones leave no row, so that nobody can fill the table.
create table callback (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  notification_id text not null,
  event_type text not null,
  -- out_trade_no or out_refund_no
  subject text not null,
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
  kind text not null check (kind in ('payment', 'unwanted_payment', 'refund')),
  -- the payment or refund; one transaction for each success
  source_id uuid not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, kind, source_id)
);

create table ledger_entry (
  tenant_id uuid not null,
  transaction_id uuid not null,
  position bigint not null,
  account text not null check (account in ('wechat', 'sales', 'owed_to_customers')),
  -- debit positive, credit negative
  amount bigint not null check (amount <> 0),
  primary key (tenant_id, transaction_id, position),
  foreign key (tenant_id, transaction_id) references ledger_transaction (tenant_id, id)
);
