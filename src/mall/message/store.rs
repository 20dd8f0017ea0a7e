use crate::base::{MessageId, Page, Paging, Result, TenantId, Timestamp};
use crate::infra::crypto::Vault;
use crate::infra::db::{self, Conn};
use serde::{Deserialize, Serialize};

crate::column_enum!(
    /// Where a message stands.
    #[schema(as = MessageState)]
    State {
        /// Its job will see to it.
        Received = "received",
        /// WeChat is being called, or was when the worker died.
        Answering = "answering",
        /// Done.
        Handled = "handled",
    }
);

/// What came. Personal: it is sealed at rest and not printed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Content {
    /// A user's openid, or an account of WeChat.
    pub from: Option<String>,
    /// When, Unix seconds.
    pub at: Option<i64>,
    /// The body as it was decrypted, JSON or XML.
    pub body: String,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content(…)")
    }
}

/// A message as operators see it: without what it says.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = Message)]
pub struct Inbox {
    /// Which.
    pub id: MessageId,
    /// The type of a message, or the name of an event.
    pub kind: String,
    /// Where it stands.
    pub state: State,
    /// What became of it.
    pub detail: Option<String>,
    /// How often it came.
    pub times: i64,
    /// When it came first.
    pub received_at: Timestamp,
    /// When it was done.
    pub handled_at: Option<Timestamp>,
}

fn place(id: MessageId) -> String {
    format!("message/payload_sealed/{id}")
}

/// Writes down what came under its key; `None` when it came before, which is counted.
pub async fn receive(
    db: &mut Conn,
    vault: &Vault,
    tenant: TenantId,
    (key, kind): (&str, &str),
    content: &Content,
    now: Timestamp,
) -> Result<Option<MessageId>> {
    let id = MessageId::fresh(now);
    let times: i64 = db
        .query(
            "insert into message (tenant_id, id, key, kind, payload_sealed, state, times, received_at)
             values ($1, $2, $3, $4, $5, 'received', 1, $6)
             on conflict (tenant_id, key) do update set times = message.times + 1 returning times",
        )
        .bind(tenant)
        .bind(id)
        .bind(key)
        .bind(kind)
        .bind(vault.seal(&place(id), &serde_json::to_string(content)?))
        .bind(now)
        .scalar()
        .await?;
    Ok((times == 1).then_some(id))
}

#[derive(sqlx::FromRow)]
struct Row {
    state: State,
    payload_sealed: Option<String>,
}

/// A message that is not handled yet, held until the transaction ends.
pub async fn lock(
    db: &mut Conn,
    vault: &Vault,
    tenant: TenantId,
    id: MessageId,
) -> Result<Option<(State, Content)>> {
    let row: Option<Row> = db
        .query(
            "select state, payload_sealed from message
             where tenant_id = $1 and id = $2 and state in ('received', 'answering')",
        )
        .bind(tenant)
        .bind(id)
        .for_update()
        .optional()
        .await?;
    let Some((state, sealed)) = row.and_then(|row| Some((row.state, row.payload_sealed?))) else {
        return Ok(None);
    };
    Ok(Some((state, serde_json::from_str(&vault.open(&place(id), &sealed)?)?)))
}

/// WeChat will be called now. The message must be locked and received.
pub async fn begin_answering(db: &mut Conn, tenant: TenantId, id: MessageId) -> db::Result<u64> {
    db.query("update message set state = 'answering' where tenant_id = $1 and id = $2 and state = 'received'")
        .bind(tenant)
        .bind(id)
        .execute()
        .await
}

/// Surely nothing was sent: it may be tried again.
pub async fn try_again(db: &mut Conn, tenant: TenantId, id: MessageId) -> db::Result<u64> {
    db.query("update message set state = 'received' where tenant_id = $1 and id = $2 and state = 'answering'")
        .bind(tenant)
        .bind(id)
        .execute()
        .await
}

/// It is done. `detail` says what became of it, without what it said.
pub async fn mark_handled(
    db: &mut Conn,
    tenant: TenantId,
    id: MessageId,
    detail: Option<&str>,
    now: Timestamp,
) -> db::Result<u64> {
    db.query(
        "update message set state = 'handled', detail = $3, handled_at = $4 where tenant_id = $1 and id = $2",
    )
    .bind(tenant)
    .bind(id)
    .bind(detail)
    .bind(now)
    .execute()
    .await
}

/// Forgets what messages said that were handled before `then`; their keys stay.
pub async fn forget(db: &mut Conn, tenant: TenantId, then: Timestamp) -> db::Result<u64> {
    db.query(
        "update message set payload_sealed = null
         where tenant_id = $1 and handled_at < $2 and payload_sealed is not null",
    )
    .bind(tenant)
    .bind(then)
    .execute()
    .await
}

pub(super) async fn list(
    db: &mut Conn,
    tenant: TenantId,
    (kind, state): (Option<String>, Option<State>),
    paging: Paging,
) -> db::Result<Page<Inbox>> {
    db.query(
        "select id, kind, state, detail, times, received_at, handled_at from message
         where tenant_id = $1 and (kind = $2 or $2 is null) and (state = $3 or $3 is null)",
    )
    .bind(tenant)
    .bind(kind)
    .bind(state)
    .page("id", paging, |row: &Inbox| row.id.uuid())
    .await
}
