//! `/wxaapi/newtmpl/…`: the public library, and the templates in the account of a mini program.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::catalogue::{self, CATEGORIES, Keyword, TITLES, Title};
use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, card_kinds, done, get, ok, post};
use crate::crypto::random_word;
use crate::operation::Operation;
use crate::world::{Choice, Template, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    get("template_categories", "/wxaapi/newtmpl/getcategory", categories),
    get("template_titles", "/wxaapi/newtmpl/getpubtemplatetitles", titles),
    get("template_keywords", "/wxaapi/newtmpl/getpubtemplatekeywords", keywords),
    post("add_template", "/wxaapi/newtmpl/addtemplate", add),
    get("templates", "/wxaapi/newtmpl/gettemplate", own),
    post("delete_template", "/wxaapi/newtmpl/deltemplate", delete),
];

/// So many templates fit into an account.
const MOST: usize = 50;
/// So many titles fit into an answer.
const MOST_TITLES: usize = 30;

fn categories(_: &MiniCall<'_>) -> Reply {
    ok(json!({"data": CATEGORIES.iter().map(catalogue::Category::row).collect::<Vec<_>>()}))
}

fn titles(call: &MiniCall<'_>) -> Reply {
    let ids = category_ids(call)?;
    let start = number(call, "start").ok_or_else(|| Errcode::new(200_016, "invalid start"))?;
    let limit = number(call, "limit").filter(|limit| (1..=MOST_TITLES).contains(limit));
    let limit = limit.ok_or_else(|| Errcode::new(200_017, "invalid limit"))?;
    let found: Vec<&Title> = TITLES.iter().filter(|title| ids.contains(&title.category)).collect();
    let rows: Vec<Value> = found.iter().skip(start).take(limit).map(|title| title.row()).collect();
    ok(json!({"count": found.len(), "data": rows}))
}

/// The categories asked for; the page shows them between quotes, so that those do not matter.
fn category_ids(call: &MiniCall<'_>) -> Result<BTreeSet<u32>, Errcode> {
    let ids = call.parameter("ids").ok_or_else(|| Errcode::new(200_018, "ids is missing"))?;
    let known = |id: &u32| CATEGORIES.iter().any(|category| category.id == *id);
    let read = |id: &str| id.trim().parse().ok().filter(known);
    let ids: Option<BTreeSet<u32>> = ids.trim_matches('"').split(',').map(read).collect();
    ids.ok_or_else(|| Errcode::new(200_019, "invalid ids"))
}

fn number(call: &MiniCall<'_>, name: &str) -> Option<usize> {
    call.parameter(name)?.parse().ok()
}

fn keywords(call: &MiniCall<'_>) -> Reply {
    let tid = call.parameter("tid").ok_or_else(|| Errcode::new(200_002, "tid is missing"))?;
    let tid = tid.parse().map_err(|_| wrong_tid())?;
    if card_kinds::by_tid(tid).is_some() {
        return ok(json!({"count": 0, "data": []}));
    }
    let keywords = catalogue::find(tid).ok_or_else(wrong_tid)?.keywords;
    ok(json!({"count": keywords.len(), "data": keywords.iter().map(Keyword::row).collect::<Vec<_>>()}))
}

fn wrong_tid() -> Errcode {
    Errcode::new(200_014, "invalid tid")
}

/// What `addtemplate` asks for.
struct Draft {
    tid: u32,
    title: &'static str,
    keywords: Vec<&'static Keyword>,
    scene: String,
}

fn add(call: &MiniCall<'_>) -> Reply {
    let body = call.body().map_err(|_| Errcode::new(40400, "HTTP Bad Request"))?;
    let draft = Draft::read(&body)?;
    call.core.change(|world, now| {
        draft.check(world, &call.app_id)?;
        let template = draft.template(&call.app_id, now);
        let id = template.id.clone();
        world.templates.insert(key(&call.app_id, &id), template);
        ok(json!({"priTmplId": id}))
    })
}

impl Draft {
    fn read(body: &Value) -> Result<Self, Errcode> {
        let tid = body.text("tid")?.and_then(|tid| tid.parse().ok()).ok_or_else(wrong_tid)?;
        let (title, keywords) = if let Some(kind) = card_kinds::by_tid(tid) {
            (kind.name, no_kids(body)?)
        } else {
            let title = catalogue::find(tid).ok_or_else(wrong_tid)?;
            (title.name, picked(title, body)?)
        };
        let scene = body.text("sceneDesc")?.filter(|scene| (1..=15).contains(&scene.trim().chars().count()));
        let scene = scene.ok_or_else(|| Errcode::new(200_021, "invalid sceneDesc"))?.to_owned();
        Ok(Self { tid, title, keywords, scene })
    }

    /// Whether the account may have it.
    fn check(&self, world: &World, app_id: &str) -> Result<(), Errcode> {
        if world.sites.get(app_id).is_some_and(|site| site.banned) {
            return Err(Errcode::new(200_011, "this account is banned"));
        }
        let own: Vec<&Template> = of_app(world, app_id);
        let alike = |template: &&&Template| template.tid == Some(self.tid);
        if own.iter().filter(alike).any(|template| template.banned) {
            return Err(Errcode::new(200_013, "this template is banned"));
        }
        let kids: BTreeSet<u32> = self.kids().into_iter().collect();
        if own
            .iter()
            .filter(alike)
            .any(|template| template.kids.iter().copied().collect::<BTreeSet<_>>() == kids)
        {
            return Err(Errcode::new(200_022, "the same template exists"));
        }
        if own.len() >= MOST {
            return Err(Errcode::new(200_012, "the number of private templates has reached its limit"));
        }
        Ok(())
    }

    fn kids(&self) -> Vec<u32> {
        self.keywords.iter().map(|keyword| keyword.kid).collect()
    }

    fn template(&self, app_id: &str, now: i64) -> Template {
        Template {
            id: new_id(),
            app_id: app_id.to_owned(),
            tid: Some(self.tid),
            kids: self.kids(),
            title: self.title.to_owned(),
            content: catalogue::content_for(&self.keywords),
            example: catalogue::example_for(&self.keywords),
            scene: self.scene.clone(),
            long_term: false,
            choices: catalogue::choices_for(&self.keywords),
            banned: false,
            made_at: now,
        }
    }
}

/// The templates of service cards have no keywords.
fn no_kids(body: &Value) -> Result<Vec<&'static Keyword>, Errcode> {
    match &body["kidList"] {
        Value::Null => Ok(Vec::new()),
        Value::Array(kids) if kids.is_empty() => Ok(Vec::new()),
        _ => Err(wrong_kids()),
    }
}

fn picked(title: &Title, body: &Value) -> Result<Vec<&'static Keyword>, Errcode> {
    let kids =
        body["kidList"].as_array().filter(|kids| (2..=5).contains(&kids.len())).ok_or_else(wrong_kids)?;
    let kid = |kid: &Value| kid.as_u64().and_then(|kid| u32::try_from(kid).ok());
    let kids: Option<Vec<u32>> = kids.iter().map(kid).collect();
    kids.and_then(|kids| title.pick(&kids)).ok_or_else(wrong_kids)
}

fn wrong_kids() -> Errcode {
    Errcode::new(200_020, "invalid kidList")
}

/// Forty-three letters, as the real ones have.
pub(crate) fn new_id() -> String {
    random_word::<43>().chars().take(43).collect()
}

/// The templates of an app, oldest first.
pub(crate) fn of_app<'a>(world: &'a World, app_id: &str) -> Vec<&'a Template> {
    let mut own: Vec<&Template> =
        world.templates.below(&key(app_id, "")).map(|(_, template)| template).collect();
    own.sort_by_key(|template| template.made_at);
    own
}

fn own(call: &MiniCall<'_>) -> Reply {
    let rows: Vec<Value> =
        call.core.read(|world| of_app(world, &call.app_id).into_iter().map(Template::row).collect());
    ok(json!({"data": rows}))
}

impl Template {
    /// An entry of `gettemplate`.
    pub(crate) fn row(&self) -> Value {
        let mut row = json!({
            "priTmplId": self.id,
            "title": self.title,
            "content": self.content,
            "example": self.example,
            "type": if self.long_term { 3 } else { catalogue::ONE_TIME },
        });
        if !self.choices.is_empty() {
            row["keywordEnumValueList"] = json!(self.choices);
        }
        row
    }

    /// What an enum may be, by its key without `.DATA`.
    pub(crate) fn choices_of(&self, name: &str) -> &[String] {
        let named = |choice: &&Choice| choice.keyword_code.strip_suffix(".DATA") == Some(name);
        self.choices.iter().find(named).map_or(&[], |choice| &choice.enum_value_list)
    }
}

fn delete(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let id = body.filled("priTmplId")?;
    let id = id.ok_or_else(|| Errcode::new(200_002, "priTmplId is missing"))?;
    call.core.change(|world, _| {
        let gone = world.templates.remove(&key(&call.app_id, id));
        gone.map_or_else(|| Err(Errcode::new(200_014, "invalid priTmplId")), |_| done())
    })
}
