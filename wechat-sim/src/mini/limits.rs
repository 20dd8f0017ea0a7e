//! How often apps may call what.

use serde::Serialize;

use super::refusal::named_app;
use super::{Errcode, MiniServe, OPERATIONS};
use crate::core::Core;
use crate::operation::Operation;
use crate::quotas::{Allowance, Own, Spent, Window};
use crate::wire::Request;

/// The documented limits of some calls; those of one limit are counted together.
struct Limit {
    paths: &'static [&'static str],
    daily: u64,
    /// What more than that in a day is refused with.
    daily_errcode: i64,
    /// So many in so many seconds, and what more is refused with.
    short: Option<(u64, i64, i64)>,
}

/// Of calls without a documented limit; made up.
const PLENTY: u64 = 10_000_000;

const fn limit(paths: &'static [&'static str], daily: u64, short: Option<(u64, i64, i64)>) -> Limit {
    Limit { paths, daily, daily_errcode: 45009, short }
}

static LIMITS: [Limit; 10] = [
    // Not in the pages of mini programs; the accounts of the same platform have it.
    limit(&["/cgi-bin/token"], 2000, None),
    limit(&["/cgi-bin/stable_token"], 500_000, Some((10_000, 60, 45011))),
    limit(&["/wxa/resetusersessionkey"], PLENTY, Some((60_000, 60, 45011))),
    limit(&["/cgi-bin/message/subscribe/send"], 30_000_000, None),
    limit(&["/wxa/getwxacodeunlimit"], PLENTY, Some((5000, 60, 45011))),
    limit(&["/wxa/msg_sec_check"], 2_000_000, Some((4000, 60, 44991))),
    limit(&["/wxa/media_check_async"], 200_000, Some((2000, 60, 44991))),
    Limit {
        paths: &["/wxa/generate_urllink", "/wxa/generatescheme", "/wxa/generatenfcscheme"],
        daily: 500_000,
        daily_errcode: 44993,
        short: Some((100, 1, 44990)),
    },
    limit(&["/wxa/genwxashortlink"], PLENTY, None),
    limit(&["/wxa/business/getliveinfo"], 100_000, None),
];

const A_MINUTE: &str = "api minute-quota reach limit  mustslower  retry next minute";

static OTHERS: Limit = limit(&[], PLENTY, None);

impl Limit {
    fn of(path: &str) -> &'static Self {
        LIMITS.iter().find(|limit| limit.paths.contains(&path)).unwrap_or(&OTHERS)
    }

    /// The name under which a call is counted.
    fn name(&self, path: &'static str) -> &'static str {
        self.paths.first().copied().unwrap_or(path)
    }

    fn allowance(&self) -> Allowance {
        let short = self.short.map(|(calls, secs, _)| Window { calls, secs });
        Allowance { daily: self.daily, short }
    }

    fn refusal(&self, spent: Spent) -> Errcode {
        let code = match spent {
            Spent::Day => self.daily_errcode,
            Spent::Window => self.short.map_or(45011, |(_, _, errcode)| errcode),
        };
        let text = match code {
            45009 => "reach max api daily quota limit",
            44993 => "reach max api day frequence limit",
            44990 => "reach max api second frequence limit",
            44991 => "reach max api minute frequence",
            _ => A_MINUTE,
        };
        Errcode::new(code, text)
    }
}

/// Counts a call of an app; of calls without a token, those that name a registered one.
pub(super) fn spend(
    core: &Core,
    operation: &Operation<MiniServe>,
    request: &Request,
    app_id: &str,
) -> Result<(), Errcode> {
    let named;
    let app_id = if app_id.is_empty() {
        named = named_app(request).filter(|app_id| core.read(|world| world.apps.contains(app_id)));
        let Some(named) = named.as_deref() else { return Ok(()) };
        named
    } else {
        app_id
    };
    let (limit, now) = (Limit::of(operation.path), core.now());
    let name = limit.name(operation.path);
    core.quotas(|quotas| quotas.spend(app_id, name, limit.allowance(), now))
        .map_err(|spent| hinted(operation.path, limit.refusal(spent)))
}

/// Counts what one shopper does, by a name of it that nothing else has.
pub(super) fn spend_of_person(core: &Core, what: &str, most: u32, now: i64) -> Result<(), Errcode> {
    if core.quotas(|quotas| quotas.person(what, most, now)) {
        Ok(())
    } else {
        Err(Errcode::new(45011, A_MINUTE))
    }
}

/// The older kind of token points to the newer one.
fn hinted(path: &str, error: Errcode) -> Errcode {
    if path != "/cgi-bin/token" || error.0 != 45009 {
        return error;
    }
    Errcode::new(45009, format!("{}, could get access_token by getStableAccessToken", error.1))
}

/// What an app may do and has done today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) daily: u64,
    pub(super) used: u64,
    pub(super) short: Option<Window>,
}

/// The path of a known call.
pub(super) fn known(path: &str) -> Option<&'static str> {
    let mut all = OPERATIONS.iter().copied().flatten();
    all.find(|operation| operation.path == path).map(|operation| operation.path)
}

pub(super) fn used(core: &Core, app_id: &str, path: &'static str) -> Use {
    let (limit, now) = (Limit::of(path), core.now());
    let (allowed, used) = core.quotas(|quotas| quotas.look(app_id, limit.name(path), limit.allowance(), now));
    Use { daily: allowed.daily, used, short: allowed.short }
}

/// Begins the day anew: for one call, or for all.
pub(super) fn clear(core: &Core, app_id: &str, path: Option<&'static str>) {
    let name = path.map(|path| Limit::of(path).name(path));
    core.quotas(|quotas| quotas.clear(app_id, name));
}

/// A limit that an app has instead of the documented one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitView {
    /// The app.
    pub app_id: String,
    /// The path of the call, or of the first of those that are counted together.
    pub path: String,
    /// So many calls in a day of Beijing; `None` is what is documented.
    pub daily: Option<u64>,
    /// So many calls in a minute; `None` is what is documented.
    pub per_minute: Option<u64>,
}

impl Core {
    /// Gives an app a limit of its own; `None` is what is documented. False when there is no such call.
    pub(crate) fn limit(
        &self,
        app_id: &str,
        path: &str,
        daily: Option<u64>,
        per_minute: Option<u64>,
    ) -> bool {
        let known = known(path);
        if let Some(path) = known {
            let name = Limit::of(path).name(path);
            self.quotas(|quotas| quotas.limit(app_id, name, Own { daily, per_minute }));
        }
        known.is_some()
    }

    pub(crate) fn limit_views(&self) -> Vec<LimitView> {
        let all = self.quotas(|quotas| quotas.limits());
        let view = |(app_id, path, own): (String, &str, Own)| LimitView {
            app_id,
            path: path.to_owned(),
            daily: own.daily,
            per_minute: own.per_minute,
        };
        all.into_iter().map(view).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_refused_as_the_pages_of_the_calls_say() {
        for (path, day, window) in [
            ("/cgi-bin/stable_token", 45009, 45011),
            ("/wxa/msg_sec_check", 45009, 44991),
            ("/wxa/media_check_async", 45009, 44991),
            ("/wxa/generatescheme", 44993, 44990),
            ("/wxa/any/other", 45009, 45011),
        ] {
            let limit = Limit::of(path);
            let codes = [Spent::Day, Spent::Window].map(|spent| limit.refusal(spent).0);
            assert_eq!(codes, [day, window], "{path}");
        }
    }

    #[test]
    fn links_are_counted_together() {
        let name = |path| Limit::of(path).name(path);
        assert_eq!(name("/wxa/generate_urllink"), name("/wxa/generatescheme"));
        assert_ne!(name("/wxa/any"), name("/wxa/other"));
        let links = Allowance { daily: 500_000, short: Some(Window { calls: 100, secs: 1 }) };
        assert_eq!(Limit::of("/wxa/generatescheme").allowance(), links);
    }
}
