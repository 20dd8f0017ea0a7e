//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;

use crate::clock::{Clock, SystemClock};
use crate::faults::Chaos;
use crate::time::check_speed;

/// How a simulator is started; take the default and change what matters.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Allows a `bind` that other machines can reach. The control paths need no password.
    pub allow_public: bool,
    /// The `SQLite` file that holds the state; `None` keeps it in memory.
    pub state_path: Option<PathBuf>,
    /// Waits (resends, refunds in processing) are so many times shorter than WeChat's.
    pub speed: f64,
    /// Life runs so many times faster than `clock`; the stamps of signatures do not.
    pub rate: f64,
    /// Faults drawn by chance.
    pub chaos: Option<Chaos>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Refuses a nonce that the same merchant used within the last ten minutes.
    pub nonce_check: bool,
    /// How long a refund is `PROCESSING`, before `speed` is applied.
    pub refund_delay: Duration,
    /// How long an order is not found by a query after its prepay, before `speed` is applied.
    pub query_lag: Duration,
    /// How long a receiver of a notification has to answer; real time, not changed by `speed`.
    pub notify_timeout: Duration,
    /// What a code that was already used is answered with: WeChat knows 40163 and 40029.
    pub used_code_errcode: i64,
    /// Closing an order again is refused with `ORDER_CLOSED` instead of being done already.
    pub refuse_repeated_close: bool,
    /// A login keeps the session key there is, as WeChat sometimes does, instead of making a new one.
    pub keep_session_key: bool,
    /// Refuses openids that never logged in; real ones are known to WeChat, made-up ones are not.
    pub known_openids_only: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_public: false,
            state_path: None,
            speed: 1.0,
            rate: 1.0,
            chaos: None,
            clock: Arc::new(SystemClock),
            nonce_check: true,
            refund_delay: Duration::from_secs(1),
            query_lag: Duration::ZERO,
            notify_timeout: Duration::from_secs(5),
            used_code_errcode: 40163,
            refuse_repeated_close: false,
            keep_session_key: false,
            known_openids_only: false,
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
        if let Some(chaos) = self.chaos {
            ensure!(
                (0.0..=1.0).contains(&chaos.rate),
                "a rate of chaos lies between 0 and 1, not {}",
                chaos.rate
            );
        }
        check_speed(self.rate)?;
        check_speed(self.speed)
    }
}
