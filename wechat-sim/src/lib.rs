//! WeChat in a box: the mini-program servers and WeChat Pay v3, stateful and strict, with their signatures, their
//! limits and their faults.
//!
//! It is a second opinion: it shares no code with the SDK of this workspace, verifies every request signature
//! over the raw bytes, signs every successful answer and encrypts every notification with its own
//! cryptography. A mistake that the SDK and its own tests agree on therefore still shows here.
//!
//! ```no_run
//! # async fn demo() -> anyhow::Result<()> {
//! use wechat_sim::{Effect, Fault, Settings, Simulator};
//!
//! let sim = Simulator::start(Settings::default()).await?;
//! sim.app("wx0123456789abcdef", "secret");
//! let keys = sim.merchant("1900000001").await;
//! sim.bind("wx0123456789abcdef", &keys.mchid);
//! println!("point the SDK at {}, sign with serial {}", sim.base_url(), keys.merchant_serial);
//! // … the shop makes a prepay; the answer of its next refund is lost although the refund is made …
//! sim.fault(Fault::new("refund", Effect::Reset { after_work: true }));
//! sim.pay("1900000001", "order-0001")?;
//! sim.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Without [`Settings::state_path`] everything lives in memory. With it, each change is in one `SQLite` file before it
//! is answered, so a demo goes on after a restart with the same keys, orders and pending notifications. The
//! file holds private keys: it belongs to a demo, never to production.
//!
//! Everything a test steers through [`Simulator`] is also reachable as JSON below `/_control/`; a browser finds
//! phones, payment sheets, requests and notifications at `/_control/`. The README says what is covered and what is not.
//!
//! # How it is built
//!
//! `world` holds the state: tables of records that remember what a change touches, so that a change that fails is
//! taken back, and only what it touched is written. `mini` and `pay` serve the calls, one file per area, each a list
//! of [`calls`]; they are plain functions from a request to an answer. `life` does what happens by itself when
//! its time has come, `notify` packs what is sent, `faults` and `play` make things go wrong, `server` is the shell
//! around it all. Imports go one way; `tests/it/tidy.rs` holds that.

mod api;
mod clock;
mod console;
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
pub use clock::{Clock, ManualClock, SystemClock};
pub use console::PlatformOptions;
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
pub use routes::calls;
pub use settings::Settings;
pub use settings::switches::SWITCHES;
pub use simulator::Simulator;
pub use views::{MerchantView, MessageView, NotificationView, OrderView, RefundView};
pub use world::{
    Attempt, AuthorizationState, BillColumns, BillFees, BillKind, BillReturnedFees, BillStyle, BillTamper,
    ComplaintState, DeliveryState, EntryKind, LedgerEntry, LedgerTotal, Material, MessageKind, ProblemType,
    PushFormat, PushMode, PushSettings, RefundStatus, ReturnResult, RiskKind, Rotated, ShareResult, Suggest,
    TradeState, TransferState, UserTag,
};
