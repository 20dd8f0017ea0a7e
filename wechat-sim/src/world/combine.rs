//! Combined orders: several orders that one payment pays, or none.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Order, Product, World};

/// What holds orders together; how far it is, its parts say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Combine {
    /// Who asked for it, and where its one notification goes.
    pub(crate) mchid: String,
    pub(crate) app_id: String,
    /// The `combine_out_trade_no`.
    pub(crate) number: String,
    pub(crate) product: Product,
    /// Who has to pay, in JSAPI; empty in the others.
    pub(crate) openid: String,
    /// The keys of its orders, as they were listed.
    pub(crate) parts: Vec<String>,
    pub(crate) notify_url: String,
    /// The parameters as they came, to compare a repeated call with.
    pub(crate) parameters: Value,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) prepay_ids: Vec<String>,
}

impl World {
    /// The orders of a combined one, as they were listed.
    pub(crate) fn parts_of(&self, combine: &Combine) -> Vec<&Order> {
        combine.parts.iter().filter_map(|key| self.orders.get(key)).collect()
    }
}
