//! What is not provably WeChat Pay's is refused, and the refusal says why.

use http::HeaderMap;
use serde_json::{Value, json};
use wechat_sdk::pay::refunds::RefundStatus;
use wechat_sdk::{Fen, Notification, PayEvent, VerifyError};

use crate::support::*;

fn body_of(event_type: &str, original_type: &str, content: &Value) -> Vec<u8> {
    let mut resource = sealed(&content.to_string(), original_type);
    resource["original_type"] = json!(original_type);
    let envelope = json!({
        "id": "n-1", "create_time": "2026-01-02T03:04:05+08:00", "event_type": event_type,
        "resource_type": "encrypt-resource", "summary": "…", "resource": resource,
    });
    envelope.to_string().into_bytes()
}

fn refund(status: &str) -> Vec<u8> {
    let content = json!({
        "mchid": MCHID, "out_trade_no": "S20260102030405001", "transaction_id": "4200000000202601020000000001",
        "out_refund_no": "R1", "refund_id": "50000000382019052709732678859", "refund_status": status,
        "success_time": "2026-01-02T03:04:05+08:00", "user_received_account": "支付用户零钱",
        "amount": {"total": 9900, "refund": 100, "payer_total": 9400, "payer_refund": 95},
    });
    body_of(&format!("REFUND.{status}"), "refund", &content)
}

async fn verify(headers: &HeaderMap, body: &[u8]) -> Result<Notification, VerifyError> {
    offline_merchant(NOW).verify_notification(headers, body).await
}

async fn refusal(headers: &HeaderMap, body: &[u8]) -> VerifyError {
    verify(headers, body).await.expect_err("it is to be refused")
}

#[tokio::test]
async fn a_refund_notice_is_read() {
    for (word, status) in [
        ("SUCCESS", RefundStatus::Success),
        ("ABNORMAL", RefundStatus::Abnormal),
        ("CLOSED", RefundStatus::Closed),
        ("NEWSTATE", RefundStatus::Other("NEWSTATE".to_owned())),
    ] {
        let body = refund(word);
        let headers = signature_headers(CERTIFICATE, NOW, &body);
        let event = verify(&headers, &body).await.unwrap().event().unwrap();
        let PayEvent::Refund(notice) = event else { panic!("{word} is a refund") };
        assert_eq!((notice.status, notice.amount.refund, notice.amount.total), (status, Fen(100), Fen(9900)));
        assert_eq!(notice.out_refund_no.as_str(), "R1");
    }
}

/// What a notification tells, after the whole way through signature and seal.
async fn event_of(event_type: &str, original_type: &str, content: &Value) -> PayEvent {
    let body = body_of(event_type, original_type, content);
    verify(&signature_headers(CERTIFICATE, NOW, &body), &body).await.unwrap().event().unwrap()
}

#[tokio::test]
async fn a_combined_payment_is_not_mistaken_for_a_single_one() {
    let sub = json!({"mchid": MCHID, "out_trade_no": "S20260102030405001", "trade_state": "SUCCESS",
        "transaction_id": "42", "attach": "a", "amount": {"total_amount": 100, "payer_amount": 90, "currency": "CNY"}});
    let whole = json!({"combine_appid": "wx1", "combine_mchid": MCHID, "combine_out_trade_no": "C20260102",
        "sub_orders": [sub.clone(), sub], "combine_payer_info": {"openid": "o1"}});
    let event = event_of("TRANSACTION.SUCCESS", "transaction", &whole).await;
    let PayEvent::CombinePaid(paid) = event else { panic!("{event:?}") };
    assert!(paid.is_paid() && paid.sub_orders.len() == 2);
    // A single payment may say the word.
    let single = json!({"appid": "wx1", "mchid": MCHID, "out_trade_no": "S20260102030405001", "trade_state": "SUCCESS",
        "attach": "\"combine_out_trade_no\"", "combine": "combine_out_trade_no"});
    let event = event_of("TRANSACTION.SUCCESS", "transaction", &single).await;
    assert!(matches!(event, PayEvent::Paid(_)), "{event:?}");
    let quoted = json!({"appid": "wx1", "mchid": MCHID, "out_trade_no": "S20260102030405001", "trade_state": "SUCCESS",
        "attach": "combine_out_trade_no"});
    let event = event_of("TRANSACTION.SUCCESS", "transaction", &quoted).await;
    assert!(matches!(event, PayEvent::Paid(_)), "{event:?}");
}

#[tokio::test]
async fn what_is_told_to_others_is_not_taken_for_a_payment() {
    let receiver = json!({"type": "MERCHANT_ID", "account": MCHID, "amount": 5, "description": "d"});
    let shared = json!({"mchid": "1900000001", "transaction_id": "42", "order_id": "30", "out_order_no": "P1",
        "receiver": receiver, "success_time": "2026-01-02T03:04:05+08:00"});
    let event = event_of("TRANSACTION.SUCCESS", "profitsharing", &shared).await;
    assert!(matches!(event, PayEvent::Shared(_)), "{event:?}");
    let complaint = json!({"complaint_id": "200201820200101080076610000", "action_type": "CREATE_COMPLAINT"});
    let event = event_of("COMPLAINT.CREATE", "complaint", &complaint).await;
    assert!(
        matches!(&event, PayEvent::Complaint(told) if told.action_type.as_deref() == Some("CREATE_COMPLAINT"))
    );
    let event = event_of("SECURITY_ECHO.SUCCESS", "security", &json!({"echo_message": "hello"})).await;
    assert!(matches!(&event, PayEvent::Echo(echo) if echo.echo_message.as_deref() == Some("hello")));
    let event = event_of("PAYSCORE.USER_OPEN_SERVICE", "payscore", &json!({"a": [1]})).await;
    let PayEvent::Unknown { event_type, original_type, content } = event else { panic!("{event:?}") };
    assert_eq!((event_type.as_str(), original_type.as_str()), ("PAYSCORE.USER_OPEN_SERVICE", "payscore"));
    assert_eq!(content.get("a"), Some(&json!([1])));
}

#[tokio::test]
async fn content_of_another_shape_is_an_error_without_values() {
    let body = body_of("TRANSACTION.SUCCESS", "transaction", &json!({"appid": 42_424_242}));
    let headers = signature_headers(CERTIFICATE, NOW, &body);
    let error = verify(&headers, &body).await.unwrap().event().unwrap_err();
    assert!(!error.to_string().contains("42424242"), "{error}");
}

#[tokio::test]
async fn every_header_is_required() {
    let body = refund("SUCCESS");
    for name in ["wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial", "wechatpay-signature"] {
        let mut headers = signature_headers(CERTIFICATE, NOW, &body);
        headers.remove(name);
        let VerifyError::MissingHeader(missing) = refusal(&headers, &body).await else { panic!("{name}") };
        assert!(missing.eq_ignore_ascii_case(name), "{missing} for {name}");
    }
}

#[tokio::test]
async fn five_minutes_are_the_limit_both_ways() {
    let body = refund("SUCCESS");
    for age in [-300, 0, 300] {
        let headers = signature_headers(CERTIFICATE, NOW - age, &body);
        assert!(verify(&headers, &body).await.is_ok(), "{age}");
    }
    for age in [-301, 301, NOW] {
        let headers = signature_headers(CERTIFICATE, NOW - age, &body);
        assert_eq!(refusal(&headers, &body).await, VerifyError::Stale(age));
    }
    let mut headers = signature_headers(CERTIFICATE, NOW, &body);
    headers.insert("wechatpay-timestamp", "soon".parse().unwrap());
    assert_eq!(refusal(&headers, &body).await, VerifyError::Timestamp);
}

#[tokio::test]
async fn forged_bodies_nonces_and_signatures_are_refused() {
    let body = refund("SUCCESS");
    let headers = signature_headers(CERTIFICATE, NOW, &body);
    let mut longer = body.clone();
    longer.push(b'\n');
    assert_eq!(refusal(&headers, &longer).await, VerifyError::Signature);
    for (name, value) in [
        ("wechatpay-nonce", "another-nonce"),
        ("wechatpay-signature", "AAAA"),
        ("wechatpay-signature", "not base64"),
    ] {
        let mut headers = headers.clone();
        headers.insert(name, value.parse().unwrap());
        assert_eq!(refusal(&headers, &body).await, VerifyError::Signature, "{name} {value}");
    }
}

/// Signed by the merchant's own key instead of WeChat Pay's.
#[tokio::test]
async fn the_signature_of_another_key_is_refused() {
    let body = refund("SUCCESS");
    let mut headers = signature_headers(CERTIFICATE, NOW, &body);
    let message = [format!("{NOW}\nthe-nonce\n").as_bytes(), &body, b"\n"].concat();
    let signature = merchant_key().sign(&message).unwrap();
    headers.insert("wechatpay-signature", signature.parse().unwrap());
    assert_eq!(refusal(&headers, &body).await, VerifyError::Signature);
}

#[tokio::test]
async fn other_kinds_of_signature_are_refused() {
    let body = refund("SUCCESS");
    let mut headers = signature_headers(CERTIFICATE, NOW, &body);
    headers.insert("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3".parse().unwrap());
    assert_eq!(refusal(&headers, &body).await, VerifyError::SignatureType);
    headers.insert("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".parse().unwrap());
    assert!(verify(&headers, &body).await.is_ok());
}

#[tokio::test]
async fn a_foreign_public_key_is_unknown_and_nothing_is_sent() {
    let body = refund("SUCCESS");
    for serial in ["PUB_KEY_ID_9", "not a serial"] {
        let headers = signature_headers(serial, NOW, &body);
        assert_eq!(refusal(&headers, &body).await, VerifyError::UnknownSerial(serial.to_owned()));
    }
}

#[tokio::test]
async fn a_serial_is_known_in_lower_case_too() {
    let body = refund("SUCCESS");
    let headers = signature_headers(&CERTIFICATE.to_lowercase(), NOW, &body);
    assert!(verify(&headers, &body).await.is_ok());
}

#[tokio::test]
async fn signed_nonsense_is_told_apart_from_a_wrong_key() {
    let headers = signature_headers(CERTIFICATE, NOW, b"{}");
    assert_eq!(refusal(&headers, b"{}").await, VerifyError::Malformed);
    let mut envelope: Value = serde_json::from_slice(&refund("SUCCESS")).unwrap();
    envelope["resource"]["associated_data"] = json!("else");
    let body = envelope.to_string().into_bytes();
    let headers = signature_headers(CERTIFICATE, NOW, &body);
    assert_eq!(refusal(&headers, &body).await, VerifyError::Decrypt);
}
