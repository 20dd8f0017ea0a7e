//! The notifications that wait for their delivery.

use serde_json::{Value, json};

use crate::crypto::random_hex;
use crate::pay::refund;
use crate::state::{Attempt, Delivery, DeliveryState, Order, Refund, RefundStatus, World};

/// Queues `TRANSACTION.SUCCESS`.
pub(crate) fn payment(world: &mut World, order: &Order, transaction: &Value, now: i64) {
    push(
        world,
        now,
        Delivery {
            event_type: "TRANSACTION.SUCCESS".to_owned(),
            original_type: "transaction".to_owned(),
            summary: "支付成功".to_owned(),
            ..delivery(&order.mchid, &order.notify_url, transaction.clone(), now)
        },
    );
}

/// Queues `REFUND.…`, if the merchant said where to.
pub(crate) fn refund(world: &mut World, refund: &Refund, now: i64) {
    let Some(url) = &refund.notify_url else { return };
    let summary = match refund.status {
        RefundStatus::Success => "退款成功",
        RefundStatus::Closed => "退款关闭",
        _ => "退款异常",
    };
    push(
        world,
        now,
        Delivery {
            event_type: format!("REFUND.{}", refund.status),
            original_type: "refund".to_owned(),
            summary: summary.to_owned(),
            ..delivery(&refund.mchid, url, refund_plaintext(refund), now)
        },
    );
}

/// A refund as its notification carries it: other names than in the answer of a query.
pub(crate) fn refund_plaintext(refund: &Refund) -> Value {
    let answer = refund::view(refund);
    let mut body = json!({
        "mchid": refund.mchid,
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "refund_status": refund.status.as_str(),
        "user_received_account": answer["user_received_account"],
        "amount": {
            "total": refund.total, "refund": refund.refund,
            "payer_total": refund.payer_total, "payer_refund": refund.payer_refund,
        },
    });
    if let Some(time) = answer.get("success_time") {
        body["success_time"] = time.clone();
    }
    body
}

fn delivery(mchid: &str, url: &str, plaintext: Value, now: i64) -> Delivery {
    Delivery {
        notification_id: notification_id(),
        mchid: mchid.to_owned(),
        url: url.to_owned(),
        event_type: String::new(),
        original_type: String::new(),
        summary: String::new(),
        plaintext,
        created_at: now,
        state: DeliveryState::Pending,
        attempts: Vec::new(),
        waits: 0,
        next_at: now,
    }
}

/// Thirty-six letters in the shape of a UUID.
pub(crate) fn notification_id() -> String {
    let hex = random_hex::<16>().to_lowercase();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn push(world: &mut World, now: i64, mut delivery: Delivery) {
    let outbox = &mut world.outbox;
    outbox.last += 1;
    delivery.next_at = now;
    if outbox.off {
        delivery.state = DeliveryState::Dropped;
    } else {
        outbox.pending.insert(outbox.last);
    }
    outbox.all.insert(outbox.last, delivery);
}

impl World {
    /// Sends a notification again at once, also one that was delivered or dropped.
    pub(crate) fn resend(&mut self, id: u64, now: i64) -> bool {
        let Some(delivery) = self.outbox.all.get_mut(&id) else { return false };
        delivery.state = DeliveryState::Pending;
        delivery.next_at = now;
        self.outbox.pending.insert(id);
        true
    }

    /// The notifications whose time has come, or all that wait; they count as being sent from here on.
    pub(crate) fn claim(&mut self, due: Option<i64>) -> Vec<u64> {
        let outbox = &mut self.outbox;
        let free = outbox.pending.iter().filter(|id| !outbox.in_flight.contains(id));
        let is_due =
            |id: &&u64| due.is_none_or(|now| outbox.all.get(*id).is_some_and(|found| found.next_at <= now));
        let claimed: Vec<u64> = free.filter(is_due).copied().collect();
        outbox.in_flight.extend(&claimed);
        claimed
    }

    /// Notes how an attempt went. `wait` is the pause before the next one, `None` when there is none left.
    pub(crate) fn note(&mut self, id: u64, attempt: Attempt, wait: Option<i64>, now: i64) {
        self.outbox.in_flight.remove(&id);
        let Some(delivery) = self.outbox.all.get_mut(&id) else { return };
        let accepted = matches!(attempt.status, Some(200 | 204));
        delivery.attempts.push(attempt);
        delivery.state = match wait {
            _ if accepted => DeliveryState::Delivered,
            Some(_) => DeliveryState::Pending,
            None => DeliveryState::GivenUp,
        };
        if delivery.state == DeliveryState::Pending {
            delivery.waits += 1;
            delivery.next_at = now.saturating_add(wait.unwrap_or(0));
        } else {
            self.outbox.pending.remove(&id);
        }
    }
}
