//! Orders of several merchants in one payment.

use std::net::Ipv4Addr;

use wechat_sdk::pay::combine::{
    CloseCombine, ClosedSubOrder, CombineAppPrepay, CombineH5Prepay, CombineH5Scene, CombineJsapiPrepay,
    CombineNativePrepay, CombineOrder, CombineScene, QueryCombine, SubOrder,
};
use wechat_sdk::pay::order::H5;
use wechat_sdk::pay::refunds::CreateRefund;
use wechat_sdk::pay::transactions::{TradeState, TradeType};
use wechat_sdk::{Fen, MchId, OutRefundNo, PayEvent};

use crate::support::{APP, MCHID, Shop, app, shop, trade_no};

const OTHER: &str = "1900000002";

fn mchid(text: &str) -> MchId {
    MchId::new(text).unwrap()
}

/// Two orders, one of each merchant.
fn whole(shop: &Shop, number: &str) -> CombineOrder {
    let own = SubOrder::new(mchid(MCHID), trade_no(&format!("{number}-a")), "棉被一床", "a=1", Fen(19_900));
    let other = SubOrder::new(mchid(OTHER), trade_no(&format!("{number}-b")), "枕头一只", "b=2", Fen(5_900));
    CombineOrder::new(app(), trade_no(number), [own, other], shop.notify_url.as_str())
}

async fn mall() -> Shop {
    let shop = shop().await;
    shop.sim.merchant(OTHER).await;
    shop.sim.bind(APP, OTHER);
    shop
}

#[tokio::test]
async fn one_payment_pays_two_orders_and_each_is_refunded_by_itself() {
    let shop = mall().await;
    let payer = shop.shopper().await;
    let scene = CombineScene::new(Ipv4Addr::new(203, 0, 113, 7)).device_id("till-3");
    let call = CombineJsapiPrepay::new(whole(&shop, "whole-0001"), payer.clone()).scene_info(scene);
    let prepay = shop.pay(call).await;
    let waiting = shop.pay(QueryCombine::new(trade_no("whole-0001"))).await;
    assert!(!waiting.is_paid() && waiting.payer_openid().is_none());
    assert_eq!(waiting.sub_orders[1].trade_state, Some(TradeState::NotPay));

    shop.sim.pay_prepay(prepay.prepay_id.as_str()).unwrap();
    let PayEvent::CombinePaid(told) = shop.told().await else { panic!("another notification") };
    let found = shop.pay(QueryCombine::new(trade_no("whole-0001"))).await;
    assert_eq!(told, found);
    assert!(found.is_paid() && found.extra.is_empty(), "{found:?}");
    assert_eq!((found.payer_openid(), found.combine_mchid.as_str()), (Some(&payer), MCHID));
    assert_eq!(found.scene_info.unwrap().device_id.as_deref(), Some("till-3"));
    let [own, other] = &found.sub_orders[..] else { panic!("two orders") };
    assert_eq!((own.attach.as_deref(), other.attach.as_deref()), (Some("a=1"), Some("b=2")));
    assert_eq!((own.trade_type.as_ref(), other.mchid.as_str()), (Some(&TradeType::Jsapi), OTHER));
    assert_eq!(own.amount.as_ref().unwrap().payer_amount, Some(Fen(19_900)));
    assert_eq!(other.amount.as_ref().unwrap().total_amount, Fen(5_900));
    assert_ne!(own.transaction_id, other.transaction_id);

    let id = own.transaction_id.clone().unwrap();
    let refund_no = OutRefundNo::new("RC1").unwrap();
    let url = shop.notify_url.as_str();
    shop.pay(CreateRefund::of_transaction_id(id, refund_no, Fen(900), Fen(19_900), url)).await;
    let PayEvent::Refund(back) = shop.told().await else { panic!("another notification") };
    assert_eq!((back.out_trade_no.as_str(), back.amount.refund), ("whole-0001-a", Fen(900)));
    let found = shop.pay(QueryCombine::new(trade_no("whole-0001"))).await;
    assert_eq!(found.sub_orders[0].trade_state, Some(TradeState::Refund));
    assert_eq!(found.sub_orders[1].trade_state, Some(TradeState::Success));
    let booked: Vec<i64> = shop.sim.ledger().iter().map(|entry| entry.amount).collect();
    assert_eq!(booked, [19_900, 5_900, -900]);
}

#[tokio::test]
async fn a_combined_order_is_paid_by_scanning_in_a_browser_and_in_an_app() {
    let shop = mall().await;
    let native = shop.pay(CombineNativePrepay::new(whole(&shop, "native-c-0001"))).await;
    assert!(native.code_url.starts_with("weixin://wxpay/"), "{}", native.code_url);
    let scene = CombineH5Scene::new(Ipv4Addr::new(203, 0, 113, 8), H5::new("Wap"));
    let h5 = shop.pay(CombineH5Prepay::new(whole(&shop, "browser-c-0001"), scene)).await;
    assert!(h5.h5_url.starts_with("https://"), "{}", h5.h5_url);
    shop.pay(CombineAppPrepay::new(whole(&shop, "app-c-0001"))).await;
    for (number, kind) in [
        ("native-c-0001", TradeType::Native),
        ("browser-c-0001", TradeType::Mweb),
        ("app-c-0001", TradeType::App),
    ] {
        shop.sim.pay_combined(MCHID, number).unwrap();
        let PayEvent::CombinePaid(told) = shop.told().await else { panic!("another notification") };
        assert_eq!((told.combine_out_trade_no.as_str(), told.is_paid()), (number, true));
        assert!(told.sub_orders.iter().all(|order| order.trade_type.as_ref() == Some(&kind)));
    }
}

#[tokio::test]
async fn a_combined_order_is_closed_as_a_whole() {
    let shop = mall().await;
    let payer = shop.shopper().await;
    shop.pay(CombineJsapiPrepay::new(whole(&shop, "whole-0002"), payer)).await;
    let parts = [
        ClosedSubOrder::new(mchid(MCHID), trade_no("whole-0002-a")),
        ClosedSubOrder::new(mchid(OTHER), trade_no("whole-0002-b")),
    ];
    shop.pay(CloseCombine::new(trade_no("whole-0002"), app(), parts)).await;
    let found = shop.pay(QueryCombine::new(trade_no("whole-0002"))).await;
    let closed = |state: &Option<TradeState>| *state == Some(TradeState::Closed);
    assert!(!found.is_paid() && found.sub_orders.iter().all(|order| closed(&order.trade_state)));
    shop.sim.pay_combined(MCHID, "whole-0002").expect_err("it is closed");
    let missing = shop.merchant.send(&QueryCombine::new(trade_no("whole-0009"))).await.unwrap_err();
    assert!(missing.has_code("ORDER_NOT_EXIST"), "however it is spelled here: {missing}");
}
