//! Content security and risk: `/wxa/msg_sec_check`, `/wxa/media_check_async`, `/wxa/getuserriskrank`.

use serde_json::{Value, json};

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, done, known_app, ok, post};
use crate::core::Core;
use crate::crypto::{random_digits, random_hex};
use crate::notify::push_events;
use crate::operation::Operation;
use crate::world::{MediaCheck, Suggest, Task, Verdict, World, key};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("msg_sec_check", "/wxa/msg_sec_check", check_text),
    post("media_check_async", "/wxa/media_check_async", check_media),
    post("user_risk_rank", "/wxa/getuserriskrank", risk_rank),
];

/// How long a visit to the mini program counts.
const VISIT: i64 = 2 * 3_600_000;
/// Characters.
const LONGEST: usize = 2500;

/// The labels that the protocol knows.
pub(crate) const LABELS: &[i64] = &[100, 10001, 20001, 20002, 20003, 20006, 20008, 20012, 20013, OTHER];
/// Those of pictures and sounds.
const MEDIA_LABELS: &[i64] = &[100, 20001, 20002, 20006, OTHER];
const NORMAL: Verdict = Verdict { label: 100, suggest: Suggest::Pass };
const OTHER: i64 = 21000;

const fn risky(label: i64) -> Verdict {
    Verdict { label, suggest: Suggest::Risky }
}

/// What texts are judged by; control adds words.
const WORDS: &[(&str, Verdict)] = &[
    ("刷单广告", risky(10001)),
    ("时政敏感", risky(20001)),
    ("色情", risky(20002)),
    ("辱骂", risky(20003)),
    ("赌博", risky(20006)),
    ("诈骗", risky(20008)),
    ("低俗", risky(20012)),
    ("盗版", risky(20013)),
    ("测试违规", risky(OTHER)),
    ("测试审核", Verdict { label: OTHER, suggest: Suggest::Review }),
];

/// What the addresses of pictures and sounds are judged by, in small letters.
const URL_WORDS: &[(&str, Verdict)] = &[
    ("politics", risky(20001)),
    ("porn", risky(20002)),
    ("crime", risky(20006)),
    ("risky", risky(OTHER)),
    ("review", Verdict { label: OTHER, suggest: Suggest::Review }),
];

type Hits = Vec<(String, Verdict)>;

fn check_text(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let content = body.needed_text("content")?;
    if body["version"].is_null() {
        return check_text_1(call, content);
    }
    let scene = check_common(call, &body)?;
    if content.chars().count() > LONGEST {
        return Err(Errcode::format("content has more than 2500 characters"));
    }
    let mut texts = vec![content];
    for name in ["title", "nickname", "signature"] {
        let text = body.text(name)?.filter(|_| name != "signature" || scene == 1);
        texts.extend(text);
    }
    let hits = call.core.read(|world| hits(world, &texts.join("\n"), WORDS));
    ok(judgement(&hits))
}

/// The first version knows the text alone.
fn check_text_1(call: &MiniCall<'_>, content: &str) -> Reply {
    let hits = call.core.read(|world| hits(world, content, WORDS));
    if worst(&hits).suggest == Suggest::Risky {
        return Err(Errcode::new(87014, "risky content"));
    }
    done()
}

/// `version`, `scene` and `openid` of both checks; answers the scene.
fn check_common(call: &MiniCall<'_>, body: &Value) -> Result<i64, Errcode> {
    if body.needed_number("version")? != 2 {
        return Err(Errcode::format("version is not 2"));
    }
    let (scene, openid) = (body.needed_number("scene")?, body.needed_text("openid")?);
    if !(1..=4).contains(&scene) {
        return Err(Errcode::new(40129, "invalid scene"));
    }
    call.core.read(|world| check_visitor(world, &call.app_id, openid, call.core.now()))?;
    Ok(scene)
}

/// The shopper has to have been in the mini program lately.
fn check_visitor(world: &World, app_id: &str, openid: &str, now: i64) -> Result<(), Errcode> {
    match world.shoppers.get(&key(app_id, openid)) {
        Some(shopper) if now < shopper.seen_at.saturating_add(VISIT) => Ok(()),
        Some(_) => Err(Errcode::new(61010, "code is expired")),
        None if world.shoppers.values().any(|shopper| shopper.openid == openid) => {
            Err(Errcode::new(43104, "The openid does not match the appid"))
        }
        None => Err(Errcode::new(40003, "invalid openid")),
    }
}

fn hits(world: &World, text: &str, words: &[(&str, Verdict)]) -> Hits {
    let added = world.security_words.iter().map(|(word, verdict)| (word.as_str(), *verdict));
    let known = words.iter().copied().filter(|(word, _)| !world.security_words.contains(word));
    let found = known.chain(added).filter(|(word, _)| text.contains(word));
    found.map(|(word, verdict)| (word.to_owned(), verdict)).collect()
}

/// The first of the worst.
fn worst(hits: &Hits) -> Verdict {
    let worse = |worst: Verdict, verdict: &Verdict| {
        if verdict.suggest > worst.suggest { *verdict } else { worst }
    };
    hits.iter().map(|(_, verdict)| verdict).fold(NORMAL, worse)
}

fn model(verdict: Verdict) -> Value {
    json!({
        "strategy": "content_model", "errcode": 0,
        "suggest": verdict.suggest.as_str(), "label": verdict.label, "prob": 90,
    })
}

fn result(verdict: Verdict) -> Value {
    json!({"suggest": verdict.suggest.as_str(), "label": verdict.label})
}

fn judgement(hits: &Hits) -> Value {
    let verdict = worst(hits);
    let level = |verdict: &Verdict| if verdict.suggest == Suggest::Risky { 90 } else { 20 };
    let keywords = hits.iter().map(|(word, verdict)| {
        json!({
            "strategy": "keyword", "errcode": 0, "suggest": verdict.suggest.as_str(),
            "label": verdict.label, "level": level(verdict), "keyword": word,
        })
    });
    let detail: Vec<Value> = std::iter::once(model(verdict)).chain(keywords).collect();
    json!({"result": result(verdict), "detail": detail, "trace_id": trace_id()})
}

/// Three groups of eight.
fn trace_id() -> String {
    let hex = random_hex::<12>().to_lowercase();
    [&hex[..8], &hex[8..16], &hex[16..]].join("-")
}

fn check_media(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    let (url, media_type) = (body.needed_text("media_url")?, body.needed_number("media_type")?);
    if !matches!(media_type, 1 | 2) {
        return Err(Errcode::new(40004, "invalid media type"));
    }
    let fetchable = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !fetchable {
        return Err(Errcode::format("media_url is no address"));
    }
    check_common(call, &body)?;
    let (trace_id, wait) = (trace_id(), call.core.time.wait(call.core.settings.media_check_delay));
    call.core.change(|world, now| {
        let check = MediaCheck { app_id: call.app_id.clone(), url: url.to_owned() };
        world.media_checks.insert(&trace_id, check);
        world.agenda.add(now.saturating_add(wait), Task::JudgeMedia(trace_id.clone()));
        ok(json!({"trace_id": trace_id}))
    })
}

/// Tells the app what a picture or a sound shows.
pub(crate) fn judge_media(core: &Core, world: &mut World, trace_id: &str, now: i64) {
    let Some(check) = world.media_checks.remove(trace_id) else { return };
    let mut content = json!({"appid": check.app_id, "trace_id": trace_id, "version": 2});
    if world.media_unreachable.contains(&check.app_id) {
        content["errcode"] = json!(-1008);
        content["errmsg"] = json!("download error");
    } else {
        let verdict = media_verdict(world, &check.url);
        content["errcode"] = json!(0);
        content["errmsg"] = json!("ok");
        content["result"] = result(verdict);
        content["detail"] = json!([model(verdict)]);
    }
    push_events::post_event(core, world, &check.app_id, "", "wxa_media_check", content, now);
}

fn media_verdict(world: &World, url: &str) -> Verdict {
    let decoded = url::form_urlencoded::parse(url.to_lowercase().as_bytes())
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&");
    let verdict = worst(&hits(world, &decoded, URL_WORDS));
    let label = if MEDIA_LABELS.contains(&verdict.label) { verdict.label } else { OTHER };
    Verdict { label, ..verdict }
}

fn risk_rank(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    if body.needed_text("appid")? != call.app_id {
        return Err(Errcode::new(40013, "invalid appid"));
    }
    let (openid, scene) = (body.needed_text("openid")?, body.needed_number("scene")?);
    body.needed_text("client_ip")?;
    body.boolean("is_test")?;
    for name in ["mobile_no", "email_address", "extended_info"] {
        body.text(name)?;
    }
    if !(0..=2).contains(&scene) {
        return Err(Errcode::new(40129, "invalid scene"));
    }
    let rank = call.core.read(|world| {
        check_visitor(world, &call.app_id, openid, call.core.now())?;
        Ok::<_, Errcode>(world.risk_ranks.get(&key(&call.app_id, openid)).copied().unwrap_or_default())
    })?;
    let request: i64 = random_digits::<9>().parse().unwrap_or_default();
    Ok(json!({
        "errcode": 0, "errmsg": "getuserriskrank succ", "risk_rank": rank, "unoin_id": request,
    })
    .into())
}

/// Judges by another word from now on.
pub(crate) fn add_word(core: &Core, word: &str, verdict: Verdict) -> Result<(), Errcode> {
    if word.is_empty() || !LABELS.contains(&verdict.label) {
        return Err(Errcode::new(40097, "a word and one of the labels are needed"));
    }
    core.change(|world, _| {
        world.security_words.insert(word, verdict);
        Ok(())
    })
}

/// Lets the pictures of an app be found, or not.
pub(crate) fn set_unreachable(core: &Core, app_id: &str, unreachable: bool) -> Result<(), Errcode> {
    core.change(|world, _| {
        known_app(world, app_id)?;
        if unreachable {
            world.media_unreachable.insert(app_id, true);
        } else {
            world.media_unreachable.remove(app_id);
        }
        Ok(())
    })
}

/// Thinks so badly of a shopper: 0 is best, 4 worst.
pub(crate) fn set_rank(core: &Core, app_id: &str, openid: &str, rank: i64) -> Result<(), Errcode> {
    if !(0..=4).contains(&rank) {
        return Err(Errcode::new(40097, "a rank lies between 0 and 4"));
    }
    core.change(|world, _| {
        known_app(world, app_id)?;
        world.risk_ranks.insert(key(app_id, openid), rank);
        Ok(())
    })
}
