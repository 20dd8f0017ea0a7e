//! Giving money back: in parts, again, to another account, and the notifications about it.

use std::time::Duration;

use wechat_sdk::pay::order::{Detail, Goods};
use wechat_sdk::pay::refunds::{ApplyAbnormalRefund, CreateRefund, QueryRefund, RefundGoods, RefundStatus};
use wechat_sdk::pay::transactions::{QueryByOutTradeNo, TradeState};
use wechat_sdk::{Fen, OutRefundNo, PayEvent};
use wechat_sim::{RefundOutcome, RefundStatus as Booked};

use crate::support::{Shop, shop, trade_no, transaction};

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).unwrap()
}

fn refund(shop: &Shop, order: &str, text: &str, fen: i64, total: i64) -> CreateRefund {
    let url = shop.notify_url.as_str();
    CreateRefund::of_out_trade_no(trade_no(order), number(text), Fen(fen), Fen(total), url)
}

#[tokio::test]
async fn an_order_is_given_back_in_parts_until_nothing_is_left() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let goods = Goods::new("tea-1", 2, Fen(500));
    let order = shop.order("refund-0001", 1_000).detail(Detail::new().goods_detail([goods]));
    let paid = shop.bought(&payer, order, "refund-0001").await;

    let first = refund(&shop, "refund-0001", "R1", 300, 1_000)
        .reason("one tin is dented")
        .goods_detail([RefundGoods::new("tea-1", Fen(500), Fen(300), 1)]);
    let begun = shop.pay(first.clone()).await;
    assert_eq!(begun.status, RefundStatus::Processing);
    assert_eq!((begun.amount.refund, begun.amount.payer_refund), (Fen(300), Some(Fen(300))));
    assert_eq!(begun.transaction_id, transaction(&paid));
    assert!(begun.extra.is_empty() && begun.amount.extra.is_empty(), "{begun:?}");
    assert_eq!(shop.pay(first).await.refund_id, begun.refund_id, "a number is one refund");

    let PayEvent::Refund(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((&told.status, &told.refund_id), (&RefundStatus::Success, &begun.refund_id));
    assert_eq!((told.out_refund_no, told.amount.refund), (number("R1"), Fen(300)));
    assert!(told.success_time.is_some() && told.extra.is_empty());
    let found = shop.pay(QueryRefund::new(number("R1"))).await;
    assert_eq!((found.status, found.success_time), (RefundStatus::Success, told.success_time));
    assert_eq!(found.user_received_account, told.user_received_account);

    let too_much = refund(&shop, "refund-0001", "R2", 701, 1_000);
    assert_eq!(shop.refused(too_much).await, "INVALID_REQUEST");
    let url = shop.notify_url.as_str();
    let rest = CreateRefund::of_transaction_id(transaction(&paid), number("R2"), Fen(700), Fen(1_000), url);
    shop.pay(rest).await;
    let PayEvent::Refund(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.amount.refund, Fen(700));
    let order = shop.pay(QueryByOutTradeNo::new(trade_no("refund-0001"))).await;
    assert_eq!((&order.trade_state, order.is_paid()), (&TradeState::Refund, true));
    let back: i64 = shop.sim.refunds().iter().map(|refund| refund.refund).sum();
    assert_eq!(back, 1_000);
}

#[tokio::test]
async fn a_refund_that_could_not_be_delivered_goes_to_a_bank_card() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    shop.bought(&payer, shop.order("refund-0002", 500), "refund-0002").await;
    shop.sim.refund_outcome(RefundOutcome::Abnormal);
    let begun = shop.pay(refund(&shop, "refund-0002", "R3", 500, 500)).await;
    let PayEvent::Refund(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((told.status, told.success_time), (RefundStatus::Abnormal, None));

    // Number and name travel encrypted; the simulator opens them and compares them when they come again.
    shop.sim.refund_outcome(RefundOutcome::Success);
    let card = |account: &str| {
        let id = begun.refund_id.clone();
        ApplyAbnormalRefund::to_user(id, number("R3"), "ICBC_DEBIT", account, "张三")
    };
    let again = shop.pay(card("6222021234567890123")).await;
    assert_eq!((&again.refund_id, again.status), (&begun.refund_id, RefundStatus::Processing));
    shop.pay(card("6222021234567890123")).await;
    assert_eq!(shop.refused(card("6222029999999999999")).await, "INVALID_REQUEST");
    let PayEvent::Refund(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.status, RefundStatus::Success);
    let found = shop.pay(QueryRefund::new(number("R3"))).await;
    assert_eq!((found.status, shop.sim.refunds()[0].status), (RefundStatus::Success, Booked::Success));
}

#[tokio::test]
async fn a_refund_that_could_not_be_delivered_can_stay_with_the_merchant() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    shop.bought(&payer, shop.order("refund-0003", 500), "refund-0003").await;
    shop.sim.refund_outcome(RefundOutcome::Abnormal);
    let begun = shop.pay(refund(&shop, "refund-0003", "R4", 500, 500)).await;
    shop.told().await;
    shop.sim.refund_outcome(RefundOutcome::Success);
    shop.pay(ApplyAbnormalRefund::to_merchant(begun.refund_id, number("R4"))).await;
    let PayEvent::Refund(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.status, RefundStatus::Success);
}

#[tokio::test]
async fn a_closed_refund_leaves_the_money_to_be_given_back_under_another_number() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    shop.bought(&payer, shop.order("refund-0004", 500), "refund-0004").await;
    shop.sim.refund_outcome(RefundOutcome::Closed);
    shop.pay(refund(&shop, "refund-0004", "R5", 500, 500)).await;
    let PayEvent::Refund(told) = shop.told().await else { panic!("another notification") };
    assert_eq!(told.status, RefundStatus::Closed);
    shop.sim.refund_outcome(RefundOutcome::Success);
    shop.pay(refund(&shop, "refund-0004", "R6", 500, 500)).await;
    let PayEvent::Refund(told) = shop.told().await else { panic!("another notification") };
    assert_eq!((told.status, told.out_refund_no), (RefundStatus::Success, number("R6")));
}

#[tokio::test]
async fn refunds_that_cannot_be_are_refused_with_their_reason() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    assert_eq!(shop.refused(QueryRefund::new(number("R7"))).await, "RESOURCE_NOT_EXISTS");
    shop.bought(&payer, shop.order("refund-0005", 500), "refund-0005").await;
    shop.sim.refund_outcome(RefundOutcome::UserAccountAbnormal);
    let gone = shop.refused(refund(&shop, "refund-0005", "R7", 1, 500)).await;
    assert_eq!(gone, "USER_ACCOUNT_ABNORMAL");
    shop.sim.refund_outcome(RefundOutcome::Success);
    shop.sim.advance(Duration::from_hours(366 * 24)).unwrap();
    let late = shop.refused(refund(&shop, "refund-0005", "R8", 1, 500)).await;
    assert_eq!(late, "INVALID_REQUEST");
}
