//! What Rust code steers a simulator with.

mod bills;
mod complaints;
pub(crate) mod messaging;
pub(crate) mod notifications;
mod orders;
pub(crate) mod parties;
mod people;
pub(crate) mod platform;
mod push;
mod service;
mod sharing;
mod trade;
mod transfers;
mod views;
