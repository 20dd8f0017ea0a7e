//! WeChat Pay v3 for an ordinary merchant.

pub mod bills;
mod builder;
mod certificates;
mod cipher;
mod client;
pub mod codepay;
pub mod combine;
pub mod common;
pub mod complaint_history;
pub mod complaint_replies;
pub mod complaints;
pub mod complaints_v1;
mod files;
mod notify;
pub mod order;
pub mod profit_sharing;
pub mod refunds;
mod request_payment;
pub mod risk;
pub mod risk_report;
pub mod sharing_returns;
mod sign;
pub mod transactions;
pub mod transfer_authorizations;
pub mod transfer_receipts;
pub mod transfers;
mod trust;
pub mod v2;
mod verify;

pub use builder::MerchantBuilder;
pub use cipher::{ApiV3Key, Sealed, SealedText};
pub use client::Merchant;
pub use notify::{ComplaintNotice, EchoNotice, Notification, PayEvent, RefundNotice};
pub use request_payment::{AppPayment, RequestPayment};
pub use sign::MerchantKey;
pub use trust::Trust;
