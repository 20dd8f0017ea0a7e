//! `/cgi-bin/message/wxopen/…`: messages in chats that change later.

use serde_json::{Value, json};

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, done, get, ok, post, site};
use crate::crypto::random_word;
use crate::operation::Operation;
use crate::world::{Activity, Message, MessageKind, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    get("create_activity_id", "/cgi-bin/message/wxopen/activityid/create", create),
    post("updatable_send", "/cgi-bin/message/wxopen/updatablemsg/send", send),
];

const DAY: i64 = 86_400_000;

/// `unionid` or `openid` names who alone may share a private message.
fn create(call: &MiniCall<'_>) -> Reply {
    call.core.change(|world, now| {
        let openid = sharer(call, world)?;
        let id = format!("966_{}", random_word::<32>());
        let expires_at = now + DAY;
        let activity = Activity { app_id: call.app_id.clone(), openid, state: 0, expires_at };
        world.activities.insert(key(&call.app_id, &id), activity);
        ok(json!({"activity_id": id, "expiration_time": expires_at / 1000}))
    })
}

fn sharer(call: &MiniCall<'_>, world: &World) -> Result<Option<String>, Errcode> {
    let (openid, unionid) = (call.parameter("openid"), call.parameter("unionid"));
    if openid.is_none() && unionid.is_none() {
        return Ok(None);
    }
    let own = key(&call.app_id, "");
    let mut shoppers = world.shoppers.below(&own).map(|(_, shopper)| shopper);
    let found = shoppers.find(|shopper| match &openid {
        Some(openid) => shopper.openid == *openid,
        None => shopper.unionid == unionid,
    });
    found.map(|shopper| Some(shopper.openid.clone())).ok_or_else(|| Errcode::new(40003, "invalid openid"))
}

fn send(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let id = body.needed_text("activity_id")?;
    let state = body.needed_number("target_state")?;
    let parameters = parameters(&body)?;
    call.core.change(|world, now| {
        let activity = world.activities.get_mut(&key(&call.app_id, id));
        let activity = activity.ok_or_else(|| Errcode::new(47501, "activity_id error"))?;
        if now >= activity.expires_at {
            return Err(Errcode::new(47504, "activity_id expired time"));
        }
        if ![0, 1].contains(&state) || activity.state == 1 {
            return Err(Errcode::new(47502, "target_state error"));
        }
        let text = text(state, &parameters)?;
        activity.state = state;
        let openid = activity.openid.clone().unwrap_or_default();
        let content = json!({"activity_id": id, "state": state, "text": text, "parameters": parameters});
        world.deliver_message(Message {
            at: now,
            app_id: call.app_id.clone(),
            openid,
            kind: MessageKind::Updatable,
            title: "动态消息".to_owned(),
            content,
        });
        done()
    })
}

/// `parameter_list` as one object.
fn parameters(body: &Value) -> Result<Value, Errcode> {
    let list = body["template_info"]["parameter_list"].as_array();
    let list = list.ok_or_else(|| Errcode::format("template_info.parameter_list is missing"))?;
    let mut all = json!({});
    for item in list.iter().filter(|item| item.is_object()) {
        all[item.needed_text("name")?] = json!(item.needed_text("value")?);
    }
    Ok(all)
}

/// What the message says in a state.
fn text(state: i64, parameters: &Value) -> Result<String, Errcode> {
    if state == 0 {
        let (count, limit) = (parameters.needed_text("member_count")?, parameters.needed_text("room_limit")?);
        return Ok(format!("成员正在加入，当前 {count}/{limit} 人"));
    }
    parameters.needed_text("path")?;
    if site::env_version(Some(parameters.needed_text("version_type")?)).is_none() {
        return Err(Errcode::new(47503, "version_type error"));
    }
    Ok("已开始".to_owned())
}
