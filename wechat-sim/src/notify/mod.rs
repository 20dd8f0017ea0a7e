//! Notifications: what is sent, when, and how it is packed.

pub(crate) mod envelope;
pub(crate) mod queue;
pub(crate) mod worker;

/// The waits before WeChat's fifteen resends, in seconds; [`crate::Settings::speed`] divides them.
pub const RETRY_SCHEDULE_SECS: [u64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600];
