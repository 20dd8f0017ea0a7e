//! The control paths of messages, codes and links.

use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{Reply, parse};
use super::nothing_here;
use crate::core::Core;
use crate::mini::subscriptions::{OwnTemplate, Popup, Switch};
use crate::mini::{Errcode, cards, link_visits, site, subscriptions};
use crate::pay::refusal::Refusal;

pub(super) fn command(core: &Core, path: &[&str], body: &Value) -> Reply {
    match path {
        ["subscriptions"] => told(subscriptions::ask(core, &parse::<Popup>(body)?)),
        ["subscriptions", "change"] => told(subscriptions::switch(core, &parse::<Switch>(body)?)),
        ["templates"] => {
            told(subscriptions::put_template(core, parse::<OwnTemplate>(body)?).map(|id| json!({"id": id})))
        }
        ["cards", "button"] => press(core, &parse(body)?),
        ["cards", "change"] => change_card(core, &parse(body)?),
        ["apps", "pages" | "quota"] => told(site::change(core, parse(body)?).map(|site| json!(site))),
        ["links", "open"] => told(link_visits::open(core, &parse::<Opening>(body)?.link)),
        _ => Err(nothing_here()),
    }
}

fn told(reply: Result<Value, Errcode>) -> Reply {
    reply.map_err(|Errcode(code, text)| match code {
        40013 => Refusal::new(404, "NOT_FOUND", &text),
        _ => Refusal::invalid(&text),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    link: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    app_id: String,
    openid: String,
    notify_type: i64,
}

fn press(core: &Core, button: &Press) -> Reply {
    let pressed = cards::press(core, &button.app_id, &button.openid, button.notify_type);
    told(pressed.map(|code| json!({"code": code})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardChange {
    app_id: String,
    code: String,
    code_state: i64,
}

fn change_card(core: &Core, change: &CardChange) -> Reply {
    let done = cards::set_state(core, &change.app_id, &change.code, change.code_state);
    told(done.map(|()| json!({"code": change.code, "code_state": change.code_state})))
}

/// The lists of this area; `None` when it has none of that name.
pub(super) fn list(core: &Core, name: &str) -> Option<Value> {
    core.read(|world| {
        Some(match name {
            "messages" => json!({"messages": world.messages.values().collect::<Vec<_>>()}),
            "templates" => json!({"templates": world.templates.values().collect::<Vec<_>>()}),
            "grants" => json!({"grants": world.grants.iter().collect::<std::collections::BTreeMap<_, _>>()}),
            "cards" => json!({"cards": world.cards.values().collect::<Vec<_>>()}),
            "links" => json!({"links": world.links.iter().collect::<std::collections::BTreeMap<_, _>>()}),
            _ => return None,
        })
    })
}
