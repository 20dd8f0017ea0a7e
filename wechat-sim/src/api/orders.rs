//! What users do with orders.

use serde_json::Value;

use crate::pay::payment::{self, PaidTransaction, PayOptions};
use crate::pay::query;
use crate::pay::refusal::Refusal;
use crate::simulator::Simulator;
use crate::world::key;

impl Simulator {
    /// The user pays.
    pub fn pay(&self, mchid: &str, out_trade_no: &str) -> Result<PaidTransaction, Refusal> {
        self.pay_with(mchid, out_trade_no, &PayOptions::default())
    }

    /// The user pays on the sheet of a `prepay_id`.
    pub fn pay_prepay(&self, prepay_id: &str) -> Result<PaidTransaction, Refusal> {
        payment::pay_prepay(&self.core, prepay_id, &PayOptions::default())
    }

    /// The user pays, and the transaction says another sum than the merchant asked for.
    pub fn pay_amount(
        &self,
        mchid: &str,
        out_trade_no: &str,
        total: i64,
    ) -> Result<PaidTransaction, Refusal> {
        let options = PayOptions { amount_total: Some(total), ..PayOptions::default() };
        self.pay_with(mchid, out_trade_no, &options)
    }

    /// The user pays in some special way.
    pub fn pay_with(
        &self,
        mchid: &str,
        out_trade_no: &str,
        options: &PayOptions,
    ) -> Result<PaidTransaction, Refusal> {
        payment::pay(&self.core, mchid, out_trade_no, options)
    }

    /// The user pays on the sheet of a `prepay_id`, in some special way.
    pub fn pay_prepay_with(&self, prepay_id: &str, options: &PayOptions) -> Result<PaidTransaction, Refusal> {
        payment::pay_prepay(&self.core, prepay_id, options)
    }

    /// The plaintext of an order's `TRANSACTION.SUCCESS`; `null` when there is no such order.
    pub fn transaction_json(&self, mchid: &str, out_trade_no: &str) -> Value {
        let order = key(mchid, out_trade_no);
        self.core.read(|world| world.orders.get(&order).map_or(Value::Null, query::transaction))
    }
}
