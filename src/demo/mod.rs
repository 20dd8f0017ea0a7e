//! The demo: a catalogue that looks like a real shop, its pictures, and a shopper who buys
//! something over HTTP and gives half of it back.

mod after;
mod buy;
mod catalogue;
mod images;
pub mod seed;

pub use self::buy::{Access, buy};
pub use self::images::images;
