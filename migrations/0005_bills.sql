-- WeChat's daily bills, and where they differ from our books. Amounts are fen; what the merchant
-- loses is negative.

-- One bill of one day.
create table bill (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  -- yyyy-mm-dd at +08:00
  day text not null check (length(day) = 10),
  kind text not null check (kind in ('trade', 'fund_flow')),
  state text not null check (state in ('wanted', 'empty', 'compared', 'refused')),
  -- SHA-1 that WeChat announced for the file that was compared last
  hash text,
  -- what its lines add up to; a trade bill's incomes are payments, its expenses refunds
  incomes bigint not null check (incomes >= 0),
  income bigint not null check (income >= 0),
  expenses bigint not null check (expenses >= 0),
  expense bigint not null check (expense >= 0),
  fees_charged bigint not null,
  fees_returned bigint not null,
  -- when it was compared last
  compared_at timestamptz,
  -- why the last run did not compare it
  last_error text,
  -- while a run works on it
  held_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, day, kind),
  check ((state in ('empty', 'compared')) = (compared_at is not null)),
  check ((state = 'compared') = (hash is not null))
);

-- A case: something on which WeChat and we do not agree.
create table difference (
  tenant_id uuid not null,
  id uuid not null,
  day text not null,
  -- the bill that showed it first
  bill_kind text not null check (bill_kind in ('trade', 'fund_flow')),
  class text not null check (class in ('only_wechat', 'only_us', 'amount', 'state', 'fee')),
  subject text not null check (subject in ('payment', 'refund', 'movement', 'fees')),
  -- out_trade_no, out_refund_no, the number of the movement, or the kind of the bill
  number text not null,
  -- the payment or refund of ours
  source_id uuid,
  ours bigint,
  theirs bigint,
  our_state text,
  their_state text,
  -- how many lines of the bill bear the number
  lines bigint not null check (lines >= 0),
  state text not null check (state in ('open', 'resolved')),
  owner_id uuid,
  resolution text check (resolution in ('delivered', 'refunded', 'booked', 'explained')),
  note text,
  found_at timestamptz not null,
  -- the last run that found it
  seen_at timestamptz not null,
  resolved_at timestamptz,
  primary key (tenant_id, id),
  -- however often a bill is compared, a case is one
  unique (tenant_id, day, subject, number, class),
  check ((state = 'resolved') = (resolution is not null)),
  check ((state = 'resolved') = (resolved_at is not null)),
  check (class <> 'only_wechat' or theirs is not null),
  check (class <> 'only_us' or (ours is not null and theirs is null and lines = 0)),
  -- money that both sides know is settled by asking WeChat: booked by hand, it would count twice
  check (resolution <> 'booked' or class <> 'state'),
  -- a person answers for what no rule decides
  check (resolution not in ('booked', 'explained') or (owner_id is not null and note is not null)),
  foreign key (tenant_id, day, bill_kind) references bill (tenant_id, day, kind),
  foreign key (tenant_id, owner_id) references operator (tenant_id, id)
);
create index difference_open on difference (tenant_id, class) where state = 'open';

-- What was paid, and given back, on a day.
create index payment_paid on payment (tenant_id, paid_at, id) where paid_at is not null;
create index refund_created on refund (tenant_id, created_at, id);
