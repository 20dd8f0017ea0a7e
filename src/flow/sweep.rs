//! What nobody needs any more goes: answers kept for repeats, refresh tokens that ended, jobs that
//! were done, what messages said, and pictures that no after-sale needs.

use super::Mall;
use crate::base::{Result, TenantId, Timestamp};
use crate::infra::db::Tx;
use crate::infra::jobs::{self, Done, Job};
use crate::infra::{idempotency, session};
use crate::mall::{after_sale, message};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often.
const PAUSE: Duration = Duration::from_hours(1);

/// How long a picture waits for the case that it is for.
const UNUSED_IMAGES: Duration = Duration::from_hours(24);

/// How long the pictures of a case that gave nothing back are kept, for whoever complains.
const IMAGES_OF_VOID: Duration = Duration::from_hours(30 * 24);

/// Sweeps one tenant's tables, for ever.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sweep {
    /// Whose.
    pub tenant_id: TenantId,
}

impl Job<Mall> for Sweep {
    const KIND: &'static str = "sweep";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    async fn run(self, mall: &Mall) -> anyhow::Result<Done> {
        let now = mall.core.now();
        let mut tx = mall.core.db.begin().await?;
        let answers =
            idempotency::purge(&mut tx, self.tenant_id, now.before(mall.settings.keep_answers)).await?;
        let tokens = session::purge(&mut tx, self.tenant_id, now).await?;
        let done = jobs::purge(&mut tx, self.tenant_id, now.before(mall.settings.keep_done)).await?;
        let messages =
            message::forget(&mut tx, self.tenant_id, now.before(mall.settings.keep_messages)).await?;
        let images = sweep_images(&mut tx, self.tenant_id, now).await?;
        tx.commit().await?;
        tracing::debug!(tenant = %self.tenant_id, answers, tokens, done, messages, images, "swept");
        Ok(Done::Again(now.after(PAUSE)))
    }
}

async fn sweep_images(tx: &mut Tx, tenant: TenantId, now: Timestamp) -> Result<u64> {
    let unused = after_sale::sweep_images(tx, tenant, now.before(UNUSED_IMAGES)).await?;
    Ok(unused + after_sale::sweep_images_of_void(tx, tenant, now.before(IMAGES_OF_VOID)).await?)
}

/// Sees to it that every tenant is swept.
pub async fn schedule(mall: &Mall) -> Result<()> {
    for gateway in mall.gateways.all() {
        let (tenant_id, now) = (gateway.tenant_id, mall.core.now());
        let mut tx = mall.core.db.begin().await?;
        jobs::ensure::<Mall, _>(&mut tx, &Sweep { tenant_id }, now).await?;
        tx.commit().await?;
    }
    Ok(())
}
