//! The two families of access tokens. A token of one never touches those of the other.

use super::Errcode;
use crate::crypto::random_word;
use crate::world::{App, Token, World};

const LIFE: i64 = 7200;
/// So long before its end a stable token gets a successor.
const OVERLAP: i64 = 300;
/// So long a displaced legacy token goes on working.
const GRACE: i64 = 300;
const FORCED_SPACING: i64 = 30_000;
const FORCED_PER_DAY: usize = 20;
const DAY: i64 = 24 * 3_600_000;

/// A new legacy token. The one before lives five more minutes, the one before that dies.
pub(crate) fn legacy(world: &mut World, app_id: &str, now: i64) -> (String, i64) {
    let token = mint(world, app_id, now);
    let app = app(world, app_id);
    let displaced = app.legacy.replace(token.clone());
    let dead = std::mem::replace(&mut app.legacy_before, displaced.clone());
    displace(world, displaced, now + GRACE * 1000);
    displace(world, dead, now);
    (token, LIFE)
}

/// The stable token with the seconds it has left; a new one when the old one is near its end.
pub(crate) fn stable(world: &mut World, app_id: &str, now: i64) -> (String, i64) {
    let current = world.apps.get(app_id).and_then(|app| app.stable.clone());
    let left = |token: &String| world.tokens.get(token).map_or(0, |found| (found.expires_at - now) / 1000);
    match current.map(|token| (left(&token), token)) {
        Some((left, token)) if left > OVERLAP => (token, left),
        _ => renew(world, app_id, now),
    }
}

/// A new stable token at once; the old one is dead from here on.
pub(crate) fn forced(world: &mut World, app_id: &str, now: i64) -> Result<(String, i64), Errcode> {
    let app = app(world, app_id);
    app.forced.retain(|at| at + DAY > now);
    if app.forced.last().is_some_and(|last| last + FORCED_SPACING > now) {
        return Err(Errcode::new(
            45011,
            "api minute-quota reach limit, mustn't force refresh within 30 seconds",
        ));
    }
    if app.forced.len() >= FORCED_PER_DAY {
        return Err(Errcode::new(45009, "reach max api daily quota limit"));
    }
    app.forced.push(now);
    let old = app.stable.take();
    displace(world, old, now);
    Ok(renew(world, app_id, now))
}

/// The app a token belongs to, or why the token is no good.
pub(crate) fn owner(world: &World, token: &str, now: i64) -> Result<String, Errcode> {
    let found = world.tokens.get(token).ok_or_else(|| Errcode::new(40014, "invalid access_token"))?;
    if found.displaced_at.is_some_and(|at| at <= now) {
        return Err(Errcode::new(40001, "invalid credential, access_token is invalid or not latest"));
    }
    if found.expires_at <= now {
        Err(Errcode::new(42001, "access_token expired"))
    } else {
        Ok(found.app_id.clone())
    }
}

/// Puts a token out of use at once.
pub(crate) fn invalidate(world: &mut World, token: &str, now: i64) {
    displace(world, Some(token.to_owned()), now);
}

/// Puts all tokens of an app out of use at once.
pub(crate) fn invalidate_all(world: &mut World, app_id: &str, now: i64) {
    let of_app = world.tokens.iter().filter(|(_, token)| token.app_id == app_id);
    let tokens: Vec<String> = of_app.map(|(token, _)| token.clone()).collect();
    for token in tokens {
        displace(world, Some(token), now);
    }
    let app = app(world, app_id);
    (app.stable, app.legacy, app.legacy_before) = (None, None, None);
}

fn renew(world: &mut World, app_id: &str, now: i64) -> (String, i64) {
    let token = mint(world, app_id, now);
    app(world, app_id).stable = Some(token.clone());
    (token, LIFE)
}

fn app<'a>(world: &'a mut World, app_id: &str) -> &'a mut App {
    world.apps.entry(app_id)
}

/// Tokens stay known for a day after their end, so that an old one is told from one that never was.
fn mint(world: &mut World, app_id: &str, now: i64) -> String {
    world.tokens.retain(|_, token| token.expires_at + DAY > now);
    let token = format!("{}_{}", 90 + app_id.len() % 10, random_word::<99>());
    let record = Token { app_id: app_id.to_owned(), expires_at: now + LIFE * 1000, displaced_at: None };
    world.tokens.insert(&token, record);
    token
}

fn displace(world: &mut World, token: Option<String>, at: i64) {
    if let Some(token) = token.and_then(|token| world.tokens.get_mut(&token)) {
        token.displaced_at = Some(token.displaced_at.map_or(at, |before| before.min(at)));
    }
}
