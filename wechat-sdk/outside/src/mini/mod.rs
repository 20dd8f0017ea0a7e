//! The mini-program API, a file per area.

mod access_token;
mod brands;
mod business;
mod codes;
mod customer_service;
mod express;
mod express_orders;
mod links;
mod login;
mod logistics;
mod messaging;
mod openapi;
mod returns;
mod security;
mod service_cards;
mod shipping;
mod shipping_orders;
mod templates;
mod user;

use crate::Exercise;

/// All of them.
#[must_use]
pub fn all() -> Vec<Exercise> {
    [
        templates::all(),
        service_cards::all(),
        returns::all(),
        messaging::all(),
        logistics::all(),
        links::all(),
        express_orders::all(),
        express::all(),
        codes::all(),
        access_token::all(),
        brands::all(),
        business::all(),
        customer_service::all(),
        login::all(),
        openapi::all(),
        security::all(),
        shipping::all(),
        shipping_orders::all(),
        user::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
