//! How a notification is sent, and what is made of the answer.

use std::sync::Arc;
use std::time::Duration;

use super::{push, tasks};
use crate::core::Core;
use crate::faults::{Effect, Now};
use crate::mini::conversations;
use crate::notify::Schedule;
use crate::notify::envelope::{self, Letter};
use crate::notify::push_answer::Wish;
use crate::world::store::SaveFailed;
use crate::world::{Attempt, Delivery, DeliveryState, Parcel, World, numbered};

/// Takes the notifications whose time has come; they are to be sent now.
pub(crate) fn take_due(core: &Core, room: usize) -> Vec<u64> {
    let now = core.now();
    let paused = core.faults(|faults| faults.holds_letters());
    if paused || !core.read(|world| world.letters.is_due(now)) {
        return Vec::new();
    }
    let mut taken = Vec::new();
    let done = core.change(|world, now| {
        while taken.len() < room {
            let Some((_, id)) = world.letters.take_due(now) else { break };
            if world.claim(id, Some(now)) {
                taken.push(id);
            }
        }
        Ok::<_, SaveFailed>(())
    });
    if let Err(error) = done {
        // They are claimed in memory: they are sent, and a restart sends them again.
        tracing::error!(%error, "what is sent could not be written down");
    }
    taken
}

/// Delivers everything that waits, once, in order, whether or not its time has come; answers the HTTP
/// statuses, 0 where nobody answered.
pub(crate) async fn all(core: &Arc<Core>) -> Vec<u16> {
    core.off_thread(tasks::tick).await;
    let waiting: Vec<u64> =
        core.read(|world| world.waiting.iter().filter_map(|(key, _)| key.parse().ok()).collect());
    let mut statuses = Vec::new();
    for id in waiting {
        if core.off_thread(move |core| core.set(|world, _| world.claim(id, None))).await {
            statuses.push(attempt(Arc::clone(core), id).await.unwrap_or(0));
        }
    }
    statuses
}

/// Sends a claimed notification once and notes how it went.
pub(crate) async fn attempt(core: Arc<Core>, id: u64) -> Option<u16> {
    let delivery = core.read(|world| world.deliveries.get(&numbered(id)).cloned())?;
    let fault = core.faults(|faults| faults.of_notification(delivery.parcel.event()));
    if let Some(later) = fault.as_ref().and_then(|fault| postponed(&core, fault)) {
        let overtaken = matches!(&fault, Some(Now { does: Effect::Reorder, .. }));
        core.off_thread(move |core| core.set(|world, now| world.put_off(id, now, later, overtaken))).await;
        return None;
    }
    let sent = if matches!(&fault, Some(Now { does: Effect::Lose, .. })) {
        Heard { error: Some("lost on purpose".to_owned()), ..Heard::default() }
    } else {
        send(&core, delivery, fault.as_ref()).await.unwrap_or_else(|error| Heard::nothing(&error))
    };
    let (status, hands_over) = (sent.status, sent.hands_over);
    let attempt = Attempt {
        at: core.now(),
        status,
        error: sent.error,
        fault: fault.as_ref().map(|fault| fault.label.clone()),
    };
    let repeats = if let Some(Now { does: Effect::Repeat { times }, .. }) = fault { times } else { 0 };
    let noted = core.off_thread(move |core| note(core, id, attempt, repeats, hands_over)).await;
    if let Err(error) = noted {
        tracing::error!(%error, "an attempt could not be written down");
    }
    status
}

/// What was heard from a receiver.
#[derive(Debug, Default)]
struct Heard {
    /// `None` when nobody answered.
    status: Option<u16>,
    /// Why there was no answer, or why it is none.
    error: Option<String>,
    /// The answer hands the conversation over to human staff.
    hands_over: bool,
}

impl Heard {
    fn nothing(error: &str) -> Self {
        Self { error: Some(error.to_owned()), ..Self::default() }
    }
}

/// How long a notification waits for one to overtake it.
const ALONE: Duration = Duration::from_mins(1);

/// By how many milliseconds of life a fault puts the notification off.
fn postponed(core: &Core, fault: &Now) -> Option<i64> {
    match fault.does {
        Effect::Late { secs } => i64::try_from(secs).ok().map(|secs| secs.saturating_mul(1000)),
        // Until another one has gone, or nobody came for so long.
        Effect::Reorder => Some(core.time.wait(ALONE)),
        _ => None,
    }
}

async fn send(core: &Arc<Core>, delivery: Delivery, fault: Option<&Now>) -> Result<Heard, String> {
    let flaw = fault.and_then(|fault| fault.does.flaw());
    let parcel = delivery.parcel.clone();
    let Letter { url, headers, body } =
        core.off_thread(move |core| envelope::pack(core, &delivery, flaw)).await?;
    let sent = core.client.post(url).headers(headers).body(body).send().await;
    let response = sent.map_err(|error| push::told(&error))?;
    let status = response.status().as_u16();
    match parcel {
        Parcel::Pay { .. } => Ok(Heard { status: Some(status), ..Heard::default() }),
        Parcel::Push { app_id, content } => {
            let wish = match push::body(response).await {
                Ok(body) => {
                    core.off_thread(move |core| push::judge(core, &app_id, &content, status, &body)).await
                }
                Err(error) => Err(error),
            };
            let hands_over = wish == Ok(Wish::HandOver);
            Ok(Heard { status: Some(status), error: wish.err(), hands_over })
        }
    }
}

fn note(core: &Core, id: u64, attempt: Attempt, repeats: u32, hands_over: bool) -> Result<(), SaveFailed> {
    core.change(|world, now| {
        if hands_over {
            let shopper = world.deliveries.get(&numbered(id)).and_then(sender);
            if let Some((app_id, openid)) = shopper {
                conversations::hand_over(world, &app_id, &openid, now);
            }
        }
        world.note(core, id, attempt, repeats, now);
        Ok(())
    })
}

/// App and shopper that a message is from.
fn sender(delivery: &Delivery) -> Option<(String, String)> {
    match &delivery.parcel {
        Parcel::Push { app_id, content } => {
            Some((app_id.clone(), content["FromUserName"].as_str()?.to_owned()))
        }
        Parcel::Pay { .. } => None,
    }
}

impl World {
    /// Sends a notification later; an overtaken one as soon as another one has gone.
    fn put_off(&mut self, id: u64, now: i64, later: i64, overtaken: bool) {
        self.send_at(id, now.saturating_add(later));
        if overtaken {
            self.overtaken.insert(id);
        }
    }

    /// Notes how an attempt went, and when the next one is due.
    fn note(&mut self, core: &Core, id: u64, attempt: Attempt, repeats: u32, now: i64) {
        self.sending.remove(&id);
        for overtaken in std::mem::take(&mut self.overtaken) {
            self.send_at(overtaken, now);
        }
        let Some(delivery) = self.deliveries.get_mut(&numbered(id)) else { return };
        let taken = matches!(attempt.status, Some(200 | 204)) && attempt.error.is_none();
        delivery.attempts.push(attempt);
        delivery.repeats = delivery.repeats.saturating_add(repeats);
        let next = if !taken {
            delivery.waits += 1;
            Schedule::of(&delivery.parcel).wait_secs(delivery.waits - 1).map(Duration::from_secs)
        } else if delivery.repeats > 0 {
            delivery.repeats -= 1;
            Some(Duration::ZERO)
        } else {
            None
        };
        match next {
            Some(wait) => self.send_at(id, now.saturating_add(core.time.wait(wait))),
            None if taken => delivery.state = DeliveryState::Delivered,
            None => delivery.state = DeliveryState::GivenUp,
        }
    }
}
