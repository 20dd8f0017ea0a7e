//! The simulator from the outside.

mod control;
mod faults;
mod mini;
mod notifications;
mod orders;
mod refunds;
mod support;
