//! `GET /sns/jscode2session`

use serde_json::json;

use super::{Errcode, Reply, check_secret, codes};
use crate::core::Core;
use crate::crypto::random_base64;
use crate::http::Request;
use crate::state::key;

pub(crate) fn serve(core: &Core, request: &Request) -> Reply {
    let (app_id, secret) = (request.parameter("appid"), request.parameter("secret"));
    let app_id =
        check_secret(core, app_id.as_deref(), secret.as_deref(), Errcode(40125, "invalid appsecret"))?;
    if request.parameter("grant_type").as_deref() != Some("authorization_code") {
        return Err(Errcode(40002, "invalid grant_type"));
    }
    let js_code = request.parameter("js_code").filter(|text| !text.is_empty());
    let js_code = js_code.ok_or(Errcode(41008, "missing code"))?;
    core.change(|world, now| {
        let used = core.settings.used_code_errcode;
        let taken = codes::take(&mut world.login_codes, &app_id, &js_code, used, now)?;
        let session_key = random_base64::<16>();
        world.sessions.insert(key(&app_id, &taken.subject), session_key.clone());
        Ok(json!({"openid": taken.subject, "session_key": session_key}))
    })
}
