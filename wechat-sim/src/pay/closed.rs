//! Products that WeChat Pay no longer opens: their calls are known, and answered as to a merchant that never
//! had them.

use super::refusal::Refusal;
use super::{PayCall, PayServe, Reply, get, post};
use crate::operation::Operation;

pub(crate) const OPERATIONS: &[Operation<PayServe>] = &[
    post("batch_transfer", "/v3/transfer/batches", batch_transfer),
    get("batch_transfer_by_id", "/v3/transfer/batches/batch-id/{batch_id}", batch_transfer),
    get(
        "batch_transfer_detail_by_id",
        "/v3/transfer/batches/batch-id/{batch_id}/details/detail-id/{detail_id}",
        batch_transfer,
    ),
    get("batch_transfer_query", "/v3/transfer/batches/out-batch-no/{out_batch_no}", batch_transfer),
    get(
        "batch_transfer_detail",
        "/v3/transfer/batches/out-batch-no/{out_batch_no}/details/out-detail-no/{out_detail_no}",
        batch_transfer,
    ),
    post("batch_transfer_receipt", "/v3/transfer/bill-receipt", batch_transfer),
    get("batch_transfer_receipt_query", "/v3/transfer/bill-receipt/{out_batch_no}", batch_transfer),
    post("batch_transfer_detail_receipt", "/v3/transfer-detail/electronic-receipts", batch_transfer),
    get("batch_transfer_detail_receipt_query", "/v3/transfer-detail/electronic-receipts", batch_transfer),
    get("batch_transfer_voucher_file", "/v3/transferdownload/elecvoucherfile", batch_transfer),
    get("batch_transfer_sign_file", "/v3/transferdownload/signfile", batch_transfer),
];

fn batch_transfer(_: &PayCall<'_>) -> Reply {
    let instead = "the transfer of batches to balances is closed to new merchants since 2025-01-15; use \
                   POST /v3/fund-app/mch-transfer/transfer-bills, its queries and its receipts instead";
    Err(Refusal::new(403, "NO_AUTH", "商户号未开通商家转账到零钱产品权限").explained(instead))
}
