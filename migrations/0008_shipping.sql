-- What was sent, where it is, and what WeChat was told of it.

-- One parcel, delivery or hand-over of an order's goods.
create table shipment (
  tenant_id uuid not null,
  id uuid not null,
  trade_id uuid not null,
  order_id uuid not null,
  kind text not null check (kind in ('express', 'local', 'virtual', 'pickup')),
  carrier_code text,
  tracking_no text,
  state text not null check (state in ('sent', 'collected', 'in_transit', 'delivering', 'signed', 'abnormal')),
  -- nothing was left to send after it
  takes_rest boolean not null,
  note text,
  operator_id uuid not null,
  -- WeChat's name of the waybill, sealed
  waybill_token_sealed text,
  -- when its trace was last asked for
  traced_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  check ((kind = 'express') = (carrier_code is not null)),
  check (kind <> 'express' or tracking_no is not null),
  check (kind = 'express' or state = 'sent'),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id),
  foreign key (tenant_id, order_id) references orders (tenant_id, id),
  foreign key (tenant_id, operator_id) references operator (tenant_id, id)
);
create index shipment_of_trade on shipment (tenant_id, trade_id, id);
create index shipment_of_order on shipment (tenant_id, order_id, id);

create table shipment_line (
  tenant_id uuid not null,
  shipment_id uuid not null,
  -- the order line
  line_id uuid not null,
  quantity bigint not null check (quantity > 0),
  primary key (tenant_id, shipment_id, line_id),
  foreign key (tenant_id, shipment_id) references shipment (tenant_id, id),
  foreign key (tenant_id, line_id) references order_line (tenant_id, id)
);
create index shipment_line_of_line on shipment_line (tenant_id, line_id);

-- What became of a shipment on its way. The same told again is the same row.
create table trace_node (
  tenant_id uuid not null,
  shipment_id uuid not null,
  at timestamptz not null,
  source text not null check (source in ('wechat', 'operator')),
  -- of an operator: what they wrote; of WeChat: the state that the shipment came to
  text text not null,
  primary key (tenant_id, shipment_id, at, source, text),
  foreign key (tenant_id, shipment_id) references shipment (tenant_id, id)
);

-- What WeChat's order shipping management was told of a payment.
create table wechat_shipping (
  tenant_id uuid not null,
  payment_id uuid not null,
  trade_id uuid not null,
  -- waiting: there is news to tell; partial: more is to be sent; uploaded: it knows of everything;
  -- confirmed: the shopper has the goods; needless: given back, or not under that management
  state text not null check (state in ('waiting', 'partial', 'uploaded', 'confirmed', 'failed', 'needless')),
  -- a hash of what it was last told, and the time that came with it
  digest text,
  uploaded_at timestamptz,
  -- its one second shipping was used
  reshipped boolean not null,
  -- uploads that failed one after the other, and why the last did
  failures bigint not null check (failures >= 0),
  last_error text,
  -- one upload at a time
  held_until timestamptz,
  -- when WeChat last reminded us of this order
  reminded_at timestamptz,
  -- when WeChat was to ask the shopper to confirm: once
  receipt_asked_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, payment_id),
  unique (tenant_id, trade_id),
  check (state not in ('partial', 'uploaded') or digest is not null),
  check ((digest is null) = (uploaded_at is null)),
  check (state <> 'failed' or last_error is not null),
  foreign key (tenant_id, payment_id) references payment (tenant_id, id),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id)
);
create index wechat_shipping_state on wechat_shipping (tenant_id, state, payment_id);
