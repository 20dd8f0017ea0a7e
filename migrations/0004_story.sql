-- What a timeline tells besides the rows themselves.

-- One row per call to WeChat about a trade, written when the call has ended; never updated.
create table wechat_call (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  -- the payment, refund, order… that it was about
  subject_id uuid not null,
  trade_id uuid,
  operation text not null,
  outcome text not null check (outcome in ('ok', 'refused', 'unknown')),
  -- of the last answer that came, if one did
  status bigint,
  code text,
  request_id text,
  took_ms bigint not null check (took_ms >= 0),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  check ((outcome = 'ok') = (code is null)),
  foreign key (tenant_id, trade_id) references trade (tenant_id, id)
);
create index wechat_call_of_trade on wechat_call (tenant_id, trade_id, id);

create index ledger_transaction_of_source on ledger_transaction (tenant_id, source_id);
create index callback_of_subject on callback (tenant_id, subject_id);
