//! What Rust code steers a simulator with.

pub(crate) mod notifications;
mod orders;
mod parties;
mod views;
