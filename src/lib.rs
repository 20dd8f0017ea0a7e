//! jishi (集市): a WeChat mini-program mall back end.
//!
//! Read in this order; each module knows only those above it.
//!
//! - [`base`]: the words of the trade, without I/O
//! - [`infra`]: database, jobs, HTTP, keys

pub mod base;
pub mod infra;
pub mod mall;
