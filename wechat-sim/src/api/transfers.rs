//! What users do with transfers.

use serde_json::Value;

use crate::life::tasks;
use crate::pay::refusal::Refusal;
use crate::pay::transfer::{self, Answer};
use crate::simulator::Simulator;
use crate::world::key;

impl Simulator {
    /// The user confirms a transfer, and the authorization that is asked for with it; with `accept` false the
    /// user leaves the page, which changes nothing.
    ///
    /// # Errors
    ///
    /// When there is no such transfer, or it does not wait for the user.
    pub fn confirm_transfer(&self, mchid: &str, out_bill_no: &str, accept: bool) -> Result<Value, Refusal> {
        let answer = Answer {
            mchid: Some(mchid.to_owned()),
            out_bill_no: Some(out_bill_no.to_owned()),
            accept,
            authorize: true,
            ..Answer::default()
        };
        tasks::tick(&self.core);
        transfer::confirm(&self.core, &answer)
    }

    /// The user confirms the page a mini program opened with this `package_info`.
    ///
    /// # Errors
    ///
    /// When there is no such transfer, or it does not wait for the user.
    pub fn confirm_transfer_package(&self, package_info: &str, accept: bool) -> Result<Value, Refusal> {
        let package_info = Some(package_info.to_owned());
        let answer = Answer { package_info, accept, authorize: true, ..Answer::default() };
        tasks::tick(&self.core);
        transfer::confirm(&self.core, &answer)
    }

    /// The user answers a request for an authorization.
    ///
    /// # Errors
    ///
    /// When there is no such request, or it does not wait for the user.
    pub fn confirm_authorization(
        &self,
        mchid: &str,
        out_authorization_no: &str,
        accept: bool,
    ) -> Result<Value, Refusal> {
        let answer = Answer {
            mchid: Some(mchid.to_owned()),
            out_authorization_no: Some(out_authorization_no.to_owned()),
            accept,
            ..Answer::default()
        };
        tasks::tick(&self.core);
        transfer::confirm_authorization(&self.core, &answer)
    }

    /// The user takes an authorization back.
    ///
    /// # Errors
    ///
    /// When there is no such authorization.
    pub fn close_authorization(&self, mchid: &str, out_authorization_no: &str) -> Result<Value, Refusal> {
        tasks::tick(&self.core);
        transfer::close_by_user(&self.core, mchid, out_authorization_no)
    }

    /// A transfer fails at its end for this reason; `None` lets it succeed again.
    ///
    /// # Errors
    ///
    /// When there is no such reason.
    pub fn fail_transfer(
        &self,
        mchid: &str,
        out_bill_no: &str,
        fail_reason: Option<&str>,
    ) -> Result<(), Refusal> {
        transfer::plan_failure(&self.core, &key(mchid, out_bill_no), fail_reason)
    }

    /// All transfers to a shopper fail at their end for this reason; `None` lets them succeed again.
    ///
    /// # Errors
    ///
    /// When there is no such reason.
    pub fn fail_transfers_to(&self, openid: &str, fail_reason: Option<&str>) -> Result<(), Refusal> {
        transfer::plan_failure(&self.core, openid, fail_reason)
    }
}
