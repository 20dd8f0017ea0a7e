//! Orders that the platform holds to be risky.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What kind of risk, spelled as in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RiskKind {
    /// None of the others.
    #[default]
    OtherRisk,
    /// The shopper was lured into paying.
    InducePayment,
    /// Fraud.
    Fraud,
    /// Gambling.
    Gambling,
    /// Pornography.
    Cybersex,
}

/// An order found to be risky.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RiskTrade {
    pub(crate) mchid: String,
    pub(crate) out_trade_no: String,
    pub(crate) found_at: i64,
    /// 1 to 4
    pub(crate) risk_type: i64,
    /// 1 to 3
    pub(crate) risk_level: i64,
    pub(crate) score: i64,
    pub(crate) kind: RiskKind,
    /// What the platform did about it.
    pub(crate) punish_type: Option<String>,
}

/// What a merchant said about the risk of one of its orders, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RiskAnswers {
    /// Of `report-trade-union-information`, opened.
    pub(crate) reports: Vec<Value>,
    /// Of `recv-dispose-result`.
    pub(crate) disposals: Vec<Value>,
    /// Of `trade-risk-result`.
    pub(crate) results: Vec<Value>,
}
