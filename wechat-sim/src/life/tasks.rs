//! What is done when the time of a task has come.

use crate::core::Core;
use crate::mini::{security, shipping};
use crate::pay::{certificates, codepay, refund, sharing, transfer};
use crate::world::store::SaveFailed;
use crate::world::{Task, World};

/// Does everything that is due, but for sending notifications.
pub(crate) fn tick(core: &Core) {
    let now = core.now();
    if !core.read(|world| world.agenda.is_due(now)) {
        return;
    }
    let done = core.change(|world, now| {
        // Things happen when they are due, also when nobody looked for a day.
        while let Some((due, task)) = world.agenda.take_due(now) {
            perform(core, world, task, due);
        }
        Ok::<_, SaveFailed>(())
    });
    if let Err(error) = done {
        tracing::error!(%error, "what is due could not be done");
    }
}

fn perform(core: &Core, world: &mut World, task: Task, now: i64) {
    match task {
        Task::SettleRefund(key) => refund::settle(core, world, &key, now),
        Task::EndPassword(key) => codepay::end_password(world, &key),
        Task::SucceedCertificate(mchid) => certificates::succeed(world, &mchid, now),
        Task::SettleSharing(key) => sharing::settle(core, world, &key, now),
        Task::ExpireReturn(key) => sharing::expire_return(core, world, &key, now),
        Task::StepTransfer(key) => transfer::step(core, world, &key, now),
        Task::ExpireTransfer(key) => transfer::expire(core, world, &key, now),
        Task::ExpireAuthorization(key) => transfer::expire_authorization(core, world, &key, now),
        Task::WatchShipping(id) => shipping::watch(core, world, &id, now),
        Task::RemindShipping(id) => shipping::remind(core, world, &id, now),
        Task::RemindAccess(app_id) => shipping::remind_access(core, world, &app_id, now),
        Task::ConfirmReceipt(id) => shipping::receipt_due(core, world, &id, now),
        Task::SettleTrade(id) => shipping::settle(core, world, &id, now),
        Task::JudgeMedia(trace_id) => security::judge_media(core, world, &trace_id, now),
    }
}
