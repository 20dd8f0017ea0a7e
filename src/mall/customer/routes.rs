use super::model::{Address, AddressInput, MOST_ADDRESSES, Profile, ProfileInput};
use super::store;
use crate::base::{AddressId, Code, Page, Problem, Result};
use crate::infra::Core;
use crate::infra::http::{Json, Path, Shopper};
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What shoppers may do with their own data.
pub fn shop<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Core: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(me, update_me))
        .routes(routes!(list_addresses, add_address))
        .routes(routes!(change_address, remove_address))
}

/// Who I am
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = Profile)))]
async fn me(State(core): State<Core>, who: Shopper) -> Result<Json<Profile>> {
    let mut db = core.db.read().await?;
    Ok(Json(store::profile(&mut db, &core.vault, who.tenant_id, who.id).await?))
}

/// Change what I say about myself
#[utoipa::path(put, path = "/me", tag = "me", request_body = ProfileInput, responses((status = 200, body = Profile)))]
async fn update_me(
    State(core): State<Core>,
    who: Shopper,
    Json(input): Json<ProfileInput>,
) -> Result<Json<Profile>> {
    let mut tx = core.db.begin().await?;
    store::set_profile(&mut tx, who.tenant_id, who.id, &input).await?;
    let profile = store::profile(&mut tx, &core.vault, who.tenant_id, who.id).await?;
    tx.commit().await?;
    Ok(Json(profile))
}

/// My addresses
#[utoipa::path(get, path = "/me/addresses", tag = "me", responses((status = 200, body = Page<Address>)))]
async fn list_addresses(State(core): State<Core>, who: Shopper) -> Result<Json<Page<Address>>> {
    let mut db = core.db.read().await?;
    let items = store::addresses(&mut db, &core.vault, who.tenant_id, who.id).await?;
    Ok(Json(Page::whole(items)))
}

/// Add an address
#[utoipa::path(post, path = "/me/addresses", tag = "me", request_body = AddressInput,
    responses((status = 201, body = Address)))]
async fn add_address(
    State(core): State<Core>,
    who: Shopper,
    Json(fields): Json<AddressInput>,
) -> Result<(StatusCode, Json<Address>)> {
    let now = core.now();
    let id = AddressId::fresh(now);
    let mut tx = core.db.begin().await?;
    store::lock(&mut tx, who.tenant_id, who.id).await?;
    if store::count_addresses(&mut tx, who.tenant_id, who.id).await? >= MOST_ADDRESSES {
        let detail = format!("there are {MOST_ADDRESSES} addresses already; remove one first");
        return Err(Problem::with(Code::LimitReached, detail).into());
    }
    store::put_address(&mut tx, &core.vault, (who.tenant_id, who.id), id, &fields, now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Address { id, fields })))
}

/// Change an address
#[utoipa::path(put, path = "/me/addresses/{id}", tag = "me", params(("id" = AddressId, Path)),
    request_body = AddressInput, responses((status = 200, body = Address)))]
async fn change_address(
    State(core): State<Core>,
    who: Shopper,
    Path(id): Path<AddressId>,
    Json(fields): Json<AddressInput>,
) -> Result<Json<Address>> {
    let mut tx = core.db.begin().await?;
    store::lock(&mut tx, who.tenant_id, who.id).await?;
    if !store::owns_address(&mut tx, who.tenant_id, who.id, id).await? {
        return Err(Problem::not_found(id).into());
    }
    store::put_address(&mut tx, &core.vault, (who.tenant_id, who.id), id, &fields, core.now()).await?;
    tx.commit().await?;
    Ok(Json(Address { id, fields }))
}

/// Remove an address
#[utoipa::path(delete, path = "/me/addresses/{id}", tag = "me", params(("id" = AddressId, Path)),
    responses((status = 204)))]
async fn remove_address(
    State(core): State<Core>,
    who: Shopper,
    Path(id): Path<AddressId>,
) -> Result<StatusCode> {
    let mut tx = core.db.begin().await?;
    if !store::delete_address(&mut tx, who.tenant_id, who.id, id).await? {
        return Err(Problem::not_found(id).into());
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
