//! What is done when the time of a task has come.

use crate::core::Core;
use crate::pay::refund;
use crate::world::store::SaveFailed;
use crate::world::{Task, World};

/// Does everything that is due, but for sending notifications.
pub(crate) fn tick(core: &Core) {
    let now = core.now();
    if !core.read(|world| world.agenda.is_due(now)) {
        return;
    }
    let done = core.change(|world, now| {
        while let Some(task) = world.agenda.take_due(now) {
            perform(core, world, task, now);
        }
        Ok::<_, SaveFailed>(())
    });
    if let Err(error) = done {
        tracing::error!(%error, "what is due could not be done");
    }
}

fn perform(core: &Core, world: &mut World, task: Task, now: i64) {
    match task {
        Task::Deliver(id) => world.send_at(id, now),
        Task::SettleRefund(key) => refund::settle(core, world, &key, now),
    }
}
