use super::super::Mall;
use super::announce;
use crate::base::{TenantId, Timestamp, TradeId};
use crate::infra::jobs::{Done, Job};
use crate::mall::notice::Event;
use crate::mall::order::{self, TradeRow};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// Reminds of an unpaid trade; enqueued when it is placed, due some time before it expires.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemindUnpaid {
    /// In whose mall.
    pub tenant_id: TenantId,
    /// Which.
    pub trade_id: TradeId,
}

impl RemindUnpaid {
    /// When to remind of a trade; `None` where there is no time for it, or nobody wants it.
    pub fn due(trade: &TradeRow, ahead: Duration) -> Option<Timestamp> {
        let at = trade.expires_at.before(ahead);
        (!ahead.is_zero() && at > trade.created_at).then_some(at)
    }
}

impl Job<Mall> for RemindUnpaid {
    const KIND: &'static str = "remind_unpaid";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    fn subject(&self) -> Option<Uuid> {
        Some(self.trade_id.uuid())
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let now = mall.core.now();
        let mut tx = mall.core.db.begin().await?;
        let trade = order::lock(&mut tx, self.tenant_id, self.trade_id).await?;
        let trade = trade.context("the trade of the job does not exist")?;
        if trade.is_payable(now) {
            let event =
                Event::ClosingSoon { trade_id: trade.id, amount: trade.total, expires_at: trade.expires_at };
            announce(&mut tx, self.tenant_id, trade.customer_id, &event, now).await?;
            tx.commit().await?;
        }
        Ok(Done::Finished)
    }
}
