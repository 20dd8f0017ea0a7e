//! Double entry: every success writes one balanced transaction, once, and nothing is ever changed.
//!
//! | account | holds |
//! |---|---|
//! | `wechat` | what WeChat has collected for us (debit +) |
//! | `owed_to_customers` | what must go back to shoppers (credit −) |
//! | `sales`, `freight` | what a merchant sold and delivered (credit −) |
//! | `refunds` | what a merchant's shoppers get back (debit +) |
//! | `merchant_share`, `merchant_payable` | what completed orders pass on to a merchant (debit +), until paid out (credit −) |
//! | `fees` | what WeChat kept (debit +) |
//! | `suspense` | what nobody can explain yet |
//!
//! | transaction | from | to |
//! |---|---|---|
//! | `payment` | `sales`, `freight` | `wechat` |
//! | `unwanted_payment` | `owed_to_customers` | `wechat` |
//! | `refund_intent`, `refund_closed` (back) | `owed_to_customers` | `refunds` |
//! | `refund` | `wechat` | `owed_to_customers`; `suspense` if it went to the merchant's own account |
//! | `completion` | `merchant_payable` | `merchant_share` |
//! | `fee` | `wechat` | `fees` |
//! | `suspense` | `suspense` | `wechat` |
//! | `correction` | as an operator says | |
//!
//! Tables: `ledger_transaction`, `ledger_entry`.

mod export;
mod model;
mod routes;
mod store;

pub use self::model::{Account, Back, Entry, Kind, Part, Posting};
pub use self::routes::admin;
pub use self::store::{Balance, Side, Transaction, about, balances, correct, post};
