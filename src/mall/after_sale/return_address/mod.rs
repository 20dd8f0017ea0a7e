//! Where goods are sent back to: one address per merchant, copied into each case that needs it.

mod store;

pub use self::store::{open_snapshot, put_return_address, return_address, seal_snapshot};

use crate::base::{Phone, Text};
use serde::{Deserialize, Serialize};

/// Where goods are sent back to.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnAddress {
    /// The receiver.
    pub name: Text<40>,
    /// The receiver's telephone number.
    pub phone: Phone,
    /// 省
    pub province: Text<40>,
    /// 市
    pub city: Text<40>,
    /// 区
    pub district: Text<40>,
    /// Street, house, door.
    pub detail: Text<200>,
}

impl std::fmt::Debug for ReturnAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReturnAddress(…)")
    }
}
