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
//! | [`after_sale`] | what a shopper wants back | goods back, [`refund`] |
//! | [`refund`] | an intent to give back | money back |
//! | [`ship`], [`shipping_events`] | a paid order | goods on their way, received, completed |
//! | [`correct`] | what an operator puts right | a ledger transaction |
//! | [`calls`] | a call to WeChat | its answer, and a record of it |
//! | [`timeline`] | an order | its whole story |
//! | [`reconcile`] | WeChat's daily bills | cases in which they and our books do not agree |
//! | [`notice`] | something happened | a message to whom it concerns |
//! | [`messages`] | what WeChat pushes | answers, [`shipping_events`], grants, forgetting |
//! | [`sweep`] | what nobody needs any more | nothing |
//! | [`invariants`] | everything | does it add up? |

pub mod after_sale;
pub mod basket;
pub mod browse;
pub mod calls;
pub mod close;
pub mod correct;
pub mod invariants;
pub mod login;
pub mod messages;
pub mod notice;
pub mod notify;
pub mod operations;
pub mod pay;
pub mod place;
pub mod poll;
pub mod quote;
pub mod reconcile;
pub mod refund;
pub mod settle;
pub mod ship;
pub mod shipping_events;
pub mod sweep;
pub mod timeline;
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
    /// How long after midnight in China the bills of the day before are fetched.
    pub bills_from: Duration,
    /// How long to wait when a bill is not there yet or cannot be believed.
    pub bills_retry: Duration,
    /// How long answers are kept for repeated requests.
    pub keep_answers: Duration,
    /// How long jobs that were done are kept for the story of their trade.
    pub keep_done: Duration,
    /// The rules of after-sales.
    pub after_sale: after_sale::Terms,
    /// The timers of what was sent.
    pub shipping: ship::Timers,
    /// What the shop asks besides the prices.
    pub terms: quote::Terms,
    /// How long before its end shoppers are reminded of an unpaid trade; zero: never.
    pub remind_ahead: Duration,
    /// What a chat message must have in it to be answered with the newest orders.
    pub keywords: Vec<String>,
    /// How long is kept what handled messages said.
    pub keep_messages: Duration,
}

impl FromRef<Mall> for Core {
    fn from_ref(mall: &Mall) -> Self {
        mall.core.clone()
    }
}
