//! A stateful simulator of WeChat's servers for a mini-program shop: login, access tokens and phone numbers of
//! the mini-program side, and the JSAPI orders, refunds and notifications of WeChat Pay v3.
//!
//! It is a second opinion: it shares no code with the SDK of this workspace, verifies every request signature
//! over the raw bytes, signs every successful answer and encrypts every notification with its own
//! cryptography. A fault that the SDK and its own tests agree on therefore still shows here.
//!
//! ```no_run
//! # async fn demo() -> anyhow::Result<()> {
//! let sim = wechat_sim::Simulator::start(wechat_sim::Settings::default()).await?;
//! sim.app("wx0123456789abcdef", "secret");
//! let keys = sim.merchant("1900000001").await;
//! sim.bind("wx0123456789abcdef", &keys.mchid);
//! println!("serving {} with serial {}", sim.base_url(), keys.merchant_serial);
//! sim.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Without [`Settings::state_path`] everything lives in memory. With it, each change is written to one JSON
//! file before it is answered, so a demo goes on after a restart with the same keys, orders and pending
//! notifications. The file holds private keys: it belongs to a demo, never to production.
//!
//! Everything a test steers through [`Simulator`] is also reachable as JSON below `/_control/`; a browser finds
//! the list of orders and their payment sheets at `/_control/`.

mod api;
mod clock;
mod control;
mod core;
mod crypto;
mod faults;
mod journal;
mod keys;
mod life;
mod mini;
mod nonces;
mod notify;
mod operation;
mod pages;
mod pay;
mod picture;
mod play;
mod quotas;
mod routes;
mod server;
mod settings;
mod signature;
mod simulator;
mod time;
mod views;
mod wire;
mod world;
mod xml;

pub use api::messaging::TemplateOptions;
pub use api::notifications::NotificationOptions;
pub use api::parties::MerchantView;
pub use api::platform::PlatformOptions;
pub use clock::{Clock, ManualClock, SystemClock};
pub use faults::{Chaos, Effect, Fault, RefundOutcome};
pub use journal::RequestView;
pub use keys::MerchantKit;
pub use life::push::PushBurst;
pub use mini::conversations::{Said, Saying};
pub use mini::people::{AppOptions, AppView, ShopperOptions, ShopperView};
pub use mini::{ApiSecurityKit, ApiSecurityOptions, LimitView, LoginCode, PlatformChange};
pub use mini::{EncryptedData, EncryptedKind, UserKey};
pub use notify::RETRY_SCHEDULE_SECS;
pub use notify::push_envelope::PushFlaw;
pub use pay::certificates::Successor;
pub use pay::complaints::shopper::{ComplaintOptions, ComplaintStep};
pub use pay::complaints::view::{ComplaintRecord, ComplaintView};
pub use pay::payment::{PaidTransaction, PayOptions, RequestPayment};
pub use pay::refusal::Refusal;
pub use pay::risk::RiskOptions;
pub use settings::Settings;
pub use simulator::Simulator;
pub use views::{MessageView, NotificationView, OrderView, RefundView};
pub use world::{
    Attempt, AuthorizationState, BillColumns, BillFees, BillKind, BillReturnedFees, BillStyle, BillTamper,
    ComplaintState, DeliveryState, EntryKind, LedgerEntry, LedgerTotal, Material, MessageKind, ProblemType,
    PushFormat, PushMode, PushSettings, RefundStatus, ReturnResult, RiskKind, Rotated, ShareResult, Suggest,
    TradeState, TransferState, UserTag,
};
