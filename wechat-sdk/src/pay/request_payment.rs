//! What a client passes to WeChat to open the payment sheet.

use serde::{Deserialize, Serialize};

use super::sign::MerchantKey;
use crate::error::ConfigError;
use crate::ids::{AppId, MchId, PrepayId};

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
    /// Signs with the merchant's key; `nonce` has at most 32 characters. Vector `pay-paysign-mini-program`.
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

/// What an app passes to the SDK of WeChat; its JSON has the names of the SDK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppPayment {
    /// The app.
    pub appid: AppId,
    /// The merchant.
    pub partnerid: MchId,
    /// What [`AppPrepay`](super::transactions::AppPrepay) brought.
    pub prepayid: PrepayId,
    /// `Sign=WXPay`.
    pub package: String,
    /// Random, 32 characters.
    pub noncestr: String,
    /// Unix seconds, as text.
    pub timestamp: String,
    /// Signature over app, time, nonce and prepay id.
    pub sign: String,
}

impl AppPayment {
    /// Signs with the merchant's key; `nonce` has at most 32 characters. Vector `pay-paysign-app`.
    pub fn sign(
        key: &MerchantKey,
        merchant: &MchId,
        app: &AppId,
        prepay: &PrepayId,
        unix_seconds: i64,
        nonce: String,
    ) -> Result<Self, ConfigError> {
        let message = format!("{app}\n{unix_seconds}\n{nonce}\n{prepay}\n");
        Ok(Self {
            appid: app.clone(),
            partnerid: merchant.clone(),
            prepayid: prepay.clone(),
            package: "Sign=WXPay".to_owned(),
            noncestr: nonce,
            timestamp: unix_seconds.to_string(),
            sign: key.sign(message.as_bytes())?,
        })
    }
}
