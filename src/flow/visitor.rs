//! Whose mall does a guest look at? The token says it, before login the header `X-App-Id`.

use super::Mall;
use crate::base::{Result, TenantId};
use crate::infra::session::{Realm, verify};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

/// The header with the mini program's appid.
pub const APP_ID: &str = "x-app-id";

/// The middleware before routes that need no login: leaves the [`TenantId`] in the request.
/// A token that is sent must be good, also where none is needed.
pub async fn visitor(State(mall): State<Mall>, mut request: Request, next: Next) -> Result<Response> {
    let tenant = tenant(&mall, request.headers())?;
    request.extensions_mut().insert(tenant);
    Ok(next.run(request).await)
}

fn tenant(mall: &Mall, headers: &HeaderMap) -> Result<TenantId> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        let subject = token.and_then(|token| verify(&mall.core, Realm::Shop, token));
        return Ok(subject.ok_or(crate::base::Code::Unauthorized)?.tenant_id);
    }
    Ok(mall.gateways.by_app(app_id(headers))?.tenant_id)
}

/// The appid that the client sent.
pub fn app_id(headers: &HeaderMap) -> Option<&str> {
    headers.get(APP_ID).and_then(|value| value.to_str().ok())
}
