//! Links that open the app, from inside and outside of WeChat. For codes see [`codes`](super::codes).

use serde::ser::{Error, Serializer};

use crate::ids::{AppId, is_link_character};
use crate::wire::Text;
use crate::{ConfigError, answer, mini_call, open_enum, part};

/// Which version of the app opens.
#[open_enum]
pub enum EnvVersion {
    /// The published one.
    #[wire("release")]
    Release,
    /// The one for testers.
    #[wire("trial")]
    Trial,
    /// The developers'.
    #[wire("develop")]
    Develop,
}

/// Makes a web address that opens the app, for text messages, mail and other apps. Together with
/// [`GenerateScheme`] at most 500,000 a day and 100 a second; all of them open the app at most three million
/// times a day (six by another page of WeChat's).
///
/// # Errors
/// 40165: no such page in the published app; 40212: the query is wrong; 85401: not between a minute and 30
/// days; 85079: the app is not published; 44990 and 44993: too many; 85406: opened too often today; 40002,
/// 40013, 85407 and 85408: the app may not; 85088: it has no cloud.
#[mini_call(
    POST "/wxa/generate_urllink", Unsafe -> UrlLink,
    page = "qrcode-link/url-link/api_generateurllink",
    new = of, check = life
)]
pub struct GenerateUrlLink {
    expire_type: i64,
    expire_time: Option<i64>,
    expire_interval: Option<i64>,
    /// The page, without a query; the first page if it is not set.
    path: Option<String>,
    /// The query of the page, up to 1,024 of digits, letters and `!#$&'()*+,/:;=?@-._~%`.
    #[serde(serialize_with = "query")]
    query: Option<String>,
    /// Which version of the app opens outside of WeChat; the published one if it is not set.
    env_version: Option<EnvVersion>,
    /// A web page of one's own that stands before the app.
    cloud_base: Option<CloudBase>,
}

impl GenerateUrlLink {
    /// Good until then, Unix seconds: at least a minute and at most 30 days from now.
    #[must_use]
    pub fn until(expire_time: i64) -> Self {
        Self { expire_time: Some(expire_time), ..Self::of(0) }
    }

    /// Good for so many days, 1 to 30.
    #[must_use]
    pub fn for_days(days: i64) -> Self {
        Self { expire_interval: Some(days), ..Self::of(1) }
    }

    fn life(&self) -> Result<(), ConfigError> {
        check_days(self.expire_interval)
    }
}

/// A web address that opens the app.
#[answer]
pub struct UrlLink {
    /// `?cq=` and up to 256 characters, percent-encoded, may be put behind it.
    pub url_link: String,
}

/// A page in WeChat's cloud that stands before the app.
#[part]
pub struct CloudBase {
    /// The environment of the cloud.
    env: String,
    /// The domain of the page; WeChat's if it is not set.
    domain: Option<String>,
    /// The page, without a query.
    path: Option<String>,
    /// The query of the page, up to 1,024 of digits, letters and `!#$&'()*+,/:;=?@-._~%`.
    #[serde(serialize_with = "query")]
    query: Option<String>,
    /// The app whose environment it is, if it is another one's.
    resource_appid: Option<AppId>,
}

/// Makes a `weixin://` address that opens the app. Limits as for [`GenerateUrlLink`].
///
/// # Errors
/// As for [`GenerateUrlLink`].
#[mini_call(
    POST "/wxa/generatescheme", Unsafe -> OpenLink,
    page = "qrcode-link/url-scheme/api_generatescheme",
    new = of, check = life
)]
pub struct GenerateScheme {
    expire_type: i64,
    // Not listed any more, but the rules for the other members still name it.
    #[fixed(true)]
    is_expire: bool,
    expire_time: Option<i64>,
    expire_interval: Option<i64>,
    /// What opens; the first page if it is not set.
    jump_wxa: Option<JumpTarget>,
}

impl GenerateScheme {
    /// Good until then, Unix seconds: at least a minute and at most 30 days from now.
    #[must_use]
    pub fn until(expire_time: i64) -> Self {
        Self { expire_time: Some(expire_time), ..Self::of(0) }
    }

    /// Good for so many days, 1 to 30.
    #[must_use]
    pub fn for_days(days: i64) -> Self {
        Self { expire_interval: Some(days), ..Self::of(1) }
    }

    fn life(&self) -> Result<(), ConfigError> {
        check_days(self.expire_interval)
    }
}

fn check_days(days: Option<i64>) -> Result<(), ConfigError> {
    match days {
        Some(days) if !(1..=30).contains(&days) => Err(ConfigError::new("a link is good for 1 to 30 days")),
        _ => Ok(()),
    }
}

/// What a scheme opens.
#[part]
#[derive(Default)]
pub struct JumpTarget {
    /// The page, without a query; the first page if it is not set.
    path: Option<String>,
    /// The query of the page, up to 1,024 of digits, letters and `!#$&'()*+,/:;=?@-._~%`.
    #[serde(serialize_with = "query")]
    query: Option<String>,
    /// Which version of the app opens outside of WeChat; the published one if it is not set.
    env_version: Option<EnvVersion>,
}

/// A `weixin://` address that opens the app.
#[answer]
pub struct OpenLink {
    /// The address.
    pub openlink: String,
}

/// Makes a `weixin://` address for an NFC tag. Limits as for [`GenerateUrlLink`].
///
/// # Errors
/// 9800003 and 9800007: the model is not known or may not; 9800008: `sn` is missing; 9800009: `sn` must not
/// be there; the others as for [`GenerateUrlLink`].
#[mini_call(
    POST "/wxa/generatenfcscheme", Unsafe -> OpenLink,
    page = "qrcode-link/url-scheme/api_generatenfcscheme"
)]
pub struct GenerateNfcScheme {
    /// The model of the device.
    model_id: String,
    /// The number of the device, if each has an address of its own.
    sn: Option<String>,
    /// What opens; the first page if it is not set.
    jump_wxa: Option<JumpTarget>,
}

/// Makes a short address that opens the app inside of WeChat, for shops. At most ten million a day. It is
/// good for 30 days, or for ever, and of these there are at most 100,000 in all.
///
/// # Errors
/// 40066: no such page in the published app; 40225: the title is refused; 43104: the app may not; 45009: too
/// many today; 85400: all that are good for ever are used up.
#[mini_call(
    POST "/wxa/genwxashortlink", Unsafe -> ShortLink,
    page = "qrcode-link/short-link/api_generateshortlink"
)]
pub struct GenerateShortLink {
    /// The page with its query, up to 1,024 characters.
    #[max(1024)]
    page_url: String,
    /// The title. WeChat shows 20 characters.
    page_title: Option<String>,
    /// Whether it is good for ever.
    is_permanent: Option<bool>,
}

/// A short address that opens the app inside of WeChat.
#[answer]
pub struct ShortLink {
    /// Begins with `#小程序://`.
    pub link: String,
}

/// Asks what a link of [`GenerateUrlLink`] opens, or how often links may still be opened today.
///
/// # Errors
/// 85403: no such link.
#[mini_call(
    POST "/wxa/query_urllink", Read -> UrlLinkAnswer,
    page = "qrcode-link/url-link/api_queryurllink",
    new = of
)]
pub struct QueryUrlLink {
    query_type: i64,
    url_link: Option<String>,
}

impl QueryUrlLink {
    /// What this link opens.
    #[must_use]
    pub fn link(url_link: impl Into<String>) -> Self {
        Self { url_link: Some(url_link.into()), ..Self::of(0) }
    }

    /// How often links may still be opened today.
    #[must_use]
    pub fn quota() -> Self {
        Self::of(1)
    }
}

/// What a link opens, or how often links may still be opened.
#[answer]
pub struct UrlLinkAnswer {
    /// What it opens, if that was asked.
    pub url_link_info: Option<LinkInfo>,
    /// How often, if that was asked.
    pub quota_info: Option<LinkQuota>,
}

/// Asks what a scheme opens, a plain one too, or how often links may still be opened today.
///
/// # Errors
/// 85403: no such scheme; 85405: the app does not take plain schemes; 40165, 40212 and 85402: what is in a
/// plain scheme is wrong.
#[mini_call(
    POST "/wxa/queryscheme", Read -> SchemeAnswer,
    page = "qrcode-link/url-scheme/api_queryscheme",
    new = of
)]
pub struct QueryScheme {
    query_type: i64,
    scheme: Option<String>,
}

impl QueryScheme {
    /// What this scheme opens.
    #[must_use]
    pub fn scheme_info(scheme: impl Into<String>) -> Self {
        Self { scheme: Some(scheme.into()), ..Self::of(0) }
    }

    /// How often links may still be opened today.
    #[must_use]
    pub fn quota() -> Self {
        Self::of(1)
    }
}

/// What a scheme opens, or how often links may still be opened.
#[answer]
pub struct SchemeAnswer {
    /// What it opens, if that was asked.
    pub scheme_info: Option<LinkInfo>,
    /// How often, if that was asked.
    pub quota_info: Option<LinkQuota>,
}

/// What a link opens.
#[answer]
pub struct LinkInfo {
    /// The app.
    pub appid: Option<AppId>,
    /// The page; empty for the first page.
    pub path: Option<String>,
    /// Its query.
    pub query: Option<String>,
    /// When it was made, Unix seconds; plain schemes have none.
    pub create_time: Option<i64>,
    /// Until when it is good, Unix seconds; 0 is for ever.
    pub expire_time: Option<i64>,
    /// Which version of the app opens.
    pub env_version: Option<EnvVersion>,
    /// The page before the app; only web addresses have one, and only the sample on the page shows it.
    pub cloud_base: Option<LinkCloudBase>,
}

/// The page that stands before the app.
#[answer]
pub struct LinkCloudBase {
    /// The environment of the cloud.
    pub env: Option<String>,
    /// The domain of the page. WeChat spells it `doamin`.
    #[serde(rename = "doamin", alias = "domain")]
    pub domain: Option<String>,
    /// The page.
    pub path: Option<String>,
    /// Its query.
    pub query: Option<String>,
    /// The app whose environment it is.
    pub resource_appid: Option<AppId>,
}

/// How often links may still be opened.
#[answer]
pub struct LinkQuota {
    /// Today, by schemes and web addresses together.
    pub remain_visit_quota: i64,
}

/// The query of a page.
fn query<T: Text, S: Serializer>(query: &T, to: S) -> Result<S::Ok, S::Error> {
    let query = query.text();
    if query.len() > 1024 || !query.bytes().all(|byte| is_link_character(byte) || byte == b'%') {
        return Err(S::Error::custom(
            "more than 1024 characters, or others than digits, letters and !#$&'()*+,/:;=?@-._~%",
        ));
    }
    to.serialize_str(query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Operation;

    #[test]
    fn queries_have_a_percent_sign_too() {
        let written = |query: &str| serde_json::to_value(JumpTarget::new().query(query));
        assert_eq!(written("a=%E8%8C%B6").unwrap()["query"], "a=%E8%8C%B6");
        assert!(written("").is_ok() && written(&"a".repeat(1024)).is_ok());
        assert!(written("a=茶").is_err() && written(&"a".repeat(1025)).is_err());
    }

    #[test]
    fn links_are_good_for_a_month_at_most() {
        assert!(GenerateUrlLink::for_days(30).check().is_ok());
        assert!(GenerateUrlLink::for_days(31).check().is_err());
        assert!(GenerateScheme::for_days(0).check().is_err());
    }
}
