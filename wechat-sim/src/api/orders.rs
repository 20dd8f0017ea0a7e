//! What users do with orders.

use serde_json::Value;

use crate::pay::payment::{self, PaidTransaction, PayOptions};
use crate::pay::query;
use crate::pay::refusal::Refusal;
use crate::pay::{balance, codepay, combine};
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

    /// The user pays a combined order, by the number of the whole.
    pub fn pay_combined(&self, mchid: &str, combine_out_trade_no: &str) -> Result<PaidTransaction, Refusal> {
        self.pay_combined_with(mchid, combine_out_trade_no, &PayOptions::default())
    }

    /// The user pays a combined order in some special way.
    pub fn pay_combined_with(
        &self,
        mchid: &str,
        combine_out_trade_no: &str,
        options: &PayOptions,
    ) -> Result<PaidTransaction, Refusal> {
        combine::payment::pay(&self.core, mchid, combine_out_trade_no, options)
    }

    /// A payment code on the phone of a user, or of a new one; it lives a minute and works once. Where it asks
    /// for the password, the order waits for [`Self::pay`] or [`Self::refuse_password`].
    pub fn pay_code(&self, app_id: &str, openid: Option<&str>, asks_password: bool) -> String {
        self.core.set(|world, now| codepay::show(world, app_id, openid, asks_password, now).0)
    }

    /// The user does not enter the password that a payment with a code waits for.
    pub fn refuse_password(&self, mchid: &str, out_trade_no: &str) -> Result<(), Refusal> {
        codepay::refuse_password(&self.core, mchid, out_trade_no)
    }

    /// A merchant puts money of its own into its account, in fen, or takes some out when it is negative; answers
    /// its balance.
    pub fn top_up(&self, mchid: &str, amount: i64) -> Result<i64, Refusal> {
        balance::top_up(&self.core, mchid, amount)
    }

    /// What a merchant has in its account, in fen.
    pub fn balance(&self, mchid: &str) -> i64 {
        self.core.read(|world| balance::balance(world, mchid))
    }

    /// The plaintext of an order's `TRANSACTION.SUCCESS`; `null` when there is no such order.
    pub fn transaction_json(&self, mchid: &str, out_trade_no: &str) -> Value {
        let order = key(mchid, out_trade_no);
        self.core.read(|world| world.orders.get(&order).map_or(Value::Null, query::transaction))
    }
}
