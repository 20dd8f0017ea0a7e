//! The slices. Each owns its tables and knows no other slice; what needs two of them is a flow.

pub mod callback;
pub mod cart;
pub mod catalog;
pub mod customer;
pub mod freight;
pub mod ledger;
pub mod operator;
pub mod order;
pub mod payment;
pub mod stock;
pub mod tenant;
