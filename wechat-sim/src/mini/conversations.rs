//! What shoppers do in the sessions of the customer service, and what may answer them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Errcode;
use super::media;
use crate::core::Core;
use crate::notify::{push_events, push_templates};
use crate::picture;
use crate::world::{Conversation, Message, MessageKind, World, key};

const HOUR: i64 = 3_600_000;
/// A message may be answered five times in 48 hours.
const AFTER_MESSAGE: (u32, i64) = (5, 48 * HOUR);
/// Entering the session may be answered twice in a minute.
const AFTER_ENTRY: (u32, i64) = (2, 60_000);
/// So long after its last word staff gives the conversation back.
const STAFF: i64 = HOUR / 2;
/// Typing is allowed so long after a message, and seen so long.
const CONTACT: i64 = 30_000;
const TYPING: i64 = 15_000;

/// What a shopper does in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Writes.
    Text(String),
    /// Sends a picture, in base64; an empty text is some picture.
    Image(String),
    /// Sends the card of a page.
    Page {
        /// What is written on it.
        title: String,
        /// With its query.
        path: String,
    },
    /// Enters the session; with the `session-from` of the button.
    Enter(String),
}

/// What became of what a shopper did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saying {
    /// The number of the notification; `None` when nothing was pushed.
    pub notification: Option<u64>,
    /// The `MsgId` of a message.
    pub msg_id: Option<u64>,
    /// Human staff has the conversation, so that nothing is pushed.
    pub to_staff: bool,
}

/// The shopper does something.
///
/// # Errors
/// When there is no such app, or nobody could do that.
pub(crate) fn say(
    core: &Core,
    world: &mut World,
    (app_id, openid): (&str, &str),
    said: &Said,
    now: i64,
) -> Result<Saying, String> {
    if !world.apps.contains(app_id) {
        return Err(format!("there is no app {app_id}"));
    }
    let mut content = content(core, world, app_id, said, now)?;
    world.shopper(app_id, openid).seen_at = now;
    let conversation = world.conversations.entry(&key(app_id, openid));
    let msg_id = if matches!(said, Said::Enter(_)) {
        conversation.entered_at = now;
        conversation.left_after_entry = AFTER_ENTRY.0;
        None
    } else {
        conversation.said_at = now;
        conversation.contact_at = now;
        conversation.left_after_message = AFTER_MESSAGE.0;
        Some(push_templates::message_id())
    };
    let to_staff = conversation.staff_until > now && msg_id.is_some();
    if let Some(id) = msg_id {
        content["MsgId"] = json!(id);
    }
    let pushed = !to_staff;
    let post = || push_events::post_push(core, world, app_id, openid, content, now);
    let notification = pushed.then(post).flatten();
    Ok(Saying { notification, msg_id, to_staff })
}

fn content(core: &Core, world: &mut World, app_id: &str, said: &Said, now: i64) -> Result<Value, String> {
    Ok(match said {
        Said::Text(text) if text.is_empty() => return Err("an empty message cannot be sent".to_owned()),
        Said::Text(text) => json!({"MsgType": "text", "Content": text}),
        Said::Image(data) => {
            let (url, id) = picture(core, world, app_id, data, now)?;
            json!({"MsgType": "image", "PicUrl": url, "MediaId": id})
        }
        Said::Page { title, path } => {
            let (url, id) = picture(core, world, app_id, "", now)?;
            json!({
                "MsgType": "miniprogrampage", "Title": title, "AppId": app_id, "PagePath": path,
                "ThumbUrl": url, "ThumbMediaId": id,
            })
        }
        Said::Enter(from) if from.chars().count() > 1000 => {
            return Err("session-from has 1000 characters at most".to_owned());
        }
        Said::Enter(from) => {
            json!({"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": from})
        }
    })
}

/// Keeps a picture of a shopper; answers where it can be fetched, and its `media_id`.
fn picture(
    core: &Core,
    world: &mut World,
    app_id: &str,
    data: &str,
    now: i64,
) -> Result<(String, String), String> {
    let bytes = if data.is_empty() {
        picture::qr_png("a picture of a shopper", 280)
    } else {
        STANDARD.decode(data).map_err(|error| format!("the picture is no base64: {error}"))?
    };
    let mime = picture::is_picture(&bytes).ok_or("the picture is no JPEG, PNG, GIF or BMP")?;
    let id = media::keep(world, app_id, ("image", mime), &bytes, now);
    Ok((media::address(core, app_id, &id), id))
}

/// Human staff answers from now on.
pub(crate) fn hand_over(world: &mut World, app_id: &str, openid: &str, now: i64) {
    world.conversations.entry(&key(app_id, openid)).staff_until = now + STAFF;
}

/// Staff says something, or nothing, and keeps the conversation, or ends it.
pub(crate) fn staff(
    world: &mut World,
    (app_id, openid): (&str, &str),
    words: Option<&str>,
    ends: bool,
    now: i64,
) -> Result<(), String> {
    let conversation = world.conversations.get_mut(&key(app_id, openid));
    let conversation = conversation.ok_or("this shopper never talked to the customer service")?;
    conversation.staff_until = if ends { now } else { now + STAFF };
    if let Some(words) = words {
        conversation.contact_at = now;
        let content = json!({"msgtype": "text", "text": {"content": words}, "by": "staff"});
        deliver(world, (app_id, openid), words, content, now);
    }
    Ok(())
}

fn deliver(world: &mut World, (app_id, openid): (&str, &str), title: &str, content: Value, now: i64) {
    world.deliver_message(Message {
        at: now,
        app_id: app_id.to_owned(),
        openid: openid.to_owned(),
        kind: MessageKind::Customer,
        title: title.to_owned(),
        content,
    });
}

/// Sends a message of the app, if there is still something that it may answer.
pub(super) fn answer(
    world: &mut World,
    to: (&str, &str),
    title: &str,
    content: Value,
    now: i64,
) -> Result<(), Errcode> {
    let conversation = world.conversations.entry(&key(to.0, to.1));
    spend(conversation, now)?;
    conversation.contact_at = now;
    conversation.typing_until = 0;
    deliver(world, to, title, content, now);
    Ok(())
}

/// Takes one message off what is open; the shorter window goes first.
fn spend(conversation: &mut Conversation, now: i64) -> Result<(), Errcode> {
    let open = |since: i64, window: i64| since > 0 && now < since + window;
    let entry = open(conversation.entered_at, AFTER_ENTRY.1);
    let message = open(conversation.said_at, AFTER_MESSAGE.1);
    let windows =
        [(entry, &mut conversation.left_after_entry), (message, &mut conversation.left_after_message)];
    if let Some((_, left)) = windows.into_iter().find(|(open, left)| *open && **left > 0) {
        *left -= 1;
        return Ok(());
    }
    if entry || message {
        Err(Errcode::new(45047, "out of response count limit"))
    } else {
        Err(Errcode::new(45015, "response out of time limit or subscription is canceled"))
    }
}

/// Shows that somebody types, or no longer.
pub(super) fn typing(conversation: &mut Conversation, begins: bool, now: i64) -> Result<(), Errcode> {
    if !begins {
        conversation.typing_until = 0;
        return Ok(());
    }
    if conversation.contact_at == 0 || now >= conversation.contact_at + CONTACT {
        let text =
            "need sending message to user or recving message from user in the last 30 seconds before typing";
        return Err(Errcode::new(45080, text));
    }
    if conversation.typing_until > now {
        return Err(Errcode::new(45081, "you are already typing"));
    }
    conversation.typing_until = now + TYPING;
    Ok(())
}

/// An account of the customer service signs in or out.
pub(crate) fn set_online(world: &mut World, app_id: &str, account: &str, online: bool) -> Result<(), String> {
    let found = world.kf_accounts.get_mut(&key(app_id, account));
    found.ok_or_else(|| format!("there is no account {account}"))?.online = online;
    Ok(())
}
