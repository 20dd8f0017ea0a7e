use super::event::{Event, Kind};
use super::grant::Grant;
use super::template::{Reason, Template};
use crate::base::{CustomerId, NoticeId, Page, Paging, TenantId, Timestamp};
use crate::infra::db::{Conn, Json, Result};
use serde::Serialize;
use uuid::Uuid;

crate::column_enum!(
    /// Where a notice stands.
    #[schema(as = NoticeState)]
    State {
        /// To be sent.
        Waiting = "waiting",
        /// WeChat is being called, or was when the worker died.
        Sending = "sending",
        /// WeChat took it.
        Sent = "sent",
        /// It was not to be sent.
        Skipped = "skipped",
        /// It could not be sent, or nobody knows.
        Failed = "failed",
    }
);

/// A notice as operators see it.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Notice {
    /// Which.
    pub id: NoticeId,
    /// To whom.
    pub customer_id: CustomerId,
    /// What it is about.
    pub kind: Kind,
    /// The trade, order, refund or after-sale: the part of its id behind the underscore.
    #[serde(serialize_with = "suffix")]
    #[schema(value_type = String)]
    pub subject_id: Uuid,
    /// Where it stands.
    pub state: State,
    /// Why it was skipped or failed.
    pub reason: Option<Reason>,
    /// The same in words.
    pub detail: Option<String>,
    /// The code of WeChat's refusal.
    pub wechat_code: Option<String>,
    /// Why WeChat did not deliver it after it had taken it.
    pub delivery_error: Option<String>,
    /// When it happened.
    pub created_at: Timestamp,
    /// When WeChat took it.
    pub sent_at: Option<Timestamp>,
}

fn suffix<S: serde::Serializer>(id: &Uuid, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&crate::base::id::encode(*id))
}

/// The notices about these trades, orders, refunds or after-sales, oldest first.
pub async fn about(db: &mut Conn, tenant: TenantId, subjects: &[Uuid]) -> Result<Vec<Notice>> {
    if subjects.is_empty() {
        return Ok(vec![]);
    }
    db.query(
        "select id, customer_id, kind, subject_id, state, reason, detail, wechat_code, delivery_error, created_at, sent_at
         from notice where tenant_id = $1 and subject_id in (values {rows:uuid}) order by id",
    )
    .bind(tenant)
    .rows(subjects, |query, subject| query.bind(*subject))
    .all()
    .await
}

/// A notice as the job needs it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StoredNotice {
    /// To whom.
    pub customer_id: CustomerId,
    /// What it is about.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// What happened.
    pub event: Json<Event>,
}

/// How a notice ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// Why it was not sent; `None` if it was.
    pub reason: Option<Reason>,
    /// The same in words, without values.
    pub detail: Option<String>,
    /// The code of WeChat's refusal.
    pub wechat_code: Option<String>,
    /// WeChat's number of the message.
    pub wechat_message_id: Option<String>,
}

/// Writes down that something is to be told; `None` when it was before.
pub async fn insert(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    event: &Event,
    now: Timestamp,
) -> Result<Option<NoticeId>> {
    let id = NoticeId::fresh(now);
    let made = db
        .query(
            "insert into notice (tenant_id, id, customer_id, kind, subject_id, event, state, created_at)
             values ($1, $2, $3, $4, $5, $6, 'waiting', $7)
             on conflict (tenant_id, kind, subject_id) do nothing",
        )
        .bind(tenant)
        .bind(id)
        .bind(customer)
        .bind(event.kind())
        .bind(event.subject_id())
        .bind(Json(event.clone()))
        .bind(now)
        .execute()
        .await?;
    Ok((made == 1).then_some(id))
}

/// A notice, held until the transaction ends.
pub async fn lock(db: &mut Conn, tenant: TenantId, id: NoticeId) -> Result<Option<StoredNotice>> {
    db.query("select customer_id, kind, state, event from notice where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .for_update()
        .optional()
        .await
}

/// WeChat will be called now. The notice must be locked and waiting.
pub async fn begin_sending(db: &mut Conn, tenant: TenantId, id: NoticeId) -> Result<u64> {
    db.query("update notice set state = 'sending' where tenant_id = $1 and id = $2 and state = 'waiting'")
        .bind(tenant)
        .bind(id)
        .execute()
        .await
}

/// Surely nothing was sent: it may be tried again.
pub async fn try_again(db: &mut Conn, tenant: TenantId, id: NoticeId) -> Result<u64> {
    db.query("update notice set state = 'waiting' where tenant_id = $1 and id = $2 and state = 'sending'")
        .bind(tenant)
        .bind(id)
        .execute()
        .await
}

/// Writes down how it ended. Who called WeChat knows better than a second worker that took it for dead.
pub async fn end(
    db: &mut Conn,
    tenant: TenantId,
    id: NoticeId,
    (state, ended): (State, &Ended),
    now: Timestamp,
) -> Result<u64> {
    db.query(
        "update notice set state = $3, reason = $4, detail = $5, wechat_code = $6, wechat_message_id = $7,
           sent_at = $8
         where tenant_id = $1 and id = $2 and (state in ('waiting', 'sending') or reason = 'unknown')",
    )
    .bind(tenant)
    .bind(id)
    .bind(state)
    .bind(ended.reason)
    .bind(ended.detail.clone())
    .bind(ended.wechat_code.clone())
    .bind(ended.wechat_message_id.clone())
    .bind((state == State::Sent).then_some(now))
    .execute()
    .await
}

/// WeChat took a message and could not deliver it.
pub async fn not_delivered(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    wechat_message_id: &str,
    error: &str,
) -> Result<u64> {
    db.query(
        "update notice set delivery_error = $4
         where tenant_id = $1 and customer_id = $2 and wechat_message_id = $3",
    )
    .bind(tenant)
    .bind(customer)
    .bind(wechat_message_id)
    .bind(error)
    .execute()
    .await
}

pub(super) async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (kind, state, customer): (Option<Kind>, Option<State>, Option<CustomerId>),
    paging: Paging,
) -> Result<Page<Notice>> {
    db.query(
        "select id, customer_id, kind, subject_id, state, reason, detail, wechat_code, delivery_error, created_at,
           sent_at
         from notice where tenant_id = $1 and (kind = $2 or $2 is null) and (state = $3 or $3 is null)
           and (customer_id = $4 or $4 is null)",
    )
    .bind(tenant)
    .bind(kind)
    .bind(state)
    .bind(customer)
    .page("id", paging, |row: &Notice| row.id.uuid())
    .await
}

/// The template of one kind, enabled or not.
pub async fn template(db: &mut Conn, tenant: TenantId, kind: Kind) -> Result<Option<Template>> {
    db.query(
        "select kind, template_id, fields, page, long_term, enabled, updated_at from notice_template
         where tenant_id = $1 and kind = $2",
    )
    .bind(tenant)
    .bind(kind)
    .optional()
    .await
}

pub(super) async fn templates(db: &mut Conn, tenant: TenantId) -> Result<Vec<Template>> {
    db.query(
        "select kind, template_id, fields, page, long_term, enabled, updated_at from notice_template
         where tenant_id = $1 order by kind",
    )
    .bind(tenant)
    .all()
    .await
}

pub(super) async fn put_template(db: &mut Conn, tenant: TenantId, template: &Template) -> Result<u64> {
    db.query(
        "insert into notice_template (tenant_id, kind, template_id, fields, page, long_term, enabled, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, kind) do update set template_id = excluded.template_id, fields = excluded.fields,
           page = excluded.page, long_term = excluded.long_term, enabled = excluded.enabled,
           updated_at = excluded.updated_at",
    )
    .bind(tenant)
    .bind(template.kind)
    .bind(&template.template_id)
    .bind(template.fields.clone())
    .bind(template.page.clone())
    .bind(template.long_term)
    .bind(template.enabled)
    .bind(template.updated_at)
    .execute()
    .await
}

/// What the shopper allows of a template, held until the transaction ends; a new row when there is none.
pub(super) async fn lock_grant(
    db: &mut Conn,
    (tenant, customer): (TenantId, CustomerId),
    template_id: &str,
    now: Timestamp,
) -> Result<Grant> {
    db.query(
        "insert into notice_grant (tenant_id, customer_id, template_id, remaining, always, blocked, unmatched,
           told_at)
         values ($1, $2, $3, 0, false, false, 0, $4)
         on conflict (tenant_id, customer_id, template_id) do nothing",
    )
    .bind(tenant)
    .bind(customer)
    .bind(template_id)
    .bind(now)
    .execute()
    .await?;
    db.query(
        "select remaining, always, blocked, answer, unmatched, told_at from notice_grant
         where tenant_id = $1 and customer_id = $2 and template_id = $3",
    )
    .bind(tenant)
    .bind(customer)
    .bind(template_id)
    .for_update()
    .one()
    .await
}

pub(super) async fn save_grant(
    db: &mut Conn,
    (tenant, customer): (TenantId, CustomerId),
    template_id: &str,
    grant: &Grant,
) -> Result<u64> {
    db.query(
        "update notice_grant set remaining = $4, always = $5, blocked = $6, answer = $7, unmatched = $8, told_at = $9
         where tenant_id = $1 and customer_id = $2 and template_id = $3",
    )
    .bind(tenant)
    .bind(customer)
    .bind(template_id)
    .bind(grant.remaining)
    .bind(grant.always)
    .bind(grant.blocked)
    .bind(grant.answer)
    .bind(grant.unmatched)
    .bind(grant.told_at)
    .execute()
    .await
}

/// Uses up one permission; `false` when there is none.
pub async fn take_grant(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    template_id: &str,
) -> Result<bool> {
    let taken = db
        .query(
            "update notice_grant set remaining = case when always then remaining else remaining - 1 end
             where tenant_id = $1 and customer_id = $2 and template_id = $3 and not blocked
               and (always or remaining > 0)",
        )
        .bind(tenant)
        .bind(customer)
        .bind(template_id)
        .execute()
        .await?;
    Ok(taken == 1)
}

/// The message was surely not sent: its permission is still there.
pub async fn return_grant(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    template_id: &str,
) -> Result<u64> {
    db.query(
        "update notice_grant set remaining = remaining + 1
         where tenant_id = $1 and customer_id = $2 and template_id = $3 and not always",
    )
    .bind(tenant)
    .bind(customer)
    .bind(template_id)
    .execute()
    .await
}

/// WeChat says that nothing is allowed any more.
pub async fn drain_grants(
    db: &mut Conn,
    tenant: TenantId,
    customer: CustomerId,
    template_id: &str,
) -> Result<u64> {
    db.query(
        "update notice_grant set remaining = 0, always = false
         where tenant_id = $1 and customer_id = $2 and template_id = $3",
    )
    .bind(tenant)
    .bind(customer)
    .bind(template_id)
    .execute()
    .await
}
