//! The WeChat mini-program server API and WeChat Pay v3, for shops: the 158 calls a mall lives on as typed values, and
//! all others by the same means.
//!
//! Clients ([`MiniProgram`], [`Merchant`]) are immutable and cheap to clone. Building one sends nothing. Calls are plain
//! values that a client sends; errors tell whether the call had its effect ([`Error::outcome`]).
//!
//! A purchase, from login to the payment sheet:
//!
//! ```no_run
//! use wechat_sdk::mini::login::CodeToSession;
//! use wechat_sdk::pay::transactions::{JsapiPrepay, Order, QueryByOutTradeNo};
//! use wechat_sdk::{
//!     ApiV3Key, AppId, Fen, MchId, Merchant, MerchantKey, MiniProgram, OutTradeNo, Secret, Trust,
//! };
//!
//! # async fn shop(code: &str, key: &str, public_key: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let app = AppId::new("wx0123456789abcdef")?;
//! let mini = MiniProgram::builder(app.clone(), Secret::new("the AppSecret")).build()?;
//! let key = MerchantKey::from_pem(key, "5157F09EFDC096DE15EBE81A47057A7232F1B8E1")?;
//! let api_v3 = ApiV3Key::new("0123456789abcdef0123456789abcdef")?;
//! let merchant = Merchant::builder(MchId::new("1900000001")?, key, api_v3)
//!     .trust(Trust::new().public_key("PUB_KEY_ID_0119000000012026010100000000", public_key)?)
//!     .build()?;
//!
//! let session = mini.send(&CodeToSession::new(code)).await?;
//! let number = OutTradeNo::new("S20260102030405001")?;
//! let order = Order::new(app.clone(), "A tin of tea", number.clone(), Fen(9900), "https://shop.example/payments");
//! let prepaid = merchant.send(&JsapiPrepay::new(order, session.openid)).await?;
//! let for_wx_request_payment = merchant.request_payment(&app, &prepaid.prepay_id)?;
//! println!("{}", serde_json::to_string(&for_wx_request_payment)?);
//!
//! let transaction = merchant.send(&QueryByOutTradeNo::new(number)).await?;
//! println!("paid: {}", transaction.is_paid());
//! # Ok(())
//! # }
//! ```
//!
//! `cargo run -p wechat-sdk --example buy` does the same and more against a simulator, without WeChat. The [`guide`] has a
//! page per area: [clients](guide::clients), [errors](guide::errors), [logins](guide::logins), [paying](guide::paying),
//! [money that goes out](guide::money_out), [notifications](guide::notifications), [trust](guide::trust),
//! [tokens](guide::tokens), [bills](guide::bills), [messages](guide::messages), [pushes](guide::pushes),
//! [shipping](guide::shipping), [calls of your own](guide::own_calls).
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `mini` | the mini-program server API |
//! | `pay` | WeChat Pay v3 |
//! | `push` | messages and events that WeChat pushes |
//! | `redis` | access tokens shared between processes |
//!
//! All are on unless `default-features = false`. The crate needs Rust 1.95 and a Tokio runtime. Cryptography is aws-lc-rs
//! (RSA, OAEP, AES-GCM, HMAC, SHA); only AES-CBC for pushes and client data, which it lacks without its own padding, comes
//! from `aes` and `cbc`, and MD5 for one old notification from `md-5`.

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
#[cfg(all(feature = "mini", feature = "pay", feature = "push", feature = "redis"))]
pub mod guide;
mod hosts;
mod ids;
mod media;
#[cfg(feature = "mini")]
pub mod mini;
mod operation;
#[cfg(any(feature = "pay", feature = "push"))]
mod padding;
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
    ApiV3Key, Merchant, MerchantBuilder, MerchantKey, Notification, PayEvent, RequestPayment, Trace, Trust,
};
pub use retry::{Effect, RetryPolicy};
pub use secret::Secret;
pub use transport::{AnswerBody, HttpSettings, HttpTransport, Sent, Transport, TransportError};
pub use untrusted::VerifyError;
pub use wechat_sdk_macros::{answer, mini_call, open_enum, part, pay_call};

/// The crates whose types appear here.
pub use {async_trait, bytes, chrono, http, serde_json};

/// What a call brings.
pub type Result<T, E = Error> = std::result::Result<T, E>;
