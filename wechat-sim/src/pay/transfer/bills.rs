//! The three ways to ask for a transfer.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::super::shape::Field;
use super::super::{PayCall, Reply};
use super::{authorization, checks, course, query, views};
use crate::crypto::random_digits;
use crate::world::{Authorization, AuthorizationState, Transfer, TransferMode, TransferState, World, key};

/// How long a number stands for the same transfer.
const IDEMPOTENT: i64 = 3 * super::super::prepay::DAY;

/// What a transfer needs of its parameters.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    pub(super) appid: String,
    pub(super) out_bill_no: String,
    pub(super) openid: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) transfer_amount: i64,
    transfer_remark: String,
    notify_url: Option<String>,
    pub(super) user_recv_perception: Option<String>,
    pub(super) transfer_scene_id: String,
    pub(super) transfer_scene_report_infos: Vec<Info>,
    pub(super) user_recv_style: Option<Style>,
    authorization_info: Option<AuthorizationInfo>,
    authorization_id: Option<String>,
    out_authorization_no: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Info {
    pub(super) info_type: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Style {
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Debug, Deserialize)]
struct AuthorizationInfo {
    user_display_name: String,
    out_authorization_no: String,
    authorization_notify_url: String,
}

pub(super) fn create(call: &PayCall<'_>) -> Reply {
    open(call, TransferMode::Confirm, checks::CONFIRM)
}

pub(super) fn create_first(call: &PayCall<'_>) -> Reply {
    open(call, TransferMode::First, checks::FIRST)
}

pub(super) fn create_authorized(call: &PayCall<'_>) -> Reply {
    open(call, TransferMode::Authorized, checks::AUTHORIZED)
}

fn open(call: &PayCall<'_>, mode: TransferMode, shape: &[Field]) -> Reply {
    let (mut parameters, mut wish): (Value, Wish) = call.read(shape)?;
    checks::check(call, &wish, &parameters)?;
    if let Some(sealed) = &wish.user_name {
        let name = call.unsealed("/user_name", sealed)?;
        // The same name looks different each time it is sealed.
        parameters["user_name"] = json!(name);
        wish.user_name = Some(name);
    }
    let bill = key(&call.mchid, &wish.out_bill_no);
    let transfer = call.core.change(|world, now| {
        match world.transfers.get(&bill) {
            Some(existing) => {
                check_repeat(existing, mode, &parameters, now)?;
                course::retry(call.core, world, &bill, now);
            }
            None => begin(call, world, mode, &wish, parameters, now)?,
        }
        world.transfers.get(&bill).cloned().ok_or_else(query::missing)
    })?;
    Ok(match mode {
        TransferMode::Authorized => views::with_name(call, &transfer),
        _ => views::created(&transfer),
    }
    .into())
}

/// A number may come again as long as nothing about it differs and its transfer has not ended.
fn check_repeat(
    existing: &Transfer,
    mode: TransferMode,
    parameters: &Value,
    now: i64,
) -> Result<(), Refusal> {
    if existing.parameters != *parameters || existing.mode != mode {
        return Err(Refusal::invalid("商户单号已存在，但参数与首次请求时不一致"));
    }
    if existing.state.is_final() || now > existing.created_at.saturating_add(IDEMPOTENT) {
        return Err(Refusal::new(400, "ALREADY_EXISTS", "转账单已存在，请查询单据状态"));
    }
    Ok(())
}

fn begin(
    call: &PayCall<'_>,
    world: &mut World,
    mode: TransferMode,
    wish: &Wish,
    parameters: Value,
    now: i64,
) -> Result<(), Refusal> {
    checks::check_terms(world, &call.mchid, &wish.transfer_scene_id, wish.transfer_amount)?;
    let openid = match &wish.openid {
        Some(openid) => openid.clone(),
        None => authorized_user(world, &call.mchid, wish)?,
    };
    let mut transfer = new_transfer(call, mode, wish, openid, parameters, now);
    if let Some(info) = &wish.authorization_info {
        transfer.authorization = Some(ask(call, world, wish, info, &transfer, now)?);
    }
    course::start(call.core, world, transfer, now)
}

/// Whose leave the merchant has.
fn authorized_user(world: &World, mchid: &str, wish: &Wish) -> Result<String, Refusal> {
    if wish.authorization_id.is_none() && wish.out_authorization_no.is_none() {
        return Err(Refusal::body("/authorization_id", &Value::Null, "与 out_authorization_no 二选一必填"));
    }
    let prefix = format!("{mchid}/");
    let fits = |found: &&Authorization| {
        wish.out_authorization_no.as_ref().is_none_or(|number| *number == found.out_authorization_no)
            && wish.authorization_id.as_ref().is_none_or(|id| found.authorization_id.as_ref() == Some(id))
    };
    let found = world.authorizations.below(&prefix).map(|(_, found)| found).find(fits);
    let found = found.ok_or_else(authorization::missing)?;
    if found.state != AuthorizationState::TakingEffect {
        return Err(Refusal::new(403, "NO_AUTH", "用户未授权或授权已关闭"));
    }
    if found.app_id != wish.appid || found.scene != wish.transfer_scene_id {
        return Err(Refusal::invalid("appid或转账场景与授权单不一致"));
    }
    Ok(found.openid.clone())
}

/// Asks for an authorization together with a transfer.
fn ask(
    call: &PayCall<'_>,
    world: &mut World,
    wish: &Wish,
    info: &AuthorizationInfo,
    transfer: &Transfer,
    now: i64,
) -> Result<String, Refusal> {
    let request = authorization::Request {
        appid: wish.appid.clone(),
        openid: transfer.openid.clone(),
        out_authorization_no: info.out_authorization_no.clone(),
        transfer_scene_id: wish.transfer_scene_id.clone(),
        user_display_name: info.user_display_name.clone(),
        user_recv_perception: wish.user_recv_perception.clone(),
        authorization_notify_url: info.authorization_notify_url.clone(),
    };
    if world.authorizations.contains(&key(&call.mchid, &info.out_authorization_no)) {
        return Err(Refusal::new(400, "ALREADY_EXISTS", "商户侧授权单号已存在"));
    }
    authorization::open(call, world, request, transfer.parameters.clone(), now)
}

fn new_transfer(
    call: &PayCall<'_>,
    mode: TransferMode,
    wish: &Wish,
    openid: String,
    parameters: Value,
    now: i64,
) -> Transfer {
    Transfer {
        mchid: call.mchid.clone(),
        app_id: wish.appid.clone(),
        openid,
        mode,
        out_bill_no: wish.out_bill_no.clone(),
        transfer_bill_no: format!("13300000{}", random_digits::<32>()),
        amount: wish.transfer_amount,
        remark: wish.transfer_remark.clone(),
        notify_url: wish.notify_url.clone(),
        user_name: wish.user_name.clone(),
        parameters,
        created_at: now,
        updated_at: now,
        state: TransferState::Accepted,
        fail_reason: None,
        package_info: None,
        authorization: None,
        locked: false,
    }
}
