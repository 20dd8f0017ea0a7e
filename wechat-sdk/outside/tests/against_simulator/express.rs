//! Parcels ordered at a carrier through WeChat.

use wechat_sdk::mini::express::TestUpdateExpressOrder;
use wechat_sdk::mini::express_orders::{
    AddExpressOrder, BatchGetExpressOrders, CancelExpressOrder, ExpressAction, ExpressOrderRef,
    ExpressOrderStatus, GetExpressOrder, GetExpressPath,
};
use wechat_sdk::mini::express_parcel::{
    Cargo, CargoItem, Contact, ExpressGoods, ExpressOrder, ExpressService, Insurance,
};

use crate::support::shop;

/// The carrier that WeChat has for trying things out.
const CARRIER: &str = "TEST";

fn order(number: &str) -> ExpressOrder {
    let sender = Contact::with_mobile("张三", "13600000000", "浙江省", "杭州市", "余杭区", "文一西路 1 号");
    let receiver = Contact::with_mobile("李四", "13700000000", "四川省", "成都市", "武侯区", "天府大道 2 号");
    let cargo = Cargo::new(1, 1.2, 20.5, 15.0, 10.0, [CargoItem::new("袜子", 1)]);
    let goods = ExpressGoods::named("袜子", "https://shop.example/1.jpg", 1).wxa_path("pages/order");
    let service = ExpressService::new(0, "标准快递");
    let account = "test_biz_id";
    ExpressOrder::new(number, CARRIER, account, sender, receiver, cargo, goods, Insurance::none(), service)
}

#[tokio::test]
async fn a_parcel_is_ordered_labelled_and_cancelled() {
    let shop = shop().await;
    let receiver = shop.shopper().await;
    let made = shop.ask(AddExpressOrder::in_mini_program(receiver.clone(), order("P-1"))).await;
    let again = shop.ask(AddExpressOrder::in_mini_program(receiver.clone(), order("P-1"))).await;
    assert_eq!(again.waybill_id, made.waybill_id, "a number is one order");
    assert!(!made.waybill_data.is_empty());

    let label = GetExpressOrder::new("P-1", CARRIER).waybill_id(made.waybill_id.as_str());
    let label = shop.ask(label.openid(receiver.clone())).await;
    assert_eq!((label.order_status, label.print_html.is_some()), (Some(ExpressOrderStatus::Normal), true));
    assert_eq!(label.waybill_data.len(), made.waybill_data.len());
    let path =
        GetExpressPath::new(CARRIER, made.waybill_id.as_str()).order_id("P-1").openid(receiver.clone());
    assert!(shop.ask(path).await.path_item_list.is_empty());

    // A parcel that is on its way is followed, and cannot be cancelled any more.
    let other = shop.ask(AddExpressOrder::in_mini_program(receiver.clone(), order("P-3"))).await;
    let way = other.waybill_id.as_str();
    let collected = ExpressAction::Collected;
    shop.ask(TestUpdateExpressOrder::new("P-3", way, 1_546_924_840, collected.clone(), "揽件成功")).await;
    let path = GetExpressPath::new(CARRIER, way).order_id("P-3").openid(receiver.clone());
    let steps = shop.ask(path).await.path_item_list;
    assert_eq!((steps.len(), &steps[0].action_type), (1, &collected));
    let late = CancelExpressOrder::new("P-3", CARRIER, way).openid(receiver.clone());
    assert_eq!(shop.no(late).await, 9_300_501);

    let cancel = CancelExpressOrder::new("P-1", CARRIER, made.waybill_id.as_str()).openid(receiver);
    assert_eq!(shop.ask(cancel).await.delivery_resultcode, Some(0));
    let both =
        [ExpressOrderRef::new("P-1", CARRIER).waybill(made.waybill_id), ExpressOrderRef::new("P-2", CARRIER)];
    let labels = shop.ask(BatchGetExpressOrders::new(both)).await.order_list;
    assert_eq!(labels[0].order_status, Some(ExpressOrderStatus::Cancelled));
    assert_eq!(labels[1].errcode, Some(9_300_559));
}
