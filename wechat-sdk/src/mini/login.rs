//! `wx.login`: who the user is, and whether their session key is still good.

use super::client_data::user_signature;
use crate::ids::{OpenId, UnionId};
use crate::secret::Secret;
use crate::{Done, answer, mini_call};

/// Exchanges the code of `wx.login`, which works once and for five minutes. A lost answer costs the code.
///
/// # Errors
/// 40029 and 40163: the code is used up or wrong, the client must log in again; 40226: the user is blocked; 45011:
/// too many logins of one user (100 a minute).
#[mini_call(
    GET "/sns/jscode2session", Unsafe -> Session,
    page = "user-login/api_code2session",
    name = "code2session",
    auth = AppSecret
)]
pub struct CodeToSession {
    /// As `wx.login` gave it.
    js_code: Secret,
    #[fixed("authorization_code")]
    grant_type: &'static str,
}

/// Who logged in.
#[answer]
pub struct Session {
    /// The user, in this app.
    pub openid: OpenId,
    /// Base64 of 16 bytes. It decrypts client data; never give it to the client.
    pub session_key: Secret,
    /// The user across the apps of one open-platform account, if the app is bound to one.
    pub unionid: Option<UnionId>,
}

/// Asks whether a session key is still good.
///
/// # Errors
/// 87009 (and 87007): it is not, the client must log in again.
#[mini_call(
    GET "/wxa/checksession", Read -> Done,
    page = "user-login/api_checksessionkey",
    new = signed
)]
pub struct CheckSessionKey {
    openid: OpenId,
    signature: Secret,
    #[fixed("hmac_sha256")]
    sig_method: &'static str,
}

impl CheckSessionKey {
    /// `session_key` is what [`CodeToSession`] brought; only a signature made with it travels.
    #[must_use]
    pub fn new(openid: OpenId, session_key: &Secret) -> Self {
        Self::signed(openid, proof(session_key))
    }
}

/// Replaces a session key at once; the new one ends when the old one would have. At most 60,000 a minute per app.
///
/// # Errors
/// 87007, 87009: the key was not good any more; 45011: too often.
#[mini_call(
    GET "/wxa/resetusersessionkey", Unsafe -> Session,
    page = "user-login/api_resetusersessionkey",
    new = signed
)]
pub struct ResetUserSessionKey {
    openid: OpenId,
    signature: Secret,
    #[fixed("hmac_sha256")]
    sig_method: &'static str,
}

impl ResetUserSessionKey {
    /// `session_key` is the present one; only a signature made with it travels.
    #[must_use]
    pub fn new(openid: OpenId, session_key: &Secret) -> Self {
        Self::signed(openid, proof(session_key))
    }
}

/// That the session key is known: a signature over nothing. Vector `mp-checksession-signature`.
pub(super) fn proof(session_key: &Secret) -> String {
    user_signature(session_key, "")
}
