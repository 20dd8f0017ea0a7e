//! `/v3/combine-transactions/…`: several orders of one or several merchants, paid at once or not at all.

mod close;
pub(crate) mod payment;
mod prepay;
mod query;

use super::refusal::Refusal;
use super::{PayServe, get, post};
use crate::operation::Operation;
use crate::world::Product;

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("combine_jsapi", "/v3/combine-transactions/jsapi", |call| {
        prepay::prepay(call, Product::Jsapi, prepay::JSAPI)
    }),
    post("combine_app", "/v3/combine-transactions/app", |call| {
        prepay::prepay(call, Product::App, prepay::OTHERS)
    }),
    post("combine_h5", "/v3/combine-transactions/h5", |call| prepay::prepay(call, Product::Mweb, prepay::H5)),
    post("combine_native", "/v3/combine-transactions/native", |call| {
        prepay::prepay(call, Product::Native, prepay::OTHERS)
    }),
    get("combine_query", "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}", query::query),
    post("combine_close", "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close", close::close),
];

/// These pages spell some codes without underscores.
fn no_order() -> Refusal {
    Refusal::new(404, "ORDERNOTEXIST", "订单不存在")
}

fn closed() -> Refusal {
    Refusal::new(400, "ORDER_CLOSED", "订单已关闭")
}
