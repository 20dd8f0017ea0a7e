//! Parcels on their way, and what shops told about them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A waybill that a shop handed over with its goods.
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Waybill {
    pub(crate) app_id: String,
    pub(crate) openid: String,
    pub(crate) waybill_id: String,
    /// Empty where the shop did not name it and the number does not tell.
    pub(crate) delivery_id: String,
    pub(crate) trans_id: String,
    /// The `detail_list`.
    pub(crate) goods: Value,
    pub(crate) updates: u32,
}

/// Where a parcel is, whoever asks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Track {
    /// As in the protocol: 0 not collected, 1 collected, 2 on its way, 3 out for delivery, 4 signed…
    pub(crate) status: i64,
}

/// Goods that go back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GoodsReturn {
    pub(crate) app_id: String,
    pub(crate) shop_order_id: String,
    pub(crate) openid: String,
    /// 0 nothing filled in, 1 a courier comes, 2 the shopper sends.
    pub(crate) status: i64,
    pub(crate) waybill_id: String,
    pub(crate) delivery_id: String,
}

/// A waybill that a shop had made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ExpressOrder {
    pub(crate) app_id: String,
    pub(crate) order_id: String,
    pub(crate) openid: String,
    pub(crate) delivery_id: String,
    pub(crate) biz_id: String,
    pub(crate) waybill_id: String,
    pub(crate) cancelled: bool,
    pub(crate) path: Vec<PathItem>,
}

/// A step of a parcel.
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PathItem {
    /// Unix seconds.
    pub(crate) action_time: i64,
    pub(crate) action_type: i64,
    pub(crate) action_msg: String,
}

/// What an app agreed with carriers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ExpressApp {
    pub(crate) accounts: Vec<ExpressAccount>,
    /// The openids of those who print.
    pub(crate) printers: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExpressAccount {
    pub(crate) biz_id: String,
    pub(crate) delivery_id: String,
    pub(crate) created_at: i64,
    /// Waybills that are left.
    pub(crate) quota: i64,
    pub(crate) remark: String,
}
