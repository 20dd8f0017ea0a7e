//! The notifications of payments and refunds.

use serde_json::{Value, json};

use super::post;
use crate::core::Core;
use crate::wire::text;
use crate::world::{Abnormal, Parcel, Refund, RefundStatus, World};

/// Posts a notification of WeChat Pay.
pub(crate) fn post_event(
    core: &Core,
    world: &mut World,
    (mchid, url): (&str, &str),
    (event_type, original_type, summary): (&str, &str, &str),
    plaintext: Value,
    now: i64,
) -> u64 {
    let parcel = Parcel::Pay {
        mchid: mchid.to_owned(),
        event_type: event_type.to_owned(),
        original_type: original_type.to_owned(),
        summary: summary.to_owned(),
        plaintext,
    };
    post(core, world, parcel, url, now)
}

/// `TRANSACTION.SUCCESS`, of a single or a combined order.
pub(crate) fn paid(core: &Core, world: &mut World, mchid: &str, url: &str, transaction: Value, now: i64) {
    let event = ("TRANSACTION.SUCCESS", "transaction", "支付成功");
    post_event(core, world, (mchid, url), event, transaction, now);
}

/// `REFUND.…`, if the merchant said where to.
pub(crate) fn refunded(core: &Core, world: &mut World, refund: &Refund, now: i64) {
    let Some(url) = &refund.notify_url else { return };
    let summary = match refund.status {
        RefundStatus::Success => "退款成功",
        RefundStatus::Closed => "退款关闭",
        _ => "退款异常",
    };
    let event = format!("REFUND.{}", refund.status);
    post_event(core, world, (&refund.mchid, url), (&event, "refund", summary), refund_plaintext(refund), now);
}

/// A refund as its notification carries it: other names than in the answer of a query.
pub(crate) fn refund_plaintext(refund: &Refund) -> Value {
    let mut body = json!({
        "mchid": refund.mchid,
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "refund_status": refund.status.as_str(),
        "user_received_account": refund.received_account(),
        "amount": {
            "total": refund.total, "refund": refund.refund,
            "payer_total": refund.payer_total, "payer_refund": refund.payer_refund,
        },
    });
    if let Some(at) = refund.success_at {
        body["success_time"] = json!(text::rfc3339(at));
    }
    body
}

impl Refund {
    /// Where the money goes, for people.
    pub(crate) fn received_account(&self) -> String {
        match &self.abnormal {
            None => "支付用户零钱".to_owned(),
            Some(Abnormal { to_merchant: true, .. }) => "商户银行账户".to_owned(),
            Some(Abnormal { bank, bank_account, .. }) => {
                let number = bank_account.as_deref().unwrap_or_default();
                let tail = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
                format!("{}借记卡{tail}", bank.as_deref().unwrap_or_default())
            }
        }
    }
}
