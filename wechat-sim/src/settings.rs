//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;

use crate::clock::{Clock, SystemClock};

/// How a simulator is started; take the default and change what matters.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Allows a `bind` that other machines can reach. The control paths need no password.
    pub allow_public: bool,
    /// The JSON file that holds the state; `None` keeps it in memory.
    pub state_path: Option<PathBuf>,
    /// Resends and refunds run this many times faster than WeChat's.
    pub speed: f64,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Refuses a nonce that the same merchant used within the last ten minutes.
    pub nonce_check: bool,
    /// How long a refund is `PROCESSING`, before `speed` is applied.
    pub refund_delay: Duration,
    /// How long a receiver of a notification has to answer; real time, not changed by `speed`.
    pub notify_timeout: Duration,
    /// What a code that was already used is answered with: WeChat knows 40163 and 40029.
    pub used_code_errcode: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_public: false,
            state_path: None,
            speed: 1.0,
            clock: Arc::new(SystemClock),
            nonce_check: true,
            refund_delay: Duration::from_secs(1),
            notify_timeout: Duration::from_secs(5),
            used_code_errcode: 40163,
        }
    }
}

impl Settings {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.allow_public || self.bind.ip().is_loopback(),
            "{} is not a loopback address; set allow_public to listen there",
            self.bind
        );
        check_speed(self.speed)
    }
}

/// Keeps the speed within what durations can be multiplied with.
pub(crate) fn check_speed(speed: f64) -> anyhow::Result<()> {
    ensure!((0.001..=1_000_000.0).contains(&speed), "a speed lies between 0.001 and 1000000, not {speed}");
    Ok(())
}
