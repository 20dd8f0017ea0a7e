//! Notifications: what is sent, when it is sent again, and how it is packed.

pub(crate) mod envelope;
pub(crate) mod pay_events;
pub(crate) mod push_answer;
pub(crate) mod push_envelope;
pub(crate) mod push_events;
pub(crate) mod push_templates;

use crate::core::Core;
use crate::crypto::random_hex;
use crate::world::{Delivery, DeliveryState, Parcel, World};

/// The waits before WeChat's fifteen resends, in seconds; [`crate::Settings::speed`] divides them.
pub const RETRY_SCHEDULE_SECS: [u64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600];

/// When a notification is sent again.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Schedule {
    /// Payments, refunds and profit sharing.
    Payment,
    /// Transfers and their authorizations.
    Transfer,
    Complaint,
    /// Message pushes.
    Push,
    /// The self-test.
    Echo,
}

impl Schedule {
    pub(crate) fn of(parcel: &Parcel) -> Self {
        match parcel {
            Parcel::Push { .. } => Self::Push,
            Parcel::Pay { original_type, .. } => match original_type.as_str() {
                "mch_payment" => Self::Transfer,
                "complaint" => Self::Complaint,
                "security" => Self::Echo,
                _ => Self::Payment,
            },
        }
    }

    /// The wait before the resend that follows so many others, in seconds.
    pub(crate) fn wait_secs(self, done: usize) -> Option<u64> {
        match self {
            Self::Payment => RETRY_SCHEDULE_SECS.get(done).copied(),
            Self::Transfer => match done {
                0..3 => Some(15),
                3..6 => Some(300),
                6..9 => Some(1800),
                9..31 => Some(3600),
                _ => None,
            },
            Self::Complaint => match done {
                0..10 => Some(60),
                10..32 => Some(300),
                _ => None,
            },
            Self::Push => (done < 2).then_some(0),
            Self::Echo => [15, 15, 30, 180, 1800, 1800, 1800, 1800, 3600].get(done).copied(),
        }
    }
}

/// Puts a notification into the outbox, unless notifications are lost at this moment.
pub(crate) fn post(core: &Core, world: &mut World, parcel: Parcel, url: &str, now: i64) -> u64 {
    let off = core.faults(|faults| faults.notifications_off);
    let delivery = Delivery {
        notification_id: notification_id(),
        parcel,
        url: url.to_owned(),
        created_at: now,
        state: DeliveryState::Pending,
        attempts: Vec::new(),
        waits: 0,
        repeats: 0,
    };
    world.post(delivery, (!off).then_some(now))
}

/// Thirty-six letters in the shape of a UUID.
pub(crate) fn notification_id() -> String {
    let hex = random_hex::<16>().to_lowercase();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
