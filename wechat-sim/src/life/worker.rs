//! The task that looks after everything that happens by itself.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use super::{delivery, tasks};
use crate::core::Core;

/// So many notifications are on their way at a time: each takes a connection.
const ROOM: usize = 128;

/// Works until `stop` changes. What is being sent then is sent again by the next simulator on the same state.
pub(crate) async fn run(core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    let mut sending = JoinSet::new();
    loop {
        let (at, room) = (Arc::clone(&core), ROOM.saturating_sub(sending.len()));
        let due = tokio::task::spawn_blocking(move || look(&at, room)).await;
        for id in due.unwrap_or_else(|error| broken(&error)) {
            sending.spawn(delivery::attempt(Arc::clone(&core), id));
        }
        tokio::select! {
            _ = stop.changed() => return,
            () = core.wake.notified() => {}
            Some(_) = sending.join_next(), if !sending.is_empty() => {}
            () = next_task(&core), if sending.len() < ROOM => {}
        }
    }
}

/// Does what is due; answers at most `room` notifications to be sent.
fn look(core: &Core, room: usize) -> Vec<u64> {
    tasks::tick(core);
    delivery::take_due(core, room)
}

/// What panics once must not stop everything else.
fn broken(error: &JoinError) -> Vec<u64> {
    tracing::error!(%error, "what is due could not be done");
    Vec::new()
}

async fn next_task(core: &Core) {
    let paused = core.faults(|faults| faults.holds_letters());
    let next = core.read(|world| {
        let letter = world.letters.next().filter(|_| !paused);
        world.agenda.next().into_iter().chain(letter).min()
    });
    match next {
        Some(due) => tokio::time::sleep(core.time.until(due)).await,
        None => std::future::pending().await,
    }
}
