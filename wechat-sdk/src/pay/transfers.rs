//! Money from the merchant to users, one transfer at a time. The user confirms each, or agreed to all of them before,
//! see [`transfer_authorizations`](super::transfer_authorizations).
//!
//! After an unclear answer send the same number with the same content again, or query; only a transfer that is known
//! to have failed or to be cancelled may be repeated with another number. Anything else pays twice.

use chrono::{DateTime, FixedOffset};
use serde::Deserializer;

use super::cipher::SealedText;
use crate::ids::{AppId, Fen, MchId, OpenId, OutAuthorizationNo, OutBillNo};
use crate::secret::Secret;
use crate::{ConfigError, answer, open_enum, part, pay_call, wire};

/// What is to be transferred, however the user agrees to it. The same number with the same content is one transfer
/// for three days.
#[part]
pub struct TransferOrder {
    /// The app; it must be bound to the merchant.
    appid: AppId,
    /// The merchant's number.
    out_bill_no: OutBillNo,
    /// What for, as the merchant platform granted it: `1000` is marketing, `1005` commission and so on. Up to 36
    /// characters.
    #[max(36)]
    transfer_scene_id: String,
    /// How much, in fen: at least 10, and within the limits of the scene and the merchant.
    #[positive]
    transfer_amount: Fen,
    /// Shown to the user. Emoji and what is beyond 32 characters is left out.
    #[cut(32)]
    transfer_remark: String,
    /// What the scene wants to know; which kinds, is fixed for each scene.
    transfer_scene_report_infos: Vec<SceneReport>,
    /// The name of the user, which is then compared; travels encrypted. Required from 2,000 yuan, forbidden below
    /// 0.30. Receipts need it.
    user_name: Option<Secret>,
    /// Where the notification goes: public https without a query, up to 256 characters.
    #[max(256)]
    notify_url: Option<String>,
    /// What the user reads as the reason, one of those allowed for the scene.
    user_recv_perception: Option<String>,
}

/// One thing that a scene wants to know.
#[part]
pub struct SceneReport {
    /// What it is, as the scene calls it in Chinese; up to 15 characters.
    #[max(15)]
    info_type: String,
    /// The thing itself, up to 32 characters.
    #[max(32)]
    info_content: String,
}

/// Transfers money to a user, who has a day to confirm it: give `package_info` to `wx.requestMerchantTransfer`. What
/// that says is not the result: query, or wait for the notification. At most 100 a second.
///
/// # Errors
/// `NOT_ENOUGH`: top up, then the same number again; `ALREADY_EXISTS`: it reached its end, query;
/// `FREQUENCY_LIMIT_EXCEED`, `RATELIMIT_EXCEEDED`, `FREQUENCY_LIMITED`: may have been accepted, the same again later;
/// `NO_AUTH`, `INVALID_REQUEST`, `USER_ERROR`, `ORDER_CLOSED`: query before another number is used.
#[pay_call(
    POST "/v3/fund-app/mch-transfer/transfer-bills", Keyed -> StartedTransfer,
    page = "4012716434", sealed = "user_name", check = amount
)]
pub struct CreateTransfer {
    /// What is to be transferred.
    #[serde(flatten)]
    order: TransferOrder,
    /// Who gets it, in that app.
    openid: OpenId,
    /// How it looks to the user.
    user_recv_style: Option<ReceiveStyle>,
}

impl CreateTransfer {
    /// At least ten fen; a name from two thousand yuan on, and none below thirty fen.
    fn amount(&self) -> Result<(), ConfigError> {
        let named = self.order.user_name.is_some();
        match self.order.transfer_amount.0 {
            ..10 => Err(ConfigError::new("a transfer is ten fen or more")),
            ..30 if named => Err(ConfigError::new("a transfer below thirty fen has no name")),
            200_000.. if !named => {
                Err(ConfigError::new("a transfer of two thousand yuan or more needs the name"))
            }
            _ => Ok(()),
        }
    }
}

/// How a transfer looks to the user.
#[part]
pub struct ReceiveStyle {
    /// `CONFIRM_PAGE`, or `RED_PACKET` for up to 200 yuan in some scenes.
    #[serde(rename = "type")]
    kind: String,
}

/// Asks by the merchant's number. Up to 30 days back, at most 100 a second.
///
/// # Errors
/// `NOT_FOUND`: never accepted, accepted a moment ago, or too old; not a leave to use another number.
#[pay_call(GET "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}", Read -> Transfer, page = "4012716437", about = out_bill_no)]
pub struct QueryTransfer {
    /// The merchant's number.
    out_bill_no: OutBillNo,
}

/// Asks by WeChat Pay's number. Up to 30 days back, at most 100 a second.
///
/// # Errors
/// `NOT_FOUND`: there is no such transfer of this merchant, or it is too old.
#[pay_call(GET "/v3/fund-app/mch-transfer/transfer-bills/transfer-bill-no/{transfer_bill_no}", Read -> Transfer, page = "4012716457")]
pub struct QueryTransferByBillNo {
    /// WeChat Pay's number.
    #[max(64)]
    transfer_bill_no: String,
}

/// Takes a transfer back that the user did not confirm yet. Acceptance is not success: query. At most 20 a second.
///
/// # Errors
/// `INVALID_REQUEST`: among others, the user confirmed it; `NOT_FOUND`: there is no such transfer; `SYSTEM_ERROR`: the
/// same again.
#[pay_call(
    POST "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}/cancel", Keyed -> CancelledTransfer,
    page = "4012716458"
)]
pub struct CancelTransfer {
    /// The merchant's number.
    out_bill_no: OutBillNo,
}

/// A transfer that was accepted.
#[answer]
pub struct StartedTransfer {
    /// The merchant's number.
    pub out_bill_no: OutBillNo,
    /// WeChat Pay's number.
    pub transfer_bill_no: String,
    /// How it stands.
    #[serde(deserialize_with = "state")]
    pub state: TransferState,
    /// When it was accepted.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// For `wx.requestMerchantTransfer`, while the user is to confirm.
    pub package_info: Option<Secret>,
    /// Why it failed, see [`Transfer::fail_reason`].
    pub fail_reason: Option<String>,
    /// The account that the user is shown, if consent was asked for along with it.
    pub user_display_name: Option<Secret>,
    /// The merchant's number of the consent that was asked for along with it.
    pub out_authorization_no: Option<OutAuthorizationNo>,
}

/// A transfer that is taken back.
#[answer]
pub struct CancelledTransfer {
    /// The merchant's number.
    pub out_bill_no: OutBillNo,
    /// WeChat Pay's number.
    pub transfer_bill_no: Option<String>,
    /// How it stands: `Canceling` or `Cancelled`.
    #[serde(deserialize_with = "state")]
    pub state: TransferState,
    /// When it came to that.
    pub update_time: Option<DateTime<FixedOffset>>,
}

/// A transfer as WeChat Pay sees it.
#[answer]
pub struct Transfer {
    /// The merchant; compare it with your own.
    #[serde(alias = "mchid")]
    pub mch_id: Option<MchId>,
    /// The merchant's number.
    pub out_bill_no: OutBillNo,
    /// WeChat Pay's number.
    pub transfer_bill_no: String,
    /// The app.
    pub appid: Option<AppId>,
    /// How it stands.
    #[serde(deserialize_with = "state")]
    pub state: TransferState,
    /// How much, in fen.
    pub transfer_amount: Fen,
    /// What the user was shown.
    pub transfer_remark: Option<String>,
    /// Why it failed: `OVERDUE_CLOSE` (not confirmed in time), `MCH_CANCEL`, `NAME_NOT_CORRECT`, `ACCOUNT_FROZEN`,
    /// `TRANSFER_RISK`, `DAY_RECEIVED_QUOTA_EXCEED` and some thirty more.
    pub fail_reason: Option<String>,
    /// Who gets it, in that app.
    pub openid: Option<OpenId>,
    /// The name of the user, sealed: see [`Merchant::unseal`](super::Merchant::unseal).
    pub user_name: Option<SealedText>,
    /// When it was accepted.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// When its state changed last.
    pub update_time: Option<DateTime<FixedOffset>>,
}

/// The end of a transfer (`MCHTRANSFER.BILL.FINISHED` of a `mch_payment`).
#[answer]
pub struct TransferNotice {
    /// The merchant; compare it with your own.
    #[serde(alias = "mchid")]
    pub mch_id: Option<MchId>,
    /// The merchant's number.
    pub out_bill_no: OutBillNo,
    /// WeChat Pay's number.
    pub transfer_bill_no: String,
    /// How it ended.
    #[serde(deserialize_with = "state")]
    pub state: TransferState,
    /// How much, in fen.
    pub transfer_amount: Fen,
    /// Who got it, in the app of the transfer.
    pub openid: OpenId,
    /// Why it failed, see [`Transfer::fail_reason`].
    pub fail_reason: Option<String>,
    /// When it was accepted.
    pub create_time: Option<DateTime<FixedOffset>>,
    /// When it ended.
    pub update_time: Option<DateTime<FixedOffset>>,
    /// Where it went: `CFT`, or `WPHK` in Hong Kong.
    pub payment_method_type: Option<String>,
}

/// How a transfer stands. New states may appear.
#[open_enum]
pub enum TransferState {
    /// Accepted; the same call may be repeated.
    Accepted,
    /// The money is being set aside. If it stays so, the balance is too low: top up, then the same call again.
    Processing,
    /// The user is to confirm, within a day.
    WaitUserConfirm,
    /// The money is on its way.
    #[wire("TRANSFERING")]
    Transferring,
    /// The money arrived.
    Success,
    /// It did not happen; another one needs another number.
    Fail,
    /// It is being taken back.
    Canceling,
    /// It was taken back.
    Cancelled,
}

impl TransferState {
    /// Whether it stays so.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Fail | Self::Cancelled)
    }

    /// Whether it is sure that no money went, so that another number may be used.
    pub fn is_void(&self) -> bool {
        matches!(self, Self::Fail | Self::Cancelled)
    }
}

/// Some pages spell `TRANSFERRING`, others `TRANSFERING`.
fn state<'de, D: Deserializer<'de>>(from: D) -> Result<TransferState, D::Error> {
    let text: String = wire::text(from)?;
    Ok(if text == "TRANSFERRING" { TransferState::Transferring } else { text.into() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_a_transfer_is_told() {
        let mut sample = json!({
            "mch_id": "1900000007",
            "out_bill_no": "T20260304A",
            "transfer_bill_no": "1330000000000000012026030400000001",
            "state": "FAIL",
            "transfer_amount": 5200,
            "openid": "oAbc-1",
            "fail_reason": "OVERDUE_CLOSE",
            "create_time": "2026-03-04T10:20:30+08:00",
            "update_time": "2026-03-05T10:20:31+08:00",
            "payment_method_type": "CFT",
        });
        let notice: TransferNotice = serde_json::from_value(sample.clone()).unwrap();
        assert!(notice.state.is_final() && notice.state.is_void());
        assert_eq!(
            (notice.transfer_amount, notice.fail_reason.as_deref()),
            (Fen(5200), Some("OVERDUE_CLOSE"))
        );
        assert!(notice.extra.is_empty());

        let merchant = sample["mch_id"].take();
        sample["mchid"] = merchant;
        sample.as_object_mut().unwrap().remove("mch_id");
        let notice: TransferNotice = serde_json::from_value(sample).unwrap();
        assert_eq!(notice.mch_id.unwrap().as_str(), "1900000007");
    }

    #[test]
    fn both_spellings_are_on_the_way() {
        for spelling in ["TRANSFERING", "TRANSFERRING"] {
            let sample = json!({"out_bill_no": "T1", "transfer_bill_no": "2", "state": spelling});
            let started: StartedTransfer = serde_json::from_value(sample).unwrap();
            assert_eq!(started.state, TransferState::Transferring);
            assert!(!started.state.is_final() && !started.state.is_void());
        }
    }
}
