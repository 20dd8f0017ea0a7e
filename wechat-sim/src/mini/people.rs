//! Who shops, and what the console of a mini program says about it.

use serde::{Deserialize, Serialize};

use super::{Errcode, limits};
use crate::core::Core;
use crate::crypto::{random_word, sha256};
use crate::world::{App, Session, Shopper, World, key};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// So often somebody may log in to an app within a minute.
const LOGINS: u32 = 100;

/// What a person is in an app of an open-platform account; `None` where the app is bound to none.
pub(crate) fn unionid(world: &World, app_id: &str, openid: &str) -> Option<String> {
    let platform = world.apps.get(app_id)?.open_platform.as_deref()?;
    let own = key(app_id, openid);
    let shopper = world.shoppers.get(&own);
    if let Some(set) = shopper.and_then(|shopper| shopper.unionid.clone()) {
        return Some(set);
    }
    let person = shopper.map(|shopper| shopper.person.as_str()).filter(|person| !person.is_empty());
    Some(derived('o', &[platform, person.unwrap_or(&own)]))
}

/// A name of 28 letters that always follows from the same texts.
pub(super) fn derived(first: char, from: &[&str]) -> String {
    let mut name = URL_SAFE_NO_PAD.encode(sha256(from.join("\n").as_bytes()));
    name.truncate(27);
    format!("{first}{name}")
}

/// Refuses people who log in too often, or must not.
pub(super) fn may_log_in(
    core: &Core,
    world: &World,
    (app_id, openid): (&str, &str),
    now: i64,
) -> Result<(), Errcode> {
    let key = key(app_id, openid);
    if world.shoppers.get(&key).is_some_and(|shopper| shopper.high_risk || shopper.banned) {
        return Err(Errcode::new(40226, "code blocked"));
    }
    limits::spend_of_person(core, &format!("login {key}"), LOGINS, now)
}

/// What is set of a mini program; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppOptions {
    /// The `AppSecret`.
    pub secret: Option<String>,
    /// The account of the open platform that the app is bound to; empty unbinds it.
    pub open_platform: Option<String>,
    /// Who may ask for tokens; everybody may while it is empty.
    pub ip_whitelist: Option<Vec<String>>,
    /// Whether the owner froze the secret.
    pub secret_frozen: Option<bool>,
    /// Whether the account is frozen, so that it gets no tokens.
    pub frozen: Option<bool>,
}

/// A mini program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppView {
    /// The app.
    pub app_id: String,
    /// The account of the open platform that it is bound to.
    pub open_platform: Option<String>,
    /// Who may ask for tokens; everybody may while it is empty.
    pub ip_whitelist: Vec<String>,
    /// Whether the owner froze the secret.
    pub secret_frozen: bool,
    /// Whether the account is frozen.
    pub frozen: bool,
}

/// What is set of a shopper; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopperOptions {
    /// Who is meant; a new one without it.
    pub openid: Option<String>,
    /// Any name of a person, who may be in several apps.
    pub person: Option<String>,
    /// What the person is in all apps of the open platform; empty lets it follow from the person.
    pub unionid: Option<String>,
    /// What the person is called.
    pub nickname: Option<String>,
    /// Without the country code; empty is none.
    pub phone: Option<String>,
    /// Whether logins are refused.
    pub high_risk: Option<bool>,
    /// Whether the person's account is closed.
    pub banned: Option<bool>,
    /// Ends the session, as happens when it was not used for long.
    #[serde(default)]
    pub end_session: bool,
}

/// A person in a mini program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShopperView {
    /// The app.
    pub app_id: String,
    /// The person in this app.
    pub openid: String,
    /// The person in all apps of the open platform; `None` where the app is bound to none.
    pub unionid: Option<String>,
    /// Who it is; empty is somebody who is in this app only.
    pub person: String,
    /// What the person is called.
    pub nickname: String,
    /// Without the country code; empty while none is bound.
    pub phone: String,
    /// Whether logins are refused.
    pub high_risk: bool,
    /// Whether the person's account is closed.
    pub banned: bool,
    /// Whether there is a session.
    pub has_session: bool,
    /// When the person last opened the app, in milliseconds since the Unix epoch.
    pub seen_at: i64,
}

impl AppOptions {
    fn apply(self, app: &mut App) {
        app.secret = self.secret.unwrap_or_else(|| std::mem::take(&mut app.secret));
        if let Some(name) = self.open_platform {
            app.open_platform = Some(name).filter(|name| !name.is_empty());
        }
        app.ip_whitelist = self.ip_whitelist.unwrap_or_else(|| std::mem::take(&mut app.ip_whitelist));
        app.secret_frozen = self.secret_frozen.unwrap_or(app.secret_frozen);
        app.frozen = self.frozen.unwrap_or(app.frozen);
    }
}

impl ShopperOptions {
    fn apply(self, shopper: &mut Shopper) {
        shopper.person = self.person.unwrap_or_else(|| std::mem::take(&mut shopper.person));
        if let Some(unionid) = self.unionid {
            shopper.unionid = Some(unionid).filter(|unionid| !unionid.is_empty());
        }
        shopper.nickname = self.nickname.unwrap_or_else(|| std::mem::take(&mut shopper.nickname));
        shopper.phone = self.phone.unwrap_or_else(|| std::mem::take(&mut shopper.phone));
        shopper.high_risk = self.high_risk.unwrap_or(shopper.high_risk);
        shopper.banned = self.banned.unwrap_or(shopper.banned);
        if self.end_session || shopper.banned {
            shopper.session = Session::default();
        }
    }
}

impl World {
    /// Sets what is known of an app; `None` for one that is not registered and gets no secret.
    pub(crate) fn set_app(&mut self, app_id: &str, options: AppOptions) -> Option<AppView> {
        if options.secret.is_none() && !self.apps.contains(app_id) {
            return None;
        }
        options.apply(self.apps.entry(app_id));
        self.apps.get(app_id).map(|app| app_view(app_id, app))
    }

    pub(crate) fn app_views(&self) -> Vec<AppView> {
        self.apps.iter().map(|(app_id, app)| app_view(app_id, app)).collect()
    }

    /// Sets what is known of a shopper, who is made first where there is none.
    pub(crate) fn set_shopper(&mut self, app_id: &str, options: ShopperOptions) -> ShopperView {
        let openid = options.openid.clone().filter(|openid| !openid.is_empty());
        let openid = openid.unwrap_or_else(|| format!("o{}", random_word::<20>()));
        let shopper = self.shopper(app_id, &openid);
        options.apply(shopper);
        let shopper = shopper.clone();
        self.shopper_view(&shopper)
    }

    pub(crate) fn shopper_views(&self) -> Vec<ShopperView> {
        self.shoppers.values().map(|shopper| self.shopper_view(shopper)).collect()
    }

    fn shopper_view(&self, shopper: &Shopper) -> ShopperView {
        ShopperView {
            app_id: shopper.app_id.clone(),
            openid: shopper.openid.clone(),
            unionid: unionid(self, &shopper.app_id, &shopper.openid),
            person: shopper.person.clone(),
            nickname: shopper.nickname.clone(),
            phone: shopper.phone.clone(),
            high_risk: shopper.high_risk,
            banned: shopper.banned,
            has_session: !shopper.session.key.is_empty(),
            seen_at: shopper.seen_at,
        }
    }
}

fn app_view(app_id: &str, app: &App) -> AppView {
    AppView {
        app_id: app_id.to_owned(),
        open_platform: app.open_platform.clone(),
        ip_whitelist: app.ip_whitelist.clone(),
        secret_frozen: app.secret_frozen,
        frozen: app.frozen,
    }
}
