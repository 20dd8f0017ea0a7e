-- Work in the background, and answers kept for repeated requests.

-- The queue is one for all tenants, so its key does not start with the tenant.
create table job (
  id uuid primary key,
  tenant_id uuid not null references tenant (id),
  kind text not null,
  payload jsonb not null,
  -- what the work is about (a trade, a notice, a message): such jobs stay when they are done
  subject_id uuid,
  state text not null check (state in ('ready', 'dead', 'done')),
  run_at timestamptz not null,
  leased_until timestamptz,
  -- who holds the lease; a worker whose lease was taken over cannot finish the job
  lease_id uuid,
  attempts bigint not null,
  last_error text,
  created_at timestamptz not null,
  finished_at timestamptz,
  check ((lease_id is null) = (leased_until is null)),
  check ((state = 'done') = (finished_at is not null)),
  check (state <> 'done' or (subject_id is not null and lease_id is null))
);
create index job_due on job (run_at) where state = 'ready';
create index job_done on job (tenant_id, finished_at) where state = 'done';
create index job_of_subject on job (tenant_id, subject_id) where subject_id is not null;
create index job_dead on job (tenant_id, id) where state = 'dead';
create index job_of_tenant on job (tenant_id, id);

create table idempotency (
  tenant_id uuid not null references tenant (id),
  owner_id uuid not null,
  key text not null,
  -- a hash of method, path and body
  fingerprint text not null,
  -- the answer: JSON, sealed where it may hold personal data
  body text not null,
  created_at timestamptz not null,
  -- while a request that calls WeChat between its transactions has no answer yet; null: the answer is there
  held_until timestamptz,
  primary key (tenant_id, owner_id, key)
);
create index idempotency_age on idempotency (tenant_id, created_at);
