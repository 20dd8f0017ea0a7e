//! The catalogue: categories, products (SPU) and their SKUs with specs and prices.
//!
//! Tables: `category`, `product`, `sku`. What is in stock is another slice's; the flow `browse`
//! joins them.

mod model;
mod routes;
mod store;

pub use self::model::{Article, Category, NewProduct, NewSku, Product, ProductCard, ProductState, Sku, Spec};
pub use self::routes::{admin, shop};
pub use self::store::{articles, insert_category, insert_product, is_empty, product};
