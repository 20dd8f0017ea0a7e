-- What shoppers are told, what they allowed, and what WeChat pushes.

create table notice_template (
  tenant_id uuid not null references tenant (id),
  kind text not null check (kind in ('paid', 'shipped', 'refunded', 'after_sale_decided', 'closing_soon')),
  -- as WeChat's console shows it
  template_id text not null,
  -- what stands at which key of the template
  fields jsonb not null,
  page text,
  -- accepted once, allowed until refused
  long_term boolean not null,
  enabled boolean not null,
  updated_at timestamptz not null,
  primary key (tenant_id, kind)
);

create table notice_grant (
  tenant_id uuid not null,
  customer_id uuid not null,
  template_id text not null,
  -- messages that may still be sent
  remaining bigint not null check (remaining >= 0),
  always boolean not null,
  -- switched off in WeChat's notification centre
  blocked boolean not null,
  answer text check (answer in ('accept', 'reject', 'ban')),
  -- accepts that only the client has told (positive) or only WeChat (negative) so far
  unmatched bigint not null,
  told_at timestamptz not null,
  primary key (tenant_id, customer_id, template_id),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id)
);

-- One message about one thing that happened.
create table notice (
  tenant_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  kind text not null check (kind in ('paid', 'shipped', 'refunded', 'after_sale_decided', 'closing_soon')),
  -- the trade, order, refund or after-sale
  subject_id uuid not null,
  event jsonb not null,
  -- sending: written before WeChat is called, so that nobody calls again
  state text not null check (state in ('waiting', 'sending', 'sent', 'skipped', 'failed')),
  reason text check (reason in ('no_template', 'no_grant', 'outdated', 'bad_value', 'refused', 'quota', 'unknown')),
  detail text,
  wechat_code text,
  wechat_message_id text,
  -- what subscribe_msg_sent_event says when WeChat did not deliver it after all
  delivery_error text,
  created_at timestamptz not null,
  sent_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, kind, subject_id),
  check ((state in ('skipped', 'failed')) = (reason is not null)),
  check ((state = 'sent') = (sent_at is not null)),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id)
);
create index notice_of_customer on notice (tenant_id, customer_id, id);
create index notice_by_wechat on notice (tenant_id, wechat_message_id) where wechat_message_id is not null;

-- What WeChat pushed. The keys stay for ever, or a captured push could be played back.
create table message (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  key text not null,
  -- the type of a message, the name of an event
  kind text not null,
  -- sealed JSON; null once it was forgotten
  payload_sealed text,
  -- answering: written before WeChat is called, so that nobody calls again
  state text not null check (state in ('received', 'answering', 'handled')),
  detail text,
  times bigint not null check (times > 0),
  received_at timestamptz not null,
  handled_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, key),
  check ((state = 'handled') = (handled_at is not null)),
  check (payload_sealed is not null or state = 'handled')
);
create index message_to_forget on message (tenant_id, handled_at) where payload_sealed is not null;

-- What WeChat's check of a picture or sound found.
create table media_check (
  tenant_id uuid not null references tenant (id),
  trace_id text not null,
  verdict text not null check (verdict in ('pass', 'review', 'risky', 'failed')),
  -- WeChat's number of what was found
  label bigint,
  told_at timestamptz not null,
  primary key (tenant_id, trace_id)
);

-- The shopper took a consent back at WeChat, or left.
alter table customer add column revoked_at timestamptz;
