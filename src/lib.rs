//! jishi (集市): a WeChat mini-program mall back end.
//!
//! Read in this order; each module knows only those above it.
//!
//! - [`base`]: the words of the trade, without I/O
//! - [`infra`]: database, jobs, HTTP, keys
//! - [`mall`]: the slices; each owns its tables and knows no other
//! - [`flow`]: whatever touches more than one slice
//! - [`demo`]: a catalogue and a shopper
//! - [`config`], [`app`], [`workers`], [`router`], [`serve`]: putting it together

pub mod base;
pub mod infra;
pub mod mall;

pub mod flow;

pub mod app;
pub mod config;
pub mod demo;
pub mod router;
pub mod serve;
pub mod workers;
