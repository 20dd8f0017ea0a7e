//! Profit sharing: `/v3/profitsharing/…`

mod checks;
mod fund;
mod orders;
mod outcomes;
mod receivers;
mod returns;
mod settle;

pub(crate) use outcomes::{return_outcome, share_outcome};
pub(crate) use returns::expire as expire_return;
pub(crate) use settle::settle;

use super::shape::{Field, OUT_REFUND_NO, Rule, need};
use super::{PayServe, get, post};
use crate::operation::Operation;

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("sharing_receiver_add", "/v3/profitsharing/receivers/add", receivers::add),
    post("sharing_receiver_delete", "/v3/profitsharing/receivers/delete", receivers::delete),
    post("sharing_order", "/v3/profitsharing/orders", orders::share),
    post("sharing_unfreeze", "/v3/profitsharing/orders/unfreeze", orders::unfreeze),
    get("sharing_order_query", "/v3/profitsharing/orders/{out_order_no}", orders::query),
    get("sharing_amounts", "/v3/profitsharing/transactions/{transaction_id}/amounts", orders::amounts),
    post("sharing_return", "/v3/profitsharing/return-orders", returns::give_back),
    get("sharing_return_query", "/v3/profitsharing/return-orders/{out_return_no}", returns::query),
];

const MERCHANT: &str = "MERCHANT_ID";
const PERSON: &str = "PERSONAL_OPENID";
const KIND: Field = need("type", Rule::Choice(&[MERCHANT, PERSON]));
const ACCOUNT: Field = need("account", Rule::Text(64));
const TRANSACTION_ID: Field = need("transaction_id", Rule::Text(32));
const OUT_ORDER_NO: Field = need("out_order_no", OUT_REFUND_NO);
const DESCRIPTION: Field = need("description", Rule::Text(80));

/// The time of what has not happened yet.
const NEVER: i64 = 0;
