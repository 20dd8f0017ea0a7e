//! `POST /cgi-bin/message/subscribe/send`

use serde_json::{Map, Value, json};

use super::template_values::{check, placeholders};
use super::{Errcode, Given, Members as _, MiniCall, MiniServe, Reply, ok, post};
use crate::crypto::random_digits;
use crate::notify::push_events::post_event;
use crate::operation::Operation;
use crate::world::{Message, MessageKind, Template, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] =
    &[post("subscribe_send", "/cgi-bin/message/subscribe/send", send)];

/// A value that holds these letters counts as one with sensitive words.
pub(crate) const SENSITIVE: &str = "敏感词";

/// A message as the call asks for it.
struct Wish<'a> {
    openid: &'a str,
    template_id: &'a str,
    page: &'a str,
    state: &'a str,
    lang: &'a str,
    data: &'a Map<String, Value>,
}

fn send(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let wish = Wish::read(&body)?;
    call.core.change(|world, now| {
        let template = wish.check(world, &call.app_id)?;
        let text = wish.text(&template)?;
        take_grant(world, &wish, &template)?;
        let msgid = message_id();
        let title = template.title.clone();
        let (app_id, openid) = (call.app_id.clone(), wish.openid.to_owned());
        let content = wish.content(text, msgid);
        world.deliver_message(Message {
            at: now,
            app_id,
            openid,
            kind: MessageKind::Subscribe,
            title,
            content,
        });
        let sent = sent_event(wish.template_id, msgid);
        post_event(call.core, world, &call.app_id, wish.openid, "subscribe_msg_sent_event", sent, now);
        answer(call.core.settings.subscribe_msgid.then_some(msgid))
    })
}

fn answer(msgid: Option<u64>) -> Result<Given, Errcode> {
    ok(msgid.map_or_else(|| json!({}), |msgid| json!({"msgid": msgid})))
}

/// Nineteen digits, as the real ones have: more than a double holds.
fn message_id() -> u64 {
    format!("3{}", random_digits::<18>()).parse().unwrap_or(3_000_000_000_000_000_000)
}

/// The result of a send; numbers are texts in these events.
fn sent_event(template_id: &str, msgid: u64) -> Value {
    json!({"List": [{
        "TemplateId": template_id, "MsgID": msgid.to_string(), "ErrorCode": "0", "ErrorStatus": "success",
    }]})
}

impl<'a> Wish<'a> {
    fn read(body: &'a Value) -> Result<Self, Errcode> {
        Ok(Self {
            openid: body.text("touser")?.unwrap_or_default(),
            template_id: body.text("template_id")?.unwrap_or_default(),
            page: body.text("page")?.unwrap_or_default(),
            state: one_of(body, "miniprogram_state", &["formal", "trial", "developer"])?,
            lang: one_of(body, "lang", &["zh_CN", "en_US", "zh_HK", "zh_TW"])?,
            data: body["data"].as_object().ok_or_else(|| Errcode::format("data is no object"))?,
        })
    }

    /// Whether such a message can go to such a shopper; answers the template.
    fn check(&self, world: &World, app_id: &str) -> Result<Template, Errcode> {
        if !world.shoppers.contains(&key(app_id, self.openid)) {
            return Err(Errcode::new(40003, "invalid openid"));
        }
        let template = world.templates.get(&key(app_id, self.template_id));
        let template = template.filter(|template| !template.is_card());
        let template = template.ok_or_else(|| Errcode::new(40037, "invalid template_id"))?;
        let own = world.sites.get(app_id);
        if template.banned || own.is_some_and(|site| site.banned) {
            return Err(Errcode::new(43107, "the subscribe message template is banned"));
        }
        let known = self.state != "formal" || own.is_none_or(|site| site.has_page(self.page));
        if self.page.chars().count() > 1024 || !known {
            return Err(Errcode::new(41030, "invalid page"));
        }
        Ok(template.clone())
    }

    /// The lines as the shopper reads them: label and value.
    fn text(&self, template: &Template) -> Result<Vec<(String, String)>, Errcode> {
        let gaps = placeholders(&template.content);
        if let Some(extra) = self.data.keys().find(|name| gaps.iter().all(|gap| gap.key != name.as_str())) {
            return Err(invalid(extra, "is not in the template"));
        }
        let line = |gap: &super::template_values::Placeholder<'_>| {
            let value = self.value(gap.key)?;
            let wrong = |why: String| invalid(gap.key, &format!("invalid: it {why}"));
            if value.trim().is_empty() {
                return Err(invalid(gap.key, "is empty"));
            }
            check(gap.prefix, value, template.choices_of(gap.key)).map_err(wrong)?;
            Ok((gap.label.to_owned(), value.to_owned()))
        };
        let lines: Vec<(String, String)> = gaps.iter().map(line).collect::<Result<_, _>>()?;
        if lines.iter().any(|(_, value)| value.contains(SENSITIVE)) {
            return Err(Errcode::new(45168, "hit sensitive word"));
        }
        Ok(lines)
    }

    /// A value that is not there is an empty one.
    fn value(&self, name: &str) -> Result<&str, Errcode> {
        match self.data.get(name) {
            None => Ok(""),
            Some(item) => item.is_object().then(|| item.text("value")).transpose()?.map_or_else(
                || Err(Errcode::format(&format!("data.{name} is no object"))),
                |value| Ok(value.unwrap_or_default()),
            ),
        }
    }

    fn content(&self, lines: Vec<(String, String)>, msgid: u64) -> Value {
        let text: Vec<String> = lines.iter().map(|(label, value)| format!("{label}:{value}")).collect();
        let rows: Vec<Value> =
            lines.into_iter().map(|(label, value)| json!({"label": label, "value": value})).collect();
        json!({
            "template_id": self.template_id, "msgid": msgid, "text": text.join("\n"), "lines": rows,
            "page": self.page, "miniprogram_state": self.state, "lang": self.lang,
        })
    }
}

/// One of the listed texts; the first one when the member is not there.
fn one_of<'a>(body: &'a Value, name: &str, all: &[&'static str]) -> Result<&'a str, Errcode> {
    match body.filled(name)? {
        None => Ok(all[0]),
        Some(text) if all.contains(&text) => Ok(text),
        Some(_) => Err(Errcode::new(47003, format!("argument invalid! {name} invalid"))),
    }
}

fn invalid(name: &str, why: &str) -> Errcode {
    Errcode::new(47003, format!("argument invalid! data.{name}.value {why}"))
}

/// Uses up one of the messages the shopper allowed.
fn take_grant(world: &mut World, wish: &Wish<'_>, template: &Template) -> Result<(), Errcode> {
    let refuse = || Errcode::new(43101, "user refuse to accept the msg");
    let owner = key(&template.app_id, wish.openid);
    if world.grants.get(&key(&owner, "")).is_some_and(|main| main.refused) {
        return Err(refuse());
    }
    let grant = world.grants.get_mut(&key(&owner, &template.id)).filter(|grant| !grant.refused);
    let grant = grant.ok_or_else(refuse)?;
    if template.long_term {
        return if grant.standing { Ok(()) } else { Err(refuse()) };
    }
    grant.left = grant.left.checked_sub(1).ok_or_else(refuse)?;
    Ok(())
}
