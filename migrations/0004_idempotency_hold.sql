-- A request that calls WeChat between its transactions holds its key until it has an answer to keep.
-- Null: the answer is there.
alter table idempotency add column held_until timestamptz;
