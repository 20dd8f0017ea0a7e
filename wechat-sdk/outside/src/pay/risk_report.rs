use std::net::IpAddr;

use serde_json::{Value, json};
use wechat_sdk::pay::risk_report::{
    GoodsType, LineType, LivingExpenses, Recharge, ReportTradeInformation, ReportedSubOrder, RiskScene,
    TradeReported,
};
use wechat_sdk::{Fen, MchId, OpenId, OutTradeNo};

use super::risk::{order, parties};
use crate::{Exercise, pay};

const PATH: &str = "/v3/merchant-risk-manage/report-trade-union-information";

pub(super) fn all() -> Vec<Exercise> {
    vec![pay(whole(), PATH, body(), answer(), check), combined()]
}

fn whole() -> ReportTradeInformation {
    let user = |id| OpenId::new(id).unwrap();
    let address: IpAddr = [10, 1, 2, 3].into();
    ReportTradeInformation::of_order(order())
        .parties(parties())
        .openid(user("oPayer_01"))
        .phone("13900001111")
        .certificates_number("12345X")
        .client_ip(address)
        .risk_level(2)
        .line_type(LineType::Online)
        .goods_type(GoodsType::Physical)
        .seller_type(2)
        .is_need_deliver(true)
        .device_type(3)
        .userid("u-7")
        .phone_from(1)
        .seller_userid("s-9")
        .scene(RiskScene::LivingExpenses)
        .recharge_fields(Recharge::new().account_type(1).account("acc-1"))
        .living_expenses_fields(
            LivingExpenses::new()
                .acc_no("h-1")
                .kind(4)
                .city("Hengyang")
                .address("1 River Road")
                .acc_name("Li Si")
                .company_name("Water Works")
                .amount(Fen(5000)),
        )
        .extra_fields1("{\"a\":1}")
        .extra_fields2("{\"b\":2}")
        .extra_fields3("{\"c\":3}")
        .high_risk_goods(1)
        .same_device(true)
        .reliable_device(false)
        .delivery_province("Hunan")
        .delivery_city("Changsha")
        .new_address(true)
        .last_pay_openid(user("oPayer_02"))
        .risky_goods(6)
        .offline_delivery_label(2)
        .proxy_payment(false)
        .order_phone_number("139****1111")
        .user_risk_level(7)
        .sp_risk_level(1)
        .phone_number_location("Shenzhen")
        .goods_category("phones")
        .pre_opening_behavior("none")
        .new_store(false)
        .store_identifier("store-1")
        .goods_listing_time("2026-01-01")
}

fn body() -> Value {
    let mut body = first_half();
    let second = json!({
        "extra_fields1": "{\"a\":1}",
        "extra_fields2": "{\"b\":2}",
        "extra_fields3": "{\"c\":3}",
        "high_risk_goods": 1,
        "same_deviced": true,
        "reliable_device": false,
        "delivery_province": "Hunan",
        "delivery_city": "Changsha",
        "new_address": true,
        "last_pay_openid": "oPayer_02",
        "risky_goods": 6,
        "offline_delivery_label": 2,
        "proxy_payment": false,
        "order_phone_number": "139****1111",
        "user_risk_level": 7,
        "sp_risk_level": 1,
        "phone_number_location": "Shenzhen",
        "goods_category": "phones",
        "pre_opening_behavior": "none",
        "new_store": false,
        "store_identifier": "store-1",
        "goods_listing_time": "2026-01-01"
    });
    body.as_object_mut().unwrap().extend(second.as_object().unwrap().clone());
    body
}

fn first_half() -> Value {
    json!({
        "sp_mchid": "1900000101",
        "acquiring_bank_id": "1000102",
        "channel_id": "1900000103",
        "sub_mchid": "1900000104",
        "out_trade_no": "mall-2026-0001",
        "openid": "oPayer_01",
        "phone": "🔒13900001111",
        "certificates_number": "🔒12345X",
        "client_ip": "10.1.2.3",
        "risk_level": 2,
        "line_type": 1,
        "goods_type": 2,
        "seller_type": 2,
        "is_need_deliver": true,
        "device_type": 3,
        "userid": "u-7",
        "phone_from": 1,
        "seller_userid": "s-9",
        "scene": 2,
        "recharge_fields": {"account_type": 1, "account": "acc-1"},
        "living_expenses_fields": {
            "acc_no": "h-1",
            "type": 4,
            "city": "Hengyang",
            "address": "1 River Road",
            "acc_name": "Li Si",
            "company_name": "Water Works",
            "amount": 5000
        }
    })
}

fn answer() -> Value {
    json!({
        "sp_mchid": "1900000101",
        "acquiring_bank_id": "1000102",
        "channel_id": "1900000103",
        "sub_mchid": "1900000104",
        "out_trade_no": "mall-2026-0001"
    })
}

fn check(told: TradeReported) {
    assert_eq!(told.out_trade_no, Some(order()));
    assert_eq!(told.sp_mchid.unwrap().as_str(), "1900000101");
    assert_eq!(told.channel_id.as_deref(), Some("1900000103"));
    assert!(told.extra.is_empty());
}

fn combined() -> Exercise {
    let number = |number| OutTradeNo::new(number).unwrap();
    let merchant = || MchId::new("1900000001").unwrap();
    let sub_order = ReportedSubOrder::new(number("mall-part-1"), merchant())
        .delivery_province("Hunan")
        .delivery_city("Changsha")
        .risky_goods(1)
        .user_risk_level(2)
        .sp_risk_level(3);
    pay(
        ReportTradeInformation::of_combined(number("mall-whole-1"), merchant(), vec![sub_order]),
        PATH,
        json!({
            "combine_out_trade_no": "mall-whole-1",
            "combine_mchid": "1900000001",
            "sub_orders": [{
                "out_trade_no": "mall-part-1",
                "mch_id": "1900000001",
                "delivery_province": "Hunan",
                "delivery_city": "Changsha",
                "risky_goods": 1,
                "user_risk_level": 2,
                "sp_risk_level": 3
            }]
        }),
        json!({}),
        |told| assert_eq!(told.out_trade_no, None),
    )
}
