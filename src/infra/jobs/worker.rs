use super::store::{self, Leased};
use super::{Done, Job, back_off};
use crate::base::{Clock, Timestamp};
use crate::infra::db::{Db, Tx};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

/// When jobs are looked for and how long one may take.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often to look.
    pub tick: Duration,
    /// For how long a job belongs to whom took it.
    pub lease: Duration,
    /// How many to take at a time.
    pub batch: u16,
}

type Running<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Done>> + Send + 'a>>;
type Run<C> = for<'a> fn(&'a C, Value) -> Running<'a>;

#[derive(Clone)]
struct Kind<C> {
    run: Run<C>,
    attempts: u32,
}

/// Runs jobs for the context `C`.
#[derive(Clone)]
pub struct Worker<C> {
    context: C,
    db: Db,
    clock: Arc<dyn Clock>,
    settings: Settings,
    kinds: HashMap<&'static str, Kind<C>>,
}

impl<C> fmt::Debug for Worker<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("kinds", &self.kinds.keys()).finish_non_exhaustive()
    }
}

impl<C: Clone + Send + Sync + 'static> Worker<C> {
    /// A worker that knows no kind of job yet.
    pub fn new(context: C, db: Db, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        Self { context, db, clock, settings, kinds: HashMap::new() }
    }

    /// Teaches it one kind.
    #[must_use]
    pub fn with<J: Job<C>>(mut self) -> Self {
        let run: Run<C> = |context, payload| {
            Box::pin(async move { serde_json::from_value::<J>(payload)?.run(context).await })
        };
        self.kinds.insert(J::KIND, Kind { run, attempts: J::ATTEMPTS });
        self
    }

    /// The kinds it knows.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.keys().copied()
    }

    /// Looks for due jobs until `stop` says so; what runs then is finished first. A slow job holds
    /// up nobody: as one ends, the next is taken.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut running = JoinSet::new();
        while !*stop.borrow() {
            let free = usize::from(self.settings.batch).saturating_sub(running.len());
            let pause = match self.take(free, &mut running).await {
                Ok(0) => self.settings.tick,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "cannot look for jobs");
                    self.settings.tick * 5
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                Some(_ended) = running.join_next() => {}
                _ = stop.changed() => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Runs what is due now to its end; gives how many jobs were tried.
    pub async fn tick(&self) -> anyhow::Result<usize> {
        let mut running = JoinSet::new();
        let taken = self.take(usize::from(self.settings.batch), &mut running).await?;
        while running.join_next().await.is_some() {}
        Ok(taken)
    }

    /// Leases up to `free` due jobs and starts them; gives how many.
    async fn take(&self, free: usize, running: &mut JoinSet<()>) -> anyhow::Result<usize> {
        if free == 0 {
            return Ok(0);
        }
        let now = self.clock.now();
        let lease = crate::base::id::fresh(now);
        let mut tx = self.db.begin().await?;
        let until = now.after(self.settings.lease);
        let jobs = store::lease(&mut tx, lease, now, until, i64::try_from(free)?).await?;
        tx.commit().await?;
        let taken = jobs.len();
        for job in jobs {
            running.spawn(self.clone().perform(job, lease));
        }
        Ok(taken)
    }

    /// Runs one job and writes down what became of it. Should that fail, the lease runs out and the
    /// job is done again, which jobs must bear.
    async fn perform(self, job: Leased, lease: Uuid) {
        let result = self.start(&job).await.unwrap_or_else(|panicked| Err(panicked.into()));
        if let Err(error) = self.record(&job, lease, result).await {
            tracing::error!(job = %job.id, kind = job.kind, error = format!("{error:#}"), "cannot record a job");
        }
    }

    /// In a task of its own: a panic is a failed try.
    fn start(&self, job: &Leased) -> JoinHandle<anyhow::Result<Done>> {
        let context = self.context.clone();
        let payload = job.payload.0.clone();
        let Some(run) = self.kinds.get(&*job.kind).map(|kind| kind.run) else {
            let kind = job.kind.clone();
            return tokio::spawn(async move {
                Err(anyhow::anyhow!("this jishi has no job of the kind {kind:?}"))
            });
        };
        tokio::spawn(async move { run(&context, payload).await })
    }

    async fn record(&self, job: &Leased, lease: Uuid, result: anyhow::Result<Done>) -> anyhow::Result<()> {
        let mut tx = self.db.begin().await?;
        let kept = match result {
            Ok(Done::Finished) if job.subject_id.is_none() => store::delete(&mut tx, job.id, lease).await?,
            Ok(Done::Finished) => store::done(&mut tx, job.id, lease, self.clock.now()).await?,
            Ok(Done::Again(at)) => store::again(&mut tx, job.id, lease, at).await?,
            Ok(Done::Hopeless(error)) => self.fail(&mut tx, (job, lease), &error, true).await?,
            Err(error) => self.fail(&mut tx, (job, lease), &format!("{error:#}"), false).await?,
        };
        tx.commit().await?;
        if kept == 0 {
            tracing::warn!(job = %job.id, kind = job.kind, "the lease of a job ran out while it was running");
        }
        Ok(())
    }

    async fn fail(
        &self,
        tx: &mut Tx,
        (job, lease): (&Leased, Uuid),
        error: &str,
        hopeless: bool,
    ) -> anyhow::Result<u64> {
        let (state, at) = self.after_failure(job, error, hopeless);
        Ok(store::fail(tx, job.id, lease, state, at, error).await?)
    }

    fn after_failure(&self, job: &Leased, error: &str, hopeless: bool) -> (&'static str, Timestamp) {
        let most = self.kinds.get(&*job.kind).map_or(u32::MAX, |kind| kind.attempts);
        let now = self.clock.now();
        metrics::counter!("jishi_job_failures_total", "kind" => job.kind.clone()).increment(1);
        if hopeless || job.attempts >= i64::from(most) {
            tracing::error!(job = %job.id, kind = job.kind, attempts = job.attempts, error, "a job is dead");
            return ("dead", now);
        }
        tracing::warn!(job = %job.id, kind = job.kind, attempts = job.attempts, error, "a job failed");
        ("ready", now.after(back_off(job.attempts, rand::random())))
    }
}
