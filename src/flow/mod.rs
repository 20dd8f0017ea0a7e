//! Whatever touches more than one slice. The list of these modules is the list of what a mall does.
//!
//! | flow | from | to |
//! |---|---|---|
//! | [`login`] | a code of `wx.login` | tokens |
//! | [`browse`], [`basket`], [`quote`] | wishes | a price |
//! | [`place`] | a quote and an address | an unpaid trade, stock reserved |
//! | [`pay`] | an unpaid trade | the parameters of `wx.requestPayment` |
//! | [`notify`], [`poll`] | what WeChat says | [`settle`] |
//! | [`settle`] | collected money | a paid trade, or a refund |
//! | [`close`] | time-out or cancel | a closed trade, stock free |
//! | [`refund`] | an intent to give back | money back |
//! | [`sweep`] | what nobody needs any more | nothing |
//! | [`invariants`] | everything | does it add up? |

pub mod basket;
pub mod browse;
pub mod close;
pub mod invariants;
pub mod login;
pub mod notify;
pub mod operations;
pub mod pay;
pub mod place;
pub mod poll;
pub mod quote;
pub mod refund;
pub mod settle;
pub mod sweep;
pub mod trades;
pub mod visitor;
pub mod wechat;

use crate::infra::Core;
use axum::extract::FromRef;
use std::sync::Arc;
use std::time::Duration;

/// Everything a flow needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mall {
    /// What every slice needs.
    pub core: Core,
    /// The tenants' doors to WeChat.
    pub gateways: wechat::Gateways,
    /// The timers and prices of the shop.
    pub settings: Arc<Settings>,
    /// The door to the placement worker.
    pub placer: place::Placer,
}

/// The timers and prices of the shop.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a trade waits for its payment.
    pub trade_timeout: Duration,
    /// The ages of a payment at which WeChat is asked about it; the last step repeats.
    pub poll: Vec<Duration>,
    /// How often WeChat is asked about a refund.
    pub refund_poll: Duration,
    /// How long answers are kept for repeated requests.
    pub keep_answers: Duration,
    /// What the shop asks besides the prices.
    pub terms: quote::Terms,
}

impl FromRef<Mall> for Core {
    fn from_ref(mall: &Mall) -> Self {
        mall.core.clone()
    }
}
