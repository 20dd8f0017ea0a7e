//! What a simulator is started with.

pub(crate) mod switches;

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
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
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
    /// How long after a refund the next one of the same order is refused, before `speed` is applied: a minute at
    /// WeChat.
    pub refund_spacing: Duration,
    /// After so many refused refunds of a merchant within a second all are refused: 6 at WeChat.
    pub failing_refunds_per_second: Option<u32>,
    /// Refuses refunds that the merchant has not the money for.
    pub refund_from_balance: bool,
    /// How long an order is not found by a query after its prepay, before `speed` is applied.
    pub query_lag: Duration,
    /// How long a payment is unknown to the management of shipping, before `speed` is applied.
    pub shipping_lag: Duration,
    /// How long after shipping by express receipt counts as confirmed, before `speed` is applied.
    pub receipt_delay_express: Duration,
    /// The same for shipping in the city, virtual goods and goods that are picked up.
    pub receipt_delay_other: Duration,
    /// How long after receipt the money is let go, before `speed` is applied.
    pub settlement_delay: Duration,
    /// How long the check of a picture or a sound takes, before `speed` is applied; WeChat needs 30 minutes
    /// at most.
    pub media_check_delay: Duration,
    /// How long a receiver of a notification has to answer; real time, not changed by `speed`.
    pub notify_timeout: Duration,
    /// What a code that was already used is answered with: WeChat knows 40163 and 40029.
    pub used_code_errcode: i64,
    /// Closing an order again is refused with `ORDER_CLOSED` instead of being done already.
    pub refuse_repeated_close: bool,
    /// Sharing with somebody who was not added is refused at once, instead of failing for that receiver with
    /// `NO_RELATION`.
    pub refuse_unrelated_receivers: bool,
    /// A login keeps the session key there is, as WeChat sometimes does, instead of making a new one.
    pub keep_session_key: bool,
    /// What `checksession` says of a person without a session: WeChat may know 87009 and 87007.
    pub lost_session_errcode: i64,
    /// The hour of the next day, in UTC+8, from which on the bills of a day can be fetched.
    pub bill_hour: u32,
    /// Refuses openids that never logged in; real ones are known to WeChat, made-up ones are not.
    pub known_openids_only: bool,
    /// Answers to complaints may carry links; WeChat Pay asks merchants to apply for that.
    pub complaint_links: bool,
    /// A complaint can only be completed after it was answered; the documents do not say so.
    pub complaint_answer_first: bool,
    /// Message pushes that are sent again keep the timestamp and the nonce of the first attempt.
    pub push_retry_keeps_stamp: bool,
    /// A message push may be answered with a message for the shopper, as those of official accounts may.
    pub passive_replies: bool,
    /// The answer of a subscribe message carries its `msgid`, as the live system does although no page says so.
    pub subscribe_msgid: bool,
    /// How long a payment is unknown to service cards, before `speed` is applied.
    pub card_lag: Duration,
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
            refund_spacing: Duration::ZERO,
            failing_refunds_per_second: None,
            refund_from_balance: false,
            query_lag: Duration::ZERO,
            shipping_lag: Duration::ZERO,
            receipt_delay_express: Duration::from_hours(10 * 24),
            receipt_delay_other: Duration::from_hours(2 * 24),
            settlement_delay: Duration::from_secs(1),
            media_check_delay: Duration::from_secs(1),
            notify_timeout: Duration::from_secs(5),
            used_code_errcode: 40163,
            refuse_repeated_close: false,
            refuse_unrelated_receivers: false,
            keep_session_key: false,
            lost_session_errcode: 87009,
            bill_hour: 10,
            known_openids_only: false,
            complaint_links: false,
            complaint_answer_first: false,
            push_retry_keeps_stamp: false,
            passive_replies: false,
            subscribe_msgid: true,
            card_lag: Duration::ZERO,
        }
    }
}

impl Settings {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.allow_public || self.bind.ip().is_loopback(),
            "{} is not a loopback address; --public (allow_public) lets other machines in",
            self.bind
        );
        if let Some(chaos) = self.chaos {
            ensure!(
                (0.0..=1.0).contains(&chaos.rate),
                "a rate of chaos lies between 0 and 1, not {}",
                chaos.rate
            );
        }
        ensure!(self.bill_hour < 24, "an hour of the day is below 24, not {}", self.bill_hour);
        check_speed(self.rate)?;
        check_speed(self.speed)
    }
}
