//! What the platform knows about the shipping of payments.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A mini program as the management of trades sees it.
#[expect(clippy::struct_excessive_bools, reason = "facts that do not exclude each other")]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TradeApp {
    /// Whether the app has shipping management.
    pub(crate) managed: bool,
    /// Whether the merchants of the app agreed to it.
    pub(crate) confirmed: bool,
    /// Whether anything was ever shipped.
    pub(crate) has_shipped: bool,
    /// Whether the daily reminders have begun.
    pub(crate) reminded: bool,
    /// Where the messages about shipping lead to.
    pub(crate) jump_path: String,
    /// The kind of trade the app asked for, once.
    pub(crate) trade_type: Option<i64>,
    pub(crate) brand: Option<BrandWish>,
}

/// A wish to be a known brand.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BrandWish {
    pub(crate) apply_for: i64,
    /// 1 under way, 2 refused, 3 granted.
    pub(crate) status: i64,
    pub(crate) reason: String,
}

/// How far the shipping of a payment is; a payment without one is to be shipped.
#[expect(clippy::struct_excessive_bools, reason = "facts that do not exclude each other")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Shipment {
    /// 1 express, 2 in the city, 3 virtual, 4 picked up; 0 before anything was uploaded.
    pub(crate) logistics_type: i64,
    /// 1 in one parcel, 2 in several.
    pub(crate) delivery_mode: i64,
    pub(crate) parcels: Vec<ShippedParcel>,
    /// The `upload_time` of the last upload.
    pub(crate) uploaded: i64,
    /// When everything was shipped.
    pub(crate) finished_at: Option<i64>,
    /// Whether the one chance to ship again is used.
    pub(crate) again: bool,
    /// How often everything was shipped, to tell waits of an earlier time.
    pub(crate) round: u32,
    pub(crate) reminded: bool,
    /// When the shopper has the goods, and whether the shopper said so.
    pub(crate) received: Option<Received>,
    pub(crate) settled_at: Option<i64>,
    pub(crate) in_complaint: bool,
    /// What waits for the end of the complaint.
    pub(crate) held: bool,
    pub(crate) special: Option<Special>,
}

/// What was said to be in a parcel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShippedParcel {
    pub(crate) tracking_no: String,
    pub(crate) express_company: String,
    pub(crate) item_desc: String,
    /// `consignor_contact` or `receiver_contact`.
    pub(crate) contact: Option<Value>,
    pub(crate) uploaded_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Received {
    pub(crate) at: i64,
    /// Whether time ran out instead of the shopper saying so.
    pub(crate) automatic: bool,
}

/// An order that is shipped late, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Special {
    /// Announced for this moment.
    Presale(i64),
    Test,
}
