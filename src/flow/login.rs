//! A code of `wx.login` becomes a shopper; a name and a password become an operator.

use super::Mall;
use super::visitor::app_id;
use super::wechat::{openid, unavailable};
use crate::base::{Code, Error, OperatorId, Phone, Problem, Result, Text};
use crate::infra::http::{Json, Shopper};
use crate::infra::session::{self, Realm, Subject, Tokens};
use crate::mall::{customer, operator};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat_sdk::mini::login::CodeToSession;
use wechat_sdk::mini::user::GetPhoneNumber;
use wechat_sdk::{Outcome, UnionId};

/// The shoppers' routes.
pub fn shop() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(login)).routes(routes!(refresh)).routes(routes!(phone))
}

/// The operators' routes.
pub fn admin() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(admin_login)).routes(routes!(admin_refresh))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeInput {
    /// The code, once and within five minutes.
    code: Text<256>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshInput {
    /// The newest refresh token.
    refresh_token: String,
}

/// A shopper's login.
#[derive(Debug, Serialize, ToSchema)]
struct Login {
    /// Who.
    customer_id: crate::base::CustomerId,
    #[serde(flatten)]
    tokens: Tokens,
}

/// Log in with a code of `wx.login`
#[utoipa::path(post, path = "/auth/login", tag = "login", security(()), request_body = CodeInput,
    params(("X-App-Id" = Option<String>, Header, description = "needed with several tenants")),
    responses((status = 200, body = Login)))]
async fn login(
    State(mall): State<Mall>,
    headers: HeaderMap,
    Json(input): Json<CodeInput>,
) -> Result<Json<Login>> {
    let gateway = mall.gateways.by_app(app_id(&headers))?;
    let session = gateway.mini.send(&CodeToSession::new(input.code.as_str())).await;
    let session = session.map_err(|error| code_error(&error))?;
    let mut tx = mall.core.db.begin().await?;
    let tenant_id = gateway.tenant_id;
    let unionid = session.unionid.as_ref().map(UnionId::as_str);
    let id = customer::upsert(&mut tx, tenant_id, session.openid.as_str(), unionid, mall.core.now()).await?;
    let subject = Subject { realm: Realm::Shop, tenant_id, id: id.uuid() };
    let tokens = session::start(&mall.core, &mut tx, subject).await?;
    tx.commit().await?;
    Ok(Json(Login { customer_id: id, tokens }))
}

fn code_error(error: &wechat_sdk::Error) -> Error {
    let has = |codes: &[&str]| codes.iter().any(|code| error.has_code(code));
    // 40013: the code of another mini program.
    if has(&["40029", "40163", "41008", "40013", "40003"]) {
        return Code::InvalidLoginCode.into();
    }
    if has(&["40226"]) {
        return Code::LoginRefused.into();
    }
    if has(&["45011"]) {
        return Code::TooManyTries.into();
    }
    let unavailable = unavailable(error);
    if error.outcome() == Outcome::Unknown {
        // The code may be used up.
        let detail = "WeChat did not answer; get a new code and try again";
        return Problem::with(Code::WechatUnavailable, detail).into();
    }
    unavailable
}

/// Trade a refresh token for new tokens
#[utoipa::path(post, path = "/auth/refresh", tag = "login", security(()), request_body = RefreshInput,
    responses((status = 200, body = Tokens)))]
async fn refresh(State(mall): State<Mall>, Json(input): Json<RefreshInput>) -> Result<Json<Tokens>> {
    Ok(Json(session::refresh(&mall.core, Realm::Shop, &input.refresh_token).await?))
}

/// Keep the telephone number of the button `getPhoneNumber`
#[utoipa::path(post, path = "/me/phone", tag = "me", request_body = CodeInput, responses((status = 204)))]
async fn phone(State(mall): State<Mall>, who: Shopper, Json(input): Json<CodeInput>) -> Result<StatusCode> {
    let gateway = mall.gateways.of(who.tenant_id)?;
    let openid = openid(&mut mall.core.db.read().await?, who.tenant_id, who.id).await?;
    let info = gateway.mini.send(&GetPhoneNumber::new(input.code.as_str()).openid(openid)).await;
    let info = info.map_err(|error| code_error(&error))?.phone_info;
    let given_for = info.watermark.and_then(|watermark| watermark.appid);
    if given_for.is_some_and(|app_id| app_id != gateway.app_id) {
        return Err(Code::InvalidLoginCode.into());
    }
    let phone = Phone::try_from(info.pure_phone_number.expose().to_owned());
    let phone = phone.map_err(|reason| anyhow::anyhow!("WeChat gave a telephone number that {reason}"))?;
    let mut tx = mall.core.db.begin().await?;
    customer::set_phone(&mut tx, &mall.core.vault, who.tenant_id, who.id, &phone).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordInput {
    /// The operator's name.
    username: Text<64>,
    /// The operator's password.
    password: String,
}

/// An operator's login.
#[derive(Debug, Serialize, ToSchema)]
struct OperatorLogin {
    /// Who.
    operator_id: OperatorId,
    #[serde(flatten)]
    tokens: Tokens,
}

/// Log in with name and password
#[utoipa::path(post, path = "/auth/login", tag = "login", security(()), request_body = PasswordInput,
    params(("X-App-Id" = Option<String>, Header, description = "needed with several tenants")),
    responses((status = 200, body = OperatorLogin)))]
async fn admin_login(
    State(mall): State<Mall>,
    headers: HeaderMap,
    Json(input): Json<PasswordInput>,
) -> Result<Json<OperatorLogin>> {
    let tenant_id = mall.gateways.by_app(app_id(&headers))?.tenant_id;
    let id = operator::check(&mall.core.db, tenant_id, input.username.as_str(), input.password).await?;
    let mut tx = mall.core.db.begin().await?;
    let subject = Subject { realm: Realm::Admin, tenant_id, id: id.uuid() };
    let tokens = session::start(&mall.core, &mut tx, subject).await?;
    tx.commit().await?;
    Ok(Json(OperatorLogin { operator_id: id, tokens }))
}

/// Trade a refresh token for new tokens
#[utoipa::path(post, path = "/auth/refresh", tag = "login", security(()), request_body = RefreshInput,
    responses((status = 200, body = Tokens)))]
async fn admin_refresh(State(mall): State<Mall>, Json(input): Json<RefreshInput>) -> Result<Json<Tokens>> {
    Ok(Json(session::refresh(&mall.core, Realm::Admin, &input.refresh_token).await?))
}
