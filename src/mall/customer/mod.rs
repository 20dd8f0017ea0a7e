//! Shoppers: who they are to WeChat (openid), what they tell about themselves, where they live.
//!
//! Tables: `customer`, `address`. Telephone numbers and addresses are sealed at rest.

mod model;
mod routes;
mod store;

pub use self::model::{Address, AddressInput, Profile, ProfileInput};
pub use self::routes::shop;
pub use self::store::{
    SealedAddress, address, addresses_for, by_openid, forget_addresses, forget_profile, lock, open_address,
    openid, set_phone, upsert,
};
