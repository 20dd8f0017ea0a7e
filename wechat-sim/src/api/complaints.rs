//! Complaints of shoppers, and risky orders.

use serde_json::Value;

use crate::pay::complaints::shopper::{self, ComplaintOptions, ComplaintStep};
use crate::pay::complaints::view::{self, ComplaintView};
use crate::pay::refusal::Refusal;
use crate::pay::risk::{self, RiskOptions};
use crate::simulator::Simulator;

impl Simulator {
    /// A shopper complains about a paid order.
    pub fn complain(
        &self,
        mchid: &str,
        out_trade_no: &str,
        options: &ComplaintOptions,
    ) -> Result<ComplaintView, Refusal> {
        let transaction_id = shopper::payment_of(&self.core, mchid, out_trade_no)?;
        shopper::open(&self.core, &transaction_id, options)
    }

    /// The shopper or the platform does something about a complaint.
    pub fn complaint_step(&self, complaint_id: &str, step: &ComplaintStep) -> Result<ComplaintView, Refusal> {
        shopper::step(&self.core, complaint_id, step)
    }

    /// All complaints, oldest first, as they are at this moment.
    pub fn complaints(&self) -> Vec<ComplaintView> {
        crate::life::tasks::tick(&self.core);
        self.core.read(view::all)
    }

    /// The platform finds a paid order risky; answers what it tells about it.
    pub fn find_risky(
        &self,
        mchid: &str,
        out_trade_no: &str,
        options: &RiskOptions,
    ) -> Result<Value, Refusal> {
        risk::plant(&self.core, mchid, out_trade_no, options)
    }

    /// The risky orders, and what merchants said about the risk of orders.
    pub fn risk_trades(&self) -> Vec<Value> {
        risk::all(&self.core)
    }
}
