use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};
use wechat_sdk::pay::risk::{
    Disposal, ListRiskTrades, PunishType, QueryTradeRisk, ReportRiskDisposal, ReportTradeRisk, RiskParties,
    RiskType, RiskVerdict, TradeRiskType,
};
use wechat_sdk::{Fen, MchId, OutTradeNo};

use crate::{Exercise, pay};

pub(super) fn parties() -> RiskParties {
    let merchant = |number| MchId::new(number).unwrap();
    RiskParties::new()
        .sp_mchid(merchant("1900000101"))
        .acquiring_bank_id("1000102")
        .channel_id("1900000103")
        .sub_mchid(merchant("1900000104"))
}

pub(super) fn order() -> OutTradeNo {
    OutTradeNo::new("mall-2026-0001").unwrap()
}

pub(super) fn all() -> Vec<Exercise> {
    [listed(), asked()].into_iter().flatten().collect()
}

fn listed() -> Vec<Exercise> {
    let at = |time: &str| -> DateTime<FixedOffset> { time.parse().unwrap() };
    vec![
        pay(
            ListRiskTrades::new()
                .start_time(at("2026-04-01T00:00:00+08:00"))
                .end_time(at("2026-04-01T16:00:00Z"))
                .page_index(2)
                .page_size(100),
            "/v3/merchant-risk-manage/ec-trade-risk/query-risk-trades",
            json!({
                "mchid": "1900000001",
                "start_time": "2026-04-01T00:00:00+08:00",
                "end_time": "2026-04-02T00:00:00+08:00",
                "page_index": 2,
                "page_size": 100
            }),
            json!({"total_num": 101, "risk_trade_list": [{
                "mchid": "1900000001",
                "out_trade_no": "mall-2026-0001",
                "risk_type": 4,
                "risk_level": 3,
                "risk_discove_time": "2026-04-01T12:30:00+08:00"
            }]}),
            |page| {
                assert_eq!(page.total_num, Some(101));
                let trade = &page.risk_trade_list[0];
                assert_eq!((&trade.risk_type, trade.risk_level), (&Some(TradeRiskType::Laundering), Some(3)));
                assert!(trade.risk_discover_time.is_some() && trade.extra.is_empty());
            },
        ),
        pay(
            ReportRiskDisposal::new(order())
                .final_risk_result(RiskVerdict::Risky)
                .final_risk_type(TradeRiskType::Fraud)
                .disp_conclusion(vec![Disposal::OrderStopped, Disposal::ShopClosed])
                .disp_addition("the parcel came back")
                .exist_complaint(true)
                .refund_amount(Fen(1990)),
            "/v3/merchant-risk-manage/ec-trade-risk/recv-dispose-result",
            json!({
                "mchid": "1900000001",
                "out_trade_no": "mall-2026-0001",
                "final_risk_result": 1,
                "final_risk_type": 2,
                "disp_conclusion": [2, 3],
                "disp_addition": "the parcel came back",
                "exist_complaint": true,
                "refund_amount": 1990
            }),
            json!({"rsp_msg": "ok"}),
            |told| assert_eq!(told.rsp_msg.as_deref(), Some("ok")),
        ),
    ]
}

fn asked() -> Vec<Exercise> {
    vec![
        pay(
            QueryTradeRisk::new(order()).complaints_information("no parcel").parties(parties()),
            "/v3/merchant-risk-manage/trade-risk-information?acquiring_bank_id=1000102&channel_id=1900000103&complaints_information=no%20parcel&out_trade_no=mall-2026-0001&sp_mchid=1900000101&sub_mchid=1900000104",
            Value::Null,
            json!({
                "risk_score": 87,
                "risk_type": "CYBERSEX",
                "punish_type": "FREEZING_FUND_BY_TRANSACTION",
                "punish_description": "seven days"
            }),
            |risk| {
                assert_eq!((risk.risk_score, risk.risk_type), (87, Some(RiskType::Pornography)));
                assert_eq!(risk.punish_type, Some(PunishType::FreezingFundByTransaction));
                assert_eq!(risk.punish_description.as_deref(), Some("seven days"));
            },
        ),
        pay(
            ReportTradeRisk::new(PunishType::OtherPunish)
                .out_trade_no(order())
                .risk_type(RiskType::InducePayment)
                .additional_punish_type("warned")
                .complaints_information("no parcel")
                .parties(parties()),
            "/v3/merchant-risk-manage/trade-risk-result",
            json!({
                "sp_mchid": "1900000101",
                "acquiring_bank_id": "1000102",
                "channel_id": "1900000103",
                "sub_mchid": "1900000104",
                "out_trade_no": "mall-2026-0001",
                "risk_type": "INDUCE_PAYMENT",
                "punish_type": "OTHER_PUNISH",
                "additional_punish_type": "warned",
                "complaints_information": "no parcel"
            }),
            json!({
                "sp_mchid": "1900000101",
                "acquiring_bank_id": "1000102",
                "channel_id": "1900000103",
                "sub_mchid": "1900000104",
                "out_trade_no": "mall-2026-0001",
                "risk_type": "INDUCE_PAYMENT",
                "punish_type": "OTHER_PUNISH",
                "additional_punish_type": "warned",
                "punish_description": "another measure"
            }),
            |told| {
                assert_eq!(told.punish_type, Some(PunishType::OtherPunish));
                assert_eq!(told.out_trade_no.unwrap().as_str(), "mall-2026-0001");
                assert!(told.extra.is_empty());
            },
        ),
    ]
}
