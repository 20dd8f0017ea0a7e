//! Risky orders.

use serde_json::{Value, json};
use wechat_sim::RiskOptions;

use crate::sealed::{post_sealed, seal};
use crate::support::{MCHID, NOWHERE, Reply, Shop, shop};

const TRADES: &str = "/v3/merchant-risk-manage/ec-trade-risk/query-risk-trades";
const DISPOSAL: &str = "/v3/merchant-risk-manage/ec-trade-risk/recv-dispose-result";
const REPORT: &str = "/v3/merchant-risk-manage/report-trade-union-information";
const INFORMATION: &str = "/v3/merchant-risk-manage/trade-risk-information";
const RESULT: &str = "/v3/merchant-risk-manage/trade-risk-result";

async fn paid_shop() -> Shop {
    let shop = shop().await;
    for number in ["order-0001", "order-0002"] {
        shop.prepaid(number, 100, NOWHERE).await;
        shop.sim.pay(MCHID, number).unwrap();
    }
    shop
}

async fn post(shop: &Shop, path: &str, body: &Value) -> Reply {
    shop.call("POST", path, &body.to_string()).await
}

#[tokio::test]
async fn risky_orders_are_found_page_by_page_and_notified() {
    let shop = paid_shop().await;
    let first = json!({"mchid": MCHID, "out_trade_no": "order-0001", "risk_type": 2, "risk_level": 3,
        "notify_url": NOWHERE});
    assert_eq!(shop.control("risk_trades", &first).await.0, 200);
    shop.clock.advance_secs(60);
    shop.sim.find_risky(MCHID, "order-0002", &RiskOptions::default()).unwrap();
    let all = post(&shop, TRADES, &json!({"mchid": MCHID, "page_index": 1, "page_size": 1})).await.json();
    assert_eq!((&all["total_num"], all["risk_trade_list"].as_array().unwrap().len()), (&json!(2), 1));
    assert_eq!(all["risk_trade_list"][0]["out_trade_no"], "order-0002");
    let second = post(&shop, TRADES, &json!({"page_index": 2, "page_size": 1})).await.json();
    let trade = &second["risk_trade_list"][0];
    assert_eq!(
        *trade,
        json!({"mchid": MCHID, "out_trade_no": "order-0001", "risk_type": 2, "risk_level": 3,
            "risk_discove_time": trade["risk_discove_time"]})
    );
    let since = json!({"start_time": all["risk_trade_list"][0]["risk_discove_time"]});
    assert_eq!(post(&shop, TRADES, &since).await.json()["total_num"], 1);
    let until = json!({"end_time": all["risk_trade_list"][0]["risk_discove_time"], "start_time": "2100-01-01T00:00:00Z"});
    assert_eq!(post(&shop, TRADES, &until).await.field(), "/end_time");
    let told = shop.sim.notifications().into_iter().find(|told| told.event_type.starts_with("RISK")).unwrap();
    assert_eq!(told.event_type, "RISKTRADE.IDENTIFICATION");
    let content = json!({"mchid": MCHID, "out_trade_no": "order-0001", "risk_type": 2, "risk_level": 3});
    assert_eq!(told.content, content);
}

#[tokio::test]
async fn what_a_merchant_did_about_a_risk_is_kept() {
    let shop = paid_shop().await;
    let body = json!({"mchid": MCHID, "out_trade_no": "order-0001", "final_risk_result": 1,
        "final_risk_type": 4, "disp_conclusion": [1, 3], "exist_complaint": true, "refund_amount": 100});
    assert_eq!(post(&shop, DISPOSAL, &body).await.code(), "RESOURCE_NOT_EXISTS");
    shop.sim.find_risky(MCHID, "order-0001", &RiskOptions::default()).unwrap();
    assert_eq!(post(&shop, DISPOSAL, &body).await.json(), json!({"rsp_msg": "success"}));
    assert_eq!(shop.sim.risk_trades()[0]["answers"]["disposals"][0], body);
    let result = json!({"sub_mchid": MCHID, "out_trade_no": "order-0001", "risk_type": "FRAUD",
        "punish_type": "REFUND", "complaints_information": "没有收到货"});
    assert_eq!(
        post(&shop, RESULT, &result).await.json(),
        json!({"sub_mchid": MCHID, "out_trade_no": "order-0001", "risk_type": "FRAUD", "punish_type": "REFUND",
            "punish_description": "退款"})
    );
    assert_eq!(shop.sim.risk_trades()[0]["answers"]["results"][0], result);
}

#[tokio::test]
async fn the_risk_of_a_paid_order_can_be_asked_for() {
    let shop = paid_shop().await;
    let ask = |number: &str| format!("{INFORMATION}?sub_mchid={MCHID}&out_trade_no={number}");
    assert_eq!(shop.call("GET", &ask("order-0001"), "").await.json(), json!({"risk_score": 0}));
    let found = json!({"mchid": MCHID, "out_trade_no": "order-0001", "score": 95, "kind": "GAMBLING",
        "punish_type": "DISABLE_PAYMENT"});
    assert_eq!(shop.control("risk_trades", &found).await.0, 200);
    assert_eq!(
        shop.call("GET", &ask("order-0001"), "").await.json(),
        json!({"risk_score": 95, "risk_type": "GAMBLING", "punish_type": "DISABLE_PAYMENT",
            "punish_description": "关闭支付权限"})
    );
    assert_eq!(shop.call("GET", &ask("order-0009"), "").await.code(), "ORDER_NOT_EXIST");
    assert_eq!(shop.call("GET", INFORMATION, "").await.field(), "out_trade_no");
    shop.prepaid("order-0003", 100, NOWHERE).await;
    assert_eq!(shop.call("GET", &ask("order-0003"), "").await.code(), "ORDER_NOT_EXIST");
    assert_eq!(
        shop.control("risk_trades", &json!({"mchid": MCHID, "out_trade_no": "order-0003"})).await.0,
        404
    );
}

#[tokio::test]
async fn risk_parameters_keep_to_their_limits() {
    let shop = paid_shop().await;
    for (path, body, field) in [
        (TRADES, json!({"page_size": 101}), "/page_size"),
        (TRADES, json!({"page_index": 0}), "/page_index"),
        (TRADES, json!({"start_time": "2025-05-20"}), "/start_time"),
        (DISPOSAL, json!({}), "/out_trade_no"),
        (DISPOSAL, json!({"out_trade_no": "o", "final_risk_result": 3}), "/final_risk_result"),
        (DISPOSAL, json!({"out_trade_no": "o", "disp_conclusion": [4]}), "/disp_conclusion/0"),
        (RESULT, json!({"out_trade_no": "order-0001"}), "/punish_type"),
        (RESULT, json!({"punish_type": "NOTHING"}), "/punish_type"),
        (REPORT, json!({"user_risk_level": 8}), "/user_risk_level"),
        (REPORT, json!({"sub_orders": [{"risky_goods": 7}]}), "/sub_orders/0/risky_goods"),
    ] {
        let reply = post(&shop, path, &body).await;
        assert_eq!((reply.code().as_str(), reply.field().as_str()), ("PARAM_ERROR", field));
    }
    for path in [TRADES, DISPOSAL, REPORT, RESULT] {
        let body = json!({"sub_mchid": "1900000009", "out_trade_no": "order-0001", "punish_type": "REFUND"});
        let mut body = body.as_object().unwrap().clone();
        body.retain(|name, _| match path {
            TRADES => name == "sub_mchid",
            RESULT => true,
            _ => name != "punish_type",
        });
        assert_eq!(post(&shop, path, &Value::from(body)).await.status, 403, "{path}");
    }
    let wrong = json!({"mchid": MCHID, "out_trade_no": "order-0001", "risk_level": 4});
    assert_eq!(shop.control("risk_trades", &wrong).await.0, 400);
}

#[tokio::test]
async fn a_report_opens_what_is_sealed_for_the_platform() {
    let shop = paid_shop().await;
    let body = json!({"sub_mchid": MCHID, "out_trade_no": "order-0001", "phone": seal(&shop.kit, "13800138000"),
        "is_need_deliver": true});
    let unnamed = post(&shop, REPORT, &body).await;
    assert_eq!((unnamed.status, unnamed.code().as_str()), (400, "PARAM_ERROR"));
    let serial = Some(shop.kit.public_key_id.as_str());
    let named = async |body: Value| post_sealed(&shop, REPORT, &body, serial).await.json();
    let answer = named(body.clone()).await;
    assert_eq!(answer, json!({"sub_mchid": MCHID, "out_trade_no": "order-0001"}));
    let report = &shop.sim.risk_trades()[0]["answers"]["reports"][0];
    assert_eq!((&report["phone"], &report["is_need_deliver"]), (&json!("13800138000"), &json!(true)));
    let mut broken = body.clone();
    broken["phone"] = json!("AAAA");
    let answer = named(broken).await;
    assert_eq!(answer["detail"]["field"], "/phone");
    let mut unknown = body;
    unknown["out_trade_no"] = json!("order-0009");
    let answer = named(unknown).await;
    assert_eq!(answer["code"], "ORDER_NOT_EXIST");
}
