//! WeChat Pay, a file per area.

mod bills;
mod combine;
mod common;
mod complaint_history;
mod complaint_replies;
mod complaints;
mod complaints_v1;
mod profit_sharing;
mod refunds;
mod risk;
mod risk_report;
mod sharing_returns;
mod transactions;
mod transfer_authorizations;
mod transfer_receipts;
mod transfers;

use crate::Exercise;

/// All of them.
#[must_use]
pub fn all() -> Vec<Exercise> {
    [
        risk_report::all(),
        risk::all(),
        complaints_v1::all(),
        complaints::all(),
        complaint_replies::all(),
        complaint_history::all(),
        bills::all(),
        combine::all(),
        common::all(),
        profit_sharing::all(),
        refunds::all(),
        sharing_returns::all(),
        transactions::all(),
        transfer_authorizations::all(),
        transfer_receipts::all(),
        transfers::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
