//! Payments with the code on the shopper's phone, at a till.

use std::time::Duration;

use wechat_sdk::pay::codepay::{CodePay, CodePayer, CodeStore, Reverse, TillScene};
use wechat_sdk::pay::transactions::{QueryByOutTradeNo, TradeState, TradeType};
use wechat_sdk::{Fen, Outcome};

use crate::support::{APP, MCHID, app, shop, trade_no};

fn at_till(number: &str, code: &str) -> CodePay {
    let scene = TillScene::new(CodeStore::by_out_id("A-9")).device_id("till-3").device_ip("203.0.113.9");
    CodePay::new(app(), "一杯茶", trade_no(number), Fen(1_000), CodePayer::new(code), scene).attach("cup 3")
}

#[tokio::test]
async fn a_code_pays_at_once_and_a_reversal_gives_the_money_back() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let code = shop.sim.pay_code(APP, Some(payer.as_str()), false);
    let paid = shop.pay(at_till("till-0001", &code)).await;
    assert_eq!((&paid.trade_state, paid.payer_openid()), (&TradeState::Success, Some(&payer)));
    assert_eq!(
        (paid.trade_type.as_ref(), paid.attach.as_deref()),
        (Some(&TradeType::MicroPay), Some("cup 3"))
    );
    assert!(paid.is_paid() && paid.extra.is_empty(), "{paid:?}");
    assert_eq!(shop.refused(at_till("till-0002", &code)).await, "AUTHCODEEXPIRE");

    let undone = shop.pay(Reverse::new(trade_no("till-0001"), app())).await;
    assert_eq!((undone.out_trade_no, undone.mchid.unwrap().as_str()), (trade_no("till-0001"), MCHID));
    shop.pay(Reverse::new(trade_no("till-0001"), app())).await;
    let found = shop.pay(QueryByOutTradeNo::new(trade_no("till-0001"))).await;
    assert_eq!((&found.trade_state, found.is_paid()), (&TradeState::Revoked, false));
    let booked: Vec<i64> = shop.sim.ledger().iter().map(|entry| entry.cash).collect();
    assert_eq!(booked, [1_000, -1_000], "given back once");
}

#[tokio::test]
async fn a_password_is_waited_for_by_asking() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let code = shop.sim.pay_code(APP, Some(payer.as_str()), true);
    let waiting = shop.pay(at_till("till-0003", &code)).await;
    assert_eq!((&waiting.trade_state, waiting.is_paid()), (&TradeState::UserPaying, false));
    shop.sim.pay(MCHID, "till-0003").unwrap();
    let found = shop.pay(QueryByOutTradeNo::new(trade_no("till-0003"))).await;
    assert_eq!((&found.trade_state, found.payer_openid()), (&TradeState::Success, Some(&payer)));
    assert_eq!(found.scene_info.unwrap().device_id.as_deref(), Some("till-3"));
}

#[tokio::test]
async fn a_password_that_never_comes_is_reversed_or_fails() {
    let shop = shop().await;
    for number in ["till-0004", "till-0005"] {
        let code = shop.sim.pay_code(APP, None, true);
        assert_eq!(shop.pay(at_till(number, &code)).await.trade_state, TradeState::UserPaying);
    }
    shop.pay(Reverse::new(trade_no("till-0004"), app())).await;
    shop.sim.refuse_password(MCHID, "till-0005").unwrap();
    let reversed = shop.pay(QueryByOutTradeNo::new(trade_no("till-0004"))).await;
    let failed = shop.pay(QueryByOutTradeNo::new(trade_no("till-0005"))).await;
    assert_eq!((reversed.trade_state, failed.trade_state), (TradeState::Revoked, TradeState::PayError));
    assert!(shop.sim.ledger().is_empty());
}

#[tokio::test]
async fn a_code_that_is_too_old_or_unknown_pays_nothing() {
    let shop = shop().await;
    let code = shop.sim.pay_code(APP, None, false);
    shop.sim.advance(Duration::from_secs(61)).unwrap();
    let error = shop.merchant.send(&at_till("till-0006", &code)).await.unwrap_err();
    assert!(error.has_code("AUTH_CODE_EXPIRE"), "underscores do not count: {error}");
    assert_eq!(error.outcome(), Outcome::NotDone);
    assert_eq!(shop.refused(at_till("till-0006", "130061098828009406")).await, "AUTH_CODE_INVALID");
    assert_eq!(shop.refused(Reverse::new(trade_no("till-0009"), app())).await, "ORDER_NOT_EXIST");
}
