//! What the SDK does when things go wrong, and what is then true on the other side.

use std::time::Duration;

use wechat_sdk::mini::user::GetPhoneNumber;
use wechat_sdk::pay::refunds::CreateRefund;
use wechat_sdk::pay::transactions::{CloseTransaction, JsapiPrepay, QueryByOutTradeNo, TradeState};
use wechat_sdk::pay::transfers::{CreateTransfer, QueryTransfer, SceneReport, TransferOrder, TransferState};
use wechat_sdk::{Error, Fen, OutBillNo, OutRefundNo, Outcome, PayEvent, Sent, VerifyError};
use wechat_sim::{DeliveryState, Effect, Fault, NotificationOptions};

use crate::support::{APP, MCHID, Shop, app, shop, trade_no};

const PREPAY: &str = "/v3/pay/transactions/jsapi";
const REFUNDS: &str = "/v3/refund/domestic/refunds";
const QUERY: &str = "/v3/pay/transactions/out-trade-no/*";

async fn prepay(shop: &Shop, number: &str) -> Result<(), Error> {
    let payer = shop.shopper().await;
    shop.merchant.send(&JsapiPrepay::new(shop.order(number, 100), payer)).await.map(drop)
}

/// Asks about an order that exists, with a fault in the way.
async fn asked(fault: Fault) -> (Shop, Result<TradeState, Error>) {
    let shop = shop().await;
    prepay(&shop, "asked-0001").await.unwrap();
    shop.sim.fault(fault);
    let found = shop.merchant.send(&QueryByOutTradeNo::new(trade_no("asked-0001"))).await;
    (shop, found.map(|found| found.trade_state))
}

fn refund(shop: &Shop, order: &str, number: &str) -> CreateRefund {
    let url = shop.notify_url.as_str();
    let number = OutRefundNo::new(number).unwrap();
    CreateRefund::of_out_trade_no(trade_no(order), number, Fen(40), Fen(100), url)
}

#[tokio::test]
async fn a_refund_whose_answer_was_an_error_is_done_once() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    shop.bought(&payer, shop.order("fault-0001", 100), "fault-0001").await;
    for (number, fault) in [
        ("RF1", Fault::error(REFUNDS, 500, "SYSTEM_ERROR").after_work()),
        ("RF2", Fault::new(REFUNDS, Effect::Reset { after_work: true })),
    ] {
        shop.sim.fault(fault);
        let done = shop.pay(refund(&shop, "fault-0001", number)).await;
        assert_eq!(done.out_refund_no.as_str(), number);
        let PayEvent::Refund(told) = shop.told().await else { panic!("another notification") };
        assert_eq!(told.out_refund_no.as_str(), number);
    }
    assert_eq!(shop.sim.refunds().len(), 2, "each was asked for twice and made once");
    assert_eq!(shop.calls_of(REFUNDS), 4);
}

#[tokio::test]
async fn an_announcement_survives_gateways_resets_and_half_answers() {
    let shop = shop().await;
    for (number, effect) in [
        ("gateway-0001", Effect::Html { status: 502, after_work: true }),
        ("reset-0001", Effect::Reset { after_work: false }),
        ("reset-0002", Effect::Reset { after_work: true }),
        ("busy-0001", Effect::Accepted),
    ] {
        shop.sim.fault(Fault::new(PREPAY, effect));
        prepay(&shop, number).await.unwrap();
        assert!(shop.sim.order(MCHID, number).is_some(), "{number}");
    }
    shop.sim.fault(Fault::new(PREPAY, Effect::Truncated).always());
    let call = JsapiPrepay::new(shop.order("half-0001", 100), shop.shopper().await);
    let error = shop.merchant.send(&call).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
    shop.sim.clear_faults();
    shop.merchant.send(&call).await.expect("the same again is harmless");
}

#[tokio::test]
async fn an_error_that_stays_is_told_with_an_unknown_outcome() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    shop.bought(&payer, shop.order("fault-0002", 100), "fault-0002").await;
    shop.sim.fault(Fault::error(REFUNDS, 500, "SYSTEM_ERROR").always());
    let error = shop.merchant.send(&refund(&shop, "fault-0002", "RF3")).await.unwrap_err();
    assert!(error.has_code("SYSTEMERROR") && error.is_retryable());
    assert_eq!((error.outcome(), shop.calls_of(REFUNDS)), (Outcome::Unknown, 3));
    shop.sim.clear_faults();

    shop.sim.fault(Fault::new(REFUNDS, Effect::Reset { after_work: true }).always());
    let error = shop.merchant.send(&refund(&shop, "fault-0002", "RF3")).await.unwrap_err();
    let Error::Transport(silence) = &error else { panic!("{error}") };
    assert_eq!((silence.sent, error.outcome()), (Sent::Maybe, Outcome::Unknown));
    shop.sim.clear_faults();
    shop.pay(refund(&shop, "fault-0002", "RF3")).await;
    assert_eq!(shop.sim.refunds().len(), 1);
}

#[tokio::test]
async fn too_many_calls_are_only_repeated_where_they_do_nothing() {
    let (shop, found) = asked(Fault::error(QUERY, 429, "FREQUENCY_LIMITED")).await;
    assert_eq!(found.unwrap(), TradeState::NotPay);
    shop.sim.fault(Fault::error(REFUNDS, 429, "FREQUENCY_LIMITED").after_work());
    shop.sim.pay(MCHID, "asked-0001").unwrap();
    shop.told().await;
    let error = shop.merchant.send(&refund(&shop, "asked-0001", "RF4")).await.unwrap_err();
    assert!(error.has_code("FREQUENCY_LIMITED") && error.is_retryable());
    assert_eq!((error.outcome(), shop.calls_of(REFUNDS)), (Outcome::Unknown, 1));
    assert_eq!(shop.sim.refunds().len(), 1, "although it was refused");
}

#[tokio::test]
async fn answers_that_nobody_signed_are_not_believed() {
    for (effect, expected) in [
        (Effect::Unsigned, None),
        (Effect::BadSignature, Some(VerifyError::Signature)),
        (Effect::Probe, Some(VerifyError::Probe)),
    ] {
        let (shop, found) = asked(Fault::new(QUERY, effect.clone()).always()).await;
        let error = found.unwrap_err();
        let Error::Untrusted(why) = &error else { panic!("{error}") };
        match expected {
            Some(expected) => assert_eq!(*why, expected),
            None => assert!(matches!(why, VerifyError::MissingHeader(_)), "{why}"),
        }
        assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, effect == Effect::Probe));
        shop.sim.clear_faults();
        shop.pay(QueryByOutTradeNo::new(trade_no("asked-0001"))).await;
    }
    let (_, stale) = asked(Fault::new(QUERY, Effect::Stale { secs: 400 }).always()).await;
    assert!(matches!(stale, Err(Error::Untrusted(VerifyError::Stale(399..=402)))), "{stale:?}");
    let (_, unknown) = asked(Fault::new(QUERY, Effect::UnknownSerial).always()).await;
    assert!(matches!(unknown, Err(Error::Untrusted(VerifyError::UnknownSerial(_)))), "{unknown:?}");
}

#[tokio::test]
async fn one_probe_is_answered_by_asking_again() {
    let (shop, found) = asked(Fault::new(QUERY, Effect::Probe)).await;
    assert_eq!(found.unwrap(), TradeState::NotPay);
    assert_eq!(shop.calls_of("/v3/pay/transactions/out-trade-no/"), 2);
    shop.sim.fault(Fault::new(PREPAY, Effect::Probe));
    prepay(&shop, "probed-0001").await.unwrap();
    assert_eq!(shop.calls_of(PREPAY), 3);
}

#[tokio::test]
async fn a_shopper_may_pay_before_the_announcement_is_answered() {
    let shop = shop().await;
    shop.sim.fault(Fault::new(PREPAY, Effect::PaidFirst));
    prepay(&shop, "early-0001").await.unwrap();
    let PayEvent::Paid(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.out_trade_no, trade_no("early-0001"));
    shop.refused(CloseTransaction::new(trade_no("early-0001"))).await;
}

#[tokio::test]
async fn a_transfer_whose_answer_was_lost_is_repeated_under_its_number() {
    let shop = shop().await;
    let winner = shop.shopper().await;
    let reports = [SceneReport::new("活动名称", "新会员有礼"), SceneReport::new("奖励说明", "一等奖")];
    let number = OutBillNo::new("TF1").unwrap();
    let order = TransferOrder::new(app(), number.clone(), "1000", Fen(100), "新会员开通有礼", reports);
    shop.sim
        .fault(Fault::new("/v3/fund-app/mch-transfer/transfer-bills", Effect::Reset { after_work: true }));
    let started = shop.pay(CreateTransfer::new(order, winner)).await;
    assert!(started.package_info.is_some());
    shop.sim.confirm_transfer(MCHID, "TF1", true).unwrap();
    shop.sim.advance(Duration::from_secs(5)).unwrap();
    assert_eq!(shop.pay(QueryTransfer::new(number)).await.state, TransferState::Success);
    assert_eq!(shop.sim.ledger_of(MCHID).len(), 1);
}

#[tokio::test]
async fn notifications_come_twice_and_a_probe_among_them_is_refused() {
    let shop = shop().await;
    prepay(&shop, "twice-0001").await.unwrap();
    shop.sim.fault(Fault::new("notify", Effect::Repeat { times: 1 }));
    shop.sim.pay(MCHID, "twice-0001").unwrap();
    for _ in 0..2 {
        let PayEvent::Paid(told) = shop.told().await else { panic!("another notification") };
        assert_eq!(told.out_trade_no, trade_no("twice-0001"));
    }
    prepay(&shop, "twice-0002").await.unwrap();
    shop.sim.fault(Fault::new("notify", Effect::Probe));
    shop.sim.pay(MCHID, "twice-0002").unwrap();
    while shop.sim.notifications()[1].attempts.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    shop.sim.advance(Duration::from_secs(20)).unwrap();
    let PayEvent::Paid(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.out_trade_no, trade_no("twice-0002"));
    assert!(shop.sim.delivered_within(Duration::from_secs(5)).await);
    assert_eq!(shop.sim.notifications()[1].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn forged_and_old_notifications_are_told_apart() {
    let shop = shop().await;
    prepay(&shop, "forged-0001").await.unwrap();
    let content = shop.sim.transaction_json(MCHID, "forged-0001");
    let made = |options: NotificationOptions| {
        shop.sim.signed_notification(MCHID, "TRANSACTION.SUCCESS", "transaction", &content, &options)
    };
    for (options, expected) in [
        (NotificationOptions { break_signature: true, ..Default::default() }, VerifyError::Signature),
        (NotificationOptions { probe: true, ..Default::default() }, VerifyError::Probe),
        (NotificationOptions { timestamp_offset_secs: 400, ..Default::default() }, VerifyError::Stale(-400)),
        (
            NotificationOptions { api_v3_key: Some("x".repeat(32)), ..Default::default() },
            VerifyError::Decrypt,
        ),
    ] {
        let (headers, body) = made(options);
        let refused = shop.merchant.verify_notification(&headers, &body).await.unwrap_err();
        match expected {
            VerifyError::Stale(_) => assert!(matches!(refused, VerifyError::Stale(-400..=-398)), "{refused}"),
            expected => assert_eq!(refused, expected),
        }
    }
}

#[tokio::test]
async fn a_token_that_died_is_replaced_once() {
    let shop = shop().await;
    shop.shopper().await;
    let phone = |shop: &Shop| GetPhoneNumber::new(shop.sim.phone_code(APP, "13800138000"));
    shop.ask(phone(&shop)).await;
    assert_eq!(shop.calls_of("/cgi-bin/stable_token"), 1);
    let first = shop.mini.access_token().await.unwrap();
    shop.sim.fault(Fault::new("/wxa/business/getuserphonenumber", Effect::InvalidateToken));
    shop.ask(phone(&shop)).await;
    assert_ne!(shop.mini.access_token().await.unwrap().expose(), first.expose());
    // An ordinary fetch may bring the dead token again; then one is forced.
    let fetched = shop.calls_of("/cgi-bin/stable_token");
    assert!((2..=3).contains(&fetched), "{fetched}");
    shop.ask(phone(&shop)).await;
    assert_eq!(shop.calls_of("/cgi-bin/stable_token"), fetched, "the new one is kept");
    assert_eq!(shop.calls_of("/wxa/business/getuserphonenumber"), 4);

    // When the new token is refused as well, that is told.
    shop.sim.fault(Fault::error("/wxa/business/getuserphonenumber", 0, "40001").always());
    let tries = shop.calls_of("/wxa/business/getuserphonenumber");
    assert_eq!(shop.no(phone(&shop)).await, 40001);
    assert!(shop.calls_of("/wxa/business/getuserphonenumber") <= tries + 2);
}

#[tokio::test]
async fn a_busy_mini_program_side_is_asked_again_only_for_what_does_nothing() {
    use wechat_sdk::mini::openapi::GetApiDomainIp;
    let shop = shop().await;
    for effect in [
        Effect::Error { status: 0, code: "-1".to_owned(), after_work: false },
        Effect::Html { status: 503, after_work: false },
        Effect::Reset { after_work: false },
        Effect::TextPlain,
    ] {
        shop.sim.fault(Fault::new("/cgi-bin/get_api_domain_ip", effect));
        assert!(!shop.ask(GetApiDomainIp::new()).await.ip_list.is_empty());
    }
    shop.sim.fault(Fault::error("/wxa/business/getuserphonenumber", 0, "-1"));
    let code = shop.sim.phone_code(APP, "13800138000");
    let error = shop.mini.send(&GetPhoneNumber::new(code)).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, true));
    assert_eq!(shop.calls_of("/wxa/business/getuserphonenumber"), 1);
}
