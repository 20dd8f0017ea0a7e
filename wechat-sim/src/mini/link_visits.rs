//! What links lead to: asked by the shop, or opened by a shopper.

use serde_json::{Value, json};

use super::links::{SCHEME, SHORT_LINK, URL_LINK};
use super::qr::CODE;
use super::site::bare;
use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, ok, post};
use crate::core::Core;
use crate::operation::Operation;
use crate::wire::request::form_value;
use crate::world::{Link, LinkKind, World};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("query_urllink", "/wxa/query_urllink", query_url_link),
    post("query_scheme", "/wxa/queryscheme", query_scheme),
];

/// So often a day the links and schemes of an app can be opened.
const MOST_VISITS: u64 = 3_000_000;

fn query_url_link(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    if asks_for_quota(&body)? {
        return ok(quota(call));
    }
    let text = body.filled("url_link")?.ok_or_else(wrong_arguments)?;
    let found = info(call, text, &[LinkKind::UrlLink]).ok_or_else(not_found)?;
    ok(json!({"url_link_info": found}))
}

fn query_scheme(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    if asks_for_quota(&body)? {
        return ok(quota(call));
    }
    let text = body.filled("scheme")?.ok_or_else(wrong_arguments)?;
    if let Some(plain) = Plain::read(text) {
        let enabled = call.core.read(|world| plain.app_id == call.app_id && plain.is_enabled(world));
        return if enabled { ok(json!({"scheme_info": plain.info()})) } else { Err(not_plain()) };
    }
    let found = info(call, text, &[LinkKind::Scheme, LinkKind::NfcScheme]).ok_or_else(not_found)?;
    ok(json!({"scheme_info": found}))
}

fn asks_for_quota(body: &Value) -> Result<bool, Errcode> {
    match body.number("query_type")?.unwrap_or(0) {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(wrong_arguments()),
    }
}

fn wrong_arguments() -> Errcode {
    Errcode::new(40097, "invalid args")
}

fn not_found() -> Errcode {
    Errcode::new(85403, "not found")
}

fn not_plain() -> Errcode {
    Errcode::new(85405, "appid or path not support plain scheme")
}

fn quota(call: &MiniCall<'_>) -> Value {
    let now = call.core.now();
    let site = call.core.read(|world| world.sites.get(&call.app_id).cloned());
    let used = site.map_or(0, |mut site| site.today(now).visits_today);
    json!({"quota_info": {"remain_visit_quota": MOST_VISITS.saturating_sub(used)}})
}

/// The link of the app that a text is, of one of these kinds.
fn info(call: &MiniCall<'_>, text: &str, kinds: &[LinkKind]) -> Option<Value> {
    let (ticket, more) = ticket(text)?;
    let link = call.core.read(|world| world.links.get(&ticket).cloned())?;
    let own = link.app_id == call.app_id && kinds.contains(&link.kind);
    own.then(|| link.info(&more))
}

/// The ticket of a link, and the query that was put behind it as `cq`.
fn ticket(text: &str) -> Option<(String, String)> {
    if let Some(rest) = text.strip_prefix(URL_LINK) {
        let (ticket, query) = rest.split_once('?').unwrap_or((rest, ""));
        return Some((ticket.to_owned(), form_value(query, "cq").unwrap_or_default()));
    }
    if let Some(query) = text.strip_prefix(SCHEME) {
        return Some((form_value(query, "t")?, form_value(query, "cq").unwrap_or_default()));
    }
    let ticket = text.strip_prefix(SHORT_LINK)?.rsplit('/').next()?;
    Some((ticket.to_owned(), String::new()))
}

impl Link {
    /// As the queries show it; `more` was put behind the link.
    fn info(&self, more: &str) -> Value {
        let mut info = json!({
            "appid": self.app_id,
            "path": self.path,
            "query": self.whole_query(more),
            "create_time": self.made_at / 1000,
            "expire_time": self.expires_at.map_or(0, |at| at / 1000),
            "env_version": self.env_version,
        });
        if !self.cloud_base.is_null() {
            info["cloud_base"] = self.cloud_base.clone();
        }
        info
    }

    fn whole_query(&self, more: &str) -> String {
        let parts = [self.query.as_str(), more];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
    }

    /// The scene of a launch.
    fn scene(&self) -> i64 {
        match self.kind {
            LinkKind::UrlLink => 1194,
            LinkKind::Scheme => 1065,
            LinkKind::NfcScheme => 1233,
            LinkKind::ShortLink => 1007,
        }
    }
}

/// A scheme that says openly where it leads.
struct Plain {
    app_id: String,
    path: String,
    query: String,
    env_version: String,
}

impl Plain {
    fn read(text: &str) -> Option<Self> {
        let pairs = text.strip_prefix(SCHEME)?;
        let member = |name: &str| form_value(pairs, name).unwrap_or_default();
        let env = Some(member("env_version")).filter(|env| !env.is_empty());
        Some(Self {
            app_id: form_value(pairs, "appid")?,
            path: bare(&member("path")).to_owned(),
            query: member("query"),
            env_version: env.unwrap_or_else(|| "release".to_owned()),
        })
    }

    fn is_enabled(&self, world: &World) -> bool {
        world.sites.get(&self.app_id).is_some_and(|site| site.plain.contains(&self.path))
    }

    fn info(&self) -> Value {
        json!({"appid": self.app_id, "path": self.path, "query": self.query, "env_version": self.env_version})
    }
}

/// A shopper opens a link or scans a code; answers where it leads, or why it does not.
pub(crate) fn open(core: &Core, text: &str) -> Result<Value, Errcode> {
    core.change(|world, now| {
        let led = lead(world, text, now);
        Ok(led.unwrap_or_else(|why| json!({"opens": false, "why": why})))
    })
}

fn lead(world: &mut World, text: &str, now: i64) -> Result<Value, &'static str> {
    if let Some(code) = text.strip_prefix(CODE) {
        return scan(world, code);
    }
    if let Some(plain) = Plain::read(text) {
        if !plain.is_enabled(world) {
            return Err("the page is not open to plain schemes");
        }
        count_visit(world, &plain.app_id, now)?;
        return Ok(opened(plain.info(), 1065));
    }
    let (ticket, more) = ticket(text).ok_or("this is no link into a mini program")?;
    let link = world.links.get(&ticket).ok_or("there is no such link")?.clone();
    if link.expires_at.is_some_and(|end| now >= end) {
        return Err("the link has expired");
    }
    check_page(world, &link.app_id, &link.env_version, &link.path)?;
    if link.kind != LinkKind::ShortLink {
        count_visit(world, &link.app_id, now)?;
    }
    if let Some(link) = world.links.get_mut(&ticket) {
        link.visits += 1;
    }
    let mut led = opened(link.info(&more), link.scene());
    led["visits"] = json!(link.visits + 1);
    Ok(led)
}

fn opened(mut info: Value, scene: i64) -> Value {
    info["opens"] = json!(true);
    info["scene"] = json!(scene);
    info
}

/// `<appid>/<env_version>/<path>?<query>`
fn scan(world: &World, code: &str) -> Result<Value, &'static str> {
    let (app_id, rest) = code.split_once('/').ok_or("the code is broken")?;
    let (env, path) = rest.split_once('/').ok_or("the code is broken")?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    check_page(world, app_id, env, path)?;
    Ok(opened(json!({"appid": app_id, "path": path, "query": query, "env_version": env}), 1047))
}

fn check_page(world: &World, app_id: &str, env: &str, path: &str) -> Result<(), &'static str> {
    let site = world.sites.get(app_id).filter(|_| env == "release");
    if site.is_none_or(|site| site.is_released() && site.has_page(path)) {
        Ok(())
    } else {
        Err("the page is not in the release")
    }
}

fn count_visit(world: &mut World, app_id: &str, now: i64) -> Result<(), &'static str> {
    let site = world.sites.entry(app_id).today(now);
    if site.visits_today >= MOST_VISITS {
        return Err("the links of the mini program were opened too often today");
    }
    site.visits_today += 1;
    Ok(())
}
