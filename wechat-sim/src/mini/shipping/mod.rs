//! Management of shipping: `/wxa/sec/order/*`. The money of a payment waits until the goods were shipped and
//! the shopper has them.
//!
//! A payment is *to ship* (1), *shipped* (2), *received* (3), *done* (4) when its money was let go, *refunded*
//! (5) when all of it went back, or *awaits settlement* (6) when it was received while a complaint holds the
//! money. In which state a complaint holds it is not documented.

pub(crate) mod app;
pub(crate) mod brand;
#[cfg(test)]
mod combined_tests;
mod find;
pub(crate) mod life;
mod list;
mod remind;
mod upload;
mod view;
mod wish;

use super::{MiniServe, post};
use crate::operation::Operation;

pub(crate) use find::Named;
pub(crate) use life::{receipt_due, remind, remind_access, settle, watch};
pub(crate) use view::all;

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("upload_shipping_info", "/wxa/sec/order/upload_shipping_info", upload::single),
    post("upload_combined_shipping_info", "/wxa/sec/order/upload_combined_shipping_info", upload::combined),
    post("shipping_get_order", "/wxa/sec/order/get_order", list::one),
    post("shipping_get_order_list", "/wxa/sec/order/get_order_list", list::many),
    post("notify_confirm_receive", "/wxa/sec/order/notify_confirm_receive", remind::confirm_receive),
    post("op_special_order", "/wxa/sec/order/opspecialorder", remind::special),
    post("set_msg_jump_path", "/wxa/sec/order/set_msg_jump_path", app::set_jump_path),
    post("is_trade_managed", "/wxa/sec/order/is_trade_managed", app::is_managed),
    post(
        "is_trade_management_confirmation_completed",
        "/wxa/sec/order/is_trade_management_confirmation_completed",
        app::is_confirmed,
    ),
    post("set_wxa_trade_type", "/wxa/sec/order/setwxatradetypecgi", app::set_trade_type),
];
