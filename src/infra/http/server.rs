//! Connections: so many at most, and none may keep us waiting.

use axum::Router;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// What one listener bears.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most connections; more wait outside.
    pub connections: usize,
    /// How long a connection may take to send the head of a request, or lie idle before it.
    pub idle: Duration,
}

/// Serves until `stop` says so; then what was begun is finished, and idle connections are closed.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, mut stop: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.idle);
    while let Some((stream, place)) = next(&listener, &room, &mut stop).await {
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection and its place among those that are allowed; `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    stop: &mut watch::Receiver<bool>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let accept = async {
        let place = room.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let _slower_without = stream.set_nodelay(true);
                    return Some((stream, place));
                }
                // Out of file descriptors: they come back as connections end.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        accepted = accept => accepted,
        _ = stop.wait_for(|stop| *stop) => None,
    }
}
