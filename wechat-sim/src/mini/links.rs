//! URL Links, URL Schemes and Short Links.

use serde_json::{Value, json};

use super::site::{bare, env_version, is_plain};
use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, ok, post};
use crate::crypto::random_alphanumeric;
use crate::operation::Operation;
use crate::world::{Link, LinkKind, Site};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("urllink", "/wxa/generate_urllink", url_link),
    post("scheme", "/wxa/generatescheme", scheme),
    post("nfc_scheme", "/wxa/generatenfcscheme", nfc_scheme),
    post("shortlink", "/wxa/genwxashortlink", short_link),
];

/// What links begin with; the ticket follows.
pub(crate) const URL_LINK: &str = "https://wxaurl.cn/";
pub(crate) const SCHEME: &str = "weixin://dl/business/?";
pub(crate) const SHORT_LINK: &str = "#小程序://";

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
const MOST_LINKS_A_DAY: u64 = 500_000;
const MOST_SHORT_LINKS_A_DAY: u64 = 10_000_000;
const MOST_PERMANENT: u64 = 100_000;

/// Where a link leads.
struct Goal {
    path: String,
    query: String,
    env_version: String,
}

fn url_link(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let goal = Goal::read(&body)?;
    check_cloud(&body["cloud_base"])?;
    let expires_at = expiry(&body, call.core.now())?;
    let link = goal.link(call, LinkKind::UrlLink, Some(expires_at), body["cloud_base"].clone());
    let ticket = generate(call, link)?;
    ok(json!({"url_link": format!("{URL_LINK}{ticket}")}))
}

/// Without `is_expire` it lives as long as links can: thirty days.
fn scheme(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let goal = Goal::read(&body["jump_wxa"])?;
    let now = call.core.now();
    let ends = body.boolean("is_expire")?.unwrap_or(false);
    let expires_at = if ends { expiry(&body, now)? } else { now + 30 * DAY };
    let ticket = generate(call, goal.link(call, LinkKind::Scheme, Some(expires_at), Value::Null))?;
    ok(json!({"openlink": format!("{SCHEME}t={ticket}")}))
}

/// Lives for ever, on the label of a device.
fn nfc_scheme(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let goal = Goal::read(&body["jump_wxa"])?;
    if body.text("model_id")?.is_none_or(str::is_empty) {
        return Err(Errcode::new(9_800_003, "invalid model_id"));
    }
    body.text("sn")?;
    let ticket = generate(call, goal.link(call, LinkKind::NfcScheme, None, Value::Null))?;
    ok(json!({"openlink": format!("{SCHEME}t={ticket}")}))
}

impl Goal {
    fn read(body: &Value) -> Result<Self, Errcode> {
        if !body.is_object() && !body.is_null() {
            return Err(Errcode::format("jump_wxa is no object"));
        }
        let path = body.text("path")?.unwrap_or_default();
        if path.contains(['?', ' ']) || path.chars().count() > 1024 {
            return Err(wrong_path());
        }
        let query = body.text("query")?.unwrap_or_default();
        check_query(query)?;
        let env = env_version(body.text("env_version")?);
        let env = env.ok_or_else(|| Errcode::new(85402, "invalid env_version"))?;
        Ok(Self { path: bare(path).to_owned(), query: query.to_owned(), env_version: env.to_owned() })
    }

    fn link(self, call: &MiniCall<'_>, kind: LinkKind, expires_at: Option<i64>, cloud_base: Value) -> Link {
        Link {
            app_id: call.app_id.clone(),
            kind,
            path: self.path,
            query: self.query,
            env_version: self.env_version,
            cloud_base,
            made_at: call.core.now(),
            expires_at,
            visits: 0,
        }
    }
}

fn wrong_path() -> Errcode {
    Errcode::new(40165, "invalid weapp pagepath")
}

fn check_query(query: &str) -> Result<(), Errcode> {
    if query.chars().count() > 1024 || !is_plain(query, true) {
        return Err(Errcode::new(40212, "invalid query"));
    }
    Ok(())
}

/// Any environment counts as opened.
fn check_cloud(cloud_base: &Value) -> Result<(), Errcode> {
    if cloud_base.is_null() {
        return Ok(());
    }
    if !cloud_base.is_object() {
        return Err(Errcode::format("cloud_base is no object"));
    }
    if cloud_base.text("env")?.is_none_or(str::is_empty) {
        return Err(Errcode::new(85088, "cloud base is not opened"));
    }
    check_query(cloud_base.text("query")?.unwrap_or_default())
}

/// When a link ends: from a minute to thirty days from now.
fn expiry(body: &Value, now: i64) -> Result<i64, Errcode> {
    let wrong = || Errcode::new(85401, "time limit between 1min and 30days");
    let end = match body.number("expire_type")?.unwrap_or(0) {
        0 => body.number("expire_time")?.and_then(|seconds| seconds.checked_mul(1000)),
        1 => body
            .number("expire_interval")?
            .filter(|days| (1..=30).contains(days))
            .map(|days| now + days * DAY),
        _ => None,
    };
    // A time in whole seconds may lie a part of a second before what was meant.
    let fits = |end: &i64| (now + MINUTE - 1000..=now + 30 * DAY).contains(end);
    end.filter(fits).ok_or_else(wrong)
}

/// Counts the link and writes it down; answers its ticket.
fn generate(call: &MiniCall<'_>, link: Link) -> Result<String, Errcode> {
    call.core.change(|world, now| {
        let site = world.sites.entry(&call.app_id).today(now);
        check_page(site, &link)?;
        if site.links_today >= MOST_LINKS_A_DAY {
            return Err(Errcode::new(44993, "reach max api day frequence limit"));
        }
        site.links_today += 1;
        let ticket = random_alphanumeric::<11>();
        world.links.insert(ticket.clone(), link);
        Ok(ticket)
    })
}

/// The page has to be in the release, whichever version is opened.
fn check_page(site: &Site, link: &Link) -> Result<(), Errcode> {
    if !site.is_released() {
        return Err(Errcode::new(85079, "miniprogram has no online release"));
    }
    if site.has_page(&link.path) { Ok(()) } else { Err(wrong_path()) }
}

fn short_link(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let url = body.text("page_url")?.filter(|url| (1..=1024).contains(&url.chars().count()));
    let url = url.ok_or_else(wrong_url)?;
    let title = title(&body)?;
    let permanent = body.boolean("is_permanent")?.unwrap_or(false);
    let expires_at = (!permanent).then(|| call.core.now() + 30 * DAY);
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let goal =
        Goal { path: bare(path).to_owned(), query: query.to_owned(), env_version: "release".to_owned() };
    let link = goal.link(call, LinkKind::ShortLink, expires_at, Value::Null);
    let ticket = shorten(call, link, permanent)?;
    let title = if title.is_empty() { String::new() } else { format!("{title}/") };
    ok(json!({"link": format!("{SHORT_LINK}{}/{title}{ticket}", call.app_id)}))
}

fn wrong_url() -> Errcode {
    Errcode::new(40066, "invalid url")
}

/// What is longer than twenty characters is cut.
fn title(body: &Value) -> Result<String, Errcode> {
    let title = body.text("page_title")?.unwrap_or_default();
    if title.contains(char::is_control) || title.contains('/') {
        return Err(Errcode::new(40225, "invalid page title"));
    }
    let cut: String = title.chars().take(20).collect();
    Ok(if cut == title { cut } else { format!("{cut}...") })
}

fn shorten(call: &MiniCall<'_>, link: Link, permanent: bool) -> Result<String, Errcode> {
    call.core.change(|world, now| {
        let site = world.sites.entry(&call.app_id).today(now);
        if !(site.is_released() && site.has_page(&link.path)) {
            return Err(wrong_url());
        }
        if site.shorts_today >= MOST_SHORT_LINKS_A_DAY {
            return Err(Errcode::new(45009, "reach max api daily quota limit"));
        }
        if permanent && site.permanent >= MOST_PERMANENT {
            return Err(Errcode::new(85400, "reach max long time quota limit"));
        }
        site.shorts_today += 1;
        site.permanent += u64::from(permanent);
        let ticket = random_alphanumeric::<15>();
        world.links.insert(ticket.clone(), link);
        Ok(ticket)
    })
}
