use serde_json::{Value, json};
use wechat_sdk::OutBillNo;
use wechat_sdk::pay::transfer_receipts::{
    QueryTransferReceipt, QueryTransferReceiptByBillNo, ReceiptHash, ReceiptState, RequestTransferReceipt,
    RequestTransferReceiptByBillNo,
};

use crate::{Exercise, pay};

pub(super) fn all() -> Vec<Exercise> {
    const NUMBER: &str = "1330000000000000012026030400000007";
    let bill = || OutBillNo::new("T202603040001").unwrap();
    let asked = json!({"state": "GENERATING", "create_time": "2026-03-10T10:00:00+08:00"});
    vec![
        pay(
            RequestTransferReceipt::new(bill()),
            "/v3/fund-app/mch-transfer/elecsign/out-bill-no",
            json!({"out_bill_no": "T202603040001"}),
            asked.clone(),
            |receipt| assert_eq!(receipt.state, ReceiptState::Generating),
        ),
        pay(
            RequestTransferReceiptByBillNo::new(NUMBER),
            "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no",
            json!({"transfer_bill_no": NUMBER}),
            asked,
            |receipt| assert_eq!(receipt.create_time.unwrap().timestamp(), 1_773_108_000),
        ),
        pay(
            QueryTransferReceipt::new(bill()),
            "/v3/fund-app/mch-transfer/elecsign/out-bill-no/T202603040001",
            Value::Null,
            json!({
                "state": "FINISHED",
                "create_time": "2026-03-10T10:00:00+08:00",
                "update_time": "2026-03-10T10:02:00+08:00",
                "hash_type": "SM3",
                "hash_value": "0f1e2d",
                "download_url": "https://api.mch.weixin.qq.com/v3/transferdownload/elecvoucherfile?token=abc",
            }),
            |receipt| {
                assert_eq!(receipt.state, ReceiptState::Finished);
                assert_eq!(
                    (receipt.hash_type, receipt.hash_value.as_deref()),
                    (Some(ReceiptHash::Sm3), Some("0f1e2d"))
                );
                assert!(receipt.download_url.unwrap().expose().ends_with("abc") && receipt.extra.is_empty());
            },
        ),
        pay(
            QueryTransferReceiptByBillNo::new(NUMBER),
            "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no/1330000000000000012026030400000007",
            Value::Null,
            json!({
                "state": "FAILED",
                "create_time": "2026-03-10T10:00:00+08:00",
                "update_time": "2026-03-10T10:02:00+08:00",
                "hash_type": "SHA256",
                "hash_value": "",
                "download_url": "",
                "fail_reason": "no name",
            }),
            |receipt| {
                assert_eq!(
                    (receipt.state, receipt.hash_type),
                    (ReceiptState::Failed, Some(ReceiptHash::Sha256))
                );
                assert_eq!(receipt.fail_reason.as_deref(), Some("no name"));
            },
        ),
    ]
}
