//! How requests travel. The default is reqwest with rustls; tests and proxies bring their own.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use crate::error::ConfigError;
use crate::secret::Secret;

/// The largest answers that are read at once are pictures of users; bills come in pieces.
const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// WeChat Pay drops idle connections after about eight seconds.
const POOL_IDLE: Duration = Duration::from_secs(7);

/// Sends one request and reads the whole answer. No retries, no redirects.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Any HTTP status is an answer; an error means that there was none.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError>;

    /// Sends one request and gives back the answer before its body has come, for large files. What a transport does
    /// not do is done by [`Transport::send`].
    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Box<dyn AnswerBody>>, TransportError> {
        let (head, body) = self.send(request).await?.into_parts();
        let body: Box<dyn AnswerBody> = Box::new(Whole(Some(body)));
        Ok(http::Response::from_parts(head, body))
    }
}

/// The body of an answer, piece by piece.
#[async_trait]
pub trait AnswerBody: Send + Sync {
    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError>;
}

struct Whole(Option<Bytes>);

#[async_trait]
impl AnswerBody for Whole {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.0.take())
    }
}

struct Pieces(reqwest::Response);

#[async_trait]
impl AnswerBody for Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        self.0.chunk().await.map_err(|error| broken(Sent::Maybe, error))
    }
}

/// Whether WeChat may have seen a request that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The connection was never made.
    No,
    /// It may have arrived.
    Maybe,
}

/// There was no answer.
#[derive(Debug)]
pub struct TransportError {
    /// Whether WeChat may have seen the request.
    pub sent: Sent,
    source: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// `source` must not name the address: it carries secrets in its query.
    pub fn new(sent: Sent, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { sent, source: source.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sent {
            Sent::No => write!(f, "WeChat could not be reached: {}", self.source),
            Sent::Maybe => write!(f, "no answer from WeChat: {}", self.source),
        }
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// Settings of the default transport.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// For making a connection.
    pub connect_timeout: Duration,
    /// For one try as a whole, and for each piece of a large file.
    pub timeout: Duration,
    /// For a large file as a whole.
    pub download_timeout: Duration,
    /// An HTTP proxy, `http://host:port`, with user and password if it wants them. The environment's proxy variables are not looked at.
    pub proxy: Option<Secret>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            download_timeout: Duration::from_mins(10),
            proxy: None,
        }
    }
}

/// The default transport.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    download_timeout: Duration,
}

impl HttpTransport {
    /// Makes the connection pool; nothing is sent.
    pub fn new(settings: HttpSettings) -> Result<Self, ConfigError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .read_timeout(settings.timeout)
            .pool_idle_timeout(POOL_IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(proxy) = settings.proxy {
            let proxy = reqwest::Proxy::all(proxy.expose())
                .map_err(|_| ConfigError::new("the proxy is not a URL"))?;
            builder = builder.proxy(proxy);
        }
        let client = builder.build().map_err(|_| ConfigError::new("the HTTP client cannot be made"))?;
        Ok(Self { client, download_timeout: settings.download_timeout })
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(|error| broken(Sent::No, error))?;
        let mut response = self.execute(request).await?;
        let mut answer = headed(&mut response, Bytes::new());
        *answer.body_mut() = read_body(&mut response).await?;
        Ok(answer)
    }

    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Box<dyn AnswerBody>>, TransportError> {
        let mut request = reqwest::Request::try_from(request).map_err(|error| broken(Sent::No, error))?;
        *request.timeout_mut() = Some(self.download_timeout);
        let mut response = self.execute(request).await?;
        let answer = headed(&mut response, ());
        let body: Box<dyn AnswerBody> = Box::new(Pieces(response));
        Ok(answer.map(|()| body))
    }
}

impl HttpTransport {
    async fn execute(&self, request: reqwest::Request) -> Result<reqwest::Response, TransportError> {
        self.client.execute(request).await.map_err(|error| {
            let sent = if error.is_connect() || error.is_builder() { Sent::No } else { Sent::Maybe };
            broken(sent, error)
        })
    }
}

fn headed<T>(response: &mut reqwest::Response, body: T) -> http::Response<T> {
    let mut answer = http::Response::new(body);
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    answer
}

async fn read_body(response: &mut reqwest::Response) -> Result<Bytes, TransportError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(Sent::Maybe, error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(TransportError::new(Sent::Maybe, "the answer is longer than 16 MiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The address stays out of the error: its query may carry a secret.
fn broken(sent: Sent, error: reqwest::Error) -> TransportError {
    TransportError::new(sent, error.without_url())
}
