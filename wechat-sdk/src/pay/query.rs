//! Asking about a payment, and closing it.

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};
use http::Method;
use serde::{Deserialize, Deserializer};

use crate::error::ConfigError;
use crate::ids::{AppId, Fen, MchId, OpenId, OutTradeNo, TransactionId};
use crate::operation::{PayOperation, json_body};
use crate::retry::Effect;
use crate::text::{optional_time, percent};

/// `GET /v3/pay/transactions/out-trade-no/{out_trade_no}`: asks by the merchant's number, which always works.
///
/// # Errors
/// `ORDER_NOT_EXIST`: never announced, or announced a moment ago.
#[derive(Clone, Debug)]
pub struct QueryByOutTradeNo {
    out_trade_no: OutTradeNo,
}

impl QueryByOutTradeNo {
    /// The merchant's number.
    pub fn new(out_trade_no: OutTradeNo) -> Self {
        Self { out_trade_no }
    }
}

impl PayOperation for QueryByOutTradeNo {
    type Output = Transaction;
    const NAME: &'static str = "query_by_out_trade_no";
    const METHOD: Method = Method::GET;
    const EFFECT: Effect = Effect::Read;

    fn path(&self, merchant: &MchId) -> String {
        format!("{}?mchid={merchant}", by_number(&self.out_trade_no))
    }
}

/// `GET /v3/pay/transactions/id/{transaction_id}`: asks by WeChat Pay's number, which only paid orders have.
#[derive(Clone, Debug)]
pub struct QueryById {
    transaction_id: TransactionId,
}

impl QueryById {
    /// WeChat Pay's number.
    pub fn new(transaction_id: TransactionId) -> Self {
        Self { transaction_id }
    }
}

impl PayOperation for QueryById {
    type Output = Transaction;
    const NAME: &'static str = "query_by_id";
    const METHOD: Method = Method::GET;
    const EFFECT: Effect = Effect::Read;

    fn path(&self, merchant: &MchId) -> String {
        format!("/v3/pay/transactions/id/{}?mchid={merchant}", self.transaction_id)
    }
}

/// `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close`: no payment can start any more. One that is under
/// way may still succeed: query afterwards.
#[derive(Clone, Debug)]
pub struct CloseTransaction {
    out_trade_no: OutTradeNo,
}

impl CloseTransaction {
    /// The merchant's number.
    pub fn new(out_trade_no: OutTradeNo) -> Self {
        Self { out_trade_no }
    }
}

impl PayOperation for CloseTransaction {
    type Output = ();
    const NAME: &'static str = "close";
    const METHOD: Method = Method::POST;
    const EFFECT: Effect = Effect::Keyed;

    fn path(&self, _: &MchId) -> String {
        format!("{}/close", by_number(&self.out_trade_no))
    }

    fn body(&self, merchant: &MchId) -> Result<Option<Bytes>, ConfigError> {
        json_body(&serde_json::json!({ "mchid": merchant }))
    }
}

fn by_number(out_trade_no: &OutTradeNo) -> String {
    format!("/v3/pay/transactions/out-trade-no/{}", percent(out_trade_no.as_str()))
}

/// A payment as WeChat Pay sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Transaction {
    /// The app it was announced for.
    pub appid: AppId,
    /// The merchant; compare it with your own.
    pub mchid: MchId,
    /// The merchant's number.
    pub out_trade_no: OutTradeNo,
    /// How it stands.
    pub trade_state: TradeState,
    /// The same in words, for people.
    #[serde(default)]
    pub trade_state_desc: Option<String>,
    /// WeChat Pay's number, once paid.
    #[serde(default)]
    pub transaction_id: Option<TransactionId>,
    /// `JSAPI` and others, once paid.
    #[serde(default)]
    pub trade_type: Option<String>,
    /// Where the money came from, `OTHERS` for the balance, once paid.
    #[serde(default)]
    pub bank_type: Option<String>,
    /// What the announcement carried.
    #[serde(default)]
    pub attach: Option<String>,
    /// When it was paid.
    #[serde(default, deserialize_with = "optional_time")]
    pub success_time: Option<DateTime<FixedOffset>>,
    /// Who paid, in that app.
    #[serde(default, rename = "payer", deserialize_with = "openid_of_payer")]
    pub payer_openid: Option<OpenId>,
    /// How much; may be missing before payment.
    #[serde(default)]
    pub amount: Option<Amount>,
}

impl Transaction {
    /// Whether the money came in. A payment with refunds, even partial ones, has the state `REFUND`.
    pub fn is_paid(&self) -> bool {
        matches!(self.trade_state, TradeState::Success | TradeState::Refund)
    }
}

/// Sums of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Amount {
    /// What was asked for, in fen. This is what to compare with the order.
    pub total: Fen,
    /// What the user paid, in fen: less than the total if WeChat coupons were used.
    #[serde(default)]
    pub payer_total: Option<Fen>,
    /// `CNY`.
    #[serde(default)]
    pub currency: Option<String>,
}

/// How a payment stands. New states may appear.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum TradeState {
    /// Not paid.
    NotPay,
    /// The user is typing the password (payment codes only).
    UserPaying,
    /// Paid.
    Success,
    /// Paid, and at least partly refunded.
    Refund,
    /// Closed without payment.
    Closed,
    /// Revoked (payment codes only).
    Revoked,
    /// Failed (payment codes only).
    PayError,
    /// A state this crate does not know.
    Other(String),
}

impl From<String> for TradeState {
    fn from(text: String) -> Self {
        match text.as_str() {
            "NOTPAY" => Self::NotPay,
            "USERPAYING" => Self::UserPaying,
            "SUCCESS" => Self::Success,
            "REFUND" => Self::Refund,
            "CLOSED" => Self::Closed,
            "REVOKED" => Self::Revoked,
            "PAYERROR" => Self::PayError,
            _ => Self::Other(text),
        }
    }
}

fn openid_of_payer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OpenId>, D::Error> {
    #[derive(Deserialize)]
    struct Payer {
        #[serde(default)]
        openid: Option<OpenId>,
    }
    Ok(Option::<Payer>::deserialize(deserializer)?.and_then(|payer| payer.openid))
}
