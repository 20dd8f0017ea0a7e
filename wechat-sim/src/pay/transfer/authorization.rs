//! A user's leave to receive transfers without being asked.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::prepay::known_payer;
use super::super::refusal::Refusal;
use super::super::shape::{Field, Rule, may, need};
use super::super::{PayCall, Reply};
use super::checks::{OUT_NO, SCENE_ID, check_terms};
use super::course::PATIENCE;
use super::scenes::check_perception;
use super::views::{authorization_plaintext, authorization_view};
use crate::core::Core;
use crate::crypto::{random_base64, random_digits};
use crate::notify::pay_events::post_event;
use crate::wire::text;
use crate::world::{Authorization, AuthorizationState, Task, World, key};

/// The most of one user and scene that are open or in effect.
const MOST: usize = 5;

const DEVICE: Rule = Rule::Object(&[
    may("client_ip", Rule::Ip),
    may("device_id", Rule::Text(32)),
    may("device_type", Rule::Choice(&["IOS", "ANDROID", "HARMONY", "OTHER"])),
]);
const SHAPE: &[Field] = &[
    need("out_authorization_no", OUT_NO),
    need("appid", Rule::Text(32)),
    need("openid", Rule::Text(64)),
    SCENE_ID,
    need("user_display_name", Rule::Text(32)),
    may("user_recv_perception", Rule::Text(32)),
    need("authorization_notify_url", Rule::Url(256)),
    may("scene_info", DEVICE),
];

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) appid: String,
    pub(super) openid: String,
    pub(super) out_authorization_no: String,
    pub(super) transfer_scene_id: String,
    pub(super) user_display_name: String,
    pub(super) user_recv_perception: Option<String>,
    pub(super) authorization_notify_url: String,
}

pub(super) fn create(call: &PayCall<'_>) -> Reply {
    let (parameters, request): (Value, Request) = call.read(SHAPE)?;
    call.bound_app(&request.appid)?;
    known_payer(call, &request.appid, &request.openid, "/openid")?;
    check_perception(&request.transfer_scene_id, request.user_recv_perception.as_deref())?;
    let number = key(&call.mchid, &request.out_authorization_no);
    call.core.change(|world, now| {
        match world.authorizations.get(&number) {
            Some(existing) => check_repeat(existing, &parameters)?,
            None => drop(open(call, world, request, parameters, now)?),
        }
        let found = world.authorizations.get(&number).ok_or_else(missing)?;
        let body = json!({
            "out_authorization_no": found.out_authorization_no,
            "state": found.state.as_str(),
            "create_time": text::rfc3339(found.created_at),
            "package_info": found.package_info,
        });
        Ok(body.into())
    })
}

pub(super) fn missing() -> Refusal {
    Refusal::new(404, "NOT_FOUND", "授权单不存在")
}

fn check_repeat(existing: &Authorization, parameters: &Value) -> Result<(), Refusal> {
    if existing.parameters != *parameters {
        return Err(Refusal::invalid("商户侧授权单号已存在，但参数与首次请求时不一致"));
    }
    if existing.state == AuthorizationState::WaitUserConfirm {
        Ok(())
    } else {
        Err(Refusal::new(400, "ALREADY_EXISTS", "授权单已存在，请查询授权状态"))
    }
}

/// Asks for an authorization; answers its key.
pub(super) fn open(
    call: &PayCall<'_>,
    world: &mut World,
    request: Request,
    parameters: Value,
    now: i64,
) -> Result<String, Refusal> {
    check_terms(world, &call.mchid, &request.transfer_scene_id, 0)?;
    let prefix = format!("{}/", call.mchid);
    let live = world.authorizations.below(&prefix).filter(|(_, other)| {
        other.openid == request.openid
            && other.scene == request.transfer_scene_id
            && other.state != AuthorizationState::Closed
    });
    if live.count() >= MOST {
        return Err(Refusal::invalid("用户在该转账场景下的授权单数量超过上限"));
    }
    let number = key(&call.mchid, &request.out_authorization_no);
    let record = Authorization {
        mchid: call.mchid.clone(),
        app_id: request.appid,
        openid: request.openid,
        scene: request.transfer_scene_id,
        out_authorization_no: request.out_authorization_no,
        user_display_name: request.user_display_name,
        perception: request.user_recv_perception,
        notify_url: request.authorization_notify_url,
        parameters,
        created_at: now,
        package_info: random_base64::<48>(),
        state: AuthorizationState::WaitUserConfirm,
        authorization_id: None,
        authorized_at: None,
        closed: None,
    };
    world.authorizations.insert(&number, record);
    let due = now.saturating_add(call.core.time.wait(PATIENCE));
    world.agenda.add(due, Task::ExpireAuthorization(number.clone()));
    Ok(number)
}

/// The user agrees, if that was asked for.
pub(super) fn grant(core: &Core, world: &mut World, number: &str, now: i64) {
    let found = world.authorizations.get_mut(number);
    let Some(record) = found.filter(|it| it.state == AuthorizationState::WaitUserConfirm) else { return };
    record.state = AuthorizationState::TakingEffect;
    record.authorization_id = Some(random_digits::<32>());
    record.authorized_at = Some(now);
    let granted = record.clone();
    let event = ("MCHTRANSFER.AUTHORIZATION.CONFIRMED", "mch_payment", "用户确认授权通知");
    let plaintext = authorization_plaintext(&granted);
    post_event(core, world, (&granted.mchid, &granted.notify_url), event, plaintext, now);
}

/// Closes an authorization; that one that was in effect has ended is notified.
fn end(core: &Core, world: &mut World, number: &str, reason: &str, now: i64) {
    let found = world.authorizations.get_mut(number);
    let Some(record) = found.filter(|it| it.state != AuthorizationState::Closed) else { return };
    record.state = AuthorizationState::Closed;
    record.closed = Some((now, reason.to_owned()));
    let closed = record.clone();
    if closed.authorization_id.is_some() {
        let event = ("MCHTRANSFER.AUTHORIZATION.CLOSED", "mch_payment", "授权关闭通知");
        let plaintext = authorization_plaintext(&closed);
        post_event(core, world, (&closed.mchid, &closed.notify_url), event, plaintext, now);
    }
}

/// The user has not confirmed in time.
pub(crate) fn expire(core: &Core, world: &mut World, number: &str, now: i64) {
    let found = world.authorizations.get(number);
    if found.is_some_and(|it| it.state == AuthorizationState::WaitUserConfirm) {
        end(core, world, number, "USER_OVERDUE_UNCONFIRMED", now);
    }
}

/// The user takes the leave back.
pub(crate) fn close_by_user(core: &Core, mchid: &str, number: &str) -> Result<Value, Refusal> {
    let number = key(mchid, number);
    core.change(|world, now| {
        end(core, world, &number, "USER_CLOSE", now);
        world.authorizations.get(&number).map(authorization_view).ok_or_else(missing)
    })
}

/// With its description only where that is asked for.
pub(super) fn query(call: &PayCall<'_>) -> Reply {
    let wanted = match call.parameter("is_display_authorization").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            return Err(Refusal::url("is_display_authorization", other, "应为 boolean 类型", "query"));
        }
    };
    let number = key(&call.mchid, call.argument());
    let body = call.core.read(|world| world.authorizations.get(&number).map(authorization_view));
    let mut body = body.ok_or_else(missing)?;
    if let Some(members) = body.as_object_mut().filter(|_| !wanted) {
        members.retain(|name, _| !DISPLAYED.contains(&name.as_str()));
    }
    Ok(body.into())
}

/// What a query adds for those who ask to see the authorization.
const DISPLAYED: &[&str] = &["transfer_scene_id", "user_recv_perception", "create_time", "package_info"];

/// Closing again finds it closed.
pub(super) fn close(call: &PayCall<'_>) -> Reply {
    let number = key(&call.mchid, call.argument());
    call.core.change(|world, now| {
        end(call.core, world, &number, "CLOSE_VIA_MCH_API", now);
        Ok(world.authorizations.get(&number).map(authorization_view).ok_or_else(missing)?.into())
    })
}
