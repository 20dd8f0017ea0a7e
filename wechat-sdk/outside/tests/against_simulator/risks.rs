//! What WeChat Pay thinks of payments, and what the merchant did about it.

use wechat_sdk::pay::risk::{
    Disposal, ListRiskTrades, PunishType, QueryTradeRisk, ReportRiskDisposal, ReportTradeRisk, RiskType,
    RiskVerdict, TradeRiskType,
};
use wechat_sdk::{Fen, PayEvent};
use wechat_sim::{RiskKind, RiskOptions};

use crate::support::{MCHID, shop, trade_no};

#[tokio::test]
async fn a_risky_order_is_found_told_and_dealt_with() {
    let shop = shop().await;
    let payer = shop.shopper().await;
    for number in ["risk-0001", "risk-0002"] {
        shop.bought(&payer, shop.order(number, 100), number).await;
    }
    let options = RiskOptions {
        risk_type: 2,
        risk_level: 3,
        kind: RiskKind::Fraud,
        punish_type: Some("REFUND".to_owned()),
        notify_url: Some(shop.notify_url.clone()),
        ..RiskOptions::default()
    };
    shop.sim.find_risky(MCHID, "risk-0001", &options).unwrap();
    // Which members the news have is nowhere documented, so the SDK gives them as they came.
    let PayEvent::Unknown { event_type, content, .. } = shop.told().await else { panic!("another kind") };
    assert_eq!(event_type, "RISKTRADE.IDENTIFICATION");
    assert_eq!(content.get("out_trade_no").and_then(|number| number.as_str()), Some("risk-0001"));

    let found = shop.pay(ListRiskTrades::new().page_index(1).page_size(10)).await;
    assert_eq!((found.total_num, found.risk_trade_list.len()), (Some(1), 1));
    let trade = &found.risk_trade_list[0];
    assert_eq!((trade.out_trade_no.as_str(), trade.risk_level), ("risk-0001", Some(3)));
    assert_eq!((&trade.risk_type, trade.extra.is_empty()), (&Some(TradeRiskType::Fraud), true));
    assert!(trade.risk_discover_time.is_some());

    let asked = shop.pay(QueryTradeRisk::new(trade_no("risk-0001"))).await;
    assert_eq!((asked.risk_type, asked.punish_type), (Some(RiskType::Fraud), Some(PunishType::Refund)));
    assert_eq!(shop.pay(QueryTradeRisk::new(trade_no("risk-0002"))).await.risk_score, 0);

    let done = ReportRiskDisposal::new(trade_no("risk-0001"))
        .final_risk_result(RiskVerdict::Risky)
        .final_risk_type(TradeRiskType::Fraud)
        .disp_conclusion(vec![Disposal::OrderStopped])
        .exist_complaint(false)
        .refund_amount(Fen(100));
    shop.pay(done).await;
    let told = ReportTradeRisk::new(PunishType::Refund).out_trade_no(trade_no("risk-0001"));
    shop.pay(told.risk_type(RiskType::Fraud)).await;
    assert_eq!(shop.sim.risk_trades().len(), 1);
    assert_eq!(
        shop.refused(QueryTradeRisk::new(trade_no("risk-0009"))).await.replace('_', ""),
        "ORDERNOTEXIST"
    );
}
