//! Orders in a mini program, by scanning, in a browser and in an app, from the announcement to the notification.

use std::net::Ipv4Addr;
use std::time::Duration;

use chrono::DateTime;
use wechat_sdk::pay::order::{Detail, Goods, H5, Scene};
use wechat_sdk::pay::refunds::{CreateRefund, QueryRefund};
use wechat_sdk::pay::transactions::{
    AppPrepay, CloseTransaction, H5Prepay, JsapiPrepay, NativePrepay, QueryById, QueryByOutTradeNo,
    TradeState, TradeType,
};
use wechat_sdk::{Clock as _, Error, Fen, OutRefundNo, Outcome, PayEvent, PrepayId, SystemClock};
use wechat_sim::{PayOptions, RequestPayment, TradeState as Booked};

use crate::support::{APP, MCHID, app, shop, trade_no, transaction};

#[tokio::test]
async fn an_order_in_a_mini_program_is_announced_paid_notified_and_found() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let goods = Goods::new("tea-1", 2, Fen(4_500)).goods_name("铁观音");
    let order = shop
        .order("jsapi-0001", 9_000)
        .attach("basket 12")
        .goods_tag("AUTUMN")
        .support_fapiao(true)
        .detail(Detail::new().cost_price(Fen(9_000)).invoice_id("receipt 7").goods_detail([goods]))
        .scene_info(Scene::new(Ipv4Addr::new(203, 0, 113, 9)).device_id("till-3"));
    let prepay = shop.pay(JsapiPrepay::new(order.clone(), payer.clone())).await;
    let waiting = shop.pay(QueryByOutTradeNo::new(trade_no("jsapi-0001"))).await;
    assert_eq!((&waiting.trade_state, waiting.transaction_id.is_none()), (&TradeState::NotPay, true));

    // The same announcement again is harmless, another one under the same number is not.
    shop.pay(JsapiPrepay::new(order, payer.clone())).await;
    let other = shop.order("jsapi-0001", 9_001);
    assert_eq!(shop.refused(JsapiPrepay::new(other, payer.clone())).await, "INVALID_REQUEST");

    // The phone checks the merchant's signature before it shows the sheet.
    let options =
        PayOptions { request_payment: Some(sheet(&shop, &prepay.prepay_id)), ..PayOptions::default() };
    let paid = shop.sim.pay_prepay_with(prepay.prepay_id.as_str(), &options).unwrap();

    let PayEvent::Paid(told) = shop.told().await else { panic!("another notification") };
    let by_number = shop.pay(QueryByOutTradeNo::new(trade_no("jsapi-0001"))).await;
    let by_id = shop.pay(QueryById::new(transaction(&paid))).await;
    assert_eq!((&by_number, &by_id), (&*told, &*told), "all three say the same");
    assert!(told.is_paid() && told.extra.is_empty(), "{told:?}");
    assert_eq!((told.payer_openid(), told.appid.as_ref()), (Some(&payer), Some(&app())));
    assert_eq!((told.mchid.as_str(), told.trade_type.as_ref()), (MCHID, Some(&TradeType::Jsapi)));
    assert_eq!(told.attach.as_deref(), Some("basket 12"));
    assert_eq!(told.scene_info.as_ref().and_then(|scene| scene.device_id.as_deref()), Some("till-3"));
    let amount = told.amount.as_ref().unwrap();
    assert_eq!((amount.total, amount.payer_total), (Fen(9_000), Some(Fen(9_000))));
    assert_eq!(told.success_time.unwrap().to_rfc3339(), paid.success_time);
    assert_eq!(shop.sim.ledger()[0].amount, 9_000);
}

fn sheet(shop: &crate::support::Shop, prepay: &PrepayId) -> RequestPayment {
    let sheet = shop.merchant.request_payment(&app(), prepay).unwrap();
    RequestPayment {
        app_id: APP.to_owned(),
        time_stamp: sheet.time_stamp,
        nonce_str: sheet.nonce_str,
        package: sheet.package,
        sign_type: sheet.sign_type,
        pay_sign: sheet.pay_sign,
    }
}

#[tokio::test]
async fn a_sheet_that_was_changed_is_not_opened() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let prepay = shop.pay(JsapiPrepay::new(shop.order("jsapi-0002", 100), payer)).await;
    let changed = RequestPayment { nonce_str: "0".repeat(32), ..sheet(&shop, &prepay.prepay_id) };
    let options = PayOptions { request_payment: Some(changed), ..PayOptions::default() };
    shop.sim.pay_prepay_with(prepay.prepay_id.as_str(), &options).expect_err("the signature is another");
}

#[tokio::test]
async fn a_coupon_makes_the_shopper_pay_less_than_the_order() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    shop.pay(JsapiPrepay::new(shop.order("coupon-0001", 1_000), payer)).await;
    let coupon = PayOptions { payer_total: Some(600), ..PayOptions::default() };
    shop.sim.pay_with(MCHID, "coupon-0001", &coupon).unwrap();
    let PayEvent::Paid(told) = shop.told().await else { panic!("another notification") };
    let amount = told.amount.clone().unwrap();
    assert_eq!((amount.total, amount.payer_total), (Fen(1_000), Some(Fen(600))));
    assert_eq!(told, Box::new(shop.pay(QueryByOutTradeNo::new(trade_no("coupon-0001"))).await));
}

#[tokio::test]
async fn a_code_a_browser_and_an_app_pay_as_well() {
    let shop = shop().await;
    let native = shop.pay(NativePrepay::new(shop.order("native-0001", 100))).await;
    assert!(native.code_url.starts_with("weixin://wxpay/bizpayurl"), "{}", native.code_url);
    let scene = Scene::new(Ipv4Addr::new(203, 0, 113, 9)).h5_info(H5::new("Wap").app_name("Tea"));
    let h5 = shop.pay(H5Prepay::new(shop.order("browser-0001", 200).scene_info(scene))).await;
    assert!(h5.h5_url.starts_with("https://wx.tenpay.com/"), "{}", h5.h5_url);
    let prepay = shop.pay(AppPrepay::new(shop.order("app-order-0001", 300))).await;
    let sheet = shop.merchant.app_payment(&app(), &prepay.prepay_id).unwrap();
    assert_eq!((sheet.partnerid.as_str(), &sheet.prepayid), (MCHID, &prepay.prepay_id));

    let expected = [
        ("native-0001", TradeType::Native, 100),
        ("browser-0001", TradeType::Mweb, 200),
        ("app-order-0001", TradeType::App, 300),
    ];
    for (number, kind, total) in expected {
        shop.sim.pay(MCHID, number).unwrap();
        let PayEvent::Paid(told) = shop.told().await else { panic!("another notification") };
        assert_eq!((told.out_trade_no.as_str(), told.trade_type.as_ref()), (number, Some(&kind)));
        assert_eq!(told.amount.as_ref().unwrap().total, Fen(total));
        assert!(told.payer_openid().is_some() && told.extra.is_empty(), "{told:?}");
    }
}

#[tokio::test]
async fn a_closed_order_cannot_be_paid_and_a_paid_one_cannot_be_closed() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    shop.pay(JsapiPrepay::new(shop.order("closed-0001", 100), payer.clone())).await;
    shop.pay(CloseTransaction::new(trade_no("closed-0001"))).await;
    let closed = shop.pay(QueryByOutTradeNo::new(trade_no("closed-0001"))).await;
    assert_eq!((&closed.trade_state, closed.is_paid()), (&TradeState::Closed, false));
    shop.sim.pay(MCHID, "closed-0001").expect_err("it is closed");
    let again = JsapiPrepay::new(shop.order("closed-0001", 100), payer.clone());
    let error = shop.merchant.send(&again).await.unwrap_err();
    assert!(error.has_code("ORDER_CLOSED"), "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown, "an earlier try may have been the one that worked");

    shop.bought(&payer, shop.order("closed-0002", 100), "closed-0002").await;
    // With which code is not documented; that it was paid is what counts.
    shop.refused(CloseTransaction::new(trade_no("closed-0002"))).await;
    assert!(shop.pay(QueryByOutTradeNo::new(trade_no("closed-0002"))).await.is_paid());
}

#[tokio::test]
async fn an_order_that_was_never_announced_is_not_found() {
    let shop = shop().await;
    let error = shop.merchant.send(&QueryByOutTradeNo::new(trade_no("nothing-0001"))).await.unwrap_err();
    let Error::Api(refusal) = &error else { panic!("{error}") };
    assert_eq!((refusal.status, refusal.code.is("ORDER_NOT_EXIST")), (404, true));
    assert!(refusal.request_id.is_some() && !refusal.message.is_empty());
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotDone, false));
}

#[tokio::test]
async fn an_order_lives_as_long_as_it_was_given() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let end = DateTime::from_timestamp(SystemClock.unix_seconds() + 600, 0).unwrap().fixed_offset();
    let order = shop.order("short-life-0001", 100).time_expire(end);
    shop.pay(JsapiPrepay::new(order, payer)).await;
    let kept = shop.sim.order(MCHID, "short-life-0001").unwrap();
    assert_eq!((kept.expires_at / 1000, kept.state), (end.timestamp(), Booked::NotPay));
    shop.sim.advance(Duration::from_mins(11)).unwrap();
    shop.sim.pay(MCHID, "short-life-0001").expect_err("its time is over");
}

#[tokio::test]
async fn what_is_wrong_with_an_order_is_told_by_member() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let unbound = wechat_sdk::pay::transactions::Order::new(
        wechat_sdk::AppId::new("wxffffffffffffffff").unwrap(),
        "茶",
        trade_no("wrong-0001"),
        Fen(100),
        shop.notify_url.as_str(),
    );
    assert_eq!(shop.refused(JsapiPrepay::new(unbound, payer.clone())).await, "APPID_MCHID_NOT_MATCH");
    let elsewhere = wechat_sdk::pay::transactions::Order::new(
        app(),
        "茶",
        trade_no("wrong-0002"),
        Fen(100),
        "http://shop.example/pay?a=1",
    );
    let error = shop.merchant.send(&JsapiPrepay::new(elsewhere, payer)).await.unwrap_err();
    let Error::Api(refusal) = error else { panic!("{error}") };
    assert_eq!((refusal.status, refusal.code.is("PARAM_ERROR")), (400, true));
    assert_eq!(refusal.field.unwrap().field, "/notify_url");
}

#[tokio::test]
async fn numbers_with_characters_that_paths_escape_are_signed_as_they_are_sent() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let number = trade_no("T-2026|09*1");
    shop.bought(&payer, shop.order(number.as_str(), 100), number.as_str()).await;
    shop.pay(QueryByOutTradeNo::new(number.clone())).await;
    let refund_no = OutRefundNo::new("R-1|2*3@4").unwrap();
    let url = shop.notify_url.as_str();
    // Longer than the eighty bytes that a reason may have; the SDK cuts it between characters.
    let refund = CreateRefund::of_out_trade_no(number, refund_no.clone(), Fen(1), Fen(100), url);
    shop.pay(refund.reason("罐子破了，".repeat(20))).await;
    assert_eq!(shop.pay(QueryRefund::new(refund_no)).await.amount.refund, Fen(1));
}
