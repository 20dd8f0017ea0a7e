//! Where goods are sent back to, as operators say.

use super::super::Mall;
use crate::base::{MerchantId, Problem, Result, TenantId};
use crate::infra::db::Conn;
use crate::infra::http::{Json, Operator, Query};
use crate::mall::after_sale::{self, ReturnAddress};
use crate::mall::tenant;
use anyhow::Context as _;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(return_address, set_return_address)).merge(after_sale::admin())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Of which merchant; the tenant's own unless given.
    merchant_id: Option<MerchantId>,
}

async fn merchant(db: &mut Conn, tenant: TenantId, whose: &Whose) -> Result<MerchantId> {
    let Some(id) = whose.merchant_id else {
        return Ok(tenant::first_merchant(db, tenant).await?.context("a tenant without a merchant")?);
    };
    if !tenant::has_merchant(db, tenant, id).await? {
        return Err(Problem::not_found(id).into());
    }
    Ok(id)
}

/// Where goods are sent back to
///
/// 404 when nobody has said so yet; until then no return can be approved.
#[utoipa::path(get, path = "/return-address", tag = "after-sales", params(Whose),
    responses((status = 200, body = ReturnAddress)))]
async fn return_address(
    State(mall): State<Mall>,
    who: Operator,
    Query(whose): Query<Whose>,
) -> Result<Json<ReturnAddress>> {
    let mut db = mall.core.db.read().await?;
    let merchant = merchant(&mut db, who.tenant_id, &whose).await?;
    let address = after_sale::return_address(&mut db, &mall.core.vault, who.tenant_id, merchant).await?;
    Ok(Json(address.ok_or_else(|| Problem::not_found("a return address"))?))
}

/// Say where goods are sent back to
///
/// Returns that were approved before keep the former address.
#[utoipa::path(put, path = "/return-address", tag = "after-sales", params(Whose), request_body = ReturnAddress,
    responses((status = 200, body = ReturnAddress)))]
async fn set_return_address(
    State(mall): State<Mall>,
    who: Operator,
    Query(whose): Query<Whose>,
    Json(address): Json<ReturnAddress>,
) -> Result<Json<ReturnAddress>> {
    let mut tx = mall.core.db.begin().await?;
    let merchant = merchant(&mut tx, who.tenant_id, &whose).await?;
    after_sale::put_return_address(&mut tx, &mall.core.vault, who.tenant_id, merchant, &address).await?;
    tx.commit().await?;
    Ok(Json(address))
}
