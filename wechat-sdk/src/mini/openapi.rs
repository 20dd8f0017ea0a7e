//! How often calls may be made, and how servers reach each other.

use crate::secret::Secret;
use crate::{Done, answer, mini_call, open_enum};

/// Sets the day's counts of all calls of this app back. Ten times a month, together with
/// [`ClearQuotaBySecret`]; each success costs one.
///
/// # Errors
/// 48006: the ten are used up.
#[mini_call(
    POST "/cgi-bin/clear_quota", Unsafe -> Done,
    page = "openApi-mgnt/api_clearquota", caller = "appid"
)]
pub struct ClearQuota;

/// Like [`ClearQuota`], when the count of access tokens is used up: it needs none.
///
/// # Errors
/// 48006: the ten of the month are used up; 41002, 41004: app or secret are missing.
#[mini_call(
    POST "/cgi-bin/clear_quota/v2", Unsafe -> Done,
    page = "openApi-mgnt/api_clearquotabyappsecret", caller = "appid", auth = SecretInBody("appsecret")
)]
pub struct ClearQuotaBySecret;

/// Sets the day's count of one call back. Fifty times a month; each success costs one.
///
/// # Errors
/// 76021: there is no such path; 76022: it is not a call of this kind of account.
#[mini_call(POST "/cgi-bin/openapi/quota/clear", Unsafe -> Done, page = "openApi-mgnt/api_clearapiquota")]
pub struct ClearApiQuota {
    /// The path of the call, beginning with `/`. The documentation says both that any will do and that it
    /// begins with `/channels/ec/`.
    cgi_path: String,
}

/// How often one call may be made, and was made today. Not for paths with `/sns/`.
///
/// # Errors
/// 76021: there is no such path; 76022: it is not a call of this kind of account.
#[mini_call(POST "/cgi-bin/openapi/quota/get", Read -> ApiQuota, page = "openApi-mgnt/api_getapiquota")]
pub struct GetApiQuota {
    /// The path of the call, beginning with `/`.
    cgi_path: String,
}

/// How often one call may be made. What its own page says goes first.
#[answer]
pub struct ApiQuota {
    /// In a day.
    pub quota: Option<DayQuota>,
    /// In a short time.
    pub rate_limit: Option<RateLimit>,
    /// In a short time, by a platform for its merchants.
    pub component_rate_limit: Option<RateLimit>,
}

/// How often one call may be made in a day. About one percent is uncertain.
#[answer]
pub struct DayQuota {
    /// In all.
    pub daily_limit: Option<i64>,
    /// Today up to now.
    pub used: Option<i64>,
    /// Today from now on.
    pub remain: Option<i64>,
}

/// How often one call may be made in a short time.
#[answer]
pub struct RateLimit {
    /// So often.
    pub call_count: Option<i64>,
    /// In so many seconds.
    pub refresh_second: Option<i64>,
}

/// What was asked and answered in a call that failed, for the last seven days.
///
/// # Errors
/// 76001: there is no such call; 76002: not a request id; 76003: it was another app's; 76004: too old.
#[mini_call(POST "/cgi-bin/openapi/rid/get", Read -> RidInfo, page = "openApi-mgnt/api_getridinfo")]
pub struct GetRidInfo {
    /// The request id at the end of the message of the error.
    rid: String,
}

/// A call that failed.
#[answer]
pub struct RidInfo {
    /// The call.
    pub request: RidRequest,
}

/// A call that failed. What travelled is not printed: it has an access token and perhaps personal data in it.
#[answer]
pub struct RidRequest {
    /// When it came, Unix seconds.
    pub invoke_time: Option<i64>,
    /// How long it took, milliseconds.
    pub cost_in_ms: Option<i64>,
    /// Its query.
    pub request_url: Option<Secret>,
    /// Its body.
    pub request_body: Option<Secret>,
    /// What WeChat answered.
    pub response_body: Option<Secret>,
    /// From where it came.
    pub client_ip: Option<String>,
}

/// Looks from WeChat's side whether the server that gets pushed messages can be reached.
///
/// # Errors
/// 40201: no such server is set; 40202, 40203: no such action or operator.
#[mini_call(POST "/cgi-bin/callback/check", Read -> CallbackCheck, page = "openApi-mgnt/api_callbackcheck")]
pub struct CheckCallback {
    /// What to look at.
    action: CallbackAction,
    /// From whose network.
    check_operator: NetworkOperator,
}

/// What to look at.
#[open_enum]
pub enum CallbackAction {
    /// The name.
    #[wire("dns")]
    Dns,
    /// The way to the addresses.
    #[wire("ping")]
    Ping,
    /// Both.
    #[wire("all")]
    All,
}

/// Whose network.
#[open_enum]
pub enum NetworkOperator {
    /// China Telecom.
    Chinanet,
    /// China Unicom.
    Unicom,
    /// Tencent.
    Cap,
    /// WeChat chooses.
    #[wire("DEFAULT")]
    Automatic,
}

/// Whether the server can be reached.
#[answer]
pub struct CallbackCheck {
    /// What its name leads to.
    pub dns: Vec<CallbackDns>,
    /// The way to each address.
    pub ping: Vec<CallbackPing>,
}

/// An address of the server.
#[answer]
pub struct CallbackDns {
    /// The address.
    pub ip: String,
    /// Whose network it is in.
    pub real_operator: Option<NetworkOperator>,
}

/// The way to an address.
#[answer]
pub struct CallbackPing {
    /// The address.
    pub ip: String,
    /// From whose network.
    pub from_operator: Option<NetworkOperator>,
    /// `0%` or `100%`: there is only one packet.
    pub package_loss: Option<String>,
    /// How long it took, `18.204ms` for instance; in samples only.
    pub time: Option<String>,
}

/// The addresses of `api.weixin.qq.com`. They change: ask every day.
///
/// # Errors
/// 40013: no such app.
#[mini_call(GET "/cgi-bin/get_api_domain_ip", Read -> IpList, page = "openApi-mgnt/api_getapidomainip")]
pub struct GetApiDomainIp;

/// The addresses from which WeChat pushes messages. They change: ask every day.
///
/// # Errors
/// 40013: no such app.
#[mini_call(GET "/cgi-bin/getcallbackip", Read -> IpList, page = "openApi-mgnt/api_getcallbackip")]
pub struct GetCallbackIp;

/// Addresses of WeChat.
#[answer]
pub struct IpList {
    /// Single addresses, or networks as `203.0.113.0/25`.
    pub ip_list: Vec<String>,
}
