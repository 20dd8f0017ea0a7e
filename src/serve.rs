//! A running server: two listeners, the workers, and an orderly end.

use crate::app::App;
use crate::base::Clock;
use crate::config::{Config, Mode, seconds};
use crate::infra::http::{self, Limits};
use crate::router::{Ops, ops, router};
use crate::workers;
use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// What it serves.
    pub app: App,
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where the operations listener listens.
    pub ops_address: SocketAddr,
    config: Config,
    stop: watch::Sender<bool>,
    stop_ops: watch::Sender<bool>,
    ready: Arc<AtomicBool>,
    tasks: TaskTracker,
    running: Vec<JoinHandle<()>>,
    watching: JoinHandle<()>,
}

impl Server {
    /// Binds, opens the database, migrates, and serves.
    pub async fn start(
        config: Config,
        clock: Arc<dyn Clock>,
        metrics: Option<PrometheusHandle>,
    ) -> anyhow::Result<Self> {
        let listener = bind(config.http.bind, "http.bind").await?;
        let ops_listener = bind(config.http.ops_bind, "http.ops_bind").await?;
        let (address, ops_address) = (listener.local_addr()?, ops_listener.local_addr()?);
        let callback_base = match config.http.public_url.trim_end_matches('/') {
            "" => format!("http://{address}"),
            url => url.to_owned(),
        };
        let app = App::open(config.clone(), &callback_base, clock).await?;
        if config.mode == Mode::Demo {
            crate::demo::seed::seed(&app.mall).await?;
        }
        crate::flow::sweep::schedule(&app.mall).await?;
        crate::flow::reconcile::schedule(&app.mall).await?;
        let (stop, stopped) = watch::channel(false);
        let (stop_ops, ops_stopped) = watch::channel(false);
        let tasks = TaskTracker::new();
        let ready = Arc::new(AtomicBool::new(true));
        let watched = Ops { mall: app.mall.clone(), ready: ready.clone(), metrics };
        let worker = workers::worker(&app.mall, &config);
        let jobs = stopped.clone();
        let limits = Limits { connections: config.http.max_connections, idle: seconds(config.http.idle) };
        let api = http::serve(listener, router(&app.mall, &config, &tasks), limits, stopped.clone());
        let running = vec![
            tokio::spawn(needed("the listener", ready.clone(), stopped, api)),
            tokio::spawn(needed("the job worker", ready.clone(), jobs.clone(), async move {
                worker.run(jobs).await;
            })),
        ];
        let watching = tokio::spawn(http::serve(ops_listener, ops(watched), limits, ops_stopped));
        Ok(Self { app, address, ops_address, config, stop, stop_ops, ready, tasks, running, watching })
    }

    /// Takes no more requests, lets what runs end, closes the database. Until then `/readyz` says that
    /// it is stopping. Whatever hangs is left behind when the time to drain is over: what it had begun
    /// rolls back, and jobs see through what was acknowledged.
    pub async fn stop(self) {
        self.ready.store(false, Ordering::Relaxed);
        let _nobody_listens = self.stop.send(true);
        self.tasks.close();
        let ended = async {
            for task in self.running {
                let _panicked = task.await;
            }
            self.tasks.wait().await;
        };
        if tokio::time::timeout(seconds(self.config.http.drain), ended).await.is_err() {
            tracing::warn!("something still ran when the time to drain was over");
        }
        if let Some(simulator) = self.app.simulator {
            simulator.shutdown().await;
        }
        let _nobody_watches = self.stop_ops.send(true);
        let closed = async {
            let _panicked = self.watching.await;
            self.app.mall.core.db.close().await;
        };
        if tokio::time::timeout(LAST, closed).await.is_err() {
            tracing::warn!("the database was not closed in time");
        }
    }
}

/// For what needs no time unless it hangs.
const LAST: Duration = Duration::from_secs(5);

/// Runs what the server cannot be without: should it end before the stop, the server is not ready.
async fn needed(
    what: &'static str,
    ready: Arc<AtomicBool>,
    stop: watch::Receiver<bool>,
    work: impl Future<Output = ()> + Send + 'static,
) {
    let ended = tokio::spawn(work).await;
    if !*stop.borrow() {
        ready.store(false, Ordering::Relaxed);
        tracing::error!(panicked = ended.is_err(), "{what} has ended: the server is not ready any more");
    }
}

async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: stop what does, or set {setting} to another port")
    })
}
