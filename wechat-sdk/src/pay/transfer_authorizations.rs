//! Transfers that a user agreed to once, and does not confirm one by one. What is said in
//! [`transfers`](super::transfers) about numbers and unclear answers holds here too.

use std::net::IpAddr;

use chrono::{DateTime, FixedOffset};

use super::transfers::{StartedTransfer, Transfer, TransferOrder};
use crate::ids::{AppId, MchId, OpenId, OutAuthorizationNo};
use crate::secret::Secret;
use crate::{answer, open_enum, part, pay_call};

/// Asks a user to agree to transfers, within a day; after that another number is needed. Give `package_info` to
/// `wx.requestMerchantTransfer`. What that says is not the result: query, or wait for the notification. A user has at
/// most five open or active consents in a scene. At most 50 a second.
///
/// # Errors
/// `NO_AUTH`: WeChat Pay did not grant this way of transferring to the merchant; `INVALID_REQUEST`: among others, the
/// same number with other content; `FREQUENCY_LIMITED`, `SYSTEM_ERROR`: the same again, later.
#[pay_call(
    POST "/v3/fund-app/mch-transfer/user-confirm-authorization", Keyed -> RequestedAuthorization,
    page = "4015901167"
)]
pub struct AuthorizeTransfers {
    /// The merchant's number of the consent.
    out_authorization_no: OutAuthorizationNo,
    /// The app; it must be bound to the merchant.
    appid: AppId,
    /// Who is asked, in that app.
    openid: OpenId,
    /// What the transfers are for, as the merchant platform granted it; up to 36 characters.
    #[max(36)]
    transfer_scene_id: String,
    /// Which account of theirs at the merchant it is for; the user is shown it. Up to 32 characters, no emoji.
    #[max(32)]
    user_display_name: Secret,
    /// Where the notification goes: public https without a query, up to 256 characters.
    #[max(256)]
    authorization_notify_url: String,
    /// What the user reads as the reason, one of those allowed for the scene; up to 256 characters.
    #[max(256)]
    user_recv_perception: Option<String>,
    /// Where the user is. Not on all copies of the page.
    scene_info: Option<UserScene>,
}

/// Where a user is.
#[part]
#[derive(Default)]
pub struct UserScene {
    /// The user's address, IPv4 or IPv6.
    client_ip: Option<IpAddr>,
    /// The user's device.
    device_id: Option<String>,
    /// `IOS`, `ANDROID`, `HARMONY` or `OTHER`.
    device_type: Option<String>,
}

/// Consent that a user was asked for.
#[answer]
pub struct RequestedAuthorization {
    /// The merchant's number of the consent.
    pub out_authorization_no: OutAuthorizationNo,
    /// How it stands.
    pub state: AuthorizationState,
    /// For `wx.requestMerchantTransfer`, while the user is to confirm.
    pub package_info: Option<Secret>,
    /// When it was asked for.
    pub create_time: Option<DateTime<FixedOffset>>,
}

/// Transfers money to a user as [`CreateTransfer`](super::transfers::CreateTransfer) does, and asks along with it for
/// consent to later transfers. If the user takes the money and refuses that, or it is not possible, no notification
/// about the consent comes. Errors and limits as for a transfer.
#[pay_call(
    POST "/v3/fund-app/mch-transfer/transfer-bills/pre-transfer-with-authorization", Keyed -> StartedTransfer,
    page = "4014399293", sealed = "user_name"
)]
pub struct TransferAndAuthorize {
    /// What is to be transferred.
    #[serde(flatten)]
    order: TransferOrder,
    /// Who gets it, in that app.
    openid: OpenId,
    /// The consent that is asked for.
    authorization_info: AuthorizationRequest,
    /// The merchant whose money it is, if another one allowed that.
    sponsor_mchid: Option<MchId>,
}

/// Consent that is asked for along with a transfer.
#[part]
pub struct AuthorizationRequest {
    /// The merchant's number of the consent.
    out_authorization_no: OutAuthorizationNo,
    /// Which account of theirs at the merchant it is for; the user is shown it. Up to 32 characters, no emoji.
    #[max(32)]
    user_display_name: Secret,
    /// Where the notification goes: public https without a query, up to 256 characters.
    #[max(256)]
    authorization_notify_url: String,
}

/// Transfers money to a user who agreed before. The answer is expected to be success already; anything else is to be
/// cleared up before another number is used. At most 100 a second. Some sources say that no notification can be asked
/// for here: query.
///
/// # Errors
/// As for [`CreateTransfer`](super::transfers::CreateTransfer); also `INVALID_REQUEST` if the consent ended.
#[pay_call(
    POST "/v3/fund-app/mch-transfer/transfer-bills/transfer", Keyed -> Transfer,
    page = "4014399371", sealed = "user_name", new = of
)]
pub struct TransferAuthorized {
    #[serde(flatten)]
    order: TransferOrder,
    /// WeChat Pay's number of the consent.
    authorization_id: Option<String>,
    /// The merchant's number of the consent.
    out_authorization_no: Option<OutAuthorizationNo>,
    /// The merchant whose money it is, if another one allowed that.
    sponsor_mchid: Option<MchId>,
}

impl TransferAuthorized {
    /// By the merchant's number of the consent.
    #[must_use]
    pub fn by_out_authorization_no(order: TransferOrder, out_authorization_no: OutAuthorizationNo) -> Self {
        Self { out_authorization_no: Some(out_authorization_no), ..Self::of(order) }
    }

    /// By WeChat Pay's number of the consent.
    #[must_use]
    pub fn by_authorization_id(order: TransferOrder, authorization_id: impl Into<String>) -> Self {
        Self { authorization_id: Some(authorization_id.into()), ..Self::of(order) }
    }
}

/// Asks how the consent of a user stands. What was not confirmed in time is kept for 30 days. At most 100 a second.
///
/// # Errors
/// `NOT_FOUND`: there is no such consent, or it is not kept any more.
#[pay_call(
    GET "/v3/fund-app/mch-transfer/user-confirm-authorization/out-authorization-no/{out_authorization_no}",
    Read -> TransferAuthorization,
    page = "4014399423"
)]
pub struct QueryTransferAuthorization {
    /// The merchant's number of the consent.
    out_authorization_no: OutAuthorizationNo,
    /// Whether the answer shall have a `package_info` that shows the consent to the user.
    is_display_authorization: Option<bool>,
}

/// Ends the consent of a user; transfers are then to be confirmed again. At most 50 a second.
///
/// # Errors
/// `NOT_FOUND`: there is no such consent; `INVALID_REQUEST`: among others, it ended before; `SYSTEM_ERROR`: the same
/// again.
#[pay_call(
    POST "/v3/fund-app/mch-transfer/user-confirm-authorization/out-authorization-no/{out_authorization_no}/close",
    Keyed -> TransferAuthorization,
    page = "4015653811"
)]
pub struct CloseTransferAuthorization {
    /// The merchant's number of the consent.
    out_authorization_no: OutAuthorizationNo,
}

/// The consent of a user as WeChat Pay sees it.
#[answer]
pub struct TransferAuthorization {
    /// The merchant's number of the consent.
    pub out_authorization_no: OutAuthorizationNo,
    /// WeChat Pay's number of the consent, once given.
    pub authorization_id: Option<String>,
    /// The app.
    pub appid: Option<AppId>,
    /// Who agreed, in that app.
    pub openid: Option<OpenId>,
    /// Which account of theirs at the merchant it is for.
    pub user_display_name: Option<Secret>,
    /// How it stands.
    pub state: AuthorizationState,
    /// When the user agreed.
    pub authorize_time: Option<DateTime<FixedOffset>>,
    /// How it ended.
    pub close_info: Option<AuthorizationEnd>,
    /// What the transfers are for.
    pub transfer_scene_id: Option<String>,
    /// What the user reads as the reason.
    pub user_recv_perception: Option<String>,
    /// When it was asked for.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// For `wx.requestMerchantTransfer`.
    pub package_info: Option<Secret>,
}

/// A user agreed to transfers, or that ended (`MCHTRANSFER.AUTHORIZATION.CONFIRMED` and
/// `MCHTRANSFER.AUTHORIZATION.CLOSED` of a `mch_payment`).
#[answer]
pub struct AuthorizationNotice {
    /// The merchant's number of the consent.
    pub out_authorization_no: OutAuthorizationNo,
    /// WeChat Pay's number of the consent.
    pub authorization_id: Option<String>,
    /// The app; compare it with your own.
    pub appid: AppId,
    /// Who agreed, in that app.
    pub openid: OpenId,
    /// Which account of theirs at the merchant it is for.
    pub user_display_name: Option<Secret>,
    /// How it stands.
    pub state: AuthorizationState,
    /// When the user agreed.
    pub authorize_time: Option<DateTime<FixedOffset>>,
    /// How it ended.
    pub close_info: Option<AuthorizationEnd>,
}

/// How the consent of a user ended.
#[answer]
pub struct AuthorizationEnd {
    /// When.
    pub close_time: Option<DateTime<FixedOffset>>,
    /// Why.
    pub close_reason: AuthorizationEndReason,
}

/// How the consent of a user stands. New states may appear.
#[open_enum]
pub enum AuthorizationState {
    /// The user is to confirm, within a day.
    WaitUserConfirm,
    /// The user agreed.
    TakingEffect,
    /// Ended, or never given.
    Closed,
}

/// Why the consent of a user ended. New reasons may appear.
#[open_enum]
pub enum AuthorizationEndReason {
    /// The merchant ended it.
    CloseViaMchApi,
    /// The user ended it.
    UserClose,
    /// The user did not confirm in time.
    UserOverdueUnconfirmed,
    /// The transfers are a risk.
    TransferRisk,
    /// The user's account cannot take transfers.
    UserAccountAbnormal,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn consent_and_its_end_are_told() {
        let mut sample = json!({
            "out_authorization_no": "A20260304",
            "authorization_id": "2220000000012026030400001",
            "appid": "wx1234567890abcdef",
            "openid": "oAbc-1",
            "user_display_name": "shop account 12",
            "state": "TAKING_EFFECT",
            "authorize_time": "2026-03-04T10:20:30+08:00",
        });
        let notice: AuthorizationNotice = serde_json::from_value(sample.clone()).unwrap();
        assert_eq!((&notice.state, &notice.close_info), (&AuthorizationState::TakingEffect, &None));
        assert!(notice.extra.is_empty() && !format!("{notice:?}").contains("account 12"));

        sample["state"] = json!("CLOSED");
        sample["close_info"] =
            json!({"close_time": "2026-04-01T00:00:00+08:00", "close_reason": "USER_CLOSE"});
        let notice: AuthorizationNotice = serde_json::from_value(sample).unwrap();
        assert_eq!(notice.close_info.unwrap().close_reason, AuthorizationEndReason::UserClose);
    }
}
