//! `wx.login`: a code for who the user is.

use http::Method;
use serde::Deserialize;

use crate::ids::OpenId;
use crate::operation::{MiniAuth, MiniOperation};
use crate::retry::Effect;
use crate::secret::Secret;
use crate::text::percent;

/// `GET /sns/jscode2session`: exchanges the code of `wx.login`, which works once and for five minutes.
///
/// # Errors
/// 40029 and 40163: the code is used up or wrong, the client must log in again; 40226: the user is blocked.
#[derive(Clone, Debug)]
pub struct CodeToSession {
    code: Secret,
}

impl CodeToSession {
    /// `code` as `wx.login` gave it.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: Secret::new(code) }
    }
}

impl MiniOperation for CodeToSession {
    type Output = Session;
    const NAME: &'static str = "code2session";
    const METHOD: Method = Method::GET;
    /// A lost answer costs the code.
    const EFFECT: Effect = Effect::Unsafe;
    const AUTH: MiniAuth = MiniAuth::AppSecret;

    fn path(&self) -> String {
        format!("/sns/jscode2session?grant_type=authorization_code&js_code={}", percent(self.code.expose()))
    }
}

/// Who logged in.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// The user, in this app.
    pub openid: OpenId,
    /// Base64 of 16 bytes. It decrypts client data; never give it to the client.
    pub session_key: Secret,
    /// The user across the apps of one open-platform account, if the app is bound to one.
    #[serde(default)]
    pub unionid: Option<String>,
}
