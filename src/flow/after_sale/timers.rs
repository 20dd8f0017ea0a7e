//! What happens when nobody does anything.

use super::super::Mall;
use super::{decide, go, locked};
use crate::base::{Actor, AfterSaleId, By, Code, Result, TenantId, Timestamp, TradeId};
use crate::infra::db::Tx;
use crate::infra::jobs::{self, Done, Job};
use crate::mall::after_sale::{AfterSale, AfterSaleKind, AfterSaleState};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Decides a case in the place of whom it waits for; enqueued when it comes to a state that times out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TimeOutAfterSale {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub after_sale_id: AfterSaleId,
    /// Of which trade.
    pub trade_id: TradeId,
    /// When it was to time out. A case that moved on since has another time, and another job.
    pub due_at: Timestamp,
}

impl Job<Mall> for TimeOutAfterSale {
    const KIND: &'static str = "time_out_after_sale";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        if self.due_at > mall.core.now() {
            return Ok(Done::Again(self.due_at));
        }
        let mut tx = mall.core.db.begin().await?;
        let case = locked(&mut tx, self.tenant_id, self.after_sale_id).await?;
        if case.due_at != Some(self.due_at) {
            return Ok(Done::Finished);
        }
        match time_out(mall, &mut tx, self.tenant_id, case).await {
            Ok(()) => tx.commit().await?,
            Err(error) if error.code().is_some_and(is_for_operators) => report(&self, error.code()),
            Err(error) => return Err(error.into()),
        }
        Ok(Done::Finished)
    }
}

/// Puts the timer of a case on the list, if the state that it came to has one.
pub(super) async fn watch(tx: &mut Tx, tenant: TenantId, case: &AfterSale, now: Timestamp) -> Result<()> {
    let Some(due_at) = case.due_at else { return Ok(()) };
    let job = TimeOutAfterSale { tenant_id: tenant, after_sale_id: case.id, trade_id: case.trade_id, due_at };
    jobs::enqueue::<Mall, _>(tx, &job, now, due_at).await
}

async fn time_out(mall: &Mall, tx: &mut Tx, tenant: TenantId, case: AfterSale) -> Result<()> {
    let by = By::new(Actor::System).because("time-out");
    if case.state == AfterSaleState::Approved {
        return go(mall, tx, tenant, case, AfterSaleState::Cancelled, by).await.map(drop);
    }
    let order = decide::order_of(tx, tenant, &case).await?;
    let amount = decide::amount(&order, &case, None)?;
    if decide::takes_two(mall, tx, tenant, &order, amount).await? {
        return Err(Code::SecondPersonNeeded.into());
    }
    if case.state == AfterSaleState::Requested && case.kind == AfterSaleKind::ReturnRefund {
        return decide::await_return(mall, tx, tenant, &order, case, by).await.map(drop);
    }
    decide::release(mall, tx, tenant, &order, case, amount, by).await.map(drop)
}

/// What no timer can decide: the case stays where it is, overdue.
fn is_for_operators(code: Code) -> bool {
    matches!(code, Code::SecondPersonNeeded | Code::ReturnAddressMissing | Code::LimitReached)
}

fn report(job: &TimeOutAfterSale, code: Option<Code>) {
    let reason = code.map_or("", Code::as_str);
    tracing::error!(after_sale = %job.after_sale_id, reason, "an after-sale is overdue: an operator must decide");
    metrics::counter!("jishi_after_sales_overdue_total", "reason" => reason).increment(1);
}
