//! How much of each SKU is there. `on_hand` is what lies on the shelf, `reserved` what unpaid
//! orders hold of it; what can be bought is the difference.
//!
//! A hold is `held → committed | released`, exactly once:
//!
//! ```text
//! held ──paid──▶ committed   on_hand and reserved go down
//!      └─closed─▶ released    reserved goes down
//! ```
//!
//! Tables: `stock`, `stock_move`, `stock_hold`. Rows of `stock` are locked in the order of their key.

mod model;
mod routes;
mod store;

pub use self::model::{Hold, HoldState, Level, Shortage, allocate};
pub use self::routes::admin;
pub use self::store::{
    commit_holds, insert_holds, levels, lock_levels, put_back, receive, release_holds, reserve,
};
