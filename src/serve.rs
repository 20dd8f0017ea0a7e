//! A running server: two listeners, the workers, and an orderly end.

use crate::app::App;
use crate::base::Clock;
use crate::config::{Config, Mode, seconds};
use crate::router::{Ops, ops, router};
use crate::workers;
use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    ready: Arc<AtomicBool>,
    tasks: TaskTracker,
    running: Vec<JoinHandle<()>>,
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
        let (stop, stopped) = watch::channel(false);
        let tasks = TaskTracker::new();
        let ready = Arc::new(AtomicBool::new(true));
        let watched = Ops { mall: app.mall.clone(), ready: ready.clone(), metrics };
        let worker = workers::worker(&app.mall, &config);
        let jobs = stopped.clone();
        let running = vec![
            tokio::spawn(listen(listener, router(&app.mall, &config, &tasks), stopped.clone())),
            tokio::spawn(listen(ops_listener, ops(watched), stopped)),
            tokio::spawn(async move { worker.run(jobs).await }),
        ];
        Ok(Self { app, address, ops_address, config, stop, ready, tasks, running })
    }

    /// Takes no more requests, lets what runs end, closes the database.
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
        self.app.mall.core.db.close().await;
    }
}

async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: stop what does, or set {setting} to another port")
    })
}

async fn listen(listener: TcpListener, router: axum::Router, mut stop: watch::Receiver<bool>) {
    let stopped = async move {
        let _sender_is_gone = stop.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "a listener failed");
    }
}
