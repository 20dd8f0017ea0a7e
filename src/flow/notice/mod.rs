//! Telling a shopper that something happened. [`announce`] stands in the transaction of the change;
//! a job sends what shoppers allowed, once.

mod goods;
mod remind;
mod send;
mod verdict;

pub(super) use self::goods::summary;
pub use self::remind::RemindUnpaid;
pub use self::send::SendNotice;

use super::Mall;
use crate::base::{CustomerId, Result, TenantId, Timestamp};
use crate::infra::db::Tx;
use crate::infra::jobs;
use crate::mall::notice::{self, Event};

/// Writes down that a shopper is to be told, with the job that does it, in the caller's transaction.
/// The same event again changes nothing.
pub async fn announce(
    tx: &mut Tx,
    tenant: TenantId,
    customer: CustomerId,
    event: &Event,
    now: Timestamp,
) -> Result<()> {
    if let Some(notice_id) = notice::insert(tx, tenant, customer, event, now).await? {
        let job = SendNotice { tenant_id: tenant, notice_id };
        jobs::enqueue::<Mall, _>(tx, &job, now, now).await?;
    }
    Ok(())
}
