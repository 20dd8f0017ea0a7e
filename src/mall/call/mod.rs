//! The record of calls to WeChat: what was asked about which trade, and how it ended. With WeChat's
//! number of the call, its support finds the other end of it. Rows are only ever added, and hold
//! nothing personal: neither what was sent nor what came back.
//!
//! Table: `wechat_call`.

mod store;

pub use self::store::{Call, CallOutcome, of_trade, record};
