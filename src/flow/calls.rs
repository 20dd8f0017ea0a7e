//! Calls to WeChat that concern a trade go through here: sent, and written down when they have ended.
//!
//! The record is made in a small transaction of its own. Should that fail, the call counts all the
//! same: whoever asked gets WeChat's answer.

use super::wechat::Gateway;
use crate::base::{CallId, TradeId};
use crate::infra::Core;
use crate::infra::db;
use crate::mall::call::{self, Call, CallOutcome};
use crate::mall::payment::{Payment, Refund};
use crate::mall::shipment::Shipment;
use std::time::{Duration, Instant};
use uuid::Uuid;
use wechat_sdk::pay::Trace;
use wechat_sdk::{Error, MiniOperation, Outcome, PayOperation, Sent};

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The payment, refund, order…
    pub subject: Uuid,
    /// The trade behind it, in whose timeline the call stands.
    pub trade: Option<TradeId>,
}

impl From<&Payment> for About {
    fn from(payment: &Payment) -> Self {
        Self { subject: payment.id.uuid(), trade: Some(payment.trade_id) }
    }
}

impl From<&Refund> for About {
    fn from(refund: &Refund) -> Self {
        Self { subject: refund.id.uuid(), trade: Some(refund.trade_id) }
    }
}

impl From<&Shipment> for About {
    fn from(shipment: &Shipment) -> Self {
        Self { subject: shipment.id.uuid(), trade: Some(shipment.trade_id) }
    }
}

impl Gateway {
    /// Sends a call to WeChat Pay, and writes down how it ended.
    pub async fn pay<O: PayOperation>(
        &self,
        core: &Core,
        about: impl Into<About>,
        operation: &O,
    ) -> Result<O::Output, Error> {
        let (about, started, mut trace) = (about.into(), Instant::now(), Trace::default());
        let answer = self.merchant.send_traced(operation, &mut trace).await;
        let ended = Ended { name: O::NAME, error: answer.as_ref().err(), trace, took: started.elapsed() };
        self.write_down(core, about, ended).await;
        answer
    }

    /// The same with the mini-program API, which numbers only what it refuses.
    pub async fn mini<O: MiniOperation>(
        &self,
        core: &Core,
        about: impl Into<About>,
        operation: &O,
    ) -> Result<O::Output, Error> {
        let (about, started) = (about.into(), Instant::now());
        let answer = self.mini.send(operation).await;
        let error = answer.as_ref().err();
        let said = error.and_then(Error::api);
        let trace = Trace {
            status: said.map(|said| said.status),
            request_id: said.and_then(|said| said.request_id.clone()),
        };
        self.write_down(core, about, Ended { name: O::NAME, error, trace, took: started.elapsed() }).await;
        answer
    }

    async fn write_down(&self, core: &Core, about: About, ended: Ended<'_>) {
        let written = self.record(core, &ended.into_call(core, about)).await;
        if let Err(error) = written {
            metrics::counter!("jishi_calls_unrecorded_total").increment(1);
            tracing::error!(%error, subject = %about.subject, "a call to WeChat could not be written down");
        }
    }

    async fn record(&self, core: &Core, call: &Call) -> db::Result<()> {
        let mut tx = core.db.begin().await?;
        call::record(&mut tx, self.tenant_id, call).await?;
        tx.commit().await
    }
}

/// How a call ended.
struct Ended<'a> {
    name: &'static str,
    error: Option<&'a Error>,
    trace: Trace,
    took: Duration,
}

impl Ended<'_> {
    fn into_call(self, core: &Core, about: About) -> Call {
        let now = core.now();
        Call {
            id: CallId::fresh(now),
            subject_id: about.subject,
            trade_id: about.trade,
            operation: self.name.to_owned(),
            outcome: outcome(self.error),
            status: self.trace.status.map(i64::from),
            code: self.error.map(code),
            request_id: self.trace.request_id,
            took_ms: i64::try_from(self.took.as_millis()).unwrap_or(i64::MAX),
            created_at: now,
        }
    }
}

fn outcome(error: Option<&Error>) -> CallOutcome {
    match error.map(Error::outcome) {
        None => CallOutcome::Ok,
        Some(Outcome::NotDone) => CallOutcome::Refused,
        // What cannot be read tells us nothing, although it was done.
        Some(Outcome::Done | Outcome::Unknown) => CallOutcome::Unknown,
    }
}

fn code(error: &Error) -> String {
    match error {
        Error::Api(said) => said.code.as_str().to_owned(),
        Error::Transport(silence) if silence.sent == Sent::Maybe => "NO_ANSWER".to_owned(),
        Error::Untrusted(_) => "UNTRUSTED".to_owned(),
        Error::Decode(_) => "UNREADABLE".to_owned(),
        _ => "NOT_SENT".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wechat_sdk::{ConfigError, TransportError, VerifyError};

    #[test]
    fn only_what_certainly_had_no_effect_counts_as_refused() {
        let silence = |sent| Error::from(TransportError::new(sent, "test"));
        for (error, expected) in [
            (silence(Sent::Maybe), (CallOutcome::Unknown, "NO_ANSWER")),
            (silence(Sent::No), (CallOutcome::Refused, "NOT_SENT")),
            (ConfigError::new("test").into(), (CallOutcome::Refused, "NOT_SENT")),
            (VerifyError::Probe.into(), (CallOutcome::Unknown, "UNTRUSTED")),
        ] {
            assert_eq!((outcome(Some(&error)), code(&error).as_str()), expected, "{error}");
        }
        assert_eq!(outcome(None), CallOutcome::Ok);
    }
}
