//! WeChat's message pushes: what users write in the chat, and events of the mini-program platform.
//!
//! Verified on the raw bytes, written into the inbox with the job that handles it, and only then
//! answered. The answer itself is decided by the text alone, so that nothing can delay it: either the
//! shop answers later by itself, or WeChat hands the user to the customer service.

mod chat;
mod events;
mod handle;

pub use self::handle::HandleMessage;

use super::Mall;
use super::wechat::PushDoor;
use crate::base::{Code, Error, Problem, Result, TenantId};
use crate::infra::http::Path;
use crate::infra::jobs;
use crate::mall::message::{self, Content};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat_sdk::push::{Push, PushContent, PushError, PushQuery, Reply, ReplyBody};

/// WeChat hangs up after five seconds and sends it again: what was not written down by then has to
/// come again, and is told so in time.
const PATIENCE: Duration = Duration::from_secs(4);

/// The routes.
pub fn routes() -> OpenApiRouter<Mall> {
    OpenApiRouter::new().routes(routes!(verify, receive))
}

/// WeChat's console checks the address
#[utoipa::path(get, path = "/{tenant}/messages", tag = "call-backs", security(()),
    params(("tenant" = String, Path), ("signature" = String, Query), ("timestamp" = String, Query),
        ("nonce" = String, Query), ("echostr" = String, Query)),
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn verify(
    State(mall): State<Mall>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let query = PushQuery::parse(query.as_deref().unwrap_or_default());
    let gateway = mall.gateways.by_slug(&slug).ok_or_else(|| no_door(&slug))?;
    let door = gateway.push.as_ref().ok_or_else(|| no_door(&slug))?;
    let echo = door.push.echo(&query).map_err(|error| refused(&slug, &error))?;
    Ok(text("text/plain", echo.to_owned()))
}

/// A user wrote, or something happened
///
/// Answers `success`, or hands the user to the customer service. Repeats change nothing.
#[utoipa::path(post, path = "/{tenant}/messages", tag = "call-backs", security(()), params(("tenant" = String, Path)),
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn receive(
    State(mall): State<Mall>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response> {
    let query = PushQuery::parse(query.as_deref().unwrap_or_default());
    // What was begun runs to its end; a repeat of what was written down too late changes nothing.
    let work = tokio::spawn(async move { take(&mall, &slug, &query, &body).await });
    let Ok(answer) = tokio::time::timeout(PATIENCE, work).await else {
        tracing::warn!("a message push could not be written down in time");
        metrics::counter!("jishi_pushes_late_total").increment(1);
        return Err(Code::Unavailable.into());
    };
    let ReplyBody { content_type, body } = answer??;
    Ok(text(content_type, body))
}

fn text(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

fn no_door(slug: &str) -> Problem {
    Problem::not_found(format!("a tenant {slug} with message pushes"))
}

fn refused(slug: &str, error: &PushError) -> Error {
    metrics::counter!("jishi_pushes_refused_total").increment(1);
    tracing::warn!(tenant = slug, %error, "a message push was refused");
    let code = match error {
        PushError::TooLong => Code::BodyTooLarge,
        PushError::Malformed(_) => Code::InvalidBody,
        _ => Code::CallbackUntrusted,
    };
    Problem::with(code, error.to_string()).into()
}

async fn take(mall: &Mall, slug: &str, query: &PushQuery, body: &[u8]) -> Result<ReplyBody> {
    let gateway = mall.gateways.by_slug(slug).ok_or_else(|| no_door(slug))?;
    let door = gateway.push.as_ref().ok_or_else(|| no_door(slug))?;
    let push = door.push.open(query, body).map_err(|error| refused(slug, &error))?;
    keep(mall, gateway.tenant_id, &push).await?;
    Ok(answer(door, &push, &mall.settings.keywords))
}

/// Puts it into the inbox with its job, once.
async fn keep(mall: &Mall, tenant: TenantId, push: &Push) -> Result<()> {
    let now = mall.core.now();
    let content = Content {
        from: push.from_user_name().map(str::to_owned),
        at: push.create_time(),
        body: String::from_utf8_lossy(push.bytes()).into_owned(),
    };
    let (key, kind) = (push.key(), kind(push));
    let mut tx = mall.core.db.begin().await?;
    let id = message::receive(&mut tx, &mall.core.vault, tenant, (&key, &kind), &content, now).await?;
    if let Some(message_id) = id {
        let job = HandleMessage { tenant_id: tenant, message_id };
        jobs::enqueue::<Mall, _>(&mut tx, &job, now, now).await?;
    }
    tx.commit().await?;
    metrics::counter!("jishi_pushes_total", "repeated" => if id.is_some() { "no" } else { "yes" })
        .increment(1);
    Ok(())
}

/// The name of what came; whoever may push in the clear may write anything there.
fn kind(push: &Push) -> String {
    let name = push.event().unwrap_or(push.msg_type());
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect()
}

fn answer(door: &PushDoor, push: &Push, keywords: &[String]) -> ReplyBody {
    let is_message = matches!(push.msg_type(), "text" | "image" | "miniprogrampage");
    let reply = match push.content() {
        Ok(PushContent::Text(said)) if chat::is_about_orders(said.content.expose(), keywords) => {
            Reply::Success
        }
        _ if is_message => Reply::ToStaff,
        _ => Reply::Success,
    };
    // A message without its sender is nobody's to hand over.
    door.push.reply(push, &reply, &door.environment).unwrap_or_else(|_| ReplyBody::success())
}
