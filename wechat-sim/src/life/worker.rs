//! The task that looks after everything that happens by itself.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{delivery, tasks};
use crate::core::Core;

/// Works until `stop` changes. What is being sent then is sent again by the next simulator on the same state.
pub(crate) async fn run(core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    let mut sending = JoinSet::new();
    loop {
        core.off_thread(tasks::tick).await;
        for id in core.off_thread(delivery::take_due).await {
            sending.spawn(delivery::attempt(Arc::clone(&core), id));
        }
        tokio::select! {
            _ = stop.changed() => return,
            () = core.wake.notified() => {}
            Some(_) = sending.join_next(), if !sending.is_empty() => {}
            () = next_task(&core) => {}
        }
    }
}

async fn next_task(core: &Core) {
    let paused = core.faults(|faults| faults.delivery_paused || faults.notifications_off);
    let next = core.read(|world| {
        let letter = world.letters.next().filter(|_| !paused);
        world.agenda.next().into_iter().chain(letter).min()
    });
    match next {
        Some(due) => tokio::time::sleep(core.time.until(due)).await,
        None => std::future::pending().await,
    }
}
