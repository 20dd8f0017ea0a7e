//! A client for the WeChat mini-program server API and for WeChat Pay v3, for shops.
//!
//! Clients ([`MiniProgram`], [`Merchant`]) are immutable and cheap to clone. Building one sends nothing. Calls are
//! plain values that a client sends; errors tell whether the call had its effect ([`Error::outcome`]).
//!
//! ```no_run
//! # async fn shop() -> Result<(), Box<dyn std::error::Error>> {
//! use wechat_sdk::{AppId, CodeToSession, Environment, HttpSettings, MiniProgram, Secret};
//!
//! let environment = Environment::system(HttpSettings::default())?;
//! let mini = MiniProgram::builder(AppId::new("wx0123456789abcdef")?, Secret::new("the secret"))
//!     .environment(environment)
//!     .build()?;
//! let session = mini.send(&CodeToSession::new("the code of wx.login")).await?;
//! println!("hello {}", session.openid);
//! # Ok(())
//! # }
//! ```
//!
//! Time, randomness and the network come from an [`Environment`] and can be replaced in tests.

mod api_error;
mod clock;
mod environment;
mod error;
mod exchange;
mod hosts;
mod ids;
pub mod mini;
mod operation;
pub mod pay;
mod pem;
mod retry;
mod secret;
mod text;
mod transport;

pub use api_error::{ApiError, Code, FieldIssue};
pub use clock::{Clock, Random, SystemClock, SystemRandom};
pub use environment::Environment;
pub use error::{ConfigError, DecodeError, Error, Outcome};
pub use ids::{
    AppId, Fen, MchId, OpenId, OutRefundNo, OutTradeNo, PrepayId, RefundId, Serial, TransactionId,
};
#[cfg(feature = "redis")]
pub use mini::RedisTokens;
pub use mini::{
    CodeToSession, Fence, GetPhoneNumber, MemoryTokens, MiniProgram, MiniProgramBuilder, PhoneInfo, Saved,
    Session, StoreError, Token, TokenStore,
};
pub use operation::{Decode, MiniAuth, MiniOperation, PayOperation, json_body};
pub use pay::{
    Amount, ApiV3Key, CloseTransaction, CreateRefund, JsapiPrepay, Merchant, MerchantBuilder, MerchantKey,
    Notification, PayEvent, Prepay, QueryById, QueryByOutTradeNo, QueryRefund, Refund, RefundAmount,
    RefundNotice, RefundStatus, RequestPayment, TradeState, Transaction, Trust, VerifyError,
};
pub use retry::{Effect, RetryPolicy};
pub use secret::Secret;
pub use transport::{HttpSettings, HttpTransport, Sent, Transport, TransportError};

/// What a call brings.
pub type Result<T, E = Error> = std::result::Result<T, E>;
