//! Logins: short access tokens that carry who it is, and refresh tokens that rotate.
//!
//! A refresh token works once. Used again it is stolen or its answer got lost; either way its
//! whole family ends and the client logs in anew (which a mini program does without a question).

use super::Core;
use super::crypto;
use super::db::Conn;
use crate::base::{Code, Result, SessionId, TenantId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How long logins live.
#[derive(Debug, Clone)]
pub struct Settings {
    /// An access token's life.
    pub access: Duration,
    /// A refresh token's life.
    pub refresh: Duration,
}

crate::column_enum!(
    /// Which door a token opens.
    Realm {
        /// `/api`
        Shop = "shop",
        /// `/admin`
        Admin = "admin",
    }
);

/// Who a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Shopper or operator.
    pub realm: Realm,
    /// In whose mall.
    pub tenant_id: TenantId,
    /// The customer's or operator's id.
    pub id: Uuid,
}

/// What a login gives.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tokens {
    /// For `Authorization: Bearer …`.
    pub access_token: String,
    /// Seconds until it ends.
    #[schema(example = 900)]
    pub expires_in: u64,
    /// For one refresh.
    pub refresh_token: String,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    aud: Realm,
    tid: TenantId,
    sub: Uuid,
    exp: i64,
}

/// Starts a new family of tokens for `subject`, in the caller's transaction.
pub async fn start(core: &Core, db: &mut Conn, subject: Subject) -> Result<Tokens> {
    issue(core, db, subject, Uuid::new_v4()).await
}

async fn issue(core: &Core, db: &mut Conn, subject: Subject, family: Uuid) -> Result<Tokens> {
    let now = core.now();
    let refresh_token = crypto::random_token();
    db.query(
        "insert into session (tenant_id, id, realm, subject_id, family_id, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(subject.tenant_id)
    .bind(SessionId::fresh(now))
    .bind(subject.realm)
    .bind(subject.id)
    .bind(family)
    .bind(crypto::sha256(refresh_token.as_bytes()))
    .bind(now)
    .bind(now.after(core.sessions.refresh))
    .execute()
    .await?;
    let expires_in = core.sessions.access.as_secs();
    Ok(Tokens { access_token: access_token(core, subject)?, expires_in, refresh_token })
}

fn access_token(core: &Core, subject: Subject) -> Result<String> {
    let exp = core.now().after(core.sessions.access).seconds();
    let claims = Claims { aud: subject.realm, tid: subject.tenant_id, sub: subject.id, exp };
    let key = EncodingKey::from_secret(core.vault.token_key());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(anyhow::Error::from)?)
}

/// Who the access token speaks for; `None` for anything but a good, unexpired token of `realm`.
pub fn verify(core: &Core, realm: Realm, token: &str) -> Option<Subject> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_audience(&[realm.as_str()]);
    rules.set_required_spec_claims(&["exp", "aud", "sub"]);
    // The library would ask the machine for the time; ours is asked below.
    rules.validate_exp = false;
    let key = DecodingKey::from_secret(core.vault.token_key());
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules).ok()?.claims;
    let alive = claims.exp > core.now().seconds();
    alive.then_some(Subject { realm, tenant_id: claims.tid, id: claims.sub })
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: TenantId,
    id: SessionId,
    subject_id: Uuid,
    family_id: Uuid,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// Trades a refresh token for new tokens. Commits by itself: ending a family must last although
/// the caller gets an error.
pub async fn refresh(core: &Core, realm: Realm, token: &str) -> Result<Tokens> {
    let now = core.now();
    let mut tx = core.db.begin().await?;
    let found = by_token(&mut tx, realm, token).await?.ok_or(Code::InvalidRefreshToken)?;
    let family = lock_family(&mut tx, found.tenant_id, found.family_id).await?;
    let row = family.into_iter().find(|row| row.id == found.id).ok_or(Code::InvalidRefreshToken)?;
    if row.used_at.is_some() {
        end_family(&mut tx, row.tenant_id, row.family_id, now).await?;
        tx.commit().await?;
        tracing::warn!(tenant = %row.tenant_id, session = %row.id, "a refresh token was used twice: its family ends");
        return Err(Code::InvalidRefreshToken.into());
    }
    if row.revoked_at.is_some() || row.expires_at <= now {
        return Err(Code::InvalidRefreshToken.into());
    }
    tx.query("update session set used_at = $3 where tenant_id = $1 and id = $2")
        .bind(row.tenant_id)
        .bind(row.id)
        .bind(now)
        .execute()
        .await?;
    let subject = Subject { realm, tenant_id: row.tenant_id, id: row.subject_id };
    let tokens = issue(core, &mut tx, subject, row.family_id).await?;
    tx.commit().await?;
    Ok(tokens)
}

async fn by_token(db: &mut Conn, realm: Realm, token: &str) -> Result<Option<Row>> {
    Ok(db
        .query(
            "select tenant_id, id, subject_id, family_id, expires_at, used_at, revoked_at from session
             where token_hash = $1 and realm = $2",
        )
        .bind(crypto::sha256(token.as_bytes()))
        .bind(realm)
        .optional()
        .await?)
}

/// One refresh of a family at a time, so that ending it also ends what another refresh has just made.
/// Gives the rows as they are once they are held.
async fn lock_family(db: &mut Conn, tenant: TenantId, family: Uuid) -> Result<Vec<Row>> {
    Ok(db
        .query(
            "select tenant_id, id, subject_id, family_id, expires_at, used_at, revoked_at from session
             where tenant_id = $1 and family_id = $2 order by id",
        )
        .bind(tenant)
        .bind(family)
        .for_update()
        .all()
        .await?)
}

/// Ends every login of `subject`: what they hold now is good for one access token's life at most.
pub async fn end_all(db: &mut Conn, subject: Subject, now: Timestamp) -> Result<()> {
    db.query(
        "update session set revoked_at = $4
         where tenant_id = $1 and realm = $2 and subject_id = $3 and revoked_at is null",
    )
    .bind(subject.tenant_id)
    .bind(subject.realm)
    .bind(subject.id)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Forgets the refresh tokens that ended before `then`.
pub async fn purge(db: &mut Conn, tenant: TenantId, then: Timestamp) -> Result<u64> {
    Ok(db
        .query("delete from session where tenant_id = $1 and expires_at < $2")
        .bind(tenant)
        .bind(then)
        .execute()
        .await?)
}

async fn end_family(db: &mut Conn, tenant: TenantId, family: Uuid, now: Timestamp) -> Result<()> {
    db.query(
        "update session set revoked_at = $3 where tenant_id = $1 and family_id = $2 and revoked_at is null",
    )
    .bind(tenant)
    .bind(family)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}
