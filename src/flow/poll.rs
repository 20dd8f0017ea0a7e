//! Call-backs may never come: WeChat is asked about every payment until it ends.

use super::Mall;
use super::settle::{Amount, settle};
use super::wechat::Gateway;
use crate::base::{PaymentId, Result, TenantId, Timestamp, TradeId};
use crate::infra::jobs::{Done, Job};
use crate::mall::payment::{self, Payment, PaymentState};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;
use wechat_sdk::OutTradeNo;
use wechat_sdk::pay::transactions::{QueryByOutTradeNo, TradeState, Transaction};

/// Asks WeChat about one payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PollPayment {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// For which trade.
    pub trade_id: TradeId,
    /// Which.
    pub payment_id: PaymentId,
}

impl Job<Mall> for PollPayment {
    const KIND: &'static str = "poll_payment";
    const ATTEMPTS: u32 = 60;

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let payment =
            payment::payment(&mut mall.core.db.read().await?, self.tenant_id, self.payment_id).await?;
        let payment = payment.context("the payment of the job does not exist")?;
        if !payment.state.is_open() {
            return Ok(Done::Finished);
        }
        let gateway = mall.gateways.of(self.tenant_id)?;
        match ask(mall, &gateway, &payment).await? {
            Told::Ended => Ok(Done::Finished),
            Told::Open | Told::Unknown => {
                Ok(Done::Again(next(&payment, &mall.settings.poll, mall.core.now())))
            }
        }
    }
}

/// When to ask again: the next age of the schedule, or one last step from now.
fn next(payment: &Payment, schedule: &[Duration], now: Timestamp) -> Timestamp {
    let due = schedule.iter().map(|age| payment.created_at.after(*age)).find(|at| *at > now);
    due.unwrap_or_else(|| now.after(schedule.last().copied().unwrap_or(Duration::from_mins(30))))
}

/// What WeChat told about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It ended, and that is written down.
    Ended,
    /// It can still be paid.
    Open,
    /// WeChat does not know it (yet). It says so unsigned.
    Unknown,
}

/// Asks WeChat about an open payment, and writes down how it ended if it did.
pub async fn ask(mall: &Mall, gateway: &Gateway, payment: &Payment) -> Result<Told> {
    if payment.mch_id != gateway.mch_id {
        // Another merchant's "not found" would say nothing.
        let reason =
            format!("{} belongs to merchant {}; the settings name another", payment.id, payment.mch_id);
        return Err(anyhow::Error::msg(reason).into());
    }
    let number = OutTradeNo::new(payment.id.suffix()).context("our own out_trade_no")?;
    let report = match gateway.pay(&mall.core, payment, &QueryByOutTradeNo::new(number)).await {
        Ok(report) => report,
        Err(error) if error.has_code("ORDER_NOT_EXIST") => return Ok(Told::Unknown),
        Err(error) => return Err(super::wechat::unavailable(&error)),
    };
    if report.is_paid() {
        collected(mall, gateway, payment, &report).await?;
        return Ok(Told::Ended);
    }
    match report.trade_state {
        // A failed try (`PAYERROR`) leaves the sheet open: it counts as open until it is closed.
        TradeState::Closed | TradeState::Revoked => end(mall, gateway, payment, PaymentState::Closed).await,
        _ => Ok(Told::Open),
    }
}

async fn collected(mall: &Mall, gateway: &Gateway, payment: &Payment, report: &Transaction) -> Result<()> {
    let mut tx = mall.core.db.begin().await?;
    let taken = settle(mall, &mut tx, gateway, payment.id, report, Amount::IsFact).await?;
    if let Err(reason) = taken {
        return Err(anyhow::anyhow!("WeChat's answer about {} does not fit: {reason}", payment.id).into());
    }
    tx.commit().await?;
    Ok(())
}

/// Writes down that a payment is over without money.
pub async fn end(mall: &Mall, gateway: &Gateway, payment: &Payment, to: PaymentState) -> Result<Told> {
    let mut tx = mall.core.db.begin().await?;
    payment::end(&mut tx, gateway.tenant_id, payment.id, to, mall.core.now()).await?;
    tx.commit().await?;
    Ok(Told::Ended)
}
