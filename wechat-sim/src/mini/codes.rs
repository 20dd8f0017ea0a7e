//! Codes that a mini program hands to its server: five minutes, one use.

use serde::Serialize;

use super::Errcode;
use crate::crypto::random_word;
use crate::world::{Code, Shopper, Table, World, key};

const LIFE: i64 = 5 * 60_000;

/// A code of `wx.login`, with the user it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoginCode {
    /// What the mini program sends to its server.
    pub code: String,
    /// Who logs in.
    pub openid: String,
}

/// A login of `openid`, or of a new user.
pub(crate) fn login(world: &mut World, app_id: &str, openid: Option<&str>, now: i64) -> LoginCode {
    let openid = openid.map_or_else(|| format!("o{}", random_word::<20>()), str::to_owned);
    let code = format!("0{}", random_word::<23>());
    let record = record(app_id, &openid, now);
    world.shopper(app_id, &openid).seen_at = now;
    sweep(world, now);
    world.login_codes.insert(&code, record);
    LoginCode { code, openid }
}

impl World {
    /// A person in a mini program, made at the first look.
    pub(crate) fn shopper(&mut self, app_id: &str, openid: &str) -> &mut Shopper {
        let shopper = self.shoppers.entry(&key(app_id, openid));
        if shopper.openid.is_empty() {
            app_id.clone_into(&mut shopper.app_id);
            openid.clone_into(&mut shopper.openid);
            let end = openid.len().saturating_sub(4);
            shopper.nickname = format!("顾客{}", openid.get(end..).unwrap_or(openid));
        }
        shopper
    }
}

/// A code of `wx.pluginLogin`, for somebody who uses the plugin.
pub(crate) fn plugin(world: &mut World, app_id: &str, openid: &str, now: i64) -> String {
    let code = random_hex_code();
    sweep(world, now);
    world.plugin_codes.insert(&code, record(app_id, openid, now));
    code
}

/// A code of the phone number button.
pub(crate) fn phone(
    world: &mut World,
    app_id: &str,
    (country_code, phone): (&str, &str),
    openid: Option<&str>,
    now: i64,
) -> String {
    let code = random_hex_code();
    let mut record = record(app_id, phone, now);
    country_code.clone_into(&mut record.country);
    record.openid = openid.map(str::to_owned);
    sweep(world, now);
    world.phone_codes.insert(&code, record);
    code
}

fn random_hex_code() -> String {
    crate::crypto::random_hex::<32>().to_lowercase()
}

fn record(app_id: &str, subject: &str, now: i64) -> Code {
    Code {
        app_id: app_id.to_owned(),
        subject: subject.to_owned(),
        country: String::new(),
        openid: None,
        expires_at: now.saturating_add(LIFE),
        used: false,
    }
}

/// Keeps used and expired codes for an hour, so that they are told from codes that never were.
fn sweep(world: &mut World, now: i64) {
    const HOUR: i64 = 3_600_000;
    if now.abs_diff(world.swept_at) < 60_000 {
        return;
    }
    world.swept_at = now;
    for codes in [&mut world.login_codes, &mut world.phone_codes, &mut world.plugin_codes] {
        codes.retain(|_, old| old.expires_at.saturating_add(HOUR) > now);
    }
}

/// Takes a code for `app_id`; `used` is the answer to a second use.
pub(crate) fn take(
    codes: &mut Table<Code>,
    app_id: &str,
    code: &str,
    used: i64,
    now: i64,
) -> Result<Code, Errcode> {
    let found = codes.get_mut(code).ok_or_else(|| Errcode::new(40029, "invalid code"))?;
    if found.app_id != app_id {
        return Err(Errcode::new(40013, "invalid appid"));
    }
    if found.used {
        return Err(Errcode::new(used, "code been used"));
    }
    if now >= found.expires_at {
        return Err(Errcode::new(40029, "invalid code"));
    }
    found.used = true;
    Ok(found.clone())
}
