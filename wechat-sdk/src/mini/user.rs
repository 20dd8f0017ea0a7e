//! What WeChat knows about users: phone number, unionid, keys.

use super::login::proof;
use crate::ids::{MchId, OpenId, OutTradeNo, TransactionId, UnionId};
use crate::secret::Secret;
use crate::text::lower_hex;
use crate::{AppId, answer, mini_call};

/// Exchanges the code of the phone-number button, which works once and for five minutes. It is not the code of
/// `wx.login`. Each success costs money. A lost answer costs the code.
///
/// # Errors
/// 40029: the code is used up or wrong; 40013: it belongs to another app; 45011: too often.
#[mini_call(POST "/wxa/business/getuserphonenumber", Unsafe -> PhoneNumber, page = "user-info/phone-number/api_getphonenumber")]
pub struct GetPhoneNumber {
    /// As the button's callback gave it.
    code: Secret,
    /// Whose code it must be: WeChat refuses another user's.
    openid: Option<OpenId>,
}

/// A phone number that the user agreed to show.
#[answer]
pub struct PhoneNumber {
    /// The number.
    pub phone_info: PhoneInfo,
}

/// A phone number. Its digits are not printed.
#[answer]
#[serde(rename_all = "camelCase")]
pub struct PhoneInfo {
    /// With the country prefix if it is a foreign number.
    pub phone_number: Secret,
    /// Never with a country prefix.
    pub pure_phone_number: Secret,
    /// For instance `86`.
    pub country_code: String,
    /// For which app WeChat gave the number, and when.
    pub watermark: Option<Watermark>,
}

/// For which app WeChat gave something, and when.
#[answer]
pub struct Watermark {
    /// Compare it with your own.
    pub appid: Option<AppId>,
    /// Unix seconds.
    pub timestamp: Option<i64>,
}

/// The unionid of a user who just paid, up to five minutes after it, also without a login.
///
/// # Errors
/// 89002: the app is not bound to an open-platform account; 89300: no such payment, or too long ago; 40003: it is not
/// this user's.
#[mini_call(GET "/wxa/getpaidunionid", Read -> PaidUnionId, page = "user-info/basic-info/api_getpaidunionid", new = of)]
pub struct GetPaidUnionId {
    openid: OpenId,
    #[private]
    transaction_id: Option<TransactionId>,
    #[private]
    mch_id: Option<MchId>,
    #[private]
    out_trade_no: Option<OutTradeNo>,
}

impl GetPaidUnionId {
    /// By WeChat Pay's number of the payment.
    #[must_use]
    pub fn by_transaction_id(openid: OpenId, transaction_id: TransactionId) -> Self {
        Self { transaction_id: Some(transaction_id), ..Self::of(openid) }
    }

    /// By the merchant and its own number.
    #[must_use]
    pub fn by_out_trade_no(openid: OpenId, merchant: MchId, out_trade_no: OutTradeNo) -> Self {
        Self { mch_id: Some(merchant), out_trade_no: Some(out_trade_no), ..Self::of(openid) }
    }
}

/// The user across apps.
#[answer]
pub struct PaidUnionId {
    /// The user across the apps of one open-platform account.
    pub unionid: UnionId,
}

/// Asks whether encrypted data came from WeChat; only phone numbers of the last three days.
///
/// # Errors
/// 1: there is no such data of this app, or it is older.
#[mini_call(POST "/wxa/business/checkencryptedmsg", Read -> EncryptedDataCheck, page = "user-info/basic-info/api_checkencrypteddata", new = hashed)]
pub struct CheckEncryptedData {
    encrypted_msg_hash: String,
}

impl CheckEncryptedData {
    /// `encrypted_data` as the client got it, base64. Only the SHA-256 of this text travels.
    #[must_use]
    pub fn new(encrypted_data: &str) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, encrypted_data.as_bytes());
        Self::hashed(lower_hex(digest.as_ref()))
    }
}

/// Whether encrypted data came from WeChat.
#[answer]
pub struct EncryptedDataCheck {
    /// Whether it did. WeChat spells it `vaild`.
    #[serde(rename = "vaild", alias = "valid")]
    pub valid: bool,
    /// When it was made, Unix seconds.
    pub create_time: Option<i64>,
}

/// The keys by which the mini program encrypts what it sends to its own server, newest three.
///
/// # Errors
/// 87007, 87009: the session key is not good any more.
#[mini_call(GET "/wxa/business/getuserencryptkey", Read -> UserEncryptKeys, page = "user-info/internet/api_getuserencryptkey", new = signed)]
pub struct GetUserEncryptKey {
    openid: OpenId,
    signature: Secret,
    #[fixed("hmac_sha256")]
    sig_method: &'static str,
}

impl GetUserEncryptKey {
    /// `session_key` is what the login brought; only a signature made with it travels.
    #[must_use]
    pub fn new(openid: OpenId, session_key: &Secret) -> Self {
        Self::signed(openid, proof(session_key))
    }
}

/// The keys of one user.
#[answer]
pub struct UserEncryptKeys {
    /// Up to three.
    pub key_info_list: Vec<UserEncryptKey>,
}

/// A key of one user.
#[answer]
pub struct UserEncryptKey {
    /// Base64 of the key.
    pub encrypt_key: Secret,
    /// The initialisation vector, a text of 16 characters.
    pub iv: Secret,
    /// Which of the user's keys this is.
    pub version: i64,
    /// Seconds that it still lives; an hour in all.
    pub expire_in: i64,
    /// When it was made, Unix seconds.
    pub create_time: i64,
}

/// The id of a user of a plugin, across the mini programs that use it. A lost answer costs the code.
///
/// # Errors
/// 1005: the code belongs to another plugin; 1007: there is no such user; 1003 and 45009: too often.
#[mini_call(POST "/wxa/getpluginopenpid", Unsafe -> PluginOpenPid, page = "user-info/basic-info/api_getpluginopenpid")]
pub struct GetPluginOpenPid {
    /// As `wx.pluginLogin` gave it; works once, for five minutes.
    code: Secret,
}

/// A user of a plugin.
#[answer]
pub struct PluginOpenPid {
    /// The id.
    pub openpid: String,
}
