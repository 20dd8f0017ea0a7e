//! The cart: which SKUs a shopper means to buy and how many. Prices are not kept here; the flow
//! `quote` looks them up each time.
//!
//! Table: `cart_item`.

mod store;

pub use self::store::{Item, MOST_ITEMS, add, clear, items_of, remove, set};
