//! Everything the simulator remembers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::control::faults::FaultPlan;
use crate::keys::MerchantKeys;

mod orders;
mod outbox;

pub(crate) use orders::{Order, Payment, Prepay, Refund};
pub use orders::{RefundStatus, TradeState};
pub use outbox::{Attempt, DeliveryState};
pub(crate) use outbox::{Delivery, Outbox};

/// The whole state; one of these is one state file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct World {
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) login_codes: BTreeMap<String, Code>,
    pub(crate) phone_codes: BTreeMap<String, Code>,
    /// `app_id/openid` → session key.
    pub(crate) sessions: BTreeMap<String, String>,
    pub(crate) merchants: BTreeMap<String, Merchant>,
    /// `mchid/out_trade_no` → order.
    pub(crate) orders: BTreeMap<String, Order>,
    pub(crate) prepays: BTreeMap<String, Prepay>,
    /// `mchid/out_refund_no` → refund.
    pub(crate) refunds: BTreeMap<String, Refund>,
    /// Keys of the refunds that are still in processing.
    pub(crate) processing: BTreeSet<String>,
    pub(crate) outbox: Outbox,
    /// Nonces of the last minutes: (millis, `mchid/nonce`) in order of arrival, and the same as a set.
    pub(crate) nonce_times: VecDeque<(i64, String)>,
    pub(crate) nonces: BTreeSet<String>,
    pub(crate) faults: FaultPlan,
}

/// A registered mini program.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct App {
    pub(crate) secret: String,
    pub(crate) stable: Option<String>,
    pub(crate) legacy: Option<String>,
    /// The legacy token before the newest one, in its grace.
    pub(crate) legacy_before: Option<String>,
    /// When forced refreshes happened during the last day.
    pub(crate) forced: Vec<i64>,
}

/// An access token of either family.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) app_id: String,
    pub(crate) expires_at: i64,
    /// When a newer token put this one out of use.
    pub(crate) displaced_at: Option<i64>,
}

/// A login or phone code. `subject` is the openid or the phone number behind it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) app_id: String,
    pub(crate) subject: String,
    pub(crate) country: String,
    pub(crate) openid: Option<String>,
    pub(crate) expires_at: i64,
    pub(crate) used: bool,
}

/// What the platform signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Material {
    /// The key that is named `PUB_KEY_ID_…`.
    #[default]
    PublicKey,
    /// The platform certificate.
    Certificate,
}

/// A merchant with its keys and its bound mini programs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Merchant {
    pub(crate) keys: MerchantKeys,
    pub(crate) apps: BTreeSet<String>,
    pub(crate) signs_with: Material,
}

/// The key of an order or refund: neither part can hold a slash.
pub(crate) fn key(mchid: &str, number: &str) -> String {
    format!("{mchid}/{number}")
}

impl World {
    pub(crate) fn order(&self, mchid: &str, out_trade_no: &str) -> Option<&Order> {
        self.orders.get(&key(mchid, out_trade_no))
    }

    /// The order a payment created; transaction ids are looked for rarely enough for a scan.
    pub(crate) fn order_of_transaction(&self, mchid: &str, transaction_id: &str) -> Option<&Order> {
        self.orders.values().find(|order| {
            order.mchid == mchid
                && order.payment.as_ref().is_some_and(|payment| payment.transaction_id == transaction_id)
        })
    }

    pub(crate) fn refunds_of<'a>(&'a self, order: &'a str) -> impl Iterator<Item = &'a Refund> {
        self.refunds.values().filter(move |refund| refund.order == order)
    }
}
