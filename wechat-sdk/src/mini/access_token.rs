//! Access tokens as WeChat gives them. A [`MiniProgram`](super::MiniProgram) gets, keeps and renews its token by itself;
//! these calls are for whoever wants to do that.

use crate::secret::Secret;
use crate::{answer, mini_call};

/// Asks for the stable token: the same one for everybody who asks, until shortly before its end. 10,000 a minute,
/// 500,000 a day.
///
/// # Errors
/// 40125, 40001: the secret is wrong; 40164: this address is not on the white list of the console; 45009, 45011: too
/// often.
#[mini_call(
    POST "/cgi-bin/stable_token", Unsafe -> AccessToken,
    page = "mp-access-token/api_getstableaccesstoken",
    name = "stable_token", caller = "appid", auth = SecretInBody("secret")
)]
pub struct GetStableAccessToken {
    #[fixed("client_credential")]
    grant_type: &'static str,
    /// Makes a new token and ends the present one at once. At most 20 times a day, half a minute apart.
    force_refresh: Option<bool>,
}

/// Asks for a token of the old kind: every call makes a new one, and the one before lives five minutes more. With more
/// than one process in the world each kills the others' tokens; use the stable one.
///
/// # Errors
/// As for [`GetStableAccessToken`].
#[mini_call(
    GET "/cgi-bin/token", Unsafe -> AccessToken,
    page = "mp-access-token/api_getaccesstoken",
    auth = AppSecret
)]
pub struct GetAccessToken {
    #[fixed("client_credential")]
    grant_type: &'static str,
}

/// An access token.
#[answer]
pub struct AccessToken {
    /// Up to 512 characters and more.
    pub access_token: Secret,
    /// Seconds that it still lives, at most 7,200.
    pub expires_in: i64,
}
