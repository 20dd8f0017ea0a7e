//! `GET /cgi-bin/token` and `POST /cgi-bin/stable_token`

use serde_json::{Value, json};

use super::{Errcode, Reply, check_secret, json_body, token_store};
use crate::core::Core;
use crate::http::Request;

pub(crate) fn legacy(core: &Core, request: &Request) -> Reply {
    check_grant(request.parameter("grant_type").as_deref())?;
    let (app_id, secret) = (request.parameter("appid"), request.parameter("secret"));
    let wrong = Errcode(40001, "invalid credential, access_token is invalid or not latest");
    let app_id = check_secret(core, app_id.as_deref(), secret.as_deref(), wrong)?;
    core.change(|world, now| Ok(answer(token_store::legacy(world, &app_id, now))))
}

pub(crate) fn stable(core: &Core, request: &Request) -> Reply {
    let body = json_body(request)?;
    check_grant(body["grant_type"].as_str())?;
    let wrong = Errcode(40125, "invalid appsecret");
    let app_id = check_secret(core, body["appid"].as_str(), body["secret"].as_str(), wrong)?;
    let force = match &body["force_refresh"] {
        Value::Null => false,
        Value::Bool(force) => *force,
        _ => return Err(Errcode(47001, "data format error")),
    };
    core.change(|world, now| {
        let issued = if force {
            token_store::forced(world, &app_id, now)?
        } else {
            token_store::stable(world, &app_id, now)
        };
        Ok(answer(issued))
    })
}

fn check_grant(grant: Option<&str>) -> Result<(), Errcode> {
    if grant == Some("client_credential") { Ok(()) } else { Err(Errcode(40002, "invalid grant_type")) }
}

fn answer((token, expires_in): (String, i64)) -> Value {
    json!({"access_token": token, "expires_in": expires_in})
}
