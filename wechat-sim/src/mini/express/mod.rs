//! The logistics assistant: `/cgi-bin/express/business/*`. A shop agrees with a carrier, has waybills made and
//! follows their paths.

mod account;
mod order;

use super::{MiniServe, get, post};
use crate::operation::Operation;

pub(crate) const OPERATIONS: &[Operation<MiniServe>] = &[
    post("express_bind_account", "/cgi-bin/express/business/account/bind", account::bind),
    get("express_accounts", "/cgi-bin/express/business/account/getall", account::all),
    get("express_deliveries", "/cgi-bin/express/business/delivery/getall", account::deliveries),
    post("express_quota", "/cgi-bin/express/business/quota/get", account::quota),
    get("express_printers", "/cgi-bin/express/business/printer/getall", account::printers),
    post("express_update_printer", "/cgi-bin/express/business/printer/update", account::update_printer),
    post("express_add_order", "/cgi-bin/express/business/order/add", order::add),
    post("express_get_order", "/cgi-bin/express/business/order/get", order::one),
    post("express_batch_get_order", "/cgi-bin/express/business/order/batchget", order::many),
    post("express_cancel_order", "/cgi-bin/express/business/order/cancel", order::cancel),
    post("express_path", "/cgi-bin/express/business/path/get", order::path),
    post("express_test_update_order", "/cgi-bin/express/business/test_update_order", order::test_update),
];
