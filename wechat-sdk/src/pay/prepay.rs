//! Opening a payment in a mini program.

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};
use http::Method;
use serde::{Deserialize, Serialize};

use super::sign::MerchantKey;
use crate::error::ConfigError;
use crate::ids::{AppId, Fen, MchId, OpenId, OutTradeNo, PrepayId};
use crate::operation::{PayOperation, json_body};
use crate::retry::Effect;
use crate::text;

/// WeChat Pay's limit for `description`, in characters.
const DESCRIPTION: usize = 127;

/// `POST /v3/pay/transactions/jsapi`: announces a payment in a mini program. Sending the same order number with
/// the same content again is harmless while it is unpaid.
///
/// # Errors
/// `OUT_TRADE_NO_USED` and `ORDER_CLOSED`: query the order; `INVALID_REQUEST`: among others, the same number with
/// other content.
#[derive(Clone, Debug, Serialize)]
pub struct JsapiPrepay {
    appid: AppId,
    #[serde(skip_serializing_if = "Option::is_none")]
    mchid: Option<MchId>,
    description: String,
    out_trade_no: OutTradeNo,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_expire: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<String>,
    notify_url: String,
    amount: Total,
    payer: Payer,
}

#[derive(Clone, Debug, Serialize)]
struct Total {
    total: Fen,
    currency: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Payer {
    openid: OpenId,
}

impl JsapiPrepay {
    /// `description` is shown to the user; what WeChat Pay does not take (emoji, more than 127 characters) is left
    /// out. `payer` is the user's id in that app. `notify_url` is public https without a query.
    pub fn new(
        app: AppId,
        description: &str,
        out_trade_no: OutTradeNo,
        total: Fen,
        payer: OpenId,
        notify_url: impl Into<String>,
    ) -> Self {
        Self {
            appid: app,
            mchid: None,
            description: text::by_chars(description, DESCRIPTION),
            out_trade_no,
            time_expire: None,
            attach: None,
            notify_url: notify_url.into(),
            amount: Total { total, currency: "CNY" },
            payer: Payer { openid: payer },
        }
    }

    /// The last moment for paying, at most 15 days away. The order is not closed by it.
    #[must_use]
    pub fn expires_at(self, at: impl Into<DateTime<FixedOffset>>) -> Self {
        Self { time_expire: Some(text::china_time(at.into())), ..self }
    }

    /// Comes back in queries and notifications; up to 128 characters.
    #[must_use]
    pub fn attach(self, attach: impl Into<String>) -> Self {
        Self { attach: Some(attach.into()), ..self }
    }
}

impl PayOperation for JsapiPrepay {
    type Output = Prepay;
    const NAME: &'static str = "jsapi_prepay";
    const METHOD: Method = Method::POST;
    const EFFECT: Effect = Effect::Keyed;

    fn path(&self, _: &MchId) -> String {
        "/v3/pay/transactions/jsapi".to_owned()
    }

    fn body(&self, merchant: &MchId) -> Result<Option<Bytes>, ConfigError> {
        if self.amount.total.0 <= 0 {
            return Err(ConfigError::new("the amount of a payment is more than nothing"));
        }
        json_body(&Self { mchid: Some(merchant.clone()), ..self.clone() })
    }
}

/// An announced payment.
#[derive(Clone, Debug, Deserialize)]
pub struct Prepay {
    /// For [`Merchant::request_payment`](super::Merchant::request_payment); lives two hours.
    pub prepay_id: PrepayId,
}

/// The argument of `wx.requestPayment`; its JSON has the names the mini program expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPayment {
    /// Unix seconds, as text.
    pub time_stamp: String,
    /// Random, 32 characters.
    pub nonce_str: String,
    /// `prepay_id=…`.
    pub package: String,
    /// `RSA`.
    pub sign_type: String,
    /// Signature over the above and the app id.
    pub pay_sign: String,
}

impl RequestPayment {
    /// Signs with the merchant's key; `nonce` has at most 32 characters.
    pub fn sign(
        key: &MerchantKey,
        app: &AppId,
        prepay: &PrepayId,
        unix_seconds: i64,
        nonce: String,
    ) -> Result<Self, ConfigError> {
        let package = format!("prepay_id={prepay}");
        let message = format!("{app}\n{unix_seconds}\n{nonce}\n{package}\n");
        Ok(Self {
            time_stamp: unix_seconds.to_string(),
            nonce_str: nonce,
            package,
            sign_type: "RSA".to_owned(),
            pay_sign: key.sign(message.as_bytes())?,
        })
    }
}
