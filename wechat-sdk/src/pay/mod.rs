//! WeChat Pay v3 for an ordinary merchant.

mod builder;
mod certificates;
mod cipher;
mod client;
mod notify;
mod prepay;
mod query;
mod refund;
mod sign;
mod trust;
mod verify;

pub use builder::MerchantBuilder;
pub use cipher::ApiV3Key;
pub use client::Merchant;
pub use notify::{Notification, PayEvent, RefundNotice};
pub use prepay::{JsapiPrepay, Prepay, RequestPayment};
pub use query::{Amount, CloseTransaction, QueryById, QueryByOutTradeNo, TradeState, Transaction};
pub use refund::{CreateRefund, QueryRefund, Refund, RefundAmount, RefundStatus};
pub use sign::MerchantKey;
pub use trust::Trust;
pub use verify::VerifyError;
