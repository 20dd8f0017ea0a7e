//! What quotas are left, and beginning them anew.

use serde_json::json;

use super::{Errcode, Members as _, MiniCall, MiniServe, Reply, check_secret, done, limits, ok, open, post};
use crate::operation::{Operation, Verb};
use crate::wire::day::Day;
use crate::world::App;

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("clear_quota", "/cgi-bin/clear_quota", clear),
    open("clear_quota_by_secret", Verb::Post, "/cgi-bin/clear_quota/v2", clear_by_secret),
    post("get_api_quota", "/cgi-bin/openapi/quota/get", quota),
    post("clear_api_quota", "/cgi-bin/openapi/quota/clear", clear_call),
];

/// So often a month all quotas can be cleared.
const CLEARS: usize = 10;
/// So often a month the quota of one call can be cleared.
const CALL_CLEARS: usize = 50;

fn clear(call: &MiniCall<'_>) -> Reply {
    if call.body()?.needed_text("appid")? != call.app_id {
        return Err(Errcode::new(40013, "invalid appid"));
    }
    clear_all(call, &call.app_id)
}

/// Parameters come in the query or in the body.
fn clear_by_secret(call: &MiniCall<'_>) -> Reply {
    let body = call.body().unwrap_or_default();
    let given = |name| {
        let text = call.parameter(name);
        text.or_else(|| body[name].as_str().map(str::to_owned))
    };
    let wrong = Errcode::new(40125, "invalid appsecret");
    let app_id = check_secret(call.core, given("appid").as_deref(), given("appsecret").as_deref(), wrong)?;
    clear_all(call, &app_id)
}

fn clear_all(call: &MiniCall<'_>, app_id: &str) -> Reply {
    spend(call, app_id, |app| (&mut app.cleared, CLEARS))?;
    limits::clear(call.core, app_id, None);
    done()
}

fn clear_call(call: &MiniCall<'_>) -> Reply {
    let path = path(call)?;
    spend(call, &call.app_id, |app| (&mut app.call_cleared, CALL_CLEARS))?;
    limits::clear(call.core, &call.app_id, Some(path));
    done()
}

/// Uses up one of the times that an app may do something within a month.
fn spend(
    call: &MiniCall<'_>,
    app_id: &str,
    which: impl FnOnce(&mut App) -> (&mut Vec<i64>, usize),
) -> Result<(), Errcode> {
    call.core.change(|world, now| {
        let (times, most) = which(world.apps.entry(app_id));
        times.retain(|at| Day::of(*at).month() == Day::of(now).month());
        if times.len() >= most {
            return Err(Errcode::new(48006, "forbid to clear quota because of reaching the limit"));
        }
        times.push(now);
        Ok(())
    })
}

/// The call that is named; those of `/sns/` cannot be asked for.
fn path(call: &MiniCall<'_>) -> Result<&'static str, Errcode> {
    let body = call.body()?;
    let path = body.needed_text("cgi_path")?;
    if path.starts_with("/sns/") {
        return Err(Errcode::new(76022, "could not use this cgi_path, no permission"));
    }
    limits::known(path).ok_or_else(|| Errcode::new(76021, "cgi_path not found, please check"))
}

fn quota(call: &MiniCall<'_>) -> Reply {
    let used = limits::used(call.core, &call.app_id, path(call)?);
    let remain = used.daily.saturating_sub(used.used);
    let mut body = json!({"quota": {"daily_limit": used.daily, "used": used.used, "remain": remain}});
    if let Some(short) = used.short {
        body["rate_limit"] = json!({"call_count": short.calls, "refresh_second": short.secs});
    }
    ok(body)
}
