//! Merchant transfers: `/v3/fund-app/mch-transfer/…`

mod authorization;
mod bills;
mod checks;
mod confirm;
mod course;
mod elecsign;
mod query;
mod scenes;
mod views;

pub(crate) use authorization::{close_by_user, expire as expire_authorization};
pub(crate) use confirm::{Answer, confirm, confirm_authorization};
pub(crate) use course::{expire, plan_failure, step};
pub(crate) use views::{authorization_view, bill_view};

use super::{PayServe, get, post};
use crate::operation::Operation;

macro_rules! path {
    ($rest:literal) => {
        concat!("/v3/fund-app/mch-transfer/", $rest)
    };
}

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("transfer", path!("transfer-bills"), bills::create),
    post("transfer_pre", path!("transfer-bills/pre-transfer-with-authorization"), bills::create_first),
    post("transfer_authorized", path!("transfer-bills/transfer"), bills::create_authorized),
    get("transfer_query", path!("transfer-bills/out-bill-no/{out_bill_no}"), query::by_number),
    get("transfer_query_by_id", path!("transfer-bills/transfer-bill-no/{transfer_bill_no}"), query::by_id),
    post("transfer_cancel", path!("transfer-bills/out-bill-no/{out_bill_no}/cancel"), query::cancel),
    post("transfer_authorize", path!("user-confirm-authorization"), authorization::create),
    get(
        "transfer_authorization_query",
        path!("user-confirm-authorization/out-authorization-no/{out_authorization_no}"),
        authorization::query,
    ),
    post(
        "transfer_authorization_close",
        path!("user-confirm-authorization/out-authorization-no/{out_authorization_no}/close"),
        authorization::close,
    ),
    post("transfer_receipt", path!("elecsign/out-bill-no"), elecsign::apply),
    get("transfer_receipt_query", path!("elecsign/out-bill-no/{out_bill_no}"), elecsign::query),
    post("transfer_receipt_by_id", path!("elecsign/transfer-bill-no"), elecsign::apply_by_id),
    get(
        "transfer_receipt_query_by_id",
        path!("elecsign/transfer-bill-no/{transfer_bill_no}"),
        elecsign::query_by_id,
    ),
    get("transfer_receipt_download", "/v3/transferelecvoucher/{token}", elecsign::download),
];
