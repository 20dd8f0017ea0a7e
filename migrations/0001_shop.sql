-- Who sells, who buys, what is sold. One text for SQLite and PostgreSQL: PostgreSQL's type names,
-- which SQLite accepts (uuid: a blob, timestamptz: milliseconds, jsonb: text).
-- Every tenant table starts its keys with tenant_id, so rows of two tenants cannot meet.

create table tenant (
  id uuid primary key,
  slug text not null unique,
  name text not null,
  app_id text not null unique,
  mch_id text not null,
  created_at timestamptz not null
);

create table merchant (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  name text not null,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);

create table operator (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  username text not null,
  -- argon2id in PHC form
  password_hash text not null,
  created_at timestamptz not null,
  disabled_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, username)
);

create table customer (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  openid text not null,
  unionid text,
  nickname text,
  avatar_url text,
  -- sealed; looked up by its keyed hash
  phone_sealed text,
  phone_hash text,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, openid)
);

create table address (
  tenant_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  -- sealed JSON: name, phone, province, city, district, detail
  sealed text not null,
  is_default boolean not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id)
);
create index address_of_customer on address (tenant_id, customer_id, id);
create unique index address_default on address (tenant_id, customer_id) where is_default;

-- Refresh tokens. A family is one login; using a token twice ends the whole family.
create table session (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  realm text not null check (realm in ('shop', 'admin')),
  subject_id uuid not null,
  family_id uuid not null,
  token_hash text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id),
  unique (token_hash)
);
create index session_family on session (tenant_id, family_id);
create index session_end on session (tenant_id, expires_at);

create table category (
  tenant_id uuid not null references tenant (id),
  id uuid not null,
  parent_id uuid,
  name text not null,
  image_url text not null,
  position bigint not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, parent_id) references category (tenant_id, id)
);

-- What delivery costs. Rules stand in order: regions, first units and their fee, further units and theirs.
create table freight_template (
  tenant_id uuid not null,
  id uuid not null,
  merchant_id uuid not null,
  name text not null,
  basis text not null check (basis in ('piece', 'weight')),
  -- nothing from this much on, fen
  free_from bigint check (free_from >= 0),
  -- for products that name no template
  is_default boolean not null,
  rules jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, merchant_id, id),
  foreign key (tenant_id, merchant_id) references merchant (tenant_id, id)
);
create unique index freight_template_default on freight_template (tenant_id, merchant_id) where is_default;

create table product (
  tenant_id uuid not null,
  id uuid not null,
  merchant_id uuid not null,
  category_id uuid not null,
  title text not null,
  subtitle text not null,
  description text not null,
  images jsonb not null,
  state text not null check (state in ('on_sale', 'off_sale')),
  -- its merchant's
  freight_template_id uuid,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, merchant_id) references merchant (tenant_id, id),
  foreign key (tenant_id, category_id) references category (tenant_id, id),
  foreign key (tenant_id, merchant_id, freight_template_id) references freight_template (tenant_id, merchant_id, id)
);
create index product_of_category on product (tenant_id, category_id, id);

create table sku (
  tenant_id uuid not null,
  id uuid not null,
  product_id uuid not null,
  code text not null,
  specs jsonb not null,
  -- fen
  price bigint not null check (price > 0),
  -- grams
  weight bigint not null default 0 check (weight >= 0),
  image_url text not null,
  enabled boolean not null,
  position bigint not null,
  primary key (tenant_id, id),
  unique (tenant_id, code),
  foreign key (tenant_id, product_id) references product (tenant_id, id)
);
create index sku_of_product on sku (tenant_id, product_id, position);

create table stock (
  tenant_id uuid not null,
  sku_id uuid not null,
  on_hand bigint not null check (on_hand >= 0),
  reserved bigint not null check (reserved >= 0),
  primary key (tenant_id, sku_id),
  check (reserved <= on_hand),
  foreign key (tenant_id, sku_id) references sku (tenant_id, id)
);

-- Every change of on_hand, so that on_hand is at any time the sum of its moves.
create table stock_move (
  tenant_id uuid not null,
  id uuid not null,
  sku_id uuid not null,
  kind text not null check (kind in ('receive', 'adjust', 'sale', 'return')),
  quantity bigint not null check (quantity <> 0),
  -- what caused it: the order line of a sale, the after-sale's line of a return, otherwise the move itself
  source_id uuid not null,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, kind, source_id),
  foreign key (tenant_id, sku_id) references stock (tenant_id, sku_id)
);
create index stock_move_of_sku on stock_move (tenant_id, sku_id);

create table cart_item (
  tenant_id uuid not null,
  customer_id uuid not null,
  sku_id uuid not null,
  quantity bigint not null check (quantity between 1 and 999),
  created_at timestamptz not null,
  primary key (tenant_id, customer_id, sku_id),
  foreign key (tenant_id, customer_id) references customer (tenant_id, id),
  foreign key (tenant_id, sku_id) references sku (tenant_id, id)
);
