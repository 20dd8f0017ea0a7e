//! What WeChat Pay thinks of payments, and what the merchant did about it. Telling about an order beforehand
//! is in [`risk_report`](super::risk_report).

use chrono::{DateTime, FixedOffset};

use crate::ids::{Fen, MchId, OutTradeNo};
use crate::{answer, open_enum, part, pay_call};

/// Lists payments that WeChat Pay takes for risky.
///
/// # Errors
/// `NO_AUTH`: WeChat Pay did not open this to the merchant.
#[pay_call(
    POST "/v3/merchant-risk-manage/ec-trade-risk/query-risk-trades", Read -> RiskTrades,
    page = "4013894247", caller = "mchid"
)]
pub struct ListRiskTrades {
    /// From when.
    start_time: Option<DateTime<FixedOffset>>,
    /// Until when.
    end_time: Option<DateTime<FixedOffset>>,
    /// Which page, from 1; 1 if not said.
    page_index: Option<i64>,
    /// How many at once, up to 100; 10 if not said.
    page_size: Option<i64>,
}

/// A page of risky payments.
#[answer]
pub struct RiskTrades {
    /// How many there are.
    pub total_num: Option<i64>,
    /// The payments.
    pub risk_trade_list: Vec<RiskTrade>,
}

/// A risky payment.
#[answer]
pub struct RiskTrade {
    /// The merchant's number, up to 64 characters: not every payment is one of API v3.
    pub out_trade_no: String,
    /// The merchant.
    pub mchid: Option<MchId>,
    /// What is wrong with it.
    pub risk_type: Option<TradeRiskType>,
    /// 1, 2 or 3. The documentation does not say which is worst.
    pub risk_level: Option<i64>,
    /// When it was found. WeChat spells it `discove`.
    #[serde(rename = "risk_discove_time", alias = "risk_discover_time")]
    pub risk_discover_time: Option<DateTime<FixedOffset>>,
}

/// Tells what came of a risky payment. A repeat tells the same.
///
/// # Errors
/// `NO_AUTH`: WeChat Pay did not open this to the merchant.
#[pay_call(
    POST "/v3/merchant-risk-manage/ec-trade-risk/recv-dispose-result", Keyed -> RiskDisposal,
    page = "4013894250", caller = "mchid"
)]
pub struct ReportRiskDisposal {
    /// The merchant's number of the payment.
    out_trade_no: OutTradeNo,
    /// Whether there was something wrong.
    final_risk_result: Option<RiskVerdict>,
    /// What was wrong.
    final_risk_type: Option<TradeRiskType>,
    /// What was done; several are possible.
    disp_conclusion: Option<Vec<Disposal>>,
    /// The same in words, up to 1024 characters.
    #[max(1024)]
    disp_addition: Option<String>,
    /// Whether somebody complained.
    exist_complaint: Option<bool>,
    /// What was given back, fen.
    refund_amount: Option<Fen>,
}

/// That it was told.
#[answer]
pub struct RiskDisposal {
    /// A few words, for people.
    pub rsp_msg: Option<String>,
}

/// What is wrong with a payment. New kinds may appear.
#[open_enum(i64)]
pub enum TradeRiskType {
    /// Gambling.
    #[wire(1)]
    Gambling,
    /// Fraud.
    #[wire(2)]
    Fraud,
    /// Pornography.
    #[wire(3)]
    Pornography,
    /// Money laundering.
    #[wire(4)]
    Laundering,
}

/// Whether something was wrong. New values may appear.
#[open_enum(i64)]
pub enum RiskVerdict {
    /// It was.
    #[wire(1)]
    Risky,
    /// It was not.
    #[wire(2)]
    Harmless,
}

/// What the merchant did about a payment. New values may appear.
#[open_enum(i64)]
pub enum Disposal {
    /// Nothing.
    #[wire(1)]
    Nothing,
    /// The order was stopped.
    #[wire(2)]
    OrderStopped,
    /// The shop was closed.
    #[wire(3)]
    ShopClosed,
}

/// For whom a call is made, where service providers, banks and channels stand in between; an ordinary
/// merchant leaves it out.
#[part]
#[derive(Default)]
pub struct RiskParties {
    /// The service provider; its merchants must name it.
    sp_mchid: Option<MchId>,
    /// The bank or payment institution, up to 32 characters; its merchants and channels must name it.
    #[max(32)]
    acquiring_bank_id: Option<String>,
    /// The channel, up to 32 characters; the merchants of a bank must name it.
    #[max(32)]
    channel_id: Option<String>,
    /// The merchant it is about; everybody but that merchant must name it.
    sub_mchid: Option<MchId>,
}

/// Asks how risky a payment is, once it is paid. Act on the same day, then tell with [`ReportTradeRisk`].
///
/// # Errors
/// `NO_AUTH`: WeChat Pay did not open this to the merchant; `INVALID_REQUEST`: definite; the message says
/// why.
#[pay_call(GET "/v3/merchant-risk-manage/trade-risk-information", Read -> TradeRisk, page = "4012526198")]
pub struct QueryTradeRisk {
    /// The merchant's number of the payment.
    out_trade_no: OutTradeNo,
    /// What somebody complained about, up to 255 characters.
    #[max(255)]
    complaints_information: Option<String>,
    /// For whom.
    #[serde(flatten)]
    parties: Option<RiskParties>,
}

/// How risky a payment is.
#[answer]
pub struct TradeRisk {
    /// The higher the worse.
    pub risk_score: i64,
    /// What is wrong with it.
    pub risk_type: Option<RiskType>,
    /// What WeChat Pay suggests to do.
    pub punish_type: Option<PunishType>,
    /// The same in words.
    pub punish_description: Option<String>,
}

/// Tells what the merchant did about a risky payment. A repeat tells the same.
///
/// # Errors
/// `NO_AUTH`: WeChat Pay did not open this to the merchant.
#[pay_call(
    POST "/v3/merchant-risk-manage/trade-risk-result", Keyed -> TradeRiskReported,
    page = "4012384516"
)]
pub struct ReportTradeRisk {
    /// What was done.
    punish_type: PunishType,
    /// The merchant's number of the payment.
    out_trade_no: Option<OutTradeNo>,
    /// What was wrong with it.
    risk_type: Option<RiskType>,
    /// What was done, in words, up to 255 characters; for [`PunishType::OtherPunish`].
    #[max(255)]
    additional_punish_type: Option<String>,
    /// What somebody complained about.
    complaints_information: Option<String>,
    /// For whom.
    #[serde(flatten)]
    parties: Option<RiskParties>,
}

/// What was told.
#[answer]
pub struct TradeRiskReported {
    /// What was done.
    pub punish_type: Option<PunishType>,
    /// What was done, in words.
    pub additional_punish_type: Option<String>,
    /// What `punish_type` means, in words.
    pub punish_description: Option<String>,
    /// What was wrong with the payment.
    pub risk_type: Option<RiskType>,
    /// The merchant's number of the payment.
    pub out_trade_no: Option<OutTradeNo>,
    /// The service provider.
    pub sp_mchid: Option<MchId>,
    /// The bank or payment institution.
    pub acquiring_bank_id: Option<String>,
    /// The channel.
    pub channel_id: Option<String>,
    /// The merchant it is about.
    pub sub_mchid: Option<MchId>,
}

/// What is wrong with a payment. New kinds may appear.
#[open_enum]
pub enum RiskType {
    /// Something else.
    OtherRisk,
    /// The user was lured into paying.
    InducePayment,
    /// Fraud.
    Fraud,
    /// Gambling.
    Gambling,
    /// Pornography.
    #[wire("CYBERSEX")]
    Pornography,
}

/// What is done about a payment or a merchant. New kinds may appear.
#[open_enum]
pub enum PunishType {
    /// Something else.
    OtherPunish,
    /// The merchant takes no payments any more.
    DisablePayment,
    /// The merchant is settled later.
    SuspendSettlement,
    /// The merchant draws no money any more.
    DisableWithdraw,
    /// The merchant is dismissed.
    RemoveMerchants,
    /// The merchant is on a black list.
    AddMerchantsBlacklist,
    /// The money went back.
    Refund,
    /// The money of the payment is frozen.
    FreezingFundByTransaction,
    /// The money of the merchant is frozen.
    FreezingFundByMerchants,
    /// The user is blocked.
    BlockedUser,
}
