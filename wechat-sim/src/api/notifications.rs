//! Steering notifications, and making ones that no platform would send.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::notify::{envelope, queue, worker};
use crate::simulator::Simulator;
use crate::state::{Delivery, DeliveryState, Material};

/// What is special about a notification made by [`Simulator::signed_notification`]; by default nothing.
#[derive(Debug, Clone, Default)]
pub struct NotificationOptions {
    /// Signed so many seconds in the future, or in the past when negative.
    pub timestamp_offset_secs: i64,
    /// Names this key instead of the one that signed.
    pub serial: Option<String>,
    /// Changes the signature so that it no longer verifies.
    pub break_signature: bool,
    /// Carries a deliberately wrong signature of the kind WeChat probes receivers with.
    pub probe: bool,
    /// The `id`; a new one by default.
    pub id: Option<String>,
    /// Signs with this material instead of the merchant's.
    pub material: Option<Material>,
    /// Encrypts with this `APIv3` key (32 bytes) instead of the merchant's.
    pub api_v3_key: Option<String>,
}

impl Simulator {
    /// Loses all notifications that come up from now on; those that wait go on waiting.
    pub fn notifications_off(&self) {
        self.core.set(|world, _| world.outbox.off = true);
    }

    /// Stops losing notifications.
    pub fn notifications_on(&self) {
        self.core.set(|world, _| world.outbox.off = false);
    }

    /// Lets notifications wait until [`Self::deliver_now`] or [`Self::resume_delivery`].
    pub fn pause_delivery(&self) {
        self.core.set(|world, _| world.outbox.paused = true);
    }

    /// Delivers by the schedule again.
    pub fn resume_delivery(&self) {
        self.core.set(|world, _| world.outbox.paused = false);
    }

    /// Delivers every waiting notification once, in order, whether or not its time has come. Answers the HTTP
    /// statuses of the receivers, 0 where nobody answered.
    pub async fn deliver_now(&self) -> Vec<u16> {
        worker::deliver_all(&self.core).await
    }

    /// Waits until no notification waits for an attempt; false when that took longer than `patience`.
    pub async fn delivered_within(&self, patience: std::time::Duration) -> bool {
        let idle = async {
            while !self.core.read(worker::is_idle) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(patience, idle).await.is_ok()
    }

    /// Sends a notification once more, by [`crate::NotificationView::id`]; false when there is none.
    pub fn resend(&self, id: u64) -> bool {
        self.core.set(|world, now| world.resend(id, now))
    }

    /// A notification for a merchant, sealed and signed as asked, without sending it.
    ///
    /// # Panics
    ///
    /// When the merchant is not registered, or a given `APIv3` key has not 32 bytes.
    pub fn signed_notification(
        &self,
        mchid: &str,
        event_type: &str,
        original_type: &str,
        plaintext: &Value,
        options: &NotificationOptions,
    ) -> (HeaderMap, Bytes) {
        let merchant = self.core.read(|world| world.merchants.get(mchid).cloned());
        let mut merchant = merchant.expect("the merchant is registered first");
        if let Some(key) = &options.api_v3_key {
            merchant.keys.api_v3_key.clone_from(key);
        }
        let now = self.core.now();
        let delivery = crafted(mchid, event_type, original_type, plaintext, options, now);
        let material = options.material.unwrap_or(merchant.signs_with);
        let (mut headers, body) =
            envelope::pack(&merchant, material, &delivery, now + options.timestamp_offset_secs * 1000);
        falsify(&mut headers, options);
        (headers, body)
    }
}

fn crafted(
    mchid: &str,
    event_type: &str,
    original_type: &str,
    plaintext: &Value,
    options: &NotificationOptions,
    now: i64,
) -> Delivery {
    Delivery {
        notification_id: options.id.clone().unwrap_or_else(queue::notification_id),
        mchid: mchid.to_owned(),
        url: String::new(),
        event_type: event_type.to_owned(),
        original_type: original_type.to_owned(),
        summary: "通知".to_owned(),
        plaintext: plaintext.clone(),
        created_at: now,
        state: DeliveryState::Pending,
        attempts: Vec::new(),
        waits: 0,
        next_at: now,
    }
}

fn falsify(headers: &mut HeaderMap, options: &NotificationOptions) {
    if let Some(serial) = options.serial.as_deref().and_then(|serial| HeaderValue::from_str(serial).ok()) {
        headers.insert("wechatpay-serial", serial);
    }
    let signature =
        headers.get("wechatpay-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let forged = if options.probe {
        format!("WECHATPAY/SIGNTEST/{signature}")
    } else if options.break_signature {
        signature.chars().rev().skip_while(|letter| *letter == '=').chain("==".chars()).collect()
    } else {
        return;
    };
    if let Ok(forged) = HeaderValue::from_str(&forged) {
        headers.insert("wechatpay-signature", forged);
    }
}
