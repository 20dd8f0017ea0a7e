//! Telling WeChat that goods are on their way, the receipt, the settlement, parcels and goods that go back.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use wechat_sdk::mini::express_parcel::Contact as Address;
use wechat_sdk::mini::logistics::{
    FollowWaybill, GetDeliveryList, Parcel as Followed, QueryFollowTrace, QueryTrace, TraceWaybill,
    UpdateFollowWaybillGoods, WaybillItem, WaybillStatus,
};
use wechat_sdk::mini::returns::{AddReturnId, GetReturnId, ReturnWay, ReturnedGoods, UnbindReturnId};
use wechat_sdk::mini::shipping::{
    Contact, DeliveryMode, IsTradeManaged, LogisticsType, OrderKey, Parcel, SetMessageJumpPath, Shipment,
    SubShipment, UploadCombinedShippingInfo, UploadShippingInfo,
};
use wechat_sdk::mini::shipping_orders::{
    GetShippingOrder, ListShippingOrders, NotifyConfirmReceive, OrderState, ShippingOrder,
};
use wechat_sdk::pay::combine::{CombineJsapiPrepay, CombineOrder, QueryCombine, SubOrder};
use wechat_sdk::push::{ConfirmReceive, OrderSettled, PushContent};
use wechat_sdk::{Clock as _, Fen, MchId, OpenId, SystemClock, TransactionId};
use wechat_sim::{PushFormat, PushMode};

use crate::support::{APP, MCHID, PushBox, Shop, app, shop, trade_no, transaction};

const SETTLEMENT: &str = "trade_manage_order_settlement";

fn mchid() -> MchId {
    MchId::new(MCHID).unwrap()
}

/// Uploads have to be told apart by their time.
fn at(seconds: i64) -> DateTime<FixedOffset> {
    DateTime::from_timestamp(SystemClock.unix_seconds() + seconds, 0).unwrap().fixed_offset()
}

fn parcel(number: &str) -> Parcel {
    Parcel::new("STO", number, "袜子*1")
}

/// A shop, somebody who bought something, and the payment.
async fn bought(number: &str) -> (Shop, OpenId, TransactionId) {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let paid = shop.bought(&payer, shop.order(number, 100), number).await;
    let id = transaction(&paid);
    (shop, payer, id)
}

async fn look(shop: &Shop, id: &TransactionId) -> ShippingOrder {
    shop.ask(GetShippingOrder::by_transaction_id(id.clone())).await.order
}

async fn settlement(letters: &PushBox) -> OrderSettled {
    let push = letters.event(SETTLEMENT).await;
    let PushContent::OrderSettled(told) = push.content().unwrap() else { panic!("{push:?}") };
    told
}

#[tokio::test]
async fn goods_are_sent_received_and_settled() {
    let (shop, payer, id) = bought("ship-0001").await;
    let letters = PushBox::of(&shop, PushMode::Secure, PushFormat::Json).await;
    assert!(!shop.ask(IsTradeManaged::new()).await.is_trade_managed);
    shop.sim.trade_managed(APP, true).unwrap();
    assert!(shop.ask(IsTradeManaged::new()).await.is_trade_managed);
    shop.ask(SetMessageJumpPath::new("pages/order")).await;
    let before = look(&shop, &id).await;
    assert_eq!((before.order_state, before.paid_amount), (OrderState::ToShip, Some(Fen(100))));

    let key = OrderKey::by_transaction_id(id.clone());
    let shipment = Shipment::express(parcel("T1").contact(Contact::sender("13912345678")));
    shop.ask(UploadShippingInfo::new(key, shipment, at(0), payer.clone())).await;
    let sent = look(&shop, &id).await;
    assert_eq!((&sent.order_state, sent.openid.as_ref()), (&OrderState::Shipped, Some(&payer)));
    assert!(sent.extra.is_empty(), "{sent:?}");
    let shipping = sent.shipping.unwrap();
    assert_eq!(shipping.delivery_mode, Some(DeliveryMode::Unified));
    assert_eq!(
        (&shipping.logistics_type, shipping.finish_shipping),
        (&Some(LogisticsType::Express), Some(true))
    );
    assert_eq!(shipping.shipping_list[0].tracking_no.as_deref(), Some("T1"));
    assert!(shipping.extra.is_empty() && shipping.shipping_list[0].extra.is_empty(), "{shipping:?}");

    let told = settlement(&letters).await;
    assert_eq!((told.transaction_id.as_ref(), told.confirm_receive_time), (Some(&id), None));
    assert!(told.shipped_time.is_some() && told.estimated_settlement_time.is_some());
    // The shopper is reminded of goods that were handed over after they were sent, and once.
    shop.sim.advance(Duration::from_mins(2)).unwrap();
    let received = SystemClock.unix_seconds() + 60;
    shop.ask(NotifyConfirmReceive::by_transaction_id(id.clone(), received)).await;
    let again = NotifyConfirmReceive::by_transaction_id(id.clone(), received);
    assert_eq!(shop.no(again).await, 10_060_030);
    shop.sim.confirm_receipt(id.as_str()).unwrap();
    assert_eq!(look(&shop, &id).await.order_state, OrderState::Received);
    shop.sim.advance(Duration::from_secs(5)).unwrap();
    assert_eq!(look(&shop, &id).await.order_state, OrderState::Done);
    let told = settlement(&letters).await;
    assert_eq!(told.confirm_receive_method, Some(ConfirmReceive::User));
    assert!(told.settlement_time >= told.confirm_receive_time, "{told:?}");
}

#[tokio::test]
async fn goods_that_nobody_confirms_are_settled_by_themselves() {
    let (shop, payer, id) = bought("ship-0002").await;
    let letters = PushBox::of(&shop, PushMode::Plain, PushFormat::Xml).await;
    let key = OrderKey::by_out_trade_no(mchid(), trade_no("ship-0002"));
    shop.ask(UploadShippingInfo::new(key, Shipment::without_goods("一张券"), at(0), payer)).await;
    settlement(&letters).await;
    shop.sim.advance(Duration::from_hours(3 * 24)).unwrap();
    assert_eq!(settlement(&letters).await.confirm_receive_method, Some(ConfirmReceive::Automatic));
    assert_eq!(look(&shop, &id).await.order_state, OrderState::Done);
}

#[tokio::test]
async fn one_order_goes_in_several_parcels() {
    let (shop, payer, id) = bought("ship-0003").await;
    let key = || OrderKey::by_transaction_id(id.clone());
    let first = Shipment::split([parcel("T1"), parcel("T2")], false);
    shop.ask(UploadShippingInfo::new(key(), first, at(0), payer.clone())).await;
    let half = look(&shop, &id).await;
    assert_eq!((half.order_state, half.shipping.unwrap().finish_shipping), (OrderState::ToShip, Some(false)));
    let rest = Shipment::split([parcel("T1"), parcel("T2"), parcel("T3")], true);
    shop.ask(UploadShippingInfo::new(key(), rest, at(2), payer.clone())).await;
    let whole = look(&shop, &id).await;
    assert_eq!(
        (whole.order_state, whole.shipping.unwrap().finish_shipping),
        (OrderState::Shipped, Some(true))
    );
    let list = shop.ask(ListShippingOrders::new().order_state(OrderState::Shipped).openid(payer)).await;
    assert_eq!((list.order_list.len(), list.has_more), (1, Some(false)));
    assert_eq!(list.order_list[0].transaction_id, id);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_its_number() {
    let (shop, payer, id) = bought("ship-0004").await;
    let missing = OrderKey::by_transaction_id(TransactionId::new("4200000000").unwrap());
    let call = UploadShippingInfo::new(missing, Shipment::pick_up("袜子"), at(0), payer);
    assert_eq!(shop.no(call).await, 10_060_001);
    let stranger = OpenId::new("oStranger").unwrap();
    let key = OrderKey::by_transaction_id(id.clone());
    let call = UploadShippingInfo::new(key, Shipment::pick_up("袜子"), at(0), stranger);
    assert_eq!(shop.no(call).await, 10_060_031);
    assert_eq!(look(&shop, &id).await.order_state, OrderState::ToShip);
}

#[tokio::test]
async fn a_combined_payment_is_sent_order_by_order() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    let part = |number: &str, fen| SubOrder::new(mchid(), trade_no(number), "袜子", "a", Fen(fen));
    let orders = [part("ship-0005-a", 100), part("ship-0005-b", 200)];
    let order = CombineOrder::new(app(), trade_no("ship-0005"), orders, shop.notify_url.as_str());
    shop.pay(CombineJsapiPrepay::new(order, payer.clone())).await;
    shop.sim.pay_combined(MCHID, "ship-0005").unwrap();
    shop.told().await;
    let key = |number: &str| OrderKey::by_out_trade_no(mchid(), trade_no(number));
    let sub = |number: &str, way: &str| SubShipment::new(key(number), Shipment::express(parcel(way)));
    let subs = [sub("ship-0005-a", "T1"), sub("ship-0005-b", "T2")];
    shop.ask(UploadCombinedShippingInfo::new(key("ship-0005"), subs, at(0), payer)).await;
    let found = shop.pay(QueryCombine::new(trade_no("ship-0005"))).await;
    for (order, way) in found.sub_orders.iter().zip(["T1", "T2"]) {
        let sent = look(&shop, order.transaction_id.as_ref().unwrap()).await;
        assert_eq!(sent.order_state, OrderState::Shipped);
        assert_eq!(sent.shipping.unwrap().shipping_list[0].tracking_no.as_deref(), Some(way));
    }
}

fn followed(payer: &OpenId, id: &TransactionId) -> Followed {
    let goods = vec![WaybillItem::new("袜子", "https://shop.example/1.jpg")];
    Followed::new(payer.clone(), "13800138000", "SF1234567890", id.clone(), goods)
        .order_detail_path("pages/order")
}

#[tokio::test]
async fn a_parcel_is_followed_to_the_door() {
    let (shop, payer, id) = bought("ship-0006").await;
    let carriers = shop.ask(GetDeliveryList::new()).await;
    assert!(carriers.delivery_list.iter().any(|carrier| carrier.delivery_id == "STO"));
    let told = shop.ask(FollowWaybill::new(followed(&payer, &id))).await.waybill_token;
    let shown = shop.ask(TraceWaybill::new(followed(&payer, &id))).await.waybill_token;
    for (status, expected) in
        [(1, WaybillStatus::Collected), (3, WaybillStatus::OutForDelivery), (4, WaybillStatus::Signed)]
    {
        shop.sim.move_waybill("SF1234567890", status).unwrap();
        let trace = shop.ask(QueryFollowTrace::new(told.clone()).openid(payer.clone())).await;
        assert_eq!(trace.waybill_info.status, expected);
        let trace = shop.ask(QueryTrace::new(shown.clone()).openid(payer.clone())).await;
        assert_eq!(trace.waybill_info.status, expected);
        assert_eq!(trace.delivery_info.unwrap().delivery_id, "SF");
    }
    let goods = vec![WaybillItem::new("帽子", "https://shop.example/2.jpg")];
    shop.ask(UpdateFollowWaybillGoods::new(told.clone(), goods)).await;
    let trace = shop.ask(QueryFollowTrace::new(told).openid(payer)).await;
    let goods = trace.shop_info.unwrap().goods_info.unwrap().detail_list;
    assert_eq!(goods[0].goods_name.as_deref(), Some("帽子"));
    assert_eq!(shop.no(QueryTrace::new("none")).await, 9_300_507);
}

#[tokio::test]
async fn goods_go_back_as_the_shopper_says() {
    let (shop, payer, id) = bought("ship-0007").await;
    let depot = Address::with_mobile("仓库", "13900000001", "浙江省", "杭州市", "余杭区", "文一西路 1 号");
    let goods = [ReturnedGoods::new("袜子", "https://shop.example/1.jpg")];
    let call = AddReturnId::new("ship-0007", depot, payer, "pages/return", goods, Fen(100), id);
    let number = shop.ask(call).await.return_id;
    assert_eq!(shop.ask(GetReturnId::new(number.as_str())).await.status, ReturnWay::Open);
    shop.sim.fill_return(&number, 2, "ST0004", "STO").unwrap();
    let found = shop.ask(GetReturnId::new(number.as_str())).await;
    assert_eq!((found.status, found.waybill_id.as_deref()), (ReturnWay::Sent, Some("ST0004")));
    assert_eq!(found.delivery_id.as_deref(), Some("STO"));
    shop.ask(UnbindReturnId::new(number)).await;
}
