use serde_json::{Value, json};
use wechat_sdk::mini::access_token::{GetAccessToken, GetStableAccessToken};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let body = |force: Option<bool>| {
        let mut body = json!({"appid": "wx1234567890abcdef", "secret": "the-app-secret", "grant_type": "client_credential"});
        if let Some(force) = force {
            body["force_refresh"] = force.into();
        }
        body
    };
    vec![
        mini(
            GetStableAccessToken::new(),
            "/cgi-bin/stable_token",
            body(None),
            json!({"access_token": "t1", "expires_in": 345}),
            |token| assert_eq!((token.access_token.expose(), token.expires_in), ("t1", 345)),
        ),
        mini(
            GetStableAccessToken::new().force_refresh(true),
            "/cgi-bin/stable_token",
            body(Some(true)),
            json!({"access_token": "t2", "expires_in": "7200"}),
            |token| assert_eq!(token.expires_in, 7200),
        ),
        mini(
            GetAccessToken::new(),
            "/cgi-bin/token?grant_type=client_credential",
            Value::Null,
            json!({"access_token": "t3", "expires_in": 7200}),
            |token| assert_eq!(token.access_token.expose(), "t3"),
        ),
    ]
}
