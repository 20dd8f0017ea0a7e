//! `POST /cgi-bin/message/custom/send` and `…/business/typing`

use serde_json::{Value, json};

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, business, conversations, done, media, post};
use crate::operation::Operation;
use crate::world::{World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("custom_send", "/cgi-bin/message/custom/send", send),
    post("custom_typing", "/cgi-bin/message/custom/business/typing", typing),
];

/// The most bytes of a text; UNCONFIRMED for mini programs.
const LONGEST: usize = 2048;

fn send(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (openid, kind) = (body.needed_text("touser")?, body.needed_text("msgtype")?);
    call.core.change(|world, now| {
        recipient(call, world, openid)?;
        context(world, &call.app_id, &body)?;
        let title = checked(world, &call.app_id, kind, &body, now)?;
        let mut content = json!({"msgtype": kind, kind: body[kind]});
        for name in ["customservice", "aimsgcontext", "businessid"] {
            if !body[name].is_null() {
                content[name] = body[name].clone();
            }
        }
        conversations::answer(world, (&call.app_id, openid), &title, content, now)?;
        done()
    })
}

/// Refuses openids that are of another app, or unknown where that counts.
fn recipient(call: &MiniCall<'_>, world: &World, openid: &str) -> Result<(), Errcode> {
    let own = world.shoppers.contains(&key(&call.app_id, openid));
    let foreign = || world.shoppers.values().any(|shopper| shopper.openid == openid);
    if !own && (call.core.settings.known_openids_only || foreign()) {
        return Err(Errcode::new(40003, "invalid openid"));
    }
    Ok(())
}

/// Who speaks: an account, a machine, a shop of the platform.
fn context(world: &World, app_id: &str, body: &Value) -> Result<(), Errcode> {
    let service = &body["customservice"];
    if !service.is_null() {
        let account = service.needed_text("kf_account")?;
        if !world.kf_accounts.contains(&key(app_id, account)) {
            return Err(Errcode::new(65401, "invalid custom service account"));
        }
    }
    if !matches!(body["aimsgcontext"].number("is_ai_msg")?, None | Some(0 | 1)) {
        return Err(Errcode::format("is_ai_msg is neither 0 nor 1"));
    }
    match &body["businessid"] {
        Value::Null => Ok(()),
        id => business::find(world, app_id, id).map(|_| ()),
    }
}

/// The title of a message whose members are as its type has them.
fn checked(world: &World, app_id: &str, kind: &str, body: &Value, now: i64) -> Result<String, Errcode> {
    let message = &body[kind];
    if ["text", "image", "link", "miniprogrampage"].contains(&kind) && !message.is_object() {
        return Err(Errcode::format(&format!("{kind} is missing")));
    }
    match kind {
        "text" => text(app_id, message.text("content")?.unwrap_or_default()),
        "image" => {
            media::picture(world, app_id, message.needed_text("media_id")?, &["image"], now)?;
            Ok("[图片]".to_owned())
        }
        "link" => {
            for name in ["description", "url", "thumb_url"] {
                message.needed_text(name)?;
            }
            message.needed_text("title").map(str::to_owned)
        }
        "miniprogrampage" => {
            message.needed_text("pagepath")?;
            if message.text("appid")?.is_some_and(|named| named != app_id) {
                return Err(Errcode::new(40013, "invalid appid"));
            }
            let thumb = message.needed_text("thumb_media_id")?;
            media::picture(world, app_id, thumb, &["image", "thumb"], now)?;
            message.needed_text("title").map(str::to_owned)
        }
        _ => Err(Errcode::new(40008, "invalid message type")),
    }
}

fn text(app_id: &str, content: &str) -> Result<String, Errcode> {
    if content.is_empty() {
        return Err(Errcode::new(44004, "empty content"));
    }
    if content.len() > LONGEST {
        return Err(Errcode::new(45002, "content size out of limit"));
    }
    // A link into a mini program has to lead into this one.
    let foreign = |link: &str| {
        let quote = link.chars().next().filter(|quote| ['"', '\''].contains(quote));
        quote.and_then(|quote| link[1..].split(quote).next()) != Some(app_id)
    };
    if content.split("data-miniprogram-appid=").skip(1).any(foreign) {
        return Err(Errcode::new(40013, "invalid appid"));
    }
    Ok(content.to_owned())
}

fn typing(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let openid = body.needed_text("touser")?;
    let begins = match body.text("command")? {
        Some("Typing") => true,
        Some("CancelTyping") => false,
        _ => return Err(Errcode::new(45072, "invalid command")),
    };
    call.core.change(|world, now| {
        recipient(call, world, openid)?;
        conversations::typing(world.conversations.entry(&key(&call.app_id, openid)), begins, now)?;
        done()
    })
}
