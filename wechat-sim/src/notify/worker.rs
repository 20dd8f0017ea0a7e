//! The task that settles refunds and delivers notifications when their time has come.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{RETRY_SCHEDULE_SECS, envelope};
use crate::core::Core;
use crate::state::{Attempt, World};
use crate::store::SaveFailed;

/// How often a clock is looked at that may not run at the speed of this machine's.
const LOOK: i64 = 50;

/// Works until `stop` changes. What is being sent then is sent again by the next simulator on the same state.
pub(crate) async fn run(core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    let mut sending = JoinSet::new();
    loop {
        core.off_thread(Core::tick).await;
        for id in claim_due(&core) {
            sending.spawn(attempt(Arc::clone(&core), id));
        }
        tokio::select! {
            _ = stop.changed() => return,
            () = core.wake.notified() => {}
            Some(_) = sending.join_next(), if !sending.is_empty() => {}
            () = next_event(&core) => {}
        }
    }
}

fn claim_due(core: &Core) -> Vec<u64> {
    let now = core.now();
    core.touch(
        |world| if world.outbox.paused || world.outbox.off { Vec::new() } else { world.claim(Some(now)) },
    )
}

/// Delivers everything that waits, once, in order; answers the HTTP statuses, 0 where nobody answered.
pub(crate) async fn deliver_all(core: &Arc<Core>) -> Vec<u16> {
    core.off_thread(Core::tick).await;
    let mut statuses = Vec::new();
    for id in core.touch(|world| world.claim(None)) {
        statuses.push(attempt(Arc::clone(core), id).await.unwrap_or(0));
    }
    statuses
}

async fn next_event(core: &Core) {
    match core.read(next_due) {
        Some(due) => {
            let wait = (due - core.now()).clamp(1, LOOK);
            tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
        }
        None => std::future::pending().await,
    }
}

fn next_due(world: &World) -> Option<i64> {
    let outbox = &world.outbox;
    let refunds =
        world.processing.iter().filter_map(|key| world.refunds.get(key)).map(|refund| refund.settles_at);
    let free = outbox.pending.iter().filter(|id| !outbox.in_flight.contains(id));
    let waiting = free.filter_map(|id| outbox.all.get(id)).map(|delivery| delivery.next_at);
    let quiet = outbox.paused || outbox.off;
    refunds.chain(waiting.filter(|_| !quiet)).min()
}

/// Sends one notification once and notes how it went.
async fn attempt(core: Arc<Core>, id: u64) -> Option<u16> {
    let packed = core.off_thread(move |core| pack(core, id)).await;
    let (at, outcome) = match packed {
        Some((url, headers, body)) => (core.now(), send(&core, &url, headers, body).await),
        None => (core.now(), Err("the merchant is gone".to_owned())),
    };
    let status = outcome.as_ref().ok().copied();
    let attempt = Attempt { at, status, error: outcome.err() };
    tracing::debug!(id, ?attempt, "a notification was sent");
    let noted = core.off_thread(move |core| note(core, id, attempt)).await;
    if let Err(error) = noted {
        tracing::error!(%error, "an attempt could not be written down");
    }
    status
}

fn pack(core: &Core, id: u64) -> Option<(String, HeaderMap, Bytes)> {
    let now = core.now();
    let (delivery, merchant) = core.read(|world| {
        let delivery = world.outbox.all.get(&id)?;
        Some((delivery.clone(), world.merchants.get(&delivery.mchid)?.clone()))
    })?;
    let (headers, body) = envelope::pack(&merchant, merchant.signs_with, &delivery, now);
    Some((delivery.url, headers, body))
}

async fn send(core: &Core, url: &str, headers: HeaderMap, body: Bytes) -> Result<u16, String> {
    let sent = core.client.post(url).headers(headers).body(body).send().await;
    sent.map(|response| response.status().as_u16()).map_err(|error| error.without_url().to_string())
}

fn note(core: &Core, id: u64, attempt: Attempt) -> Result<(), SaveFailed> {
    let waits = core.read(|world| world.outbox.all.get(&id).map_or(0, |delivery| delivery.waits));
    let wait = RETRY_SCHEDULE_SECS.get(waits).map(|secs| core.scaled(Duration::from_secs(*secs)));
    core.change(|world, now| {
        world.note(id, attempt, wait, now);
        Ok(())
    })
}

/// Whether nothing is left to deliver.
pub(crate) fn is_idle(world: &World) -> bool {
    world.outbox.pending.is_empty()
}
