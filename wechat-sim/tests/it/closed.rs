//! Products that are no longer opened.

use crate::support::shop;

#[tokio::test]
async fn batch_transfers_are_refused_with_a_reason_for_the_developer() {
    let shop = shop().await;
    for (method, path) in [
        ("POST", "/v3/transfer/batches"),
        ("GET", "/v3/transfer/batches/batch-id/1030"),
        ("GET", "/v3/transfer/batches/batch-id/1030/details/detail-id/1040"),
        ("GET", "/v3/transfer/batches/out-batch-no/b1?need_query_detail=true"),
        ("GET", "/v3/transfer/batches/out-batch-no/b1/details/out-detail-no/d1"),
        ("POST", "/v3/transfer/bill-receipt"),
        ("GET", "/v3/transfer/bill-receipt/b1"),
        ("POST", "/v3/transfer-detail/electronic-receipts"),
        ("GET", "/v3/transfer-detail/electronic-receipts?accept_type=BATCH_TRANSFER"),
        ("GET", "/v3/transferdownload/elecvoucherfile"),
        ("GET", "/v3/transferdownload/signfile"),
    ] {
        let reply = shop.call(method, path, if method == "POST" { "{}" } else { "" }).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "NO_AUTH"), "{method} {path}");
        let verdict = format!("{:?}", shop.sim.requests()[0]);
        assert!(verdict.contains("2025-01-15") && verdict.contains("/v3/fund-app/mch-transfer"), "{verdict}");
    }
}

#[tokio::test]
async fn a_wrong_signature_is_still_a_wrong_signature() {
    let shop = shop().await;
    let reply =
        shop.send("POST", "/v3/transfer/batches", "{}", "WECHATPAY2-SHA256-RSA2048 mchid=\"1\"").await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "SIGN_ERROR"));
}
