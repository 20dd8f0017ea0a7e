//! `GET /sns/jscode2session`

use serde_json::json;

use super::{Errcode, MiniCall, MiniServe, Reply, check_secret, codes, open, people};
use crate::crypto::random_base64;
use crate::operation::{Operation, Verb};
use crate::world::{Session, World};

pub(crate) const OPERATIONS: &[Operation<MiniServe>] =
    &[open("code2session", Verb::Get, "/sns/jscode2session", code_to_session)];

fn code_to_session(call: &MiniCall<'_>) -> Reply {
    let (app_id, secret) = (call.parameter("appid"), call.parameter("secret"));
    let wrong = Errcode::new(40125, "invalid appsecret");
    let app_id = check_secret(call.core, app_id.as_deref(), secret.as_deref(), wrong)?;
    if call.parameter("grant_type").as_deref() != Some("authorization_code") {
        return Err(Errcode::new(40002, "invalid grant_type"));
    }
    let js_code = call.parameter("js_code").ok_or_else(|| Errcode::new(41008, "missing code"))?;
    let settings = &call.core.settings;
    call.core.change(|world, now| {
        let taken = codes::take(&mut world.login_codes, &app_id, &js_code, settings.used_code_errcode, now)?;
        people::may_log_in(call.core, world, (&app_id, &taken.subject), now)?;
        let mut body = json!({"openid": taken.subject});
        let session = session(world, &app_id, &taken.subject, settings.keep_session_key, now);
        body["session_key"] = json!(session);
        if let Some(unionid) = people::unionid(world, &app_id, &taken.subject) {
            body["unionid"] = json!(unionid);
        }
        Ok(body.into())
    })
}

/// The session key of a login: a new one, or the old one where it is kept.
fn session(world: &mut World, app_id: &str, openid: &str, keep: bool, now: i64) -> String {
    let shopper = world.shopper(app_id, openid);
    shopper.seen_at = now;
    if !keep || shopper.session.key.is_empty() {
        shopper.session = Session { key: random_base64::<16>(), made_at: now };
    }
    shopper.session.key.clone()
}
