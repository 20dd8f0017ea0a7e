//! `GET /cgi-bin/token` and `POST /cgi-bin/stable_token`

use serde_json::json;

use super::{Errcode, Given, Members as _, MiniCall, MiniServe, Reply, check_secret, open, token_store};
use crate::operation::{Operation, Verb};
use crate::world::App;

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    open("token", Verb::Get, "/cgi-bin/token", legacy),
    open("stable_token", Verb::Post, "/cgi-bin/stable_token", stable),
];

fn legacy(call: &MiniCall<'_>) -> Reply {
    check_grant(call.parameter("grant_type").as_deref())?;
    let (app_id, secret) = (call.parameter("appid"), call.parameter("secret"));
    let wrong = Errcode::new(40001, "invalid credential, access_token is invalid or not latest");
    let app_id = check_secret(call.core, app_id.as_deref(), secret.as_deref(), wrong)?;
    may_have_tokens(call, &app_id)?;
    call.core.change(|world, now| Ok(answer(token_store::legacy(world, &app_id, now))))
}

fn stable(call: &MiniCall<'_>) -> Reply {
    let body = call.body()?;
    check_grant(body.text("grant_type")?)?;
    let wrong = Errcode::new(40125, "invalid appsecret");
    let app_id = check_secret(call.core, body.text("appid")?, body.text("secret")?, wrong)?;
    may_have_tokens(call, &app_id)?;
    let force = body.boolean("force_refresh")?.unwrap_or(false);
    call.core.change(|world, now| {
        let issued = if force {
            token_store::forced(world, &app_id, now)?
        } else {
            token_store::stable(world, &app_id, now)
        };
        Ok(answer(issued))
    })
}

/// Refuses accounts that are frozen, and callers that the console does not list.
fn may_have_tokens(call: &MiniCall<'_>, app_id: &str) -> Result<(), Errcode> {
    let ip = call.request.caller();
    let look = |app: &App| (app.frozen, app.ip_whitelist.is_empty() || app.ip_whitelist.contains(&ip));
    match call.core.read(|world| world.apps.get(app_id).map(look)) {
        Some((true, _)) => Err(Errcode::new(50007, "account is frozen")),
        Some((false, false)) => {
            Err(Errcode::new(40164, format!("invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist")))
        }
        _ => Ok(()),
    }
}

fn check_grant(grant: Option<&str>) -> Result<(), Errcode> {
    if grant == Some("client_credential") { Ok(()) } else { Err(Errcode::new(40002, "invalid grant_type")) }
}

fn answer((token, expires_in): (String, i64)) -> Given {
    json!({"access_token": token, "expires_in": expires_in}).into()
}
