//! The one loop that sends requests.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, Request, Response};
use url::Url;

use crate::environment::Environment;
use crate::error::{ConfigError, Error};
use crate::hosts::Hosts;
use crate::retry::{Effect, RetryPolicy, Tries, Trouble};
use crate::transport::HttpSettings;

const AGENT: &str = concat!("wechat-sdk/", env!("CARGO_PKG_VERSION"));
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A call, ready but for its signature.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) effect: Effect,
    pub(crate) method: Method,
    /// With its query.
    pub(crate) path: String,
    pub(crate) body: Option<Bytes>,
}

/// The settings of an [`Exchange`], which both builders have.
#[derive(Debug)]
pub(crate) struct Reach {
    pub(crate) environment: Option<Environment>,
    base: String,
    backup: Option<String>,
    pub(crate) plain_http: bool,
    pub(crate) retry: RetryPolicy,
}

impl Reach {
    pub(crate) fn new(base: &str, backup: &str) -> Self {
        Self {
            environment: None,
            base: base.to_owned(),
            backup: Some(backup.to_owned()),
            plain_http: false,
            retry: RetryPolicy::standard(),
        }
    }

    /// Another host. Takes the backup host away: it belongs to WeChat's own.
    pub(crate) fn to(&mut self, base: String) {
        (self.base, self.backup) = (base, None);
    }

    pub(crate) fn backed_by(&mut self, url: Option<&str>) {
        self.backup = url.map(str::to_owned);
    }

    pub(crate) fn exchange(self) -> Result<Exchange, ConfigError> {
        let environment = match self.environment {
            Some(environment) => environment,
            None => Environment::system(HttpSettings::default())?,
        };
        let hosts = Hosts::new(&self.base, self.backup.as_deref(), self.plain_http)?;
        Ok(Exchange { environment, hosts, retry: self.retry })
    }
}

/// How a client sends its calls.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) environment: Environment,
    pub(crate) hosts: Hosts,
    pub(crate) retry: RetryPolicy,
}

impl Exchange {
    /// Sends until there is an answer to keep. `dress` adds the headers of each try; `judge` says which answers
    /// ask for another one.
    pub(crate) async fn run(
        &self,
        call: &Call,
        dress: impl Fn(&Url, &mut HeaderMap) -> Result<(), Error>,
        judge: impl Fn(&Response<Bytes>) -> Option<Trouble>,
    ) -> Result<Response<Bytes>, Error> {
        let mut tries = Tries::default();
        loop {
            let request = self.request(call, tries.on_backup, &dress)?;
            let result = self.environment.transport().send(request).await;
            let trouble = match &result {
                Ok(answer) => judge(answer),
                Err(error) => Some(Trouble::Silence(error.sent)),
            };
            log(call, &tries, result.as_ref().map(Response::status).ok(), trouble);
            let again = trouble.and_then(|trouble| self.retry.next(call.effect, trouble, &mut tries));
            if again.is_none() {
                return result.map_err(Error::Transport);
            }
            tokio::time::sleep(self.retry.delay(&tries, self.environment.random())).await;
        }
    }

    fn request(
        &self,
        call: &Call,
        on_backup: bool,
        dress: &impl Fn(&Url, &mut HeaderMap) -> Result<(), Error>,
    ) -> Result<Request<Bytes>, Error> {
        let url = self.hosts.url(on_backup, &call.path)?;
        let mut request = Request::new(call.body.clone().unwrap_or_default());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() =
            url.as_str().parse().map_err(|_| ConfigError::new("the path does not fit into a URL"))?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if call.body.is_some() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        dress(&url, headers)?;
        Ok(request)
    }
}

/// Neither address nor body: both may carry secrets.
fn log(call: &Call, tries: &Tries, status: Option<http::StatusCode>, trouble: Option<Trouble>) {
    let (operation, backup, repeats) = (call.operation, tries.on_backup, tries.repeats);
    let status = status.map_or(0, |status| status.as_u16());
    match trouble {
        None => tracing::debug!(operation, status, backup, repeats, "WeChat answered"),
        Some(trouble) => {
            tracing::warn!(operation, status, backup, repeats, ?trouble, "a call to WeChat failed");
        }
    }
}
