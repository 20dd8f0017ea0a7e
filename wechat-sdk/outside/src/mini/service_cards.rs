use serde_json::json;
use wechat_sdk::mini::service_cards::{
    CardContent, CardExtension, CardGoods, CardKind, CardPayment, CodeState, ExtendedPayment, ExtendedStore,
    GetUserNotify, PayChannel, SetUserNotify, SetUserNotifyExt, ShoppingContent, ShoppingStatus,
};
use wechat_sdk::{Fen, OpenId, TransactionId};

use crate::{Exercise, mini};

pub(super) fn all() -> Vec<Exercise> {
    let openid = || OpenId::new("oLk7-shopper_0001").unwrap();
    let transaction = || TransactionId::new("4200009876202608011234567890").unwrap();
    let tea = CardGoods::new("https://shop.example/tea.png", "龙井茶", "pages/goods/goods?id=7")
        .count(2)
        .single_price(Fen(6425));
    let shopping = ShoppingContent::new(ShoppingStatus::ToBeSent, "pages/order/order?no=17")
        .product_count(2)
        .product_list([tea])
        .send_time(1_790_172_800);
    let shopping = CardContent::of(&shopping).unwrap();
    let payment = CardPayment::new(Fen(12850), 1_790_000_000).channel(PayChannel::WeChatPay);
    let extension = CardExtension::new()
        .pay_info(ExtendedPayment::new(transaction(), Fen(12850), 1_790_000_000))
        .store_info(ExtendedStore::new("西湖茶庄", "龙井路1号", 30.25, 120.5))
        .shipping_list(json!([{"no": "SF001"}]))
        .product_list(json!({"info_list": []}));
    vec![
        mini(
            SetUserNotify::for_payment(openid(), CardKind::Delivery, transaction(), payment, shopping),
            "/wxa/set_user_notify",
            json!({
                "openid": "oLk7-shopper_0001",
                "notify_type": 2001,
                "notify_code": "4200009876202608011234567890",
                "content_json": "{\"cur_status\":2,\"wxa_path_query\":\"pages/order/order?no=17\",\
                    \"product_count\":2,\"product_list\":{\"info_list\":[{\"product_img\":\"https://shop.example/tea.png\",\
                    \"product_name\":\"龙井茶\",\"product_path_query\":\"pages/goods/goods?id=7\",\
                    \"count\":2,\"single_price\":6425}]},\"send_time\":1790172800}",
                "check_json": "{\"pay_amount\":12850,\"pay_time\":1790000000,\"pay_channel\":0}"
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SetUserNotify::for_button(openid(), 1003, "button-code", json!({"cur_status": 1})),
            "/wxa/set_user_notify",
            json!({
                "openid": "oLk7-shopper_0001",
                "notify_type": 1003,
                "notify_code": "button-code",
                "content_json": "{\"cur_status\":1}"
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SetUserNotify::update(openid(), CardKind::Virtual, transaction(), json!({"cur_status": 4})),
            "/wxa/set_user_notify",
            json!({
                "openid": "oLk7-shopper_0001",
                "notify_type": 2003,
                "notify_code": "4200009876202608011234567890",
                "content_json": "{\"cur_status\":4}"
            }),
            json!({}),
            |_| (),
        ),
        mini(
            SetUserNotifyExt::new(openid(), CardKind::CityCourier, "button-code", extension),
            "/wxa/set_user_notifyext",
            json!({
                "openid": "oLk7-shopper_0001",
                "notify_type": 1003,
                "notify_code": "button-code",
                "ext_json": concat!(
                    r#"{"pay_info":"{\"transaction_id\":\"4200009876202608011234567890\",\"pay_amount\":12850,"#,
                    r#"\"pay_time\":1790000000}","store_info":"{\"store_name\":\"西湖茶庄\","#,
                    r#"\"store_address\":\"龙井路1号\",\"latitude\":30.25,\"longitude\":120.5}","#,
                    r#""shipping_list":"[{\"no\":\"SF001\"}]","product_list":"{\"info_list\":[]}"}"#
                )
            }),
            json!({}),
            |_| (),
        ),
        mini(
            GetUserNotify::new(openid(), CardKind::Delivery, transaction()),
            "/wxa/get_user_notify",
            json!({
                "openid": "oLk7-shopper_0001",
                "notify_type": 2001,
                "notify_code": "4200009876202608011234567890"
            }),
            json!({"notify_info": {
                "notify_type": 2001,
                "content_json": "{\"cur_status\":2,\"wxa_path_query\":\"pages/order/order?no=17\"}",
                "code_state": 10,
                "code_expire_time": 1_792_592_000
            }}),
            |answer| {
                let card = answer.notify_info;
                assert_eq!(
                    (card.notify_type, card.code_state),
                    (CardKind::Delivery, Some(CodeState::Refused))
                );
                assert_eq!(card.content_json.unwrap().get("cur_status"), Some(&json!(2)));
                assert_eq!(card.code_expire_time, Some(1_792_592_000));
            },
        ),
    ]
}
