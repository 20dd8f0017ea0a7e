//! Shipping, parcels and content: what shoppers, carriers and the platform do.

use crate::mini::logistics::{self, Step};
use crate::mini::shipping::{Named, app, life};
use crate::mini::{goods_return, security};
use crate::pay::refusal::Refusal;
use crate::simulator::Simulator;
use crate::world::{Suggest, Verdict};

impl Simulator {
    /// Puts a mini program under the management of shipping, or takes it out.
    pub fn trade_managed(&self, app_id: &str, managed: bool) -> Result<(), Refusal> {
        Ok(app::manage(&self.core, app_id, managed, None)?)
    }

    /// The shopper says in the component of the platform that the goods of a payment are there.
    pub fn confirm_receipt(&self, transaction_id: &str) -> Result<(), Refusal> {
        Ok(life::confirm(&self.core, Named::Transaction(transaction_id)).map(drop)?)
    }

    /// A complaint about a payment begins, or ends; it holds the money.
    pub fn complaint_about(&self, transaction_id: &str, in_complaint: bool) -> Result<(), Refusal> {
        let number = Named::Transaction(transaction_id);
        Ok(life::complain(&self.core, number, in_complaint).map(drop)?)
    }

    /// A parcel comes to a state: 1 collected, 2 on its way, 3 out for delivery, 4 signed, 5 trouble, 6 signed
    /// by somebody else.
    pub fn move_waybill(&self, waybill_id: &str, status: i64) -> Result<(), Refusal> {
        Ok(logistics::move_to(&self.core, Step { waybill_id, status, message: None })?)
    }

    /// What the shopper fills in for goods that go back: 1 orders a courier, 2 names the waybill.
    pub fn fill_return(
        &self,
        return_id: &str,
        status: i64,
        waybill_id: &str,
        delivery_id: &str,
    ) -> Result<(), Refusal> {
        Ok(goods_return::fill(&self.core, return_id, status, waybill_id, delivery_id)?)
    }

    /// Judges texts and addresses of media that hold `word` by a label of content security from now on.
    pub fn security_word(&self, word: &str, label: i64, suggest: Suggest) -> Result<(), Refusal> {
        Ok(security::add_word(&self.core, word, Verdict { label, suggest })?)
    }

    /// Lets the media of an app be out of reach for content security (errcode -1008), or not.
    pub fn media_unreachable(&self, app_id: &str, unreachable: bool) -> Result<(), Refusal> {
        Ok(security::set_unreachable(&self.core, app_id, unreachable)?)
    }

    /// The risk of a shopper, from 0 to 4.
    pub fn risk_rank(&self, app_id: &str, openid: &str, rank: i64) -> Result<(), Refusal> {
        Ok(security::set_rank(&self.core, app_id, openid, rank)?)
    }
}
