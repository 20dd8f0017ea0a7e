//! The slices. Each owns its tables and knows no other slice; what needs two of them is a flow.

pub mod after_sale;
pub mod bill;
pub mod call;
pub mod callback;
pub mod cart;
pub mod catalog;
pub mod customer;
pub mod freight;
pub mod ledger;
pub mod media;
pub mod message;
pub mod notice;
pub mod operator;
pub mod order;
pub mod payment;
pub mod shipment;
pub mod stock;
pub mod tenant;
