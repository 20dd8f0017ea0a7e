//! What is sent, what is sent again, and what errors say.

use std::sync::Arc;

use chrono::DateTime;
use serde_json::{Value, json};
use wechat_sdk::mini::login::CodeToSession;
use wechat_sdk::pay::refunds::{CreateRefund, QueryRefund, RefundStatus};
use wechat_sdk::pay::transactions::{
    CloseTransaction, JsapiPrepay, Order, QueryById, QueryByOutTradeNo, TradeState,
};
use wechat_sdk::{
    AppId, Error, Fen, Merchant, MiniProgram, OpenId, OutRefundNo, OutTradeNo, Outcome, RetryPolicy, Sent,
    TransactionId, TransportError, VerifyError,
};

use crate::support::*;

const BACKUP: &str = "api2.mch.weixin.qq.com";

fn number() -> OutTradeNo {
    OutTradeNo::new("S20260102030405001").unwrap()
}

fn order() -> Order {
    let app = AppId::new("wxd678efh567hg6787").unwrap();
    Order::new(app, "茶🍵叶", number(), Fen(100), "https://shop.example/pay")
}

fn prepay() -> JsapiPrepay {
    JsapiPrepay::new(order(), OpenId::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap())
}

fn refund() -> CreateRefund {
    let number_of_refund = OutRefundNo::new("R1").unwrap();
    CreateRefund::of_out_trade_no(number(), number_of_refund, Fen(1), Fen(100), "https://shop.example/refund")
}

fn merchant(net: &Arc<Net>) -> Merchant {
    merchant_builder(net, &Watch::at(NOW)).build().unwrap()
}

fn mini(net: &Arc<Net>) -> MiniProgram {
    mini_builder(net, &Watch::at(NOW)).build().unwrap()
}

fn silence(sent: Sent) -> TransportError {
    TransportError::new(sent, "no answer")
}

fn system_error() -> Value {
    json!({"code": "SYSTEM_ERROR", "message": "系统异常，请用相同参数重新调用"})
}

#[tokio::test]
async fn a_payment_is_announced_with_what_wechat_takes() {
    let net = Net::new(|_, _| signed(200, &json!({"prepay_id": "wx201410272009395522657a690389285100"})));
    let at = DateTime::parse_from_rfc3339("2026-01-02T00:00:00Z").unwrap();
    let merchant = merchant(&net);
    let payer = OpenId::new("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap();
    let prepaid = merchant.send(&JsapiPrepay::new(order().time_expire(at).attach("a"), payer)).await.unwrap();
    assert_eq!(prepaid.prepay_id.as_str(), "wx201410272009395522657a690389285100");
    let sent: Value = serde_json::from_slice(net.seen()[0].body()).unwrap();
    assert_eq!(sent["description"], "茶叶");
    assert_eq!(sent["time_expire"], "2026-01-02T08:00:00+08:00");
    assert_eq!(sent["mchid"], MCHID);
    let app = AppId::new("wxd678efh567hg6787").unwrap();
    let first = merchant.request_payment(&app, &prepaid.prepay_id).unwrap();
    let second = merchant.request_payment(&app, &prepaid.prepay_id).unwrap();
    assert_eq!(first.nonce_str.len(), 32);
    assert_ne!(first.nonce_str, second.nonce_str);
    assert_eq!(first.time_stamp, NOW.to_string());
}

#[tokio::test]
async fn queries_go_to_their_paths_and_are_read() {
    let net = Net::new(|number, request| {
        assert!(request.body().is_empty());
        let state = if number == 0 { "REFUND" } else { "NEWSTATE" };
        let body = json!({"appid": "wx1", "mchid": MCHID, "out_trade_no": "S20260102030405001", "trade_state": state,
            "transaction_id": "4200000000202601020000000001", "success_time": "", "unknown": {"a": [1]}, "amount": {"total": 5}});
        signed(200, &body)
    });
    let merchant = merchant(&net);
    let paid = merchant.send(&QueryByOutTradeNo::new(number())).await.unwrap();
    assert_eq!(paid.trade_state, TradeState::Refund);
    assert!(paid.is_paid() && paid.success_time.is_none());
    let id = TransactionId::new("4200000000202601020000000001").unwrap();
    let other = merchant.send(&QueryById::new(id)).await.unwrap();
    assert_eq!(other.trade_state, TradeState::Other("NEWSTATE".to_owned()));
    assert!(!other.is_paid());
    let paths: Vec<String> = net.seen().iter().map(|request| request.uri().to_string()).collect();
    let base = "https://api.mch.weixin.qq.com/v3/pay/transactions";
    assert_eq!(paths[0], format!("{base}/out-trade-no/S20260102030405001?mchid={MCHID}"));
    assert_eq!(paths[1], format!("{base}/id/4200000000202601020000000001?mchid={MCHID}"));
}

#[tokio::test]
async fn refunds_are_asked_for_and_asked_about() {
    let net = Net::new(|number, _| {
        let refund = if number == 0 { "R1" } else { "R|1" };
        let body = json!({"refund_id": "503", "out_refund_no": refund, "transaction_id": "42", "channel": "ORIGINAL",
            "out_trade_no": "S20260102030405001", "status": "PROCESSING",
            "create_time": "2026-01-02T03:04:05.123+08:00", "amount": {"total": 100, "refund": 1, "payer_refund": 1}});
        signed(200, &body)
    });
    let merchant = merchant(&net);
    let reason = "换".repeat(30);
    let asked = merchant.send(&refund().reason(reason)).await.unwrap();
    assert_eq!((asked.status, asked.amount.refund), (RefundStatus::Processing, Fen(1)));
    let sent: Value = serde_json::from_slice(net.seen()[0].body()).unwrap();
    assert_eq!(sent["reason"].as_str().unwrap().len(), 78);
    assert_eq!(sent["amount"], json!({"refund": 1, "total": 100, "currency": "CNY"}));
    assert_eq!(sent["out_trade_no"], "S20260102030405001");
    merchant.send(&QueryRefund::new(OutRefundNo::new("R|1").unwrap())).await.unwrap();
    assert_eq!(net.seen()[1].uri().path(), "/v3/refund/domestic/refunds/R%7C1");
}

#[tokio::test]
async fn impossible_sums_are_not_sent() {
    let net = Net::new(|_, _| panic!("nothing is to be sent"));
    let refund_no = OutRefundNo::new("R1").unwrap();
    for (sum, total) in [(0, 100), (-1, 100), (101, 100)] {
        let refund = CreateRefund::of_out_trade_no(
            number(),
            refund_no.clone(),
            Fen(sum),
            Fen(total),
            "https://a.example/",
        );
        let error = merchant(&net).send(&refund).await.unwrap_err();
        assert!(matches!(error, Error::Config(_)) && error.outcome() == Outcome::NotDone, "{error}");
    }
}

#[tokio::test]
async fn an_answer_of_success_without_a_signature_is_not_believed() {
    let net = Net::new(|_, _| answer(200, &json!({"prepay_id": "wx1"})));
    let error = merchant(&net).send(&prepay()).await.unwrap_err();
    assert!(matches!(error, Error::Untrusted(VerifyError::MissingHeader(_))), "{error}");
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, false));
}

/// An answer that only tests whether we check signatures.
fn probe() -> Answer {
    let mut response = signed(200, &json!({"prepay_id": "wx1"}))?;
    response.headers_mut().insert("wechatpay-signature", "WECHATPAY/SIGNTEST/AAAA".parse().unwrap());
    Ok(response)
}

#[tokio::test]
async fn a_probe_in_an_answer_is_repeated_once() {
    let net = Net::new(|_, _| probe());
    let error = merchant(&net).send(&prepay()).await.unwrap_err();
    assert!(matches!(error, Error::Untrusted(VerifyError::Probe)) && error.is_retryable(), "{error}");
    assert_eq!(net.seen().len(), 2);
    let net = Net::new(|number, _| match number {
        0 => probe(),
        _ => signed(200, &json!({"prepay_id": "wx1"})),
    });
    assert_eq!(merchant(&net).send(&prepay()).await.unwrap().prepay_id.as_str(), "wx1");
}

#[tokio::test]
async fn a_numeric_code_of_the_pay_side_counts_by_its_status() {
    let net = Net::new(|_, _| answer(429, &json!({"code": "268447840", "message": "频率超限"})));
    let error = merchant(&net).send(&prepay()).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, true), "{error}");
}

#[tokio::test]
async fn an_errcode_may_come_as_text() {
    let net = Net::new(|_, _| answer(200, &json!({"errcode": "40029", "errmsg": null})));
    let error = mini_builder(&net, &Watch::at(NOW)).build().unwrap().send(&CodeToSession::new("c")).await;
    assert!(error.unwrap_err().has_code("40029"));
}

#[tokio::test]
async fn a_signed_answer_of_another_shape_means_done() {
    let net = Net::new(|_, _| signed(200, &json!({"prepay_id": []})));
    let error = merchant(&net).send(&prepay()).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Done, false));
}

#[tokio::test]
async fn silence_moves_a_keyed_call_to_the_backup_host_with_the_same_body() {
    for status in [None, Some(502), Some(503)] {
        let net = Net::new(move |number, _| match (number, status) {
            (0, None) => Err(silence(Sent::Maybe)),
            (0, Some(status)) => answer(status, &Value::Null),
            _ => signed(200, &json!({"prepay_id": "wx1"})),
        });
        merchant(&net).send(&prepay()).await.unwrap();
        let seen = net.seen();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0].uri().host(), Some("api.mch.weixin.qq.com"));
        assert_eq!(seen[1].uri().host(), Some(BACKUP));
        assert_eq!(seen[0].body(), seen[1].body());
        assert_ne!(seen[0].headers()["authorization"], seen[1].headers()["authorization"], "signed anew");
    }
}

#[tokio::test]
async fn lasting_silence_ends_after_the_backup_host() {
    let net = Net::new(|_, _| Err(silence(Sent::Maybe)));
    let error = merchant(&net).send(&refund()).await.unwrap_err();
    assert_eq!(net.seen().len(), 2);
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, true));
    let net = Net::new(|_, _| Err(silence(Sent::No)));
    let error = merchant(&net).send(&refund()).await.unwrap_err();
    assert_eq!((net.seen().len(), error.outcome()), (2, Outcome::NotDone));
}

#[tokio::test]
async fn another_base_has_no_backup_of_wechat() {
    let net = Net::new(|_, _| Err(silence(Sent::Maybe)));
    let merchant = merchant_builder(&net, &Watch::at(NOW)).base_url("http://127.0.0.1:9/").build().unwrap();
    merchant.send(&refund()).await.unwrap_err();
    let hosts: Vec<_> = net.seen().iter().map(|request| request.uri().host().unwrap().to_owned()).collect();
    assert_eq!(hosts, ["127.0.0.1", "127.0.0.1"]);
}

#[tokio::test]
async fn a_system_error_is_repeated_with_the_same_body_a_few_times() {
    let net = Net::new(|_, _| answer(500, &system_error()));
    let error = merchant(&net).send(&refund()).await.unwrap_err();
    let seen = net.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|request| request.body() == seen[0].body()));
    assert!(error.has_code("SYSTEMERROR") && error.has_code("SYSTEM_ERROR"));
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, true));
    let net = Net::new(
        |number, _| if number == 0 { answer(500, &system_error()) } else { signed(204, &Value::Null) },
    );
    merchant(&net).send(&CloseTransaction::new(number())).await.unwrap();
    assert_eq!(net.seen().len(), 2);
}

#[tokio::test]
async fn limits_are_waited_out_for_reads_only() {
    let limited = json!({"code": "FREQUENCY_LIMITED", "message": "频率超限"});
    let net = Net::new(move |_, _| answer(429, &limited));
    let error = merchant(&net).send(&refund()).await.unwrap_err();
    assert_eq!((net.seen().len(), error.outcome()), (1, Outcome::Unknown));
    merchant(&net).send(&QueryByOutTradeNo::new(number())).await.unwrap_err();
    assert_eq!(net.seen().len(), 1 + 3);
}

#[tokio::test]
async fn accepted_is_not_success() {
    let net = Net::new(|_, _| signed(202, &json!({})));
    let error = merchant(&net).send(&refund()).await.unwrap_err();
    assert_eq!((net.seen().len(), error.outcome()), (3, Outcome::Unknown));
}

#[tokio::test]
async fn no_retry_means_one_try() {
    let net = Net::new(|_, _| answer(500, &system_error()));
    let merchant = merchant_builder(&net, &Watch::at(NOW)).retry(RetryPolicy::never()).build().unwrap();
    merchant.send(&refund()).await.unwrap_err();
    assert_eq!(net.seen().len(), 1);
}

#[tokio::test]
async fn a_refusal_tells_what_wechat_told() {
    let net = Net::new(|_, _| {
        let body = json!({"code": "PARAM_ERROR", "message": "参数错误",
            "detail": {"field": "/amount/currency", "value": "XYZ", "issue": "值不合法", "location": "body"}});
        let mut response = answer(400, &body)?;
        response.headers_mut().insert("request-id", "08F1".parse().unwrap());
        Ok(response)
    });
    let error = merchant(&net).send(&prepay()).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotDone, false));
    let api = error.api().unwrap();
    assert_eq!((api.status, api.operation), (400, "jsapi_prepay"));
    assert_eq!(api.field.as_ref().unwrap().field, "/amount/currency");
    assert_eq!(api.request_id.as_deref(), Some("08F1"));
    assert_eq!(net.seen().len(), 1);
}

#[tokio::test]
async fn an_empty_refusal_is_a_refusal() {
    let net = Net::new(|_, _| Ok(http::Response::builder().status(404).body(bytes::Bytes::new()).unwrap()));
    let error = merchant(&net).send(&QueryByOutTradeNo::new(number())).await.unwrap_err();
    assert!(error.has_code("HTTP_404") && !error.has_code("ORDER_NOT_EXIST"), "{error}");
}

#[tokio::test]
async fn a_login_code_is_never_sent_twice() {
    let busy = json!({"errcode": -1, "errmsg": "system error rid: 65a0c1-2b-3c"});
    let net = Net::new(move |_, _| answer(200, &busy));
    let error = mini(&net).send(&CodeToSession::new("c")).await.unwrap_err();
    assert_eq!((net.seen().len(), error.outcome()), (1, Outcome::Unknown));
    assert_eq!(error.api().unwrap().request_id.as_deref(), Some("65a0c1-2b-3c"));
    for (status, sent) in [(None, 1), (Some(503), 1)] {
        let net = Net::new(move |_, _| match status {
            None => Err(silence(Sent::Maybe)),
            Some(status) => answer(status, &Value::Null),
        });
        mini(&net).send(&CodeToSession::new("c")).await.unwrap_err();
        assert_eq!(net.seen().len(), sent, "{status:?}");
    }
}

#[tokio::test]
async fn a_login_that_never_left_goes_to_the_backup_host() {
    let net = Net::new(|number, _| match number {
        0 => Err(silence(Sent::No)),
        _ => answer(200, &json!({"openid": "o1", "session_key": "tiihtNczf5v6AKRyjwEUhQ=="})),
    });
    let session = mini(&net).send(&CodeToSession::new("a&b=c")).await.unwrap();
    assert_eq!((session.openid.as_str(), session.unionid), ("o1", None));
    assert_eq!(session.session_key.expose(), "tiihtNczf5v6AKRyjwEUhQ==");
    let seen = net.seen();
    assert_eq!(seen[1].uri().host(), Some("api2.weixin.qq.com"));
    let query = seen[1].uri().query().unwrap();
    assert!(query.contains("js_code=a%26b%3Dc&appid=wxd678efh567hg6787&secret="), "{query}");
}

#[tokio::test]
async fn a_refused_login_is_not_done() {
    let net = Net::new(|_, _| answer(200, &json!({"errcode": 40029, "errmsg": "invalid code"})));
    let error = mini(&net).send(&CodeToSession::new("c")).await.unwrap_err();
    assert!(error.has_code("40029"));
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotDone, false));
}

#[test]
fn plain_http_is_for_loopback_only() {
    let net = Net::new(|_, _| panic!("nothing is to be sent"));
    let watch = Watch::at(NOW);
    let merchant = || merchant_builder(&net, &watch);
    let mini = || mini_builder(&net, &watch);
    assert!(merchant().base_url("http://wechat.example").build().is_err());
    assert!(mini().base_url("http://wechat.example").build().is_err());
    assert!(merchant().backup_url(Some("http://wechat.example")).build().is_err());
    assert!(mini().base_url("http://localhost:8080").build().is_ok());
    assert!(merchant().base_url("http://wechat.example").allow_plain_http(true).build().is_ok());
}

/// The first try may have arrived, the second never left: nobody knows, and a new number would be a second refund.
#[tokio::test]
async fn what_an_earlier_try_may_have_done_is_not_forgotten() {
    let net = Net::new(|number, _| Err(silence(if number == 0 { Sent::Maybe } else { Sent::No })));
    let error = merchant(&net).send(&refund()).await.unwrap_err();
    assert_eq!((net.seen().len(), error.outcome()), (2, Outcome::Unknown), "{error}");

    // The repeat is refused because of what the first try did.
    let refused = json!({"code": "INVALID_REQUEST", "message": "done before"});
    let net = Net::new(move |number, _| match number {
        0 => Err(silence(Sent::Maybe)),
        _ => answer(400, &refused),
    });
    let error = merchant(&net).send(&refund()).await.unwrap_err();
    assert!(error.has_code("INVALID_REQUEST") && error.api().unwrap().earlier_try);
    assert_eq!(error.outcome(), Outcome::Unknown);

    // The same after an answer of success that only tested us.
    let net = Net::new(|number, _| match number {
        0 => probe(),
        _ => answer(400, &json!({"code": "OUT_TRADE_NO_USED", "message": "used"})),
    });
    let error = merchant(&net).send(&prepay()).await.unwrap_err();
    assert!(error.has_code("OUT_TRADE_NO_USED") && error.outcome() == Outcome::Unknown, "{error}");

    // A first try that never left changes nothing, and reading does nothing anyway.
    let net = Net::new(|number, _| match number {
        0 => Err(silence(Sent::No)),
        _ => answer(400, &json!({"code": "INVALID_REQUEST", "message": "no"})),
    });
    assert_eq!(merchant(&net).send(&refund()).await.unwrap_err().outcome(), Outcome::NotDone);
    let net = Net::new(|number, _| match number {
        0 => Err(silence(Sent::Maybe)),
        _ => answer(404, &json!({"code": "ORDER_NOT_EXIST", "message": "no"})),
    });
    let error = merchant(&net).send(&QueryByOutTradeNo::new(number())).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotDone);
}

/// A signature covers the answer alone: a genuine one about another number proves nothing about this one.
#[tokio::test]
async fn an_answer_about_another_number_is_not_believed() {
    let net = Net::new(|_, _| {
        let body = json!({"appid": "wx1", "mchid": MCHID, "out_trade_no": "S20260102030405002",
            "transaction_id": "42", "trade_state": "SUCCESS", "amount": {"total": 5}});
        signed(200, &body)
    });
    let by_number = merchant(&net).send(&QueryByOutTradeNo::new(number())).await.unwrap_err();
    let by_id = merchant(&net).send(&QueryById::new(TransactionId::new("43").unwrap())).await.unwrap_err();
    for error in [by_number, by_id] {
        assert!(matches!(error, Error::Untrusted(VerifyError::OtherAnswer)), "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
    assert!(merchant(&net).send(&QueryById::new(TransactionId::new("42").unwrap())).await.is_ok());
}

/// Only what WeChat worded, and what is not about the call's own number, means that nothing happened.
#[tokio::test]
async fn a_refusal_is_not_always_a_no() {
    let pay = |status: u16, body: Value| async move {
        let net = Net::new(move |_, _| answer(status, &body));
        merchant(&net).send(&refund()).await.unwrap_err().outcome()
    };
    assert_eq!(pay(400, json!({"code": "INVALID_REQUEST"})).await, Outcome::NotDone);
    assert_eq!(pay(403, json!({"code": "NOT_ENOUGH"})).await, Outcome::NotDone);
    assert_eq!(pay(401, json!({"code": "SIGN_ERROR"})).await, Outcome::NotDone);
    for (status, body) in [
        (400, json!({"code": "ALREADY_EXISTS"})),
        (403, json!({"code": "OUT_TRADE_NO_USED"})),
        (400, json!({"code": "ORDERCLOSED"})),
        (403, Value::Null),
        (302, json!({})),
        (408, json!({"message": "a proxy"})),
    ] {
        assert_eq!(pay(status, body.clone()).await, Outcome::Unknown, "{status} {body}");
    }
    let shipped = |body: &'static str| async move {
        let net = Net::new(move |_, request| match request.uri().path() {
            "/cgi-bin/stable_token" => answer(200, &json!({"access_token": "t1", "expires_in": 7200})),
            _ => Ok(http::Response::new(body.into())),
        });
        let path = wechat_sdk::mini::shipping::SetMessageJumpPath::new("pages/order");
        mini(&net).send(&path).await.map_err(|error| error.outcome())
    };
    assert!(shipped(r#"{"errcode":0,"errmsg":"ok"}"#).await.is_ok());
    assert_eq!(shipped(r#"{"errcode":40097,"errmsg":"no"}"#).await, Err(Outcome::NotDone));
    for unclear in [
        r#"{"errcode":10060012,"errmsg":"system"}"#,
        r#"{"errcode":10060023,"errmsg":"unchanged"}"#,
        "",
        "null",
        "[]",
        "\"ok\"",
        "<html>",
        "{\"errcode\":40097,\"errmsg\":\"\u{1}\"",
    ] {
        assert_eq!(shipped(unclear).await, Err(Outcome::Unknown), "{unclear}");
    }
}
