//! A running simulator.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::core::Core;
use crate::life::worker;
use crate::server;
use crate::settings::Settings;

/// How long connections may go on after a shutdown began.
const PATIENCE: Duration = Duration::from_secs(2);

/// A running simulator; clones steer the same one.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) core: Arc<Core>,
    address: SocketAddr,
    stop: Arc<watch::Sender<bool>>,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl std::fmt::Debug for Simulator {
    /// Without the state, which is full of keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Simulator {
    /// Loads the state, listens, and serves until [`Self::shutdown`].
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let bind = settings.bind;
        let core = Arc::new(tokio::task::spawn_blocking(|| Core::open(settings)).await??);
        let listener =
            TcpListener::bind(bind).await.with_context(|| format!("{bind} cannot be listened to"))?;
        let address = listener.local_addr()?;
        core.base_url.get_or_init(|| format!("http://{address}"));
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::run(listener, Arc::clone(&core), stopped.clone()));
        let worker = tokio::spawn(worker::run(Arc::clone(&core), stopped));
        tracing::info!(%address, "the WeChat simulator is listening");
        Ok(Self { core, address, stop: Arc::new(stop), tasks: Arc::new(Mutex::new(vec![server, worker])) })
    }

    /// `http://127.0.0.1:port`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The page that lists orders and links to their payment sheets.
    pub fn control_url(&self) -> String {
        format!("{}/_control/", self.base_url())
    }

    /// Stops serving and delivering and lets go of the state file. What was not delivered goes on with the
    /// next simulator on the same file.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for mut task in tasks {
            if tokio::time::timeout(PATIENCE, &mut task).await.is_err() {
                task.abort();
            }
        }
        let core = Arc::clone(&self.core);
        let _ = tokio::task::spawn_blocking(move || core.close_store()).await;
    }
}
