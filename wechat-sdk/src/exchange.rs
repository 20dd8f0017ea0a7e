//! The one loop that sends requests.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request, Response};
use url::Url;

use crate::environment::Environment;
use crate::error::{ConfigError, Error};
use crate::hosts::Hosts;
use crate::ids::Serial;
use crate::retry::{Effect, RetryPolicy, Tries, Trouble};
#[cfg(feature = "pay")]
use crate::transport::AnswerBody;
use crate::transport::{HttpSettings, Sent, TransportError};

const AGENT: &str = concat!("wechat-sdk/", env!("CARGO_PKG_VERSION"));
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A call, ready but for its signature.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) effect: Effect,
    pub(crate) method: Method,
    /// With its query.
    pub(crate) path: String,
    pub(crate) body: Body,
    /// The key of WeChat Pay that sealed members of it.
    pub(crate) serial: Option<Serial>,
}

/// What is sent, and what of it is signed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) signed: Bytes,
}

impl Body {
    pub(crate) fn json(bytes: Bytes) -> Self {
        Self { signed: bytes.clone(), bytes, content_type: Some(JSON) }
    }
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
    /// Sends until there is an answer to keep. `dress` signs each try; `judge` says which answers
    /// ask for another one.
    pub(crate) async fn run(
        &self,
        call: &Call,
        dress: impl Fn(&Url, &mut Request<Bytes>) -> Result<(), Error>,
        judge: impl Fn(&Response<Bytes>) -> Option<Trouble>,
    ) -> Result<Response<Bytes>, Error> {
        let mut tries = Tries::default();
        loop {
            let request = self.request(call, tries.on_backup, &dress)?;
            let mut result = self.environment.transport().send(request).await;
            remember(&tries, &mut result);
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

    /// Sends once and gives back the answer before its body has come.
    #[cfg(feature = "pay")]
    pub(crate) async fn open(
        &self,
        call: &Call,
        dress: impl Fn(&Url, &mut Request<Bytes>) -> Result<(), Error>,
    ) -> Result<Response<Box<dyn AnswerBody>>, Error> {
        let request = self.request(call, false, &dress)?;
        Ok(self.environment.transport().open(request).await?)
    }

    fn request(
        &self,
        call: &Call,
        on_backup: bool,
        dress: &impl Fn(&Url, &mut Request<Bytes>) -> Result<(), Error>,
    ) -> Result<Request<Bytes>, Error> {
        let url = self.hosts.url(on_backup, &call.path)?;
        let mut request = Request::new(call.body.bytes.clone());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() =
            url.as_str().parse().map_err(|_| ConfigError::new("the path does not fit into a URL"))?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if let Some(kind) = &call.body.content_type {
            headers.insert(CONTENT_TYPE, kind.clone());
        }
        dress(&url, &mut request)?;
        Ok(request)
    }
}

/// What an answer does not say about the tries before it. Most answers have none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Past {
    /// The second host answered. Some signatures are about the address.
    pub(crate) on_backup: bool,
    /// An earlier try got no clear answer: what the last one says does not tell whether the call had its effect.
    pub(crate) may_have_arrived: bool,
}

impl Past {
    pub(crate) fn of<T>(answer: &Response<T>) -> Self {
        answer.extensions().get().copied().unwrap_or_default()
    }
}

fn remember(tries: &Tries, result: &mut Result<Response<Bytes>, TransportError>) {
    let Tries { on_backup, may_have_arrived, .. } = *tries;
    match result {
        Ok(answer) if on_backup || may_have_arrived => {
            answer.extensions_mut().insert(Past { on_backup, may_have_arrived });
        }
        Err(error) if may_have_arrived => error.sent = Sent::Maybe,
        _ => {}
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
