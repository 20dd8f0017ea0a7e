//! Who asks. The extractor hands over the identity it checked, so that the check cannot be forgotten.

use crate::base::{Code, CustomerId, Error, OperatorId, TenantId};
use crate::infra::Core;
use crate::infra::session::{Realm, Subject, verify};
use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

/// A logged-in shopper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shopper {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Who.
    pub id: CustomerId,
}

/// A logged-in operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Who.
    pub id: OperatorId,
}

impl<S: Send + Sync> FromRequestParts<S> for Shopper
where
    Core: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let who = subject(parts, &Core::from_ref(state), Realm::Shop)?;
        Ok(Self { tenant_id: who.tenant_id, id: CustomerId::from_uuid(who.id) })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Operator
where
    Core: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let who = subject(parts, &Core::from_ref(state), Realm::Admin)?;
        Ok(Self { tenant_id: who.tenant_id, id: OperatorId::from_uuid(who.id) })
    }
}

fn subject(parts: &Parts, core: &Core, realm: Realm) -> Result<Subject, Error> {
    parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|token| verify(core, realm, token))
        .ok_or_else(|| Code::Unauthorized.into())
}
