//! Calls that would be refused are not sent.

use serde_json::json;
use wechat_sdk::pay::order::{H5, Scene};
use wechat_sdk::pay::refunds::{CreateRefund, FundsSource};
use wechat_sdk::pay::transactions::{H5Prepay, Order};
use wechat_sdk::{AppId, Error, Fen, OutRefundNo, OutTradeNo, PayOperation};

use crate::support::*;

#[tokio::test]
async fn the_accounts_of_a_refund_make_it_up() {
    let refund = |accounts: &[(&str, i64)]| {
        let accounts = accounts.iter().map(|(name, sum)| FundsSource::new(*name, Fen(*sum)));
        let accounts: Vec<_> = accounts.collect();
        let (payment, number) = (OutTradeNo::new("S20260102").unwrap(), OutRefundNo::new("R1").unwrap());
        CreateRefund::of_out_trade_no(payment, number, Fen(5), Fen(9), "https://shop.example/r")
            .from_accounts(accounts)
    };
    assert!(pay_unread(&refund(&[("AVAILABLE", 2), ("UNAVAILABLE", 3)])).await.is_none());
    for wrong in
        [&[("AVAILABLE", 4)][..], &[("AVAILABLE", 2), ("AVAILABLE", 3)], &[], &[("AVAILABLE", i64::MAX); 2]]
    {
        let refused = pay_unread(&refund(wrong)).await.unwrap();
        assert!(refused.contains("accounts"), "{wrong:?}: {refused}");
    }
    let negative = pay_unread(&refund(&[("AVAILABLE", 6), ("UNAVAILABLE", -1)])).await.unwrap();
    assert!(negative.contains("amount.from"), "{negative}");
}

#[tokio::test]
async fn a_payment_in_a_browser_needs_its_scene() {
    let app = AppId::new("wx1").unwrap();
    let number = OutTradeNo::new("S20260102").unwrap();
    let order = Order::new(app, "tea", number, Fen(1), "https://shop.example/paid");
    let scene = Scene::new([127, 0, 0, 1]);
    assert!(pay_unread(&H5Prepay::new(order.clone())).await.is_some());
    assert!(pay_unread(&H5Prepay::new(order.clone().scene_info(scene.clone()))).await.is_some());
    assert!(pay_unread(&H5Prepay::new(order.scene_info(scene.h5_info(H5::new("Wap"))))).await.is_none());
}

/// Why a call is not sent, whatever is made of its answer.
async fn pay_unread<O: PayOperation>(call: &O) -> Option<String> {
    let net = Net::new(|_, _| signed(200, &json!({})));
    let sent = merchant_builder(&net, &Watch::at(NOW)).build().unwrap().send(call).await.map(drop);
    match sent {
        Err(error @ Error::Config(_)) if net.seen().is_empty() => Some(error.to_string()),
        _ => {
            assert_eq!(net.seen().len(), 1);
            None
        }
    }
}
