use super::{Core, Key};
use crate::base::{Code, Error, Result, TenantId};
use crate::infra::http::{Operator, Shopper};
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use serde::Serialize;
use uuid::Uuid;

/// The header that carries the key.
const HEADER: &str = "idempotency-key";

/// What a request asks for, and with which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As it came, if one came.
    key: Option<Vec<u8>>,
    /// Method and path.
    what: String,
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(TenantId, Uuid);

impl From<Shopper> for Owner {
    fn from(who: Shopper) -> Self {
        Self(who.tenant_id, who.id.uuid())
    }
}

impl From<Operator> for Owner {
    fn from(who: Operator) -> Self {
        Self(who.tenant_id, who.id.uuid())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        let key = parts.headers.get(HEADER).map(|value| value.as_bytes().to_owned());
        Ok(Self { key, what: format!("{} {}", parts.method, uri.path()) })
    }
}

impl Asked {
    /// The key of a request with this body. Error: 400 without a key of 8 to 64 letters, digits, `-`, `_`.
    pub fn key(&self, core: &Core, who: impl Into<Owner>, body: &impl Serialize) -> Result<Key> {
        let key = self.key.as_deref().and_then(|key| str::from_utf8(key).ok()).unwrap_or_default();
        let clean = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !clean || !(8..=64).contains(&key.len()) {
            return Err(Code::IdempotencyKeyRequired.into());
        }
        let asked = format!("{}\n{}", self.what, serde_json::to_string(body)?);
        let fingerprint = core.vault.lookup("idempotency/fingerprint", &asked);
        let Owner(tenant_id, owner_id) = who.into();
        Ok(Key { tenant_id, owner_id, key: key.to_owned(), fingerprint })
    }

    /// The same where the header may be left out.
    pub fn key_if_given(
        &self,
        core: &Core,
        who: impl Into<Owner>,
        body: &impl Serialize,
    ) -> Result<Option<Key>> {
        self.key.is_some().then(|| self.key(core, who, body)).transpose()
    }
}
