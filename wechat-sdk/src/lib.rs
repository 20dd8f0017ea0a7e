//! A client for the WeChat mini-program server API and for WeChat Pay v3, for shops.
//!
//! Clients ([`MiniProgram`], [`Merchant`]) are immutable and cheap to clone. Building one sends nothing. Calls are
//! plain values that a client sends; errors tell whether the call had its effect ([`Error::outcome`]).
//!
//! ```no_run
//! # async fn shop() -> Result<(), Box<dyn std::error::Error>> {
//! use wechat_sdk::mini::login::CodeToSession;
//! use wechat_sdk::{AppId, Environment, HttpSettings, MiniProgram, Secret};
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

// With only one side built, the other's pieces of what both share are unused.
#![cfg_attr(not(all(feature = "mini", feature = "pay")), allow(dead_code))]

// The attributes write `::wechat_sdk::…`, also in here.
extern crate self as wechat_sdk;

mod api_error;
mod clock;
mod environment;
mod error;
mod exchange;
mod extra;
mod hosts;
mod ids;
mod media;
#[cfg(feature = "mini")]
pub mod mini;
mod operation;
#[cfg(feature = "pay")]
pub mod pay;
mod pem;
#[cfg(feature = "push")]
pub mod push;
mod request;
mod retry;
mod secret;
mod text;
mod transport;
mod untrusted;
pub mod wire;

pub use api_error::{ApiError, Code, FieldIssue};
pub use clock::{Clock, Random, SystemClock, SystemRandom};
pub use environment::Environment;
pub use error::{BadAnswer, ConfigError, DecodeError, Error, Outcome};
pub use extra::Extra;
pub use ids::{
    AppId, CodeScene, ComplaintId, Fen, MchId, OpenId, OutAuthorizationNo, OutBillNo, OutOrderNo,
    OutRefundNo, OutReturnNo, OutTradeNo, PrepayId, RefundId, Serial, TransactionId, UnionId,
};
pub use media::{File, Picture, PictureKind, Upload};
#[cfg(feature = "mini")]
pub use mini::{MiniProgram, MiniProgramBuilder};
pub use operation::{Decode, Done, MiniAuth, MiniOperation, Operation, PayOperation};
#[cfg(feature = "pay")]
pub use pay::{
    ApiV3Key, Merchant, MerchantBuilder, MerchantKey, Notification, PayEvent, RequestPayment, Trust,
};
pub use retry::{Effect, RetryPolicy};
pub use secret::Secret;
pub use transport::{AnswerBody, HttpSettings, HttpTransport, Sent, Transport, TransportError};
pub use untrusted::VerifyError;
pub use wechat_sdk_macros::{answer, mini_call, open_enum, part, pay_call};

/// What a call brings.
pub type Result<T, E = Error> = std::result::Result<T, E>;
