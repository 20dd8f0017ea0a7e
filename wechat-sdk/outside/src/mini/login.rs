use serde_json::{Value, json};
use wechat_sdk::mini::login::{CheckSessionKey, CodeToSession, ResetUserSessionKey};
use wechat_sdk::{OpenId, Secret};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let openid = || OpenId::new("oGZUI0egBJY1zhBYw2KhdUfwVJJE").unwrap();
    let key = Secret::new("tiihtNczf5v6AKRyjwEUhQ==");
    vec![
        mini(
            CodeToSession::new("033abc"),
            "/sns/jscode2session?grant_type=authorization_code&js_code=033abc",
            Value::Null,
            json!({"openid": "o1", "session_key": "tiihtNczf5v6AKRyjwEUhQ==", "unionid": ""}),
            |session| assert_eq!((session.openid.as_str(), session.unionid), ("o1", None)),
        ),
        mini(
            CheckSessionKey::new(openid(), &key),
            "/wxa/checksession?openid=oGZUI0egBJY1zhBYw2KhdUfwVJJE&sig_method=hmac_sha256&signature=7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735",
            Value::Null,
            json!({}),
            |_| (),
        ),
        mini(
            ResetUserSessionKey::new(openid(), &key),
            "/wxa/resetusersessionkey?openid=oGZUI0egBJY1zhBYw2KhdUfwVJJE&sig_method=hmac_sha256&signature=7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735",
            Value::Null,
            json!({"openid": "oGZUI0egBJY1zhBYw2KhdUfwVJJE", "session_key": "tiihtNczf5v6AKRyjwEUhQ=="}),
            |session| assert_eq!(session.session_key.expose().len(), 24),
        ),
    ]
}
