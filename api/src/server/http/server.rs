//! Connections: how many, how long one may take for its headers, and how they end when the server does.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::Door;
use super::address::Peer;
use super::correlation::{REQUEST_ID, new_id};
use super::places::{Full, Place, Places};
use crate::server::config::Connections;

/// The most that headers may come to, together with the address.
const HEADER_BYTES: usize = 64 * 1024;

/// Serves `door` at `listener` until `stop` ends, and the requests then under way.
pub async fn serve(listener: TcpListener, door: Arc<Door>, connections: Connections, stop: impl Future<Output = ()>) {
    let mut server = Server {
        protocol: protocol(connections),
        router: Arc::clone(&door).router(),
        door: Arc::clone(&door),
        connections,
        places: Places::new(connections, &door.front),
        tasks: JoinSet::new(),
        graceful: GracefulShutdown::new(),
    };
    tokio::select! {
        () = server.accept(&listener) => {}
        () = stop => {}
    }
    door.is_draining.store(true, Relaxed);
    let _ = tokio::time::timeout(connections.drain_delay.duration(), server.accept(&listener)).await;
    drop(listener);
    server.drain().await;
}

fn protocol(connections: Connections) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(connections.header_timeout.duration());
    protocol.max_buf_size(HEADER_BYTES);
    protocol
}

struct Server {
    protocol: http1::Builder,
    router: axum::Router,
    door: Arc<Door>,
    connections: Connections,
    places: Places,
    tasks: JoinSet<()>,
    graceful: GracefulShutdown,
}

impl Server {
    /// Accepts connections for ever.
    async fn accept(&mut self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => match self.places.take(peer.ip()) {
                    Ok(place) => self.welcome(stream, peer, place),
                    Err(full) => {
                        self.door.metrics.turned_away.inc();
                        turn_away(stream, full);
                    }
                },
                // Out of file descriptors, most likely: some connection will end.
                Err(error) => {
                    tracing::warn!(%error, "Cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            while self.tasks.try_join_next().is_some() {}
        }
    }

    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr, place: Place) {
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.connections.write_timeout.duration()));
        let router = self.router.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            router.clone().oneshot(request)
        });
        let connection = self.protocol.serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = self.graceful.watch(connection);
        let open = self.door.metrics.connections.clone();
        open.inc();
        self.tasks.spawn(async move {
            // A connection that breaks off is the affair of whoever broke it off.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "A connection broke off");
            }
            open.dec();
            drop(place);
        });
    }

    /// Lets requests under way finish, for a while. Those that do not are dropped, and their queries with them.
    async fn drain(self) {
        let Self { graceful, mut tasks, connections, .. } = self;
        if tokio::time::timeout(connections.drain_timeout.duration(), graceful.shutdown()).await.is_err() {
            tracing::warn!(connections = tasks.len(), "Dropped requests that did not finish in time");
        }
        tasks.shutdown().await;
    }
}

/// Says that there is no place, as far as that can be said at once.
fn turn_away(stream: TcpStream, full: Full) {
    let words = match full {
        Full::ForAll => "Too many are here already\n",
        Full::ForAddress => "Too many are here already from your address\n",
    };
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         {REQUEST_ID}: {}\r\nretry-after: 1\r\nconnection: close\r\n\r\n{words}",
        words.len(),
        new_id()
    );
    let said = stream.into_std().and_then(|mut stream| stream.write_all(answer.as_bytes()));
    if let Err(error) = said.map_err(|error: io::Error| error.kind()) {
        tracing::debug!(%error, "A connection was closed without a word: too many are open");
    }
}
