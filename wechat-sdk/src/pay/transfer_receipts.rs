//! Receipts of transfers, as sealed files. They are made for transfers of the last six months that succeeded and
//! named the user; for others asking again is of no use.

use chrono::{DateTime, FixedOffset};

use crate::ids::OutBillNo;
use crate::secret::Secret;
use crate::{answer, open_enum, pay_call};

/// Asks for a receipt by the merchant's number of the transfer. Acceptance is not success: query. It is kept for 90
/// days; after that ask again.
///
/// # Errors
/// `INVALID_REQUEST`: there can be no receipt; `ALREADY_EXISTS`: it was asked for before, query; `NOT_FOUND`: there is
/// no such transfer.
#[pay_call(POST "/v3/fund-app/mch-transfer/elecsign/out-bill-no", Keyed -> TransferReceipt, page = "4012716452")]
pub struct RequestTransferReceipt {
    /// The merchant's number of the transfer.
    out_bill_no: OutBillNo,
}

/// Asks for a receipt by WeChat Pay's number of the transfer. All else as for [`RequestTransferReceipt`].
#[pay_call(POST "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no", Keyed -> TransferReceipt, page = "4012716456")]
pub struct RequestTransferReceiptByBillNo {
    /// WeChat Pay's number of the transfer.
    #[max(64)]
    transfer_bill_no: String,
}

/// Asks whether a receipt is made, by the merchant's number of the transfer.
///
/// # Errors
/// `NOT_FOUND`: it was not asked for, or is not kept any more.
#[pay_call(
    GET "/v3/fund-app/mch-transfer/elecsign/out-bill-no/{out_bill_no}", Read -> TransferReceipt,
    page = "4012716436"
)]
pub struct QueryTransferReceipt {
    /// The merchant's number of the transfer.
    out_bill_no: OutBillNo,
}

/// Asks whether a receipt is made, by WeChat Pay's number of the transfer. Errors as for [`QueryTransferReceipt`].
#[pay_call(
    GET "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no/{transfer_bill_no}", Read -> TransferReceipt,
    page = "4012716455"
)]
pub struct QueryTransferReceiptByBillNo {
    /// WeChat Pay's number of the transfer.
    #[max(64)]
    transfer_bill_no: String,
}

/// The receipt of a transfer.
#[answer]
pub struct TransferReceipt {
    /// How it stands.
    pub state: ReceiptState,
    /// When it was asked for.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// When its state changed last.
    pub update_time: Option<DateTime<FixedOffset>>,
    /// How the digest is made.
    pub hash_type: Option<ReceiptHash>,
    /// The digest of the file; compare it.
    pub hash_value: Option<String>,
    /// Where the file is, for ten minutes; after that query again. [`Merchant::download`](super::Merchant::download) loads
    /// it.
    pub download_url: Option<Secret>,
    /// Why it failed.
    pub fail_reason: Option<String>,
}

/// How a receipt stands. New states may appear.
#[open_enum]
pub enum ReceiptState {
    /// It is being made.
    Generating,
    /// It is there.
    Finished,
    /// It could not be made.
    Failed,
}

/// How the digest of a receipt is made. New ways may appear.
#[open_enum]
pub enum ReceiptHash {
    /// SHA-256.
    Sha256,
    /// SM3.
    Sm3,
}
