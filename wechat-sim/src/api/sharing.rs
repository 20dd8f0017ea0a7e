//! Profit sharing, and what is agreed with merchants.

use serde_json::Value;

use crate::pay::refusal::Refusal;
use crate::pay::{sharing, terms};
use crate::simulator::Simulator;
use crate::world::{ReturnResult, ShareResult};

impl Simulator {
    /// Changes what is agreed with a merchant about profit sharing and transfers: `max_ratio` (ten-thousandths),
    /// `sharing_notify_url`, `refuses_returns`, `balance` (fen), `waits_when_short`, `slow_transfers`, `scenes`,
    /// `max_transfer` (fen); `null` goes back to the default. Answers all of it.
    ///
    /// # Errors
    ///
    /// When there is no such term, or it cannot have this value.
    pub fn merchant_terms(&self, mchid: &str, changes: &Value) -> Result<Value, Refusal> {
        terms::change(&self.core, mchid, changes)
    }

    /// Says what an openid or a merchant is really called, to be compared with encrypted names; `None` makes it
    /// unknown again.
    ///
    /// # Errors
    ///
    /// When the state file cannot be written.
    pub fn real_name(&self, account: &str, name: Option<&str>) -> Result<(), Refusal> {
        terms::name(&self.core, account, name)
    }

    /// How shares of an account end from now on; `None` leaves it to the rules.
    ///
    /// # Errors
    ///
    /// When there is no such reason.
    pub fn share_outcome(
        &self,
        account: &str,
        result: Option<ShareResult>,
        fail_reason: Option<&str>,
    ) -> Result<(), Refusal> {
        sharing::share_outcome(&self.core, account, result, fail_reason)
    }

    /// How returns of an account end from now on; `PROCESSING` lets them hang.
    ///
    /// # Errors
    ///
    /// When there is no such reason.
    pub fn return_outcome(
        &self,
        account: &str,
        result: Option<ReturnResult>,
        fail_reason: Option<&str>,
    ) -> Result<(), Refusal> {
        sharing::return_outcome(&self.core, account, result, fail_reason)
    }
}
