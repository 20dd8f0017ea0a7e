use super::super::Mall;
use super::Placement;
use super::batch::{Answer, place};
use crate::base::{Code, Result};
use tokio::sync::{mpsc, oneshot};

/// The most requests in one transaction.
const MOST: usize = 64;
/// The most requests that wait; more are refused as unavailable.
const QUEUE: usize = 4096;

type Waiting = (Placement, oneshot::Sender<Answer>);

/// The door to the placement worker.
#[derive(Debug, Clone)]
pub struct Placer(mpsc::Sender<Waiting>);

/// What the worker takes its requests from.
#[derive(Debug)]
pub struct Requests(mpsc::Receiver<Waiting>);

impl Placer {
    /// The door and the queue behind it.
    pub fn new() -> (Self, Requests) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), Requests(receiver))
    }

    /// Waits for its turn and gives the answer.
    pub async fn place(&self, placement: Placement) -> Answer {
        let (sender, answer) = oneshot::channel();
        self.0.try_send((placement, sender)).map_err(|_| Code::Unavailable)?;
        answer.await.map_err(|_| Code::Unavailable)?
    }
}

/// The worker: takes whatever is waiting, places it, answers. It lives as long as the process; a
/// request that it did not come to was not acknowledged, and its key orders once when it is repeated.
pub async fn run(mall: Mall, mut requests: Requests) -> Result<()> {
    let mut waiting = Vec::with_capacity(MOST);
    while requests.0.recv_many(&mut waiting, MOST).await > 0 {
        let (batch, senders): (Vec<Placement>, Vec<_>) = waiting.drain(..).unzip();
        metrics::histogram!("jishi_place_batch_size")
            .record(f64::from(u32::try_from(batch.len()).unwrap_or(0)));
        // In a task of its own, so that a panic costs one batch and not the worker.
        let mall = mall.clone();
        let answers = tokio::spawn(async move { place(&mall, &batch).await }).await;
        for (sender, answer) in senders.into_iter().zip(answers.unwrap_or_default()) {
            // Nobody waits any more: the trade stands all the same, and its key finds it.
            let _gone = sender.send(answer);
        }
    }
    Ok(())
}
