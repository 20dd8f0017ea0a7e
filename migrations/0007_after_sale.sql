-- What shoppers want back: cases, their evidence, and what operators set up for them. Amounts are fen.

-- What a shopper can choose as the reason of a case.
create table after_sale_reason (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  kind text not null check (kind in ('cancel', 'refund_only', 'return_refund')),
  -- Chinese, and English where somebody wrote it
  text text not null,
  text_en text,
  position bigint not null,
  enabled boolean not null,
  primary key (tenant_id, id)
);

-- Where goods are sent back to.
create table return_address (
  tenant_id uuid not null,
  merchant_id uuid not null,
  -- sealed JSON: name, phone, province, city, district, detail
  sealed text not null,
  primary key (tenant_id, merchant_id),
  foreign key (tenant_id, merchant_id) references merchant (tenant_id, id)
);

create table after_sale (
  tenant_id uuid not null,
  id uuid not null,
  trade_id uuid not null,
  order_id uuid not null,
  customer_id uuid not null,
  kind text not null check (kind in ('cancel', 'refund_only', 'return_refund', 'goodwill')),
  state text not null check (state in
    ('requested', 'approved', 'returned', 'refunding', 'done', 'rejected', 'cancelled')),
  -- the reason that was chosen, which may be gone since, and its words
  reason_id uuid,
  reason text not null,
  reason_en text,
  description text,
  -- what its lines are worth; what goes back, once an operator has said so
  worth bigint not null check (worth >= 0),
  amount bigint check (amount between 0 and worth),
  -- the first of two operators who let a large amount go, and the amount they meant
  first_consent_by uuid,
  first_consent_amount bigint,
  decided_by uuid,
  reject_reason text,
  -- sealed snapshot of the return address
  return_address_sealed text,
  return_carrier text,
  return_tracking_no text,
  returned_at timestamptz,
  received_at timestamptz,
  -- when the present state times out
  due_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((kind = 'goodwill') = (reason_id is null)),
  check (state not in ('refunding', 'done') or amount is not null),
  check (state <> 'rejected' or reject_reason is not null),
  check ((first_consent_by is null) = (first_consent_amount is null)),
  check (first_consent_amount between 0 and worth),
  check (state not in ('rejected', 'cancelled') or first_consent_by is null),
  check (kind = 'return_refund' or (state not in ('approved', 'returned') and return_address_sealed is null)),
  check (state not in ('approved', 'returned') or return_address_sealed is not null),
  check (returned_at is null or return_address_sealed is not null),
  check ((returned_at is null) = (return_carrier is null)),
  check ((returned_at is null) = (return_tracking_no is null)),
  check (state <> 'returned' or returned_at is not null),
  check (received_at is null or returned_at is not null),
  check (due_at is null or state in ('requested', 'approved', 'returned')),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, order_id) references orders (tenant_id, id),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id),
  foreign key (tenant_id, first_consent_by) references operator (tenant_id, id),
  foreign key (tenant_id, decided_by) references operator (tenant_id, id)
);
create index after_sale_of_order on after_sale (tenant_id, order_id);
create index after_sale_of_customer on after_sale (tenant_id, customer_id, id);
create index after_sale_in_state on after_sale (tenant_id, state, id);

-- Pieces of an order's line in a case, and what they are worth.
create table after_sale_line (
  tenant_id uuid not null,
  -- the source of the stock move that puts its pieces back: one move at most
  id uuid not null,
  after_sale_id uuid not null,
  line_id uuid not null,
  quantity bigint not null check (quantity > 0),
  amount bigint not null check (amount >= 0),
  -- pieces that an operator put back on the shelf
  restocked bigint not null default 0 check (restocked between 0 and quantity),
  primary key (tenant_id, id),
  unique (tenant_id, after_sale_id, line_id),
  foreign key (tenant_id, after_sale_id) references after_sale (tenant_id, id),
  foreign key (tenant_id, line_id) references order_line (tenant_id, id)
);
create index after_sale_line_of_line on after_sale_line (tenant_id, line_id);

-- One row per move of a case, and per step that leaves it where it is; never updated.
create table after_sale_history (
  tenant_id uuid not null,
  id uuid not null,
  after_sale_id uuid not null,
  from_state text,
  to_state text not null,
  actor text not null check (actor in ('shopper', 'operator', 'wechat', 'system')),
  operator_id uuid,
  reason text,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check (operator_id is null or actor = 'operator'),
  foreign key (tenant_id, after_sale_id) references after_sale (tenant_id, id),
  foreign key (tenant_id, operator_id) references operator (tenant_id, id)
);
create index after_sale_history_of on after_sale_history (tenant_id, after_sale_id, id);

-- Evidence. What no case names is swept after a day, that of void cases a month after they ended.
create table image (
  tenant_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  after_sale_id uuid,
  content_type text not null check (content_type in ('image/jpeg', 'image/png', 'image/webp')),
  bytes bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id),
  foreign key (tenant_id, after_sale_id) references after_sale (tenant_id, id)
);
create index image_of_case on image (tenant_id, after_sale_id, id) where after_sale_id is not null;
create index image_of_customer on image (tenant_id, customer_id);
create index image_unused on image (tenant_id, created_at) where after_sale_id is null;
