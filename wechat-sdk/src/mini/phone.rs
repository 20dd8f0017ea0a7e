//! The user's phone number.

use std::fmt;

use bytes::Bytes;
use http::Method;
use serde::Deserialize;

use crate::error::ConfigError;
use crate::ids::OpenId;
use crate::operation::{MiniOperation, json_body};
use crate::retry::Effect;
use crate::secret::Secret;

/// `POST /wxa/business/getuserphonenumber`: exchanges the code of the phone-number button, which works once and
/// for five minutes. It is not the code of `wx.login`. Each success costs money.
///
/// # Errors
/// 40029: the code is used up or wrong; 40013: it belongs to another app.
#[derive(Clone, Debug)]
pub struct GetPhoneNumber {
    code: Secret,
    openid: Option<OpenId>,
}

impl GetPhoneNumber {
    /// `code` as the button's callback gave it.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: Secret::new(code), openid: None }
    }

    /// Whose code it must be: WeChat refuses another user's.
    #[must_use]
    pub fn openid(self, openid: OpenId) -> Self {
        Self { openid: Some(openid), ..self }
    }
}

impl MiniOperation for GetPhoneNumber {
    type Output = PhoneInfo;
    const NAME: &'static str = "getuserphonenumber";
    const METHOD: Method = Method::POST;
    /// A lost answer costs the code.
    const EFFECT: Effect = Effect::Unsafe;

    fn path(&self) -> String {
        "/wxa/business/getuserphonenumber".to_owned()
    }

    fn body(&self) -> Result<Option<Bytes>, ConfigError> {
        let mut body = serde_json::json!({ "code": self.code.expose() });
        if let Some(openid) = &self.openid {
            body["openid"] = openid.as_str().into();
        }
        json_body(&body)
    }
}

/// A phone number that the user agreed to show. Its digits are not printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Envelope")]
pub struct PhoneInfo {
    /// With the country prefix if it is a foreign number.
    pub phone_number: String,
    /// Never with a country prefix.
    pub pure_phone_number: String,
    /// For instance `86`.
    pub country_code: String,
    /// For which app WeChat gave the number; compare it with your own.
    pub app_id: Option<String>,
}

impl fmt::Debug for PhoneInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneInfo").field("country_code", &self.country_code).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Envelope {
    phone_info: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    phone_number: String,
    pure_phone_number: String,
    #[serde(deserialize_with = "text_or_number")]
    country_code: String,
    #[serde(default)]
    watermark: Option<Watermark>,
}

#[derive(Deserialize)]
struct Watermark {
    appid: Option<String>,
}

fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("neither a text nor a number")),
    }
}

impl From<Envelope> for PhoneInfo {
    fn from(Envelope { phone_info }: Envelope) -> Self {
        Self {
            phone_number: phone_info.phone_number,
            pure_phone_number: phone_info.pure_phone_number,
            country_code: phone_info.country_code,
            app_id: phone_info.watermark.and_then(|watermark| watermark.appid),
        }
    }
}
