//! What a merchant has agreed on with the platform, as the console shows it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Profit sharing and transfers of one merchant; the default is what a well-set merchant has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Terms {
    /// The most of an order that may be shared, in ten-thousandths; 3000 when it is not set.
    pub(crate) max_ratio: Option<i64>,
    /// Where the merchant hears, as a receiver, of what is shared with it.
    pub(crate) sharing_notify_url: Option<String>,
    /// As a receiver, the merchant did not allow returns.
    pub(crate) refuses_returns: bool,
    /// What can be transferred, in fen; without end when it is not set.
    pub(crate) balance: Option<i64>,
    /// A transfer that the balance is too low for stays `PROCESSING` instead of being refused.
    pub(crate) waits_when_short: bool,
    /// Transfers are `ACCEPTED` and `PROCESSING` for a second each before the user can confirm.
    pub(crate) slow_transfers: bool,
    /// The granted transfer scenes; all when it is not set.
    pub(crate) scenes: Option<BTreeSet<String>>,
    /// The most of one transfer, in fen.
    pub(crate) max_transfer: Option<i64>,
}
