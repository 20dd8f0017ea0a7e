//! Steering notifications, and making ones that no platform would send.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::faults::Flaw;
use crate::life::delivery;
use crate::notify::envelope::{self, Content};
use crate::notify::notification_id;
use crate::signature::Signature;
use crate::simulator::Simulator;
use crate::world::{Material, World};

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
        self.core.switch_deliveries(Some(true), None);
    }

    /// Stops losing notifications.
    pub fn notifications_on(&self) {
        self.core.switch_deliveries(Some(false), None);
    }

    /// Lets notifications wait until [`Self::deliver_now`] or [`Self::resume_delivery`].
    pub fn pause_delivery(&self) {
        self.core.switch_deliveries(None, Some(true));
    }

    /// Delivers by the schedule again.
    pub fn resume_delivery(&self) {
        self.core.switch_deliveries(None, Some(false));
    }

    /// Delivers every waiting notification once, in order, whether or not its time has come. Answers the HTTP
    /// statuses of the receivers, 0 where nobody answered.
    pub async fn deliver_now(&self) -> Vec<u16> {
        delivery::all(&self.core).await
    }

    /// Waits until no notification waits for an attempt; false when that took longer than `patience`.
    pub async fn delivered_within(&self, patience: std::time::Duration) -> bool {
        let idle = async {
            while !self.core.read(World::all_delivered) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(patience, idle).await.is_ok()
    }

    /// Sends a notification once more, by [`crate::NotificationView::id`]; false when there is none.
    pub fn resend(&self, id: u64) -> bool {
        self.core.resend(id)
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
        let id = options.id.clone().unwrap_or_else(notification_id);
        let content = Content {
            id: &id,
            created_at: self.core.now(),
            event_type,
            original_type,
            summary: "通知",
            plaintext,
        };
        let body = envelope::seal_content(&merchant, &content);
        let material = options.material.unwrap_or_else(|| merchant.notification_material());
        let stamp = self.core.time.stamp() + options.timestamp_offset_secs * 1000;
        let signature = Signature::new(&merchant, material, stamp, &body, options.flaw());
        let mut headers = envelope::headers(&signature, None);
        if let Some(serial) = options.serial.as_deref().and_then(|serial| HeaderValue::from_str(serial).ok())
        {
            headers.insert("wechatpay-serial", serial);
        }
        (headers, body)
    }
}

impl NotificationOptions {
    fn flaw(&self) -> Option<Flaw> {
        if self.probe { Some(Flaw::Probe) } else { self.break_signature.then_some(Flaw::Broken) }
    }
}
