//! What delivery costs: templates of a merchant, by piece or by weight, with a rule for each region.
//! A product names a template; those that name none use the merchant's default, and where there is
//! none either, the flat fee of the settings.
//!
//! Table: `freight_template`.

mod model;
mod routes;
mod store;

pub use self::model::{Basis, Region, Rule, Template};
pub use self::routes::admin;
pub use self::store::templates_of;
