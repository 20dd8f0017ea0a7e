use super::UploadState;
use crate::base::{Page, Paging, PaymentId, TenantId, Timestamp, TradeId};
use crate::infra::db::{Conn, Result};
use serde::Serialize;

/// What WeChat was told of a payment.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Upload {
    /// Of which payment.
    pub payment_id: PaymentId,
    /// Of which trade.
    pub trade_id: TradeId,
    /// How far it is.
    pub state: UploadState,
    /// A hash of what WeChat was last told.
    #[serde(skip)]
    pub digest: Option<String>,
    /// When that was.
    pub uploaded_at: Option<Timestamp>,
    /// Whether WeChat's one second shipping was used: then nothing can be corrected any more.
    pub reshipped: bool,
    /// How many uploads failed since the last good one.
    pub failures: i64,
    /// Why the last of them did.
    pub last_error: Option<String>,
    /// When WeChat last reminded us of this order.
    pub reminded_at: Option<Timestamp>,
    /// When WeChat was to ask the shopper to confirm.
    pub receipt_asked_at: Option<Timestamp>,
    /// When it was first shipped.
    pub created_at: Timestamp,
    /// When something of it last changed.
    pub updated_at: Timestamp,
}

/// What an upload ended in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Where it stands now.
    pub state: UploadState,
    /// What WeChat was told and when; absent when nothing new was.
    pub news: Option<(String, Timestamp)>,
    /// Whether the second shipping was used with it, or before.
    pub reshipped: bool,
}

/// There is something to tell about a payment. What the shopper confirmed stays confirmed.
pub async fn wanted(
    db: &mut Conn,
    tenant: TenantId,
    (payment, trade): (PaymentId, TradeId),
    now: Timestamp,
) -> Result<()> {
    db.query(
        "insert into wechat_shipping (tenant_id, payment_id, trade_id, state, reshipped, failures, created_at,
           updated_at)
         values ($1, $2, $3, 'waiting', false, 0, $4, $4)
         on conflict (tenant_id, payment_id) do update set failures = 0, updated_at = excluded.updated_at,
           state = case when wechat_shipping.state = 'confirmed' then 'confirmed' else 'waiting' end",
    )
    .bind(tenant)
    .bind(payment)
    .bind(trade)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// What WeChat was told of a payment.
pub async fn upload(db: &mut Conn, tenant: TenantId, payment: PaymentId) -> Result<Option<Upload>> {
    db.query(
        "select payment_id, trade_id, state, digest, uploaded_at, reshipped, failures, last_error, reminded_at,
           receipt_asked_at, created_at, updated_at
         from wechat_shipping where tenant_id = $1 and payment_id = $2",
    )
    .bind(tenant)
    .bind(payment)
    .optional()
    .await
}

/// What WeChat was told of the payment of a trade.
pub async fn of_trade(db: &mut Conn, tenant: TenantId, trade: TradeId) -> Result<Option<Upload>> {
    db.query(
        "select payment_id, trade_id, state, digest, uploaded_at, reshipped, failures, last_error, reminded_at,
           receipt_asked_at, created_at, updated_at
         from wechat_shipping where tenant_id = $1 and trade_id = $2",
    )
    .bind(tenant)
    .bind(trade)
    .optional()
    .await
}

/// For operators, newest payment first.
pub async fn list(
    db: &mut Conn,
    tenant: TenantId,
    state: Option<UploadState>,
    paging: Paging,
) -> Result<Page<Upload>> {
    db.query(
        "select payment_id, trade_id, state, digest, uploaded_at, reshipped, failures, last_error, reminded_at,
           receipt_asked_at, created_at, updated_at
         from wechat_shipping where tenant_id = $1 and (state = $2 or $2 is null)",
    )
    .bind(tenant)
    .bind(state)
    .page("payment_id", paging, |row: &Upload| row.payment_id.uuid())
    .await
}

/// Holds the row for one upload, which ends with [`tell`] or [`fail`]; `false` when somebody else does.
pub async fn hold(
    db: &mut Conn,
    tenant: TenantId,
    payment: PaymentId,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let held = db
        .query(
            "update wechat_shipping set held_until = $4
             where tenant_id = $1 and payment_id = $2 and (held_until is null or held_until <= $3)",
        )
        .bind(tenant)
        .bind(payment)
        .bind(now)
        .bind(until)
        .execute()
        .await?;
    Ok(held == 1)
}

/// Writes down what an upload ended in. What the shopper confirmed meanwhile stays confirmed.
pub async fn tell(
    db: &mut Conn,
    tenant: TenantId,
    payment: PaymentId,
    told: &Told,
    now: Timestamp,
) -> Result<()> {
    let (digest, uploaded_at) = told.news.clone().unzip();
    db.query(
        "update wechat_shipping set state = case when state = 'confirmed' then state else $3 end,
           digest = coalesce($4, digest),
           uploaded_at = coalesce($5, uploaded_at), reshipped = $6, failures = 0, last_error = null,
           held_until = null, updated_at = $7
         where tenant_id = $1 and payment_id = $2",
    )
    .bind(tenant)
    .bind(payment)
    .bind(told.state)
    .bind(digest)
    .bind(uploaded_at)
    .bind(told.reshipped)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Writes down why an upload failed; when nothing more can be expected of trying, or `most` failed, it
/// has failed for good as far as we can see.
pub async fn fail(
    db: &mut Conn,
    tenant: TenantId,
    payment: PaymentId,
    (error, hopeless, most): (&str, bool, i64),
    now: Timestamp,
) -> Result<()> {
    db.query(
        "update wechat_shipping set failures = failures + 1, last_error = $3, held_until = null, updated_at = $6,
           state = case when state = 'confirmed' then state
             when $4 or failures + 1 >= $5 then 'failed' else 'waiting' end
         where tenant_id = $1 and payment_id = $2",
    )
    .bind(tenant)
    .bind(payment)
    .bind(error)
    .bind(hopeless)
    .bind(most)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// The shopper has the goods, WeChat says; `false` when it had said so before.
pub async fn confirmed(db: &mut Conn, tenant: TenantId, payment: PaymentId, now: Timestamp) -> Result<bool> {
    let changed = db
        .query(
            "update wechat_shipping set state = 'confirmed', last_error = null, updated_at = $3
             where tenant_id = $1 and payment_id = $2 and state <> 'confirmed'",
        )
        .bind(tenant)
        .bind(payment)
        .bind(now)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// WeChat reminds us of an order: a line for operators. What we thought it knew counts no more.
pub async fn remind(
    db: &mut Conn,
    tenant: TenantId,
    (payment, trade): (PaymentId, TradeId),
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    db.query(
        "insert into wechat_shipping (tenant_id, payment_id, trade_id, state, reshipped, failures, last_error,
           reminded_at, created_at, updated_at)
         values ($1, $2, $3, 'waiting', false, 0, $4, $5, $5, $5)
         on conflict (tenant_id, payment_id) do update
           set last_error = excluded.last_error, reminded_at = excluded.reminded_at,
             digest = case when wechat_shipping.state = 'waiting' then null else wechat_shipping.digest end,
             uploaded_at = case when wechat_shipping.state = 'waiting' then null
               else wechat_shipping.uploaded_at end",
    )
    .bind(tenant)
    .bind(payment)
    .bind(trade)
    .bind(reason)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// WeChat is now to ask the shopper to confirm, which it does once; `false` when that was done before.
pub async fn ask_receipt(
    db: &mut Conn,
    tenant: TenantId,
    payment: PaymentId,
    now: Timestamp,
) -> Result<bool> {
    let taken = db
        .query(
            "update wechat_shipping set receipt_asked_at = $3
             where tenant_id = $1 and payment_id = $2 and receipt_asked_at is null",
        )
        .bind(tenant)
        .bind(payment)
        .bind(now)
        .execute()
        .await?;
    Ok(taken == 1)
}
