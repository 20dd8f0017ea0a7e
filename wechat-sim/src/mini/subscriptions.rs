//! What shoppers allow: the pop-up of `wx.requestSubscribeMessage`, and the notification centre.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Errcode, known_app, template_values, templates};
use crate::core::Core;
use crate::notify::push_events::post_event;
use crate::world::{Choice, Template, World, key};

/// What a mini program asks a shopper, and what the shopper says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Popup {
    pub(crate) app_id: String,
    pub(crate) openid: String,
    pub(crate) template_ids: Vec<String>,
    #[serde(default)]
    pub(crate) answers: Answers,
}

/// One answer for all templates, or one for each; those without one are accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Answers {
    All(String),
    Each(BTreeMap<String, String>),
}

impl Default for Answers {
    fn default() -> Self {
        Self::Each(BTreeMap::new())
    }
}

/// What a shopper can say; the rest (`ban`, `filter`) says WeChat.
const WORDS: [&str; 5] = ["accept", "reject", "acceptWithAudio", "acceptWithAlert", "acceptWithForcePush"];
/// So many templates can be asked for at once.
const MOST: usize = 5;

impl Answers {
    fn to(&self, id: &str) -> &str {
        match self {
            Self::All(word) => word,
            Self::Each(words) => words.get(id).map_or("accept", String::as_str),
        }
    }
}

/// Shows the pop-up. Answers what the mini program gets: a word for each template, or an `errCode`.
pub(crate) fn ask(core: &Core, popup: &Popup) -> Result<Value, Errcode> {
    popup.check_words()?;
    core.change(|world, now| {
        known_app(world, &popup.app_id)?;
        let asked = match popup.templates(world) {
            Ok(asked) => asked,
            Err((number, text)) => {
                let text = format!("requestSubscribeMessage:fail {text}");
                return Ok(json!({"errMsg": text, "errCode": number}));
            }
        };
        world.shopper(&popup.app_id, &popup.openid).seen_at = now;
        let said = popup.answer(world, &asked);
        popup.tell(core, world, &said, now);
        let mut reply = json!({"errMsg": "requestSubscribeMessage:ok"});
        for (id, word) in said {
            reply[id] = json!(word);
        }
        Ok(reply)
    })
}

impl Popup {
    fn check_words(&self) -> Result<(), Errcode> {
        match self.template_ids.iter().find(|id| !WORDS.contains(&self.answers.to(id))) {
            Some(id) => Err(Errcode::new(40097, format!("{id} is answered by one of {}", WORDS.join(", ")))),
            None => Ok(()),
        }
    }

    /// The templates asked for, or why the mini program must not ask.
    fn templates(&self, world: &World) -> Result<Vec<Template>, (i64, &'static str)> {
        let ids = &self.template_ids;
        if ids.is_empty() {
            return Err((10001, "TmplIds can't be empty"));
        }
        if ids.len() > MOST {
            return Err((20003, "Templates count out of max bounds"));
        }
        if world.sites.get(&self.app_id).is_some_and(|site| site.banned) {
            return Err((20005, "The mini program is banned"));
        }
        let main = key(&key(&self.app_id, &self.openid), "");
        if world.grants.get(&main).is_some_and(|main| main.refused) {
            return Err((20004, "The main switch is switched off"));
        }
        let find = |id: &String| world.templates.get(&key(&self.app_id, id)).cloned();
        let found: Option<Vec<Template>> = ids.iter().map(find).collect();
        let found = found.ok_or((20001, "No template data return, verify the template id exist"))?;
        if found.iter().any(Template::is_card) {
            return Err((20013, "Templates of service cards are not subscribed this way"));
        }
        if found.iter().any(|template| template.long_term != found[0].long_term) {
            return Err((20002, "Templates type must be same"));
        }
        Ok(found)
    }

    /// Writes the answers down; of several templates with one title only the first is asked for.
    fn answer(&self, world: &mut World, asked: &[Template]) -> Vec<(String, String)> {
        let mut titles = BTreeSet::new();
        let mut said = Vec::new();
        for template in asked {
            let heard = if template.banned {
                "ban"
            } else if titles.insert(template.title.as_str()) {
                self.answers.to(&template.id)
            } else {
                "filter"
            };
            if heard.starts_with("accept") {
                accept(world, &key(&self.app_id, &self.openid), template);
            }
            said.push((template.id.clone(), heard.to_owned()));
        }
        said
    }

    /// `subscribe_msg_popup_event`, about what the shopper was asked.
    fn tell(&self, core: &Core, world: &mut World, said: &[(String, String)], now: i64) {
        let said = said.iter().filter(|(_, word)| WORDS.contains(&word.as_str()));
        let rows: Vec<Value> = said
            .map(|(id, word)| {
                let status = if word == "reject" { "reject" } else { "accept" };
                json!({"TemplateId": id, "SubscribeStatusString": status, "PopupScene": "0"})
            })
            .collect();
        if !rows.is_empty() {
            let content = json!({"List": rows});
            post_event(core, world, &self.app_id, &self.openid, "subscribe_msg_popup_event", content, now);
        }
    }
}

/// Allows one message more, or all of a long-term template.
fn accept(world: &mut World, owner: &str, template: &Template) {
    let grant = world.grants.entry(&key(owner, &template.id));
    grant.refused = false;
    if template.long_term {
        grant.standing = true;
    } else {
        grant.left = grant.left.saturating_add(1);
    }
}

/// What a shopper switches in the notification centre.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    pub(crate) app_id: String,
    pub(crate) openid: String,
    /// `None` is the main switch of the mini program.
    pub(crate) template_id: Option<String>,
    /// `accept` or `reject`
    pub(crate) status: String,
}

/// Switches; only a refusal is pushed. Answers how many messages are allowed now.
pub(crate) fn switch(core: &Core, switch: &Switch) -> Result<Value, Errcode> {
    core.change(|world, now| {
        known_app(world, &switch.app_id)?;
        if !["accept", "reject"].contains(&switch.status.as_str()) {
            return Err(Errcode::new(40097, "a status is accept or reject"));
        }
        let id = switch.template_id.as_deref().unwrap_or_default();
        if !id.is_empty() && !world.templates.contains(&key(&switch.app_id, id)) {
            return Err(Errcode::new(40037, "no such template"));
        }
        let refused = switch.status == "reject";
        let grant = world.grants.entry(&key(&key(&switch.app_id, &switch.openid), id));
        grant.refused = refused;
        let state = json!({"left": grant.left, "standing": grant.standing, "refused": grant.refused});
        if refused && !id.is_empty() {
            let content = json!({"List": [{"TemplateId": id, "SubscribeStatusString": "reject"}]});
            let event = "subscribe_msg_change_event";
            post_event(core, world, &switch.app_id, &switch.openid, event, content, now);
        }
        Ok(state)
    })
}

/// A template as it stands in the account of a real mini program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnTemplate {
    pub(crate) app_id: String,
    /// `None` makes one up.
    #[serde(default)]
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    /// Lines such as `名称:{{thing1.DATA}}`.
    pub(crate) content: String,
    #[serde(default)]
    pub(crate) long_term: bool,
    #[serde(default)]
    pub(crate) banned: bool,
    /// What the enums may be, by their keys (`enum_string2`).
    #[serde(default)]
    pub(crate) choices: BTreeMap<String, Vec<String>>,
}

/// Puts a template into an account, or another in the place of one; answers its id.
pub(crate) fn put_template(core: &Core, given: OwnTemplate) -> Result<String, Errcode> {
    core.change(|world, now| {
        known_app(world, &given.app_id)?;
        if template_values::placeholders(&given.content).is_empty() {
            return Err(Errcode::new(40097, "the content has no placeholder such as {{thing1.DATA}}"));
        }
        let id = given.id.unwrap_or_else(templates::new_id);
        if id.is_empty() || id.contains('/') {
            return Err(Errcode::new(40097, "an id is neither empty nor has it a slash"));
        }
        let choice =
            |(name, values)| Choice { keyword_code: format!("{name}.DATA"), enum_value_list: values };
        let template = Template {
            id: id.clone(),
            app_id: given.app_id.clone(),
            tid: None,
            kids: Vec::new(),
            title: given.title,
            example: given.content.clone(),
            content: given.content,
            scene: String::new(),
            long_term: given.long_term,
            choices: given.choices.into_iter().map(choice).collect(),
            banned: given.banned,
            made_at: now,
        };
        world.templates.insert(key(&given.app_id, &id), template);
        Ok(id)
    })
}
