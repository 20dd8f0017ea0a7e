//! Jobs are done, once, whoever dies meanwhile.

use crate::support::{TestApp, both};
use jishi::base::{Clock as _, TenantId};
use jishi::flow::sweep;
use jishi::infra::jobs::{self, Done, Job, Settings, Worker};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

#[derive(Serialize, Deserialize)]
struct Count {
    tenant_id: TenantId,
    /// How many runs fail, or never end.
    trouble: usize,
    hangs: bool,
}

impl Job<Counter> for Count {
    const KIND: &'static str = "test_count";
    const ATTEMPTS: u32 = 3;

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    async fn run(self, counter: &Counter) -> anyhow::Result<Done> {
        let runs = counter.0.fetch_add(1, Ordering::SeqCst);
        if runs < self.trouble && self.hangs {
            std::future::pending::<()>().await;
        }
        anyhow::ensure!(runs >= self.trouble, "not yet");
        Ok(Done::Finished)
    }
}

#[derive(Serialize, Deserialize)]
struct GiveUp {
    tenant_id: TenantId,
}

impl Job<Counter> for GiveUp {
    const KIND: &'static str = "test_give_up";

    fn tenant(&self) -> TenantId {
        self.tenant_id
    }

    async fn run(self, counter: &Counter) -> anyhow::Result<Done> {
        let first = counter.0.fetch_add(1, Ordering::SeqCst) == 0;
        Ok(if first { Done::Hopeless("ask a person".to_owned()) } else { Done::Finished })
    }
}

fn worker(app: &TestApp, counter: &Counter) -> Worker<Counter> {
    let core = &app.mall.core;
    let settings = Settings { tick: Duration::from_millis(10), lease: Duration::from_mins(1), batch: 10 };
    Worker::new(counter.clone(), core.db.clone(), core.clock.clone(), settings)
        .with::<Count>()
        .with::<GiveUp>()
}

async fn enqueue(app: &TestApp, count: usize, trouble: usize, hangs: bool) {
    let mut tx = app.mall.core.db.begin().await.unwrap();
    for _ in 0..count {
        let job = Count { tenant_id: app.tenant, trouble, hangs };
        let now = app.clock.now();
        jobs::enqueue::<Counter, _>(&mut tx, &job, now, now).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn listed(app: &TestApp, state: &str) -> Vec<Value> {
    let path = format!("/admin/v1/jobs?kind=test_count&state={state}");
    app.operator().await.get(&path).await.body["items"].as_array().unwrap().clone()
}

both!(
    async fn several_workers_do_each_job_once(app) {
        enqueue(&app, 200, 0, false).await;
        let counter = Counter::default();
        let work = (0..4).map(|_| {
            let worker = worker(&app, &counter);
            async move { while worker.tick().await.unwrap() > 0 {} }
        });
        futures_util::future::join_all(work).await;
        assert_eq!(counter.0.load(Ordering::SeqCst), 200);
        assert_eq!(listed(&app, "ready").await.len(), 0);
    }
);

both!(
    async fn a_job_that_fails_is_tried_again_then_dead_then_replayed(app) {
        enqueue(&app, 1, 4, false).await;
        let counter = Counter::default();
        let worker = worker(&app, &counter);
        for _ in 0..3 {
            assert_eq!(worker.tick().await.unwrap(), 1);
            assert_eq!(worker.tick().await.unwrap(), 0, "it waits before the next try");
            app.clock.advance(Duration::from_secs(10));
        }
        let dead = listed(&app, "dead").await;
        assert_eq!((dead.len(), dead[0]["last_error"].as_str()), (1, Some("not yet")));
        assert_eq!(worker.tick().await.unwrap(), 0);
        let path = format!("/admin/v1/jobs/{}/replay", dead[0]["id"].as_str().unwrap());
        let operator = app.operator().await;
        assert_eq!(operator.post(&path, json!({})).await.status, 204);
        assert_eq!(operator.post(&path, json!({})).await.status, 404);
        worker.tick().await.unwrap();
        app.clock.advance(Duration::from_secs(10));
        worker.tick().await.unwrap();
        assert_eq!(counter.0.load(Ordering::SeqCst), 5);
        assert_eq!(listed(&app, "ready").await.len(), 0);
    }
);

both!(
    async fn what_only_a_person_can_help_is_dead_at_once_until_it_is_replayed(app) {
        let now = app.clock.now();
        let mut tx = app.mall.core.db.begin().await.unwrap();
        jobs::enqueue::<Counter, _>(&mut tx, &GiveUp { tenant_id: app.tenant }, now, now).await.unwrap();
        tx.commit().await.unwrap();
        let counter = Counter::default();
        let worker = worker(&app, &counter);
        worker.tick().await.unwrap();
        let operator = app.operator().await;
        let dead = operator.get("/admin/v1/jobs?kind=test_give_up&state=dead").await.body["items"][0].clone();
        assert_eq!((&dead["last_error"], &dead["attempts"]), (&json!("ask a person"), &json!(1)), "{dead}");
        app.clock.advance(Duration::from_hours(2));
        assert_eq!(worker.tick().await.unwrap(), 0, "nobody tries again unasked");
        let path = format!("/admin/v1/jobs/{}/replay", dead["id"].as_str().unwrap());
        assert_eq!(app.operator().await.post(&path, json!({})).await.status, 204);
        assert_eq!(worker.tick().await.unwrap(), 1);
        assert_eq!(counter.0.load(Ordering::SeqCst), 2);
    }
);

/// The state of each job that sweeps.
async fn sweeps(app: &TestApp) -> Vec<Value> {
    let page = app.operator().await.get("/admin/v1/jobs?kind=sweep").await.body;
    page["items"].as_array().unwrap().iter().map(|job| job["state"].clone()).collect()
}

both!(
    async fn a_job_for_ever_is_one_however_many_instances_start_and_operators_replay(app) {
        let start = || async { sweep::schedule(&app.mall).await.unwrap() };
        futures_util::future::join_all((0..8).map(|_| start())).await;
        assert_eq!(sweeps(&app).await, ["ready"]);
        for replayed in [false, true] {
            let mut tx = app.mall.core.db.begin().await.unwrap();
            tx.query("update job set state = 'dead' where kind = 'sweep'").execute().await.unwrap();
            tx.commit().await.unwrap();
            if replayed {
                let operator = app.operator().await;
                let dead = operator.get("/admin/v1/jobs?kind=sweep").await.body["items"][0]["id"].clone();
                start().await;
                let path = format!("/admin/v1/jobs/{}/replay", dead.as_str().unwrap());
                assert_eq!(operator.post(&path, json!({})).await.status, 404, "it lives already");
            }
            start().await;
            assert_eq!(sweeps(&app).await, ["ready"]);
        }
        app.later(7200).await;
        assert_eq!(sweeps(&app).await, ["ready"]);
    }
);

both!(
    async fn a_job_whose_worker_died_is_done_by_another(app) {
        enqueue(&app, 1, 1, true).await;
        let counter = Counter::default();
        let (dying, other) = (worker(&app, &counter), worker(&app, &counter));
        assert!(tokio::time::timeout(Duration::from_secs(1), dying.tick()).await.is_err());
        assert_eq!(other.tick().await.unwrap(), 0, "the lease still runs");
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(other.tick().await.unwrap(), 1);
        assert_eq!((counter.0.load(Ordering::SeqCst), listed(&app, "ready").await.len()), (2, 0));
    }
);

both!(
    async fn a_slow_job_holds_up_nobody(app) {
        enqueue(&app, 1, 1, true).await;
        let counter = Counter::default();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = worker(&app, &counter);
        let running = tokio::spawn(async move { running.run(stopped).await });
        while counter.0.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        enqueue(&app, 50, 0, false).await;
        let patience = async {
            while counter.0.load(Ordering::SeqCst) < 51 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), patience).await.expect("fifty jobs behind a slow one");
        stop.send(true).unwrap();
        running.abort();
        // A job of a kind that the mall does not know is a fault of its books.
        let mut tx = app.mall.core.db.begin().await.unwrap();
        tx.query("delete from job where kind = 'test_count'").execute().await.unwrap();
        tx.commit().await.unwrap();
    }
);
